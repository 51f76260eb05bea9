// Pace: plays a World in step with real time, beside the sockets of an io_context.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <vector>

#include "base/run_time.h"
#include "sim/world.h"

namespace spokelab::harness {

/// What `sim::World` is to virtual time, a paced World is to real time: the Clock of everything
/// that runs in it, `speed` times as fast as the clock on the wall. One thread does both: events of
/// the world never run inside a socket's handler, nor the other way round.
class Pace {
 public:
  using Real = std::chrono::steady_clock;
  using RealNow = std::function<Real::time_point()>;

  /// `speed` > 0. World and io_context must outlive it.
  Pace(sim::World& world, boost::asio::io_context& io, double speed, RealNow real_now = &Real::now);
  Pace(const Pace&) = delete;

  /// Until stop(). Throws what the world throws.
  void run();
  /// From handlers of the io_context, or between them.
  void stop() { stopped_ = true; }
  /// Lets the world catch up with real time. A handler calls it before it touches the world, so
  /// that what it causes happens now and not when the world was looked at last.
  void catch_up();
  /// `look` is called after each turn of the world.
  void each_turn(std::function<void()> look) { looks_.push_back(std::move(look)); }
  /// Turns until `done` or until `patience` of real time has passed. True when it is done.
  bool run_until(const std::function<bool()>& done, std::chrono::nanoseconds patience);

  sim::World& world() noexcept { return *world_; }
  boost::asio::io_context& io() noexcept { return *io_; }

 private:
  void turn();
  void wait(Real::time_point wait_until);
  RunTime virtual_now() const;
  Real::time_point real_of(RunTime at) const;
  Nanos scaled(std::chrono::nanoseconds real) const;

  sim::World* world_;
  boost::asio::io_context* io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  double speed_;
  RealNow real_now_;
  Real::time_point real_start_;
  RunTime virtual_start_;
  std::vector<std::function<void()>> looks_;
  bool stopped_ = false;
};

}  // namespace spokelab::harness
