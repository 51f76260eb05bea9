#include "harness/wall/pace.h"

#include <algorithm>
#include <utility>

namespace spokelab::harness {

namespace {

using namespace std::chrono_literals;

/// Real time whose worth of events runs before the sockets get their turn.
constexpr auto kSlice = 10ms;
/// A world that is further behind lets go of the clock, instead of racing after it.
constexpr auto kLagMax = 2s;
constexpr auto kIdleMax = 1h;

}  // namespace

Pace::Pace(sim::World& world, boost::asio::io_context& io, double speed, RealNow real_now)
    : world_(&world),
      io_(&io),
      work_(io.get_executor()),
      speed_(speed),
      real_now_(std::move(real_now)),
      real_start_(real_now_()),
      virtual_start_(world.now()) {}

RunTime Pace::virtual_now() const {
  const std::chrono::duration<double, std::nano> real = real_now_() - real_start_;
  return virtual_start_ + Nanos(static_cast<std::int64_t>(real.count() * speed_));
}

Pace::Real::time_point Pace::real_of(RunTime at) const {
  const std::chrono::duration<double, std::nano> ahead = at - virtual_start_;
  const std::chrono::duration<double, std::nano> most = kIdleMax + (real_now_() - real_start_);
  const auto real = std::min(ahead / speed_, most);
  return real_start_ + Nanos(static_cast<std::int64_t>(real.count()) + 1);
}

void Pace::catch_up() {
  const auto target = std::max(virtual_now(), world_->now());
  const auto due = [&] { return world_->next_event() && *world_->next_event() <= target; };
  if (due()) {
    const auto from = std::max(world_->now(), *world_->next_event());  // until then nothing happens
    world_->run_until(std::min(target, from + scaled(kSlice)));
  }
  if (!due()) {
    world_->run_until(target);
  } else if (target - world_->now() > scaled(kLagMax)) {
    real_start_ = real_now_();
    virtual_start_ = world_->now();
  }
}

Nanos Pace::scaled(std::chrono::nanoseconds real) const {
  return Nanos(static_cast<std::int64_t>(static_cast<double>(real.count()) * speed_));
}

void Pace::turn() {
  catch_up();
  for (const auto& look : looks_) look();
}

void Pace::wait(Real::time_point wait_until) {
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
  while (!stopped_) {
    turn();
    wait(real_now_() + kIdleMax);
  }
}

bool Pace::run_until(const std::function<bool()>& done, std::chrono::nanoseconds patience) {
  const auto end = real_now_() + patience;
  while (!done()) {
    if (real_now_() >= end) return false;
    turn();
    if (done()) break;
    wait(end);
  }
  return true;
}

}  // namespace spokelab::harness
