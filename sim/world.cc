#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/duration.h"

namespace spokelab::sim {

namespace {

thread_local bool stepping = false;

struct StepMark {
  StepMark() noexcept { stepping = true; }
  ~StepMark() { stepping = false; }
};

}  // namespace

bool in_step() noexcept { return stepping; }

World::World(WallTime epoch, std::uint64_t events_per_instant_max)
    : epoch_(epoch), events_per_instant_max_(events_per_instant_max), lanes_(1) {}

World::~World() {
  for (auto& lane : lanes_) lane.kept.clear();
  queue_.clear();
  shutdown();
  destroy();
}

World::Lane World::add_lane() {
  lanes_.emplace_back();
  return static_cast<Lane>(lanes_.size() - 1);
}

void World::pause(Lane lane) { lanes_.at(lane).paused = true; }

void World::resume(Lane lane) {
  auto& state = lanes_.at(lane);
  state.paused = false;
  for (auto& call : std::exchange(state.kept, {})) queue_.push(now_, lane, std::move(call));
}

Clock::TimerId World::call_at(RunTime at, std::function<void()> action) {
  return queue_.push(std::max(at, now_), kMainLane, Callable(std::move(action)));
}

bool World::cancel(TimerId id) noexcept { return queue_.cancel(id); }

bool World::step() {
  if (queue_.empty()) return false;
  if (*queue_.next() > now_) steps_at_instant_ = 0;
  // Before it is taken, so that nothing is lost for a caller who breaks the circle.
  if (++steps_at_instant_ > events_per_instant_max_) {
    throw Livelock(fmt::format("livelock: {} events at {} and still more", events_per_instant_max_,
                               format_run_time(now_)));
  }
  auto event = queue_.pop();
  now_ = std::max(now_, event.at);
  auto& lane = lanes_[event.lane];
  if (lane.paused) {
    lane.kept.push_back(std::move(event.call));
    return true;
  }
  ++steps_;
  const auto instant = static_cast<std::uint64_t>(now_.time_since_epoch().count());
  step_hash_ = (step_hash_ ^ instant ^ (std::uint64_t{event.lane} << 56)) * 0x100000001b3ULL;
  const StepMark mark;
  event.call();
  return true;
}

void World::run_until(RunTime end) {
  for (auto next = queue_.next(); next && *next <= end; next = queue_.next()) step();
  now_ = std::max(now_, end);
}

}  // namespace spokelab::sim
