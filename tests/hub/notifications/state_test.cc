// What subscribers have been told, as Argo CD writes it down.
#include "hub/notifications/state.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/duration.h"

namespace spokelab::hub::notifications {
namespace {

const Destination kOps{"slack", "ops"};

WallTime at(const char* text) { return *parse_rfc3339(text); }

TEST(NotifiedState, IsWrittenAsGoWritesIt) {
  NotifiedState state;
  EXPECT_EQ(state.write(), "");
  EXPECT_TRUE(state.begin("on-lost", "[0].abc", "", kOps, at("2026-01-01T00:00:01Z")));
  EXPECT_TRUE(state.begin("on-lost", "[0].abc", "<nil>", kOps, at("2026-01-01T00:00:02Z")));
  EXPECT_EQ(
      state.write(),
      R"({"\u003cnil\u003e:on-lost:[0].abc:slack:ops":1767225602,"on-lost:[0].abc:slack:ops":1767225601})");
  EXPECT_EQ(NotifiedState::read(state.write()).entries(), state.entries());
}

TEST(NotifiedState, TellsOnceUntilTheConditionHasEnded) {
  NotifiedState state;
  EXPECT_TRUE(state.begin("t", "c", "", kOps, {}));
  EXPECT_FALSE(state.begin("t", "c", "", kOps, {}));
  EXPECT_TRUE(state.begin("t", "c", "", {"slack", "others"}, {}));
  state.end("t", "c", "", kOps);
  EXPECT_TRUE(state.begin("t", "c", "", kOps, {}));
}

TEST(NotifiedState, WhatIsToldOncePerRevisionStaysToldEvenWhenItFailed) {
  NotifiedState state;
  EXPECT_TRUE(state.begin("t", "c", "rev-1", kOps, {}));
  state.end("t", "c", "rev-1", kOps);  // it could not be sent
  state.end("t", "c", "", kOps);       // the condition does not hold any more
  EXPECT_FALSE(state.begin("t", "c", "rev-1", kOps, {}));
  EXPECT_TRUE(state.begin("t", "c", "rev-2", kOps, {}));
}

TEST(NotifiedState, KeepsTheYoungestHundred) {
  NotifiedState state;
  for (int i = 0; i < 120; ++i)
    state.begin("t" + std::to_string(i), "c", "", kOps, WallTime(std::chrono::seconds(1'000 - i)));
  state.write();
  EXPECT_EQ(state.entries().size(), kNotifiedMax);
  EXPECT_TRUE(state.entries().contains("t0:c:slack:ops"));
  EXPECT_FALSE(state.entries().contains("t100:c:slack:ops"));
}

TEST(NotifiedState, StartsAnewFromWhatDoesNotRead) {
  for (const char* text : {"", "no json", "[1]", R"({"a": "b"})"})
    EXPECT_TRUE(NotifiedState::read(text).entries().empty()) << text;
}

}  // namespace
}  // namespace spokelab::hub::notifications
