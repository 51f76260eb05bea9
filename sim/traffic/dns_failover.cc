// DnsFailover: votes of checkers, and the record they change.
#include "sim/traffic/dns_failover.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/duration.h"

namespace spokelab::sim::traffic {

DnsFailover::DnsFailover(Clock& clock, History& history, Rng rng, Field& field,
                         DnsFailoverSpec spec)
    : clock_(clock), history_(history), spec_(std::move(spec)) {
  SPOKELAB_CHECK(!spec_.targets.empty() && spec_.targets.size() <= kTargetsMax);
  SPOKELAB_CHECK(spec_.checkers >= 1 && spec_.checkers <= kCheckersMax && !spec_.from.empty());
  SPOKELAB_CHECK(spec_.ttl >= Nanos(0) && spec_.propagation >= Nanos(0));
  checkers_.resize(spec_.targets.size());
  believed_.resize(spec_.targets.size());
  for (std::size_t i = 0; i < spec_.targets.size(); ++i) {
    const auto& name = spec_.targets[i].name;
    believed_[i].health = spec_.probe.starts_healthy ? Health::healthy : Health::initial;
    for (std::uint32_t n = 0; n < spec_.checkers; ++n) {
      checkers_[i].push_back(std::make_unique<Probe>(
          clock_, field, field.point(spec_.from[n % spec_.from.size()]), field.point(name),
          spec_.probe, rng.stream(fmt::format("checker.{}.{}", name, n)),
          [this, i](const Flip& flip) { flipped(i, flip); }));
    }
  }
  std::vector<bool> healthy(spec_.targets.size(), spec_.probe.starts_healthy);
  published_ = share_out(spec_.targets, spec_.policy, healthy, spec_.fail_open, false);
  decided_ = published_;
}

Health DnsFailover::belief(std::size_t target) const { return believed_[target].health; }

Health DnsFailover::vote(std::size_t target) const {
  std::uint64_t healthy = 0;
  std::uint64_t undecided = 0;
  for (const auto& checker : checkers_[target]) {
    if (checker->health() == Health::healthy) ++healthy;
    if (checker->health() == Health::initial) ++undecided;
  }
  const auto needed = static_cast<std::uint64_t>(spec_.quorum) * spec_.checkers;
  if (healthy * 1'000'000 > needed) return Health::healthy;
  if (believed_[target].health == Health::initial && (healthy + undecided) * 1'000'000 > needed) {
    return Health::initial;
  }
  return Health::unhealthy;
}

Flip DnsFailover::first_flip_to(std::size_t target, Health health) const {
  Flip first;
  for (const auto& checker : checkers_[target]) {
    const Flip& flip = checker->last_flip();
    if (flip.in_a_row == 0 || flip.now != health) continue;
    if (first.in_a_row == 0 || flip.decided < first.decided) first = flip;
  }
  return first;
}

void DnsFailover::flipped(std::size_t target, const Flip& flip) {
  auto& believed = believed_[target];
  const Health health = vote(target);
  if (health == believed.health) return;
  believed.health = health;
  believed.since = clock_.now();
  believed.last = flip;
  believed.first = first_flip_to(target, health);
  believed.published.reset();
  believed.agree = static_cast<std::uint32_t>(
      std::count_if(checkers_[target].begin(), checkers_[target].end(),
                    [health](const auto& checker) { return checker->health() == health; }));
  std::vector<bool> healthy;
  for (const auto& each : believed_) healthy.push_back(each.health == Health::healthy);
  auto decided = share_out(spec_.targets, spec_.policy, healthy, spec_.fail_open, false);

  Event event;
  event.kind = EventKind::belief;
  event.who = "router." + spec_.name;
  event.cluster = spec_.targets[target].name;
  event.subject = fmt::format("traffic.{}.target.{}", spec_.name, event.cluster);
  event.value = std::string(name_of(health));
  tell_flip(flip, spec_.probe.path, event);
  event.message = fmt::format("{} of {} checkers say so, the last after its {}", believed.agree,
                              spec_.checkers, event.message);
  event.numbers.emplace_back("agree", believed.agree);
  const auto cause = history_.add(std::move(event));
  if (decided == decided_) return;
  decided_ = decided;
  Timer timer(clock_, clock_.now() + spec_.propagation, [this] { publish(); });
  under_way_.push_back(Publication{std::move(decided), target, cause, std::move(timer)});
}

void DnsFailover::publish() {
  // All take equally long, so the one that is due is the oldest.
  SPOKELAB_CHECK(!under_way_.empty());
  Publication due = std::move(under_way_.front());
  under_way_.pop_front();
  published_ = std::move(due.weights);
  believed_[due.target].published = clock_.now();
  if (override_) return;
  tell_record(due.cause, fmt::format("name servers answer anew {} after the health check changed",
                                     format_duration(spec_.propagation)));
}

void DnsFailover::tell_record(std::uint64_t cause, std::string message) {
  Event event;
  event.kind = EventKind::belief;
  event.who = "router." + spec_.name;
  event.subject = fmt::format("traffic.{}.record", spec_.name);
  event.value = up_ ? describe(spec_.targets, offer()) : "no answer";
  event.message = std::move(message);
  event.cause = cause;
  on_offer_.tell(history_.add(std::move(event)));
}

void DnsFailover::set_answering(bool up) {
  if (up == up_) return;
  up_ = up;
  tell_record(0, up ? "name servers answer again" : "name servers do not answer");
}

void DnsFailover::set_override(std::optional<Weights> answer) {
  SPOKELAB_CHECK(!answer || answer->size() == spec_.targets.size());
  if (answer == override_) return;
  override_ = std::move(answer);
  tell_record(
      0, override_ ? "the record was edited by hand" : "health checks decide the record again");
}

std::vector<Step> DnsFailover::explain(std::size_t target) const {
  const auto& believed = believed_[target];
  std::vector<Step> steps;
  if (believed.last.in_a_row == 0) return steps;
  steps.push_back({believed.first.decided,
                   fmt::format("first of {} checkers changed its mind", spec_.checkers)});
  for (auto& step : steps_of(believed.last, spec_.probe.path)) {
    steps.push_back({step.at, "deciding checker: " + step.what});
  }
  steps.push_back(
      {believed.since, fmt::format("{} of {} checkers agreed", believed.agree, spec_.checkers)});
  if (believed.published) steps.push_back({*believed.published, "name servers answered anew"});
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step& a, const Step& b) { return a.at < b.at; });
  return steps;
}

}  // namespace spokelab::sim::traffic
