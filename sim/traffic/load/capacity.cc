// Capacity: pods that warm up, a queue that fills and drains.
#include "sim/traffic/load/capacity.h"

#include <algorithm>

#include "base/check.h"

namespace spokelab::sim::traffic {

namespace {

__extension__ using Wide = __int128;
constexpr Wide kThousandSeconds = 1'000'000'000'000;

}  // namespace

std::uint64_t Capacity::per_pod() const {
  return static_cast<std::uint64_t>(static_cast<Wide>(spec_.per_pod.count) * kThousandSeconds /
                                    spec_.per_pod.per.count());
}

void Capacity::count_pods(RunTime now, std::int64_t ready) {
  if (begun_ && spec_.warm_up > Nanos(0)) {
    for (auto more = pods_; more < ready; ++more) cold_.push_back(now);
  }
  // The young go first when pods are taken away, as a scale-down chooses.
  for (auto fewer = ready; fewer < pods_ && !cold_.empty(); ++fewer) cold_.pop_back();
  pods_ = ready;
  begun_ = true;
  std::erase_if(cold_, [&](RunTime since) { return now - since >= spec_.warm_up; });
}

std::uint64_t Capacity::capacity_at(RunTime now) const {
  const std::uint64_t each = per_pod();
  std::uint64_t sum = each * (static_cast<std::uint64_t>(pods_) - cold_.size());
  for (const auto since : cold_) {
    const Wide age = (now - since).count();
    const Wide share = spec_.cold + (1'000'000 - spec_.cold) * age / spec_.warm_up.count();
    sum += static_cast<std::uint64_t>(static_cast<Wide>(each) * share / 1'000'000);
  }
  return sum;
}

Pressure Capacity::look(RunTime now, std::int64_t ready_pods, std::uint64_t load) {
  SPOKELAB_CHECK(now >= looked_ && ready_pods >= 0);
  // What happened since, by what could be carried then.
  if (begun_ && spec_.overload == Overload::queue) {
    const Wide span = (now - looked_).count();
    const Wide change =
        (static_cast<Wide>(load_) - static_cast<Wide>(carries_)) * span / kThousandSeconds;
    const Wide room = static_cast<Wide>(spec_.queue) * pods_;
    backlog_ =
        static_cast<std::uint64_t>(std::clamp<Wide>(static_cast<Wide>(backlog_) + change, 0, room));
  }
  count_pods(now, ready_pods);
  looked_ = now;
  load_ = load;
  carries_ = capacity_at(now);
  Pressure out;
  if (pods_ == 0) {
    backlog_ = 0;  // those who waited are gone with the pods
    return out;    // no pod is ready: that is told elsewhere
  }
  const Wide room = static_cast<Wide>(spec_.queue) * pods_;
  const bool full = spec_.overload == Overload::shed || static_cast<Wide>(backlog_) >= room;
  if (load_ > carries_ && full) {
    out.shed = static_cast<std::uint32_t>(static_cast<Wide>(load_ - carries_) * 1'000'000 / load_);
  }
  if (backlog_ > 0 && carries_ > 0) {
    out.wait =
        Nanos(static_cast<Nanos::rep>(static_cast<Wide>(backlog_) * kThousandSeconds / carries_));
  }
  return out;
}

}  // namespace spokelab::sim::traffic
