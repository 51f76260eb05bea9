// Checks: the rules of every run, and what they need to know beside the history.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/history.h"
#include "base/run_time.h"
#include "harness/judge/invariants.h"
#include "harness/judge/rules/leftovers.h"
#include "harness/run/lab.h"
#include "harness/run/reality.h"

namespace spokelab::harness {

/// Watches one run from its first instant to its last. The lab must outlive it, and be stopped
/// before it goes.
class Checks {
 public:
  /// What is wanted counts as in effect when all has been well for this long without a change, a
  /// fault or a step.
  static constexpr Nanos kSettledAfter = std::chrono::minutes(5);
  /// So long after an object has changed (an autoscaler has, say) the hub may not have seen it.
  static constexpr Nanos kSeenWithin = std::chrono::seconds(30);

  explicit Checks(Lab& lab);
  Checks(const Checks&) = delete;

  /// Takes the next event of the history.
  void apply(const Event& event);
  /// The world is ready; `calm`: because everything was well.
  void ready(bool calm);
  /// How things stand between two instants. `well_since`: since when everything is as it should be.
  void look(std::optional<RunTime> well_since, bool fault_active);
  /// The run is over, and everything is well: looks at reality (Reality) once more, and at what is
  /// left over.
  void finish();

  const std::vector<std::string>& complaints() const noexcept { return invariants_.complaints(); }

 private:
  void saw(const std::string& cluster, const fakeapi::Change& change);
  void saw_managed(const std::string& cluster, const fakeapi::Change& change);
  void sample();
  Standing standing() const;

  Lab& lab_;
  std::map<std::string, std::uint64_t> sources_;  // Application -> how often its sources changed
  Invariants invariants_;
  Reality reality_;
  /// The last change of an object that an application manages; who made it is told right after.
  struct Managed {
    std::string subject;
    WaveOrder::Object object;
    bool created = false;
  };
  std::optional<Managed> managed_;
  bool own_health_checks_ = false;  // the hub's settings bring some
  bool ready_ = false;
  bool trouble_ = false;  // a fault or step has begun
  bool fault_begun_ = false;
  RunTime disturbed_{};       // last change, fault or step
  RunTime object_changed_{};  // of those that applications manage, by whomever
  std::optional<RunTime> reality_looked_;
  RunTime sampled_{};
  std::optional<Standing> before_;  // the last one before any trouble
};

}  // namespace spokelab::harness
