// DnsFailover: the record, from decision to answer.
#include "sim/traffic/dns_failover.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/duration.h"

namespace spokelab::sim::traffic {

namespace {

std::vector<Point> points_of(Field& field, const std::vector<std::string>& names) {
  std::vector<Point> points;
  for (const auto& name : names) points.push_back(field.point(name));
  return points;
}

}  // namespace

DnsFailover::DnsFailover(Clock& clock, History& history, Rng rng, Field& field,
                         const DnsFailoverSpec& spec)
    : WatchedRouter(clock, history, rng, field, spec, points_of(field, spec.from)),
      name_(spec.name),
      ttl_(spec.ttl),
      propagation_(spec.propagation),
      published_(decision()),
      answer_(decision()) {
  SPOKELAB_CHECK(ttl_ >= Nanos(0) && propagation_ >= Nanos(0));
}

void DnsFailover::decided(std::uint64_t cause) {
  Timer timer(clock_, clock_.now() + propagation_, [this] { publish(); });
  under_way_.push_back(Publication{decision(), cause, std::move(timer)});
}

void DnsFailover::publish() {
  // All take equally long, so the one that is due is the oldest.
  SPOKELAB_CHECK(!under_way_.empty());
  Publication due = std::move(under_way_.front());
  under_way_.pop_front();
  published_ = std::move(due.weights);
  published_at_ = clock_.now();
  tell_record(due.cause, fmt::format("name servers answer anew, {} after the health check changed",
                                     format_duration(propagation_)));
}

Weights DnsFailover::mixed() const {
  if (!override_) return published_;
  std::uint64_t total = 0;
  for (const auto weight : *override_) total += weight;
  if (override_share_ == 1'000'000 || total == 0) return *override_;
  Weights mixed(published_.size());
  std::uint32_t given = 0;
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    const auto wrong = std::uint64_t{(*override_)[i]} * override_share_;
    const auto right = std::uint64_t{published_[i]} * (1'000'000 - override_share_);
    mixed[i] = static_cast<std::uint32_t>((wrong + right) / 1'000'000);
    given += mixed[i];
  }
  for (auto& weight : mixed) {
    if (weight == 0) continue;
    weight += 1'000'000 - given;  // what rounding left over
    break;
  }
  return mixed;
}

void DnsFailover::tell_record(std::uint64_t cause, std::string message) {
  auto answer = mixed();
  Event event;
  event.kind = EventKind::belief;
  event.who = "router." + name_;
  event.subject = fmt::format("traffic.{}.record", name_);
  event.value = up_ ? describe(targets(), answer) : "no answer";
  event.message = std::move(message);
  event.cause = cause;
  answer_ = std::move(answer);
  on_offer().tell(history_.add(std::move(event)));
}

void DnsFailover::set_answering(bool up) {
  if (up == up_) return;
  up_ = up;
  tell_record(0, up ? "name servers answer again" : "name servers do not answer");
}

void DnsFailover::set_override(std::optional<Weights> answer, std::uint32_t share) {
  SPOKELAB_CHECK(!answer || answer->size() == targets().size());
  SPOKELAB_CHECK(share <= 1'000'000);
  if (answer == override_ && share == override_share_) return;
  override_ = std::move(answer);
  override_share_ = share;
  tell_record(0, override_ ? "the record was tampered with" : "health checks decide the record");
}

std::vector<Step> DnsFailover::explain(std::size_t target) const {
  auto steps = WatchedRouter::explain(target);
  if (!steps.empty() && published_at_ && *published_at_ >= steps.back().at) {
    steps.push_back({*published_at_, "name servers answered anew"});
  }
  return steps;
}

}  // namespace spokelab::sim::traffic
