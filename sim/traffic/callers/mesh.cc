// Mesh: when each proxy has seen enough errors, and when it tries again.
#include "sim/traffic/callers/mesh.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/duration.h"

namespace spokelab::sim::traffic {

namespace {

/// How many requests are looked at for errors in a row before the proxy looks again.
constexpr std::uint64_t kLookAhead = 4096;

}  // namespace

Mesh::Mesh(Clock& clock, History& history, Rng rng, Field& field, MeshSpec spec)
    : clock_(clock),
      history_(history),
      field_(field),
      spec_(std::move(spec)),
      luck_seed_(rng.stream("luck").next()) {
  const auto& outlier = spec_.outlier;
  SPOKELAB_CHECK(!spec_.targets.empty() && spec_.targets.size() <= kTargetsMax);
  SPOKELAB_CHECK(!spec_.from.empty() && outlier.proxies >= 1 && outlier.proxies <= kProxiesMax);
  SPOKELAB_CHECK(outlier.errors >= 1 && outlier.sweep > Nanos(0) && outlier.ejection > Nanos(0));
  for (const auto& target : spec_.targets) points_.push_back(field_.point(target.name));
  const auto n = spec_.targets.size();
  beliefs_.assign(n, Health::healthy);
  steps_.resize(n);
  const std::vector<bool> all(n, true);
  offer_ = share_out(spec_.targets, spec_.policy, all, spec_.fallback);
  auto phases = rng.stream("phases");
  for (std::uint32_t i = 0; i < outlier.proxies; ++i) {
    Proxy proxy;
    proxy.from = field_.point(spec_.from[i % spec_.from.size()]);
    proxy.phase = phases.between(Nanos(0), outlier.sweep - Nanos(1));
    proxy.views = std::vector<View>(n);
    proxy.decision = offer_;
    proxies_.push_back(std::move(proxy));
  }
  after_ = field_.after_change().add([this](const Field::Change& change) { look_again(&change); });
  look_again(nullptr);
}

/// Between two requests of a proxy to a target that it uses; zero when it uses it not at all.
Nanos Mesh::gap(const Proxy& proxy, std::size_t target) const {
  __extension__ using Wide = __int128;
  const auto share = static_cast<Wide>(proxy.decision[target]);
  const auto count = static_cast<Wide>(spec_.rate.count) * share;
  if (count == 0) return Nanos(0);
  const Wide all = static_cast<Wide>(spec_.rate.per.count()) * spec_.outlier.proxies * 1'000'000;
  const Wide longest = Nanos(std::chrono::hours(24 * 366)).count();
  return std::max(Nanos(1), Nanos(static_cast<Nanos::rep>(std::min(all / count, longest))));
}

bool Mesh::fails(const Proxy& proxy, std::size_t target, std::uint64_t luck, Nanos& took) const {
  if (pretended_) {
    took = Nanos(0);
    return !*pretended_;
  }
  Patience patience;
  patience.connect = std::min(spec_.outlier.connect_timeout, spec_.request_timeout);
  patience.whole = spec_.request_timeout;
  patience.tls = spec_.tls;
  const auto how = exchange(field_.way(proxy.from, points_[target]),
                            field_.service(points_[target]), patience, Luck(luck_seed_, luck));
  took = how.took;
  return how.ending != Ending::ok;
}

void Mesh::look_again(const Field::Change* change) {
  for (std::size_t p = 0; p < proxies_.size(); ++p) {
    for (std::size_t t = 0; t < points_.size(); ++t) {
      if (change == nullptr || change->concerns(proxies_[p].from, points_[t])) review(p, t);
    }
  }
}

/// Finds out when the errors of a target in use will be enough, under the truth as it is now.
void Mesh::review(std::size_t proxy, std::size_t target) {
  auto& me = proxies_[proxy];
  auto& view = me.views[target];
  if (view.ejected) return;
  view.timer.stop();
  const Nanos between = gap(me, target);
  if (between == Nanos(0)) return;
  const RunTime now = clock_.now();
  const auto since = now.time_since_epoch() - me.phase % between;
  const Nanos past = (since % between + between) % between;
  const RunTime first = past == Nanos(0) ? now : now + (between - past);
  const auto salt = luck_seed_ ^ (std::uint64_t{proxy} << 48U) ^ (std::uint64_t{target} << 40U);
  const auto start = salt + static_cast<std::uint64_t>(first.time_since_epoch() / between);
  Patience patience;
  const bool sure = pretended_ || certain(field_.way(me.from, points_[target]),
                                          field_.service(points_[target]), patience);
  Nanos took{0};
  if (sure && !fails(me, target, start, took)) return;
  std::uint32_t in_a_row = 0;
  for (std::uint64_t n = 0; n < kLookAhead; ++n) {
    in_a_row = fails(me, target, start + n, took) ? in_a_row + 1 : 0;
    if (in_a_row < spec_.outlier.errors) continue;
    const auto ordinal = static_cast<Nanos::rep>(n);
    view.first_error = first + between * (ordinal - (in_a_row - 1));
    view.timer = Timer(clock_, first + between * ordinal + took,
                       [this, proxy, target] { eject(proxy, target); });
    return;
  }
  view.timer = Timer(clock_, first + between * static_cast<Nanos::rep>(kLookAhead),
                     [this, proxy, target] { review(proxy, target); });
}

void Mesh::eject(std::size_t proxy, std::size_t target) {
  auto& me = proxies_[proxy];
  auto& view = me.views[target];
  const auto& outlier = spec_.outlier;
  const RunTime now = clock_.now();
  // Each sweep without an ejection forgives one.
  const auto sweeps = view.times == 0 ? 0 : (now - view.ejected_until) / outlier.sweep;
  view.times -= static_cast<std::uint32_t>(std::min<std::int64_t>(sweeps, view.times));
  ++view.times;
  const Nanos longest = std::max(outlier.ejection_max, outlier.ejection);
  const Nanos span = outlier.ejection.count() > longest.count() / view.times
                         ? longest
                         : outlier.ejection * static_cast<Nanos::rep>(view.times);
  const Nanos past = ((now + span).time_since_epoch() - me.phase) % outlier.sweep;
  view.ejected_until = now + span + (past == Nanos(0) ? past : outlier.sweep - past);
  view.ejected = true;
  view.timer = Timer(clock_, view.ejected_until, [this, proxy, target] { readmit(proxy, target); });
  tell(target);
  decide(proxy);
}

void Mesh::readmit(std::size_t proxy, std::size_t target) {
  proxies_[proxy].views[target].ejected = false;
  tell(target);
  decide(proxy);
  review(proxy, target);
}

/// A belief is that of the majority.
void Mesh::tell(std::size_t target) {
  std::size_t ejected = 0;
  RunTime first = kNever;
  for (const auto& proxy : proxies_) {
    if (!proxy.views[target].ejected) continue;
    ++ejected;
    first = std::min(first, proxy.views[target].first_error);
  }
  const Health now = ejected * 2 > proxies_.size() ? Health::unhealthy : Health::healthy;
  if (now == beliefs_[target]) return;
  beliefs_[target] = now;
  Event event;
  event.kind = EventKind::belief;
  event.who = "router." + spec_.name;
  event.cluster = spec_.targets[target].name;
  event.subject = fmt::format("traffic.{}.target.{}", spec_.name, event.cluster);
  event.value = std::string(name_of(now));
  event.numbers.emplace_back(
      "agree",
      static_cast<std::int64_t>(now == Health::unhealthy ? ejected : proxies_.size() - ejected));
  event.numbers.emplace_back("proxies", static_cast<std::int64_t>(proxies_.size()));
  steps_[target].clear();
  if (now == Health::unhealthy) {
    event.message = fmt::format("{} of {} proxies have ejected it after {} errors in a row",
                                ejected, proxies_.size(), spec_.outlier.errors);
    event.numbers.emplace_back("first_sent", first.time_since_epoch().count());
    steps_[target].push_back({first, "first request that fails sent"});
    steps_[target].push_back({clock_.now(), event.message});
  } else {
    event.message =
        fmt::format("{} of {} proxies try it again", proxies_.size() - ejected, proxies_.size());
    steps_[target].push_back({clock_.now(), event.message});
  }
  cause_ = history_.add(std::move(event));
}

void Mesh::decide(std::size_t proxy) {
  auto& me = proxies_[proxy];
  std::vector<bool> healthy;
  for (const auto& view : me.views) healthy.push_back(!view.ejected);
  auto decision = share_out(spec_.targets, spec_.policy, healthy, spec_.fallback);
  if (decision == me.decision) return;
  me.decision = std::move(decision);
  std::vector<std::uint64_t> sums(points_.size(), 0);
  for (const auto& one : proxies_) {
    for (std::size_t t = 0; t < sums.size(); ++t) sums[t] += one.decision[t];
  }
  std::uint32_t given = 0;
  for (std::size_t t = 0; t < sums.size(); ++t) {
    offer_[t] = static_cast<std::uint32_t>(sums[t] / proxies_.size());
    given += offer_[t];
  }
  const auto most = std::max_element(offer_.begin(), offer_.end());
  if (given > 0) *most += 1'000'000 - given;  // what rounding left over
  on_offer_.tell(cause_);
  for (std::size_t t = 0; t < points_.size(); ++t) review(proxy, t);
}

std::vector<Step> Mesh::explain(std::size_t target) const { return steps_[target]; }

void Mesh::pretend(std::optional<bool> good) {
  if (good == pretended_) return;
  pretended_ = good;
  look_again(nullptr);
}

}  // namespace spokelab::sim::traffic
