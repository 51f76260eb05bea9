// What the compiler must get right in coroutines: each object lives exactly once, whatever is
// awaited around it. g++ 12 destroys some temporaries of co_await expressions twice; the forms
// tested here are those that we use.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/async.h"
#include "sim/world.h"

namespace spokelab::sim {
namespace {

using namespace std::chrono_literals;

int live = 0;

/// Counts itself. Has constructors, so that it may stand in a co_await expression as a temporary.
struct Counted {
  explicit Counted(int v) : value(v), text("long enough to be on the heap: " + std::to_string(v)) {
    ++live;
  }
  Counted(const Counted& other) : value(other.value), text(other.text) { ++live; }
  Counted(Counted&& other) noexcept : value(other.value), text(std::move(other.text)) { ++live; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) noexcept = default;
  ~Counted() { --live; }
  int value;
  std::string text;
};

Task<int> take(Clock& clock, Counted given) {
  co_await sleep_for(clock, 1s);
  co_return given.value;
}

Task<Counted> give(Clock& clock, int value) {
  co_await sleep_for(clock, 1s);
  co_return Counted(value);
}

Task<std::unique_ptr<Counted>> give_owned(Clock& clock, int value) {
  co_await sleep_for(clock, 1s);
  co_return std::make_unique<Counted>(value);
}

Task<int> fail(Clock& clock, Counted given) {
  co_await sleep_for(clock, 1s);
  if (given.value > 0) throw std::runtime_error(given.text);
  co_return 0;
}

Task<void> named_arguments(Clock& clock, int& got) {
  Counted one(1);
  got += co_await take(clock, one);
  got += co_await take(clock, std::move(one));
}

Task<void> temporaries_with_constructors(Clock& clock, int& got) {
  got += co_await take(clock, Counted(1));
  got += co_await take(clock, Counted(2)) + co_await take(clock, Counted(3));
}

Task<void> results(Clock& clock, int& got) {
  got += (co_await give(clock, 4)).value;
  const auto [value, text] = co_await give(clock, 5);
  got += value + static_cast<int>(text.empty());
  const auto owned = co_await give_owned(clock, 6);
  got += owned->value;
}

Task<void> conditions(Clock& clock, int& got) {
  while (got < 3) {
    if (const auto next = co_await give(clock, 1); next.value == 1) {
      got += next.value;
    } else {
      co_return;
    }
  }
  got += got == 3 ? co_await take(clock, Counted(7)) : co_await take(clock, Counted(8));
  if (co_await take(clock, Counted(1)) == 1 && co_await take(clock, Counted(0)) == 0) ++got;
}

Task<void> exceptions(Clock& clock, int& got) {
  Counted outer(10);
  std::optional<std::string> caught;
  try {
    Counted inner(11);
    got += co_await fail(clock, Counted(0));
    got += co_await fail(clock, Counted(12));
    got = -1;
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
  if (caught) got += co_await take(clock, outer);
}

Task<void> loops(Clock& clock, int& got) {
  std::map<std::string, Counted> all;
  all.emplace("a", Counted(1));
  all.emplace("b", Counted(2));
  for (const auto& [name, one] : all) got += co_await take(clock, one);
  std::vector<Counted> list(3, Counted(4));
  for (auto& one : list) got += co_await take(clock, std::move(one));
}

Task<int> deep(Clock& clock, int depth, Counted given) {
  if (depth == 0) co_return co_await take(clock, std::move(given));
  const auto below = co_await deep(clock, depth - 1, given);
  co_return below + 1;
}

Task<void> recursion(Clock& clock, int& got) { got += co_await deep(clock, 50, Counted(1)); }

struct Case {
  const char* name;
  Task<void> (*run)(Clock&, int&);
  int expected;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class Toolchain : public ::testing::TestWithParam<Case> {};

TEST_P(Toolchain, EveryObjectIsDestroyedOnce) {
  live = 0;
  int got = 0;
  {
    World world;
    asio::co_spawn(world.executor(), GetParam().run(world, got), asio::detached);
    world.run_for(1h);
    EXPECT_EQ(world.pending(), 0u);
  }
  EXPECT_EQ(got, GetParam().expected);
  EXPECT_EQ(live, 0);
}

TEST_P(Toolchain, EveryObjectIsDestroyedOnceWhenCancelledHalfWay) {
  for (int seconds = 0; seconds < 4; ++seconds) {
    live = 0;
    int got = 0;
    World world;
    asio::cancellation_signal stop;
    asio::co_spawn(world.executor(), GetParam().run(world, got),
                   asio::bind_cancellation_slot(stop.slot(), asio::detached));
    world.call_at(RunTime(seconds * 1s + 500ms),
                  [&] { stop.emit(asio::cancellation_type::terminal); });
    world.run_for(1h);
    EXPECT_EQ(world.pending(), 0u);
    EXPECT_EQ(live, 0) << "cancelled after " << seconds << " s";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Coroutines, Toolchain,
    ::testing::Values(Case{"NamedArguments", named_arguments, 2},
                      Case{"TemporariesWithConstructors", temporaries_with_constructors, 6},
                      Case{"Results", results, 15}, Case{"Conditions", conditions, 11},
                      Case{"Exceptions", exceptions, 10}, Case{"Loops", loops, 15},
                      Case{"Recursion", recursion, 51}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace spokelab::sim
