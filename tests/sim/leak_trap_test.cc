// The leak trap: real time and threads inside an event of the virtual world abort the test program.
#include <gtest/gtest.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <thread>

#include "sim/world.h"

namespace spokelab::sim {
namespace {

using namespace std::chrono_literals;

void inside_an_event(const std::function<void()>& action) {
  World world;
  world.call_at(RunTime(1s), action);
  world.run_for(2s);
}

struct Leak {
  const char* name;
  const char* function;  // what the trap names
  void (*action)();
};

void PrintTo(const Leak& one, std::ostream* out) { *out << one.name; }

class LeakTrapDeathTest : public ::testing::TestWithParam<Leak> {};

TEST_P(LeakTrapDeathTest, StopsItInsideAnEvent) {
  EXPECT_DEATH(inside_an_event(GetParam().action),
               std::string("leak trap: ") + GetParam().function);
}

TEST_P(LeakTrapDeathTest, LetsItBeOutsideOfEvents) { GetParam().action(); }

INSTANTIATE_TEST_SUITE_P(
    Leaks, LeakTrapDeathTest,
    ::testing::Values(
        Leak{"SteadyClock", "clock_gettime", [] { (void)std::chrono::steady_clock::now(); }},
        Leak{"SystemClock", "clock_gettime", [] { (void)std::chrono::system_clock::now(); }},
        Leak{"Time", "time", [] { (void)std::time(nullptr); }},
        Leak{"TimeOfDay", "gettimeofday",
             [] {
               timeval now{};
               (void)::gettimeofday(&now, nullptr);
             }},
        Leak{"SleepFor", ".*nanosleep", [] { std::this_thread::sleep_for(1ms); }},
        Leak{"Sleep", "sleep", [] { ::sleep(0); }}, Leak{"USleep", "usleep", [] { ::usleep(1); }},
        Leak{"Thread", "pthread_create", [] { std::thread([] {}).join(); }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(LeakTrap, LeavesRealTimeRight) {
  const auto steady = std::chrono::steady_clock::now();
  const auto wall = std::chrono::system_clock::now();
  std::this_thread::sleep_for(20ms);
  EXPECT_GE(std::chrono::steady_clock::now() - steady, 20ms);
  EXPECT_GE(std::chrono::system_clock::now() - wall, 15ms);
  EXPECT_LE(std::abs(std::time(nullptr) - std::chrono::system_clock::to_time_t(wall)), 60);
}

TEST(InStep, IsTrueInsideEventsOnly) {
  EXPECT_FALSE(in_step());
  bool inside = false;
  inside_an_event([&] { inside = in_step(); });
  EXPECT_TRUE(inside);
  EXPECT_FALSE(in_step());
}

TEST(InStep, IsFalseAgainAfterAnEventThatThrows) {
  EXPECT_THROW(inside_an_event([] { throw std::runtime_error("broken"); }), std::runtime_error);
  EXPECT_FALSE(in_step());
}

}  // namespace
}  // namespace spokelab::sim
