// Clock: time as every part sees it; virtual in a simulation, monotonic in wall mode (port).
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/run_time.h"

namespace spokelab {

class Clock {
 public:
  using TimerId = std::uint64_t;

  virtual ~Clock() = default;
  /// Time since the run began. Never decreases; equal values mean the same instant.
  virtual RunTime now() const = 0;
  /// Calendar time. May be skewed against other clocks of the same run.
  virtual WallTime wall_now() const = 0;
  /// Calls `action` once, as soon as now() >= at, never inside this call.
  virtual TimerId call_at(RunTime at, std::function<void()> action) = 0;
  /// Takes a call back. False when it has already run or was taken back before.
  virtual bool cancel(TimerId id) noexcept = 0;
};

/// A pending call that is taken back when this goes out of scope. The clock must outlive it.
class Timer {
 public:
  Timer() = default;
  Timer(Clock& clock, RunTime at, std::function<void()> action)
      : clock_(&clock), id_(clock.call_at(at, std::move(action))) {}
  Timer(Timer&& other) noexcept : clock_(std::exchange(other.clock_, nullptr)), id_(other.id_) {}
  Timer& operator=(Timer&& other) noexcept {
    if (this != &other) {
      stop();
      clock_ = std::exchange(other.clock_, nullptr);
      id_ = other.id_;
    }
    return *this;
  }
  ~Timer() { stop(); }
  void stop() noexcept {
    if (clock_ != nullptr) std::exchange(clock_, nullptr)->cancel(id_);
  }

 private:
  Clock* clock_ = nullptr;
  Clock::TimerId id_ = 0;
};

}  // namespace spokelab
