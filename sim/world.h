// World: virtual time. One queue, one thread; coroutines run on its executor and cannot tell.
#pragma once

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <vector>

#include "base/clock.h"
#include "sim/callable.h"
#include "sim/event_queue.h"

namespace spokelab::sim {

/// Time stands still and events go on and on: a loop without a wait.
class Livelock : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// True in this thread while some World runs an event: real time and new threads are a leak then.
bool in_step() noexcept;

class World final : public boost::asio::execution_context, public Clock {
 public:
  /// Events that may run at one instant before run_until() throws Livelock.
  static constexpr std::uint64_t kEventsPerInstantMax = 5'000'000;

  /// `epoch` is what wall_now() says at the start.
  explicit World(WallTime epoch = kDefaultEpoch,
                 std::uint64_t events_per_instant_max = kEventsPerInstantMax);
  /// Whatever was started must have ended: see Process::kill and TaskGroup::join.
  ~World() override;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// 2026-01-01T00:00:00Z.
  static constexpr WallTime kDefaultEpoch{std::chrono::seconds(1'767'225'600)};

  /// A lane is whose events they are; a paused lane keeps its events until it is resumed.
  using Lane = std::uint32_t;
  static constexpr Lane kMainLane = 0;
  Lane add_lane();
  void pause(Lane lane);
  void resume(Lane lane);

  /// Converts to asio::any_io_executor. Always queues, never runs anything inline.
  class Executor {
   public:
    Executor(World& world, Lane lane) noexcept : world_(&world), lane_(lane) {}
    World& query(boost::asio::execution::context_t) const noexcept { return *world_; }
    static constexpr boost::asio::execution::blocking_t query(
        boost::asio::execution::blocking_t) noexcept {
      return boost::asio::execution::blocking.never;
    }
    template <class F>
    void execute(F function) const {
      world_->queue_.push(world_->now_, lane_, Callable(std::move(function)));
    }
    friend bool operator==(const Executor&, const Executor&) noexcept = default;

   private:
    World* world_;
    Lane lane_;
  };
  Executor executor(Lane lane = kMainLane) noexcept { return Executor(*this, lane); }

  RunTime now() const override { return now_; }
  WallTime wall_now() const override { return epoch_ + now_.time_since_epoch(); }
  TimerId call_at(RunTime at, std::function<void()> action) override;
  bool cancel(TimerId id) noexcept override;

  /// Runs the next event, jumping to its instant. False when nothing is left.
  bool step();
  /// Runs all events up to and including `end`, then sets now() to it. Throws Livelock.
  void run_until(RunTime end);
  void run_for(Nanos span) { run_until(now_ + span); }
  /// Runs what is due at this very instant. Throws Livelock.
  void settle() { run_until(now_); }
  /// After a Livelock: this instant may have as many events once more, to end what went round in
  /// circles.
  void grant_more_events() noexcept { steps_at_instant_ = 0; }

  std::uint64_t steps() const noexcept { return steps_; }
  std::size_t pending() const noexcept { return queue_.size(); }
  std::optional<RunTime> next_event() const noexcept { return queue_.next(); }
  /// Folds the instant and lane of every event run: two equal runs have equal step hashes.
  std::uint64_t step_hash() const noexcept { return step_hash_; }

 private:
  struct LaneState {
    bool paused = false;
    std::vector<Callable> kept;
  };

  WallTime epoch_;
  std::uint64_t events_per_instant_max_;
  RunTime now_{};
  EventQueue queue_;
  std::deque<LaneState> lanes_;
  std::uint64_t steps_ = 0;
  std::uint64_t steps_at_instant_ = 0;
  std::uint64_t step_hash_ = 0;
};

}  // namespace spokelab::sim
