// Director: carries out faults and steps at their times, or when their conditions come true.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/judge/board.h"
#include "harness/run/faults/active_fault.h"
#include "harness/run/lab.h"
#include "harness/run/truth.h"
#include "reports/run.h"

namespace spokelab::harness {

class Director {
 public:
  /// Puts every timed fault and step on the clock.
  Director(Lab& lab, Truths& truths);
  ~Director();

  /// Asks the conditions of what waits for one. Call it between instants, when values have changed.
  void look(const Board& board);
  /// Tells the history what faults have hit by now, where that is news. Call it between instants.
  void tell_hits();
  /// Heals whatever is still in force. Nothing starts any more.
  void heal_all();
  /// Tells the history, every now and then, what a fault has hit so far.
  static constexpr Nanos kHitsToldEvery = std::chrono::seconds(10);
  bool any_active() const noexcept { return !active_.empty(); }

  /// Every fault with its window and what it hit.
  std::vector<reports::FaultWindow> windows() const;
  /// What went wrong with faults and steps, one sentence each: never triggered, hit nothing, could
  /// not be done. With `idle_is_fine`, only the last of these.
  std::vector<std::string> problems(bool idle_is_fine = false) const;
  /// Whether a fault has begun.
  bool any_started() const;

 private:
  void start_fault(const Fault& fault);
  void end_fault(const std::string& name);
  void tell_hits(const std::string& name, std::uint64_t hits);
  void do_step(std::size_t index);
  void tell_fault(const Fault& fault, std::string value, std::string message, std::uint64_t hits);
  void tell_step(std::size_t index, bool done, std::string message);
  std::string step_name(std::size_t index) const;

  Lab& lab_;
  Truths& truths_;
  std::map<std::string, std::unique_ptr<ActiveFault>> active_;
  struct ToldHits {
    std::uint64_t hits = 0;
    RunTime at{};
  };
  std::map<std::string, ToldHits> told_hits_;
  std::map<std::string, reports::FaultWindow> windows_;
  std::vector<bool> step_started_;
  std::map<std::string, std::uint64_t> cause_;  // event that started a fault
  std::vector<std::string> problems_;
  std::vector<Timer> timers_;
  bool over_ = false;
};

/// "on prod", "between hub <-> prod", "from hub to prod".
std::string scope_of(const Fault& fault);

}  // namespace spokelab::harness
