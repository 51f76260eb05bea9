#include "harness/wall/pace.h"

#include <algorithm>

namespace spokelab::harness {

namespace {

using namespace std::chrono_literals;

/// Real time whose worth of events runs before the sockets get their turn.
constexpr auto kSlice = 10ms;
/// A world that is further behind lets go of the clock, instead of racing after it.
constexpr auto kLagMax = 2s;
constexpr auto kIdleMax = 1h;

}  // namespace

Pace::Pace(sim::World& world, boost::asio::io_context& io, double speed)
    : world_(&world),
      io_(&io),
      work_(io.get_executor()),
      speed_(speed),
      real_start_(Real::now()),
      virtual_start_(world.now()) {}

RunTime Pace::virtual_now() const {
  const std::chrono::duration<double, std::nano> real = Real::now() - real_start_;
  return virtual_start_ + Nanos(static_cast<std::int64_t>(real.count() * speed_));
}

Pace::Real::time_point Pace::real_of(RunTime at) const {
  const std::chrono::duration<double, std::nano> ahead = at - virtual_start_;
  const std::chrono::duration<double, std::nano> most = kIdleMax + (Real::now() - real_start_);
  const auto real = std::min(ahead / speed_, most);
  return real_start_ + Nanos(static_cast<std::int64_t>(real.count()) + 1);
}

void Pace::catch_up() {
  const auto target = virtual_now();
  const auto slice = Nanos(static_cast<std::int64_t>(Nanos(kSlice).count() * speed_));
  world_->run_until(std::max(world_->now(), std::min(target, world_->now() + slice)));
  const auto lag_max = Nanos(static_cast<std::int64_t>(Nanos(kLagMax).count() * speed_));
  if (virtual_now() - world_->now() > lag_max && world_->next_event() &&
      *world_->next_event() < target) {
    real_start_ = Real::now();
    virtual_start_ = world_->now();
  } else if (!world_->next_event() || *world_->next_event() >= target) {
    world_->run_until(std::max(world_->now(), target));  // nothing happens on the way
  }
}

void Pace::turn(Real::time_point wait_until) {
  catch_up();
  for (const auto& look : looks_) look();
  const auto next = world_->next_event();
  if (next && *next <= world_->now()) {  // what the looks have caused, or work left over
    io_->poll();
    return;
  }
  if (next) wait_until = std::min(wait_until, real_of(*next));
  io_->run_one_until(wait_until);
  io_->poll();
}

void Pace::run() {
  while (!stopped_) turn(Real::now() + kIdleMax);
}

bool Pace::run_until(const std::function<bool()>& done, std::chrono::nanoseconds patience) {
  const auto end = Real::now() + patience;
  while (!done()) {
    if (Real::now() >= end) return false;
    turn(end);
  }
  return true;
}

}  // namespace spokelab::harness
