// Process: a root coroutine that can be killed, restarted and paused. Its memory dies with its
// frames.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "sim/world.h"

namespace spokelab::sim {

/// A process's own clock: the world's run time, calendar time off by a skew.
class ProcessClock final : public Clock {
 public:
  explicit ProcessClock(World& world) : world_(world) {}
  RunTime now() const override { return world_.now(); }
  WallTime wall_now() const override { return world_.wall_now() + skew_; }
  TimerId call_at(RunTime at, std::function<void()> action) override {
    return world_.call_at(at, std::move(action));
  }
  bool cancel(TimerId id) noexcept override { return world_.cancel(id); }
  void set_skew(Nanos skew) noexcept { skew_ = skew; }
  Nanos skew() const noexcept { return skew_; }

 private:
  World& world_;
  Nanos skew_{0};
};

/// Must be stopped (kill(), then World::settle()) before it is destroyed.
class Process {
 public:
  /// Makes the root coroutine of one incarnation, numbered from 1. Captured things must outlive the
  /// process.
  using Main = std::function<Task<void>(int incarnation)>;

  Process(World& world, std::string name, Main main);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Starts it, unless it runs. While a killed incarnation is still unwinding, the start follows
  /// that.
  void start();
  /// Unwinds all its coroutines at this instant. Nothing of what it held in memory is left.
  void kill();
  /// Its coroutines stand still until resume(); what arrives meanwhile waits.
  void pause();
  void resume();

  const std::string& name() const noexcept { return name_; }
  bool running() const noexcept { return running_; }
  bool paused() const noexcept { return paused_; }
  ProcessClock& clock() noexcept { return clock_; }
  /// Called when an incarnation has ended by itself or by failure (not by kill); the text is empty
  /// when it simply returned.
  void on_exit(std::function<void(const std::string& failure)> handler) {
    exited_ = std::move(handler);
  }
  /// Called whenever the process starts to run (true) or has stopped (false).
  void on_change(std::function<void(bool running)> handler) { changed_ = std::move(handler); }

 private:
  void ended(std::exception_ptr failure);

  World& world_;
  std::string name_;
  Main main_;
  ProcessClock clock_;
  World::Lane lane_;
  boost::asio::cancellation_signal stop_;
  std::function<void(const std::string&)> exited_;
  std::function<void(bool)> changed_;
  int incarnation_ = 0;
  bool running_ = false;
  bool stopping_ = false;
  bool start_again_ = false;
  bool paused_ = false;
};

}  // namespace spokelab::sim
