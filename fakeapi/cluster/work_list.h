// WorkList: what is still to be looked at, each item once, each at its time.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/clock.h"
#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

/// All controllers; the table in controllers.cc has one row for each, in this order.
enum class ControllerId : std::uint8_t {
  deployment,
  replica_set,
  replication_controller,
  stateful_set,
  daemon_set,
  job,
  cron_job,
  autoscaler,
  disruption_budget,
  scheduler,
  node,
  lease,
  kubelet,
  endpoints,
  load_balancer,
  ingress,
  volume_claim,
  volume,
  quota,
  token_secret,
  root_ca,
};

struct WorkItem {
  ControllerId controller{};
  Name key;
  friend auto operator<=>(const WorkItem&, const WorkItem&) = default;
};

class WorkList {
 public:
  /// `work` is called from the clock, never inside add().
  WorkList(Clock& clock, std::function<void(const WorkItem&)> work)
      : clock_(&clock), work_(std::move(work)) {}
  /// An item that waits already is done at the earlier of the two instants, once.
  void add(const WorkItem& item, RunTime at);
  /// Takes an item back, if it waits.
  void drop(const WorkItem& item);
  /// From now on nothing is done; what is added waits.
  void hold();
  void release();
  std::size_t size() const noexcept { return due_.size(); }

 private:
  using Slot = std::pair<RunTime, std::uint64_t>;
  void arm();
  void run();

  Clock* clock_;
  std::function<void(const WorkItem&)> work_;
  std::map<WorkItem, Slot> due_;
  std::map<Slot, WorkItem> order_;
  std::uint64_t sequence_ = 0;
  bool held_ = false;
  bool running_ = false;
  RunTime armed_ = kNever;
  Timer timer_;
};

}  // namespace spokelab::fakeapi
