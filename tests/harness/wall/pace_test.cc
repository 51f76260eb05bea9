#include "harness/wall/pace.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <vector>

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;

/// A pace whose real clock is moved by hand.
class PaceTest : public ::testing::Test {
 protected:
  Pace made(double speed) {
    return Pace(world, io, speed, [this] { return now; });
  }
  sim::World world;
  boost::asio::io_context io;
  Pace::Real::time_point now{};
};

TEST_F(PaceTest, TheWorldIsWhereRealTimeIs) {
  Pace pace = made(1);
  now += 3s;
  pace.catch_up();
  EXPECT_EQ(world.now(), RunTime(3s));
}

TEST_F(PaceTest, SpeedLetsTimePassFaster) {
  Pace pace = made(60);
  now += 1s;
  pace.catch_up();
  EXPECT_EQ(world.now(), RunTime(60s));
}

TEST_F(PaceTest, AnEventAfterALongRestComesInTimeAndNoTimeIsLost) {
  Pace pace = made(1);
  std::vector<RunTime> heard;
  world.call_at(RunTime(1h), [&] { heard.push_back(world.now()); });
  now += 1h + 5ms;
  pace.catch_up();
  EXPECT_EQ(heard, std::vector<RunTime>{RunTime(1h)});
  EXPECT_EQ(world.now(), RunTime(1h + 5ms));
}

TEST_F(PaceTest, AWorldThatIsFarBehindLetsGoOfTheClock) {
  Pace pace = made(1);
  int events = 0;
  std::function<void()> again = [&] {
    ++events;
    world.call_at(world.now() + 1ms, again);
  };
  world.call_at(RunTime(0s), again);
  now += 1h;
  pace.catch_up();
  EXPECT_LT(events, 100);  // one slice of them
  const auto before = world.now();
  now += 5ms;
  pace.catch_up();
  EXPECT_EQ(world.now(), before + 5ms);
}

TEST_F(PaceTest, HandlersAndEventsTakeTurns) {
  Pace pace(world, io, 1000);
  bool event = false;
  bool handler = false;
  world.call_at(RunTime(1s), [&] { event = true; });
  boost::asio::post(io, [&] { handler = true; });
  EXPECT_TRUE(pace.run_until([&] { return event && handler; }, 60s));
}

}  // namespace
}  // namespace spokelab::harness
