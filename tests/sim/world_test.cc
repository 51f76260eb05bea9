// The virtual world: order, time, cancellation, processes.
#include "sim/world.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/async.h"
#include "base/task_group.h"
#include "sim/process.h"

namespace spokelab::sim {
namespace {

using namespace std::chrono_literals;

TEST(World, RunsEventsOfOneInstantInTheOrderTheyWereQueued) {
  World world;
  std::string order;
  for (const char c : std::string("abcdefgh")) {
    world.call_at(RunTime(5s), [&order, c] { order += c; });
  }
  world.call_at(RunTime(1s), [&order] { order += '1'; });
  world.run_until(RunTime(10s));
  EXPECT_EQ(order, "1abcdefgh");
  EXPECT_EQ(world.now(), RunTime(10s));
}

TEST(World, LeavesNoTraceOfACancelledTimer) {
  World world;
  const auto id = world.call_at(RunTime(5s), [] { FAIL(); });
  EXPECT_EQ(world.pending(), 1u);
  EXPECT_TRUE(world.cancel(id));
  EXPECT_FALSE(world.cancel(id));
  EXPECT_EQ(world.pending(), 0u);
}

TEST(World, ThrowsLivelockWhenTimeStandsStill) {
  World world(World::kDefaultEpoch, 1000);
  std::function<void()> again = [&] { world.call_at(world.now(), again); };
  again();
  EXPECT_THROW(world.run_for(1s), Livelock);
  EXPECT_EQ(world.steps(), 1000u);
}

Task<void> tick(Clock& clock, int& count) {
  for (;;) {
    co_await sleep_for(clock, 1s);
    ++count;
  }
}

Task<void> two_ticks(Clock& clock, int& count) {
  TaskGroup group(co_await asio::this_coro::executor);
  group.spawn(tick(clock, count));
  group.spawn(tick(clock, count));
  co_await group.join();
}

TEST(Process, StopsAllItsCoroutinesWhenKilledAndStartsAfreshAfterwards) {
  World world;
  int count = 0;
  Process process(world, "p", [&](int) { return two_ticks(process.clock(), count); });
  process.start();
  world.run_for(3500ms);
  EXPECT_EQ(count, 6);
  process.kill();
  world.settle();
  EXPECT_FALSE(process.running());
  EXPECT_EQ(world.pending(), 0u);
  world.run_for(10s);
  EXPECT_EQ(count, 6);
  process.start();
  world.run_for(1s);
  EXPECT_EQ(count, 8);
  process.kill();
  world.settle();
}

TEST(Process, StandsStillWhilePaused) {
  World world;
  int count = 0;
  Process process(world, "p", [&](int) { return tick(process.clock(), count); });
  process.start();
  world.run_for(2s);
  process.pause();
  world.run_for(10s);
  EXPECT_EQ(count, 2);
  process.resume();
  world.run_for(1s);
  EXPECT_EQ(count, 4);  // the tick that fell due meanwhile, and the next
  process.kill();
  world.settle();
}

TEST(Process, RestartsInTheSameInstantWhenKilledAndStarted) {
  World world;
  int count = 0;
  int incarnations = 0;
  Process process(world, "p", [&](int n) {
    incarnations = n;
    return tick(process.clock(), count);
  });
  process.start();
  world.run_for(1500ms);
  process.kill();
  process.start();
  world.run_for(1s);
  EXPECT_EQ(incarnations, 2);
  EXPECT_EQ(count, 2);
  process.kill();
  world.settle();
}

Task<void> wait_for_value(OneShot<int> box, Clock& clock, std::vector<int>& got) {
  const auto deadline = clock.now() + 2s;
  const auto early = co_await box.wait_until(clock, deadline);
  got.push_back(early.value_or(-1));
}

TEST(OneShot, GivesTheValueOrTheDeadlineWhicheverComesFirst) {
  World world;
  std::vector<int> got;
  OneShot<int> in_time;
  OneShot<int> late;
  asio::co_spawn(world.executor(), wait_for_value(in_time, world, got), asio::detached);
  asio::co_spawn(world.executor(), wait_for_value(late, world, got), asio::detached);
  world.call_at(RunTime(1s), [&] { in_time.resolve(7); });
  world.call_at(RunTime(3s), [&] { late.resolve(8); });
  world.run_for(5s);
  EXPECT_EQ(got, (std::vector<int>{7, -1}));
}

Task<void> fail_after(Clock& clock, Nanos span) {
  co_await sleep_for(clock, span);
  throw std::runtime_error("broken");
}

Task<void> joins_a_failing_group(Clock& clock, int& count, std::string& caught) {
  TaskGroup group(co_await asio::this_coro::executor);
  group.spawn(tick(clock, count));
  group.spawn(fail_after(clock, 1500ms));
  try {
    co_await group.join();
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
}

TEST(TaskGroup, StopsTheOthersWhenOneFailsAndTellsWhy) {
  World world;
  int count = 0;
  std::string caught;
  asio::co_spawn(world.executor(), joins_a_failing_group(world, count, caught), asio::detached);
  world.run_for(10s);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(caught, "broken");
  EXPECT_EQ(world.pending(), 0u);
}

}  // namespace
}  // namespace spokelab::sim
