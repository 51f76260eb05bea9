// InjectedFaults: faults that a person begins and ends while a fleet runs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "harness/run/faults/active_fault.h"
#include "harness/run/lab.h"
#include "harness/run/truth.h"

namespace spokelab::harness {

/// What somebody asks for: a fault by the words of a scenario file.
struct FaultOrder {
  std::string what;  ///< "refused", "latency", ...; or the name of one of the scenario's faults.
  std::string on;    ///< A cluster, "hub", a region; empty for a fault of the scenario.
  std::string lasts = "5m";
  std::vector<std::pair<std::string, std::string>> parameters;  ///< ("latency", "200ms"), ...
};

class InjectedFaults {
 public:
  static constexpr std::size_t kFaultsMax = 100;

  /// Both must outlive it; it heals what is in force when it goes.
  InjectedFaults(Lab& lab, Truths& truths) : lab_(lab), truths_(truths) {}

  /// Checks the order as a scenario is checked, and begins it. Returns its name. Errors: bad_input
  /// with all diagnostics; limit beyond kFaultsMax at once.
  Result<std::string> begin(const FaultOrder& order);
  /// False when there is none of that name.
  bool end(const std::string& name);

  struct InForce {
    std::string name;
    std::string what;
    std::string scope;
    Nanos left{};
    std::uint64_t hits = 0;
  };
  std::vector<InForce> list() const;

 private:
  struct One {
    Fault fault;
    RunTime until{};
    std::unique_ptr<ActiveFault> active;
    Timer timer;
  };
  Result<Fault> read(const FaultOrder& order, const std::string& name) const;
  void tell(const Fault& fault, std::string value, std::string message);

  Lab& lab_;
  Truths& truths_;
  std::map<std::string, One> in_force_;
  std::uint64_t begun_ = 0;
};

}  // namespace spokelab::harness
