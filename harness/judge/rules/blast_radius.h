// BlastRadius: what is struck in one cluster harms no other.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/history.h"
#include "base/run_time.h"

namespace spokelab::harness {

/// While all that is wrong is confined to some spokes, the others must not notice: the hub goes on
/// calling them Successful, and their applications do not become Unknown, Missing or Degraded.
/// Judged while such a fault is in force and for kAftermath after it, unless somebody has changed
/// something (a step), or a fault of the hub, a path, Git or users was in force, less than kQuiet
/// before: what follows from those is not the fault's doing.
class BlastRadius {
 public:
  static constexpr Nanos kAftermath = std::chrono::minutes(1);
  static constexpr Nanos kQuiet = std::chrono::minutes(10);

  using Complain = std::function<void(std::string)>;
  /// `confined`: the faults that strike nothing but spokes, and which.
  BlastRadius(std::map<std::string, std::set<std::string>> confined, Complain complain)
      : confined_(std::move(confined)), complain_(std::move(complain)) {}

  /// The world is ready, because everything is well; until then nothing is judged.
  void ready() { ready_ = true; }
  void apply(const Event& event);
  /// How many changes of clusters out of the radius were looked at.
  std::uint64_t looked_at() const noexcept { return looked_at_; }

 private:
  void on_fault(const Event& event);
  bool judging(RunTime now) const;
  bool out_of_radius(const std::string& cluster, RunTime now) const;
  std::string struck(RunTime now) const;

  std::map<std::string, std::set<std::string>> confined_;
  Complain complain_;
  std::set<std::string> active_;
  std::map<std::string, RunTime> healed_;
  std::set<std::string> elsewhere_;          // faults in force that are not confined
  std::optional<RunTime> disturbed_;         // by a step, or such a fault
  std::map<std::string, std::string> home_;  // application -> cluster
  bool ready_ = false;
  std::uint64_t looked_at_ = 0;
};

}  // namespace spokelab::harness
