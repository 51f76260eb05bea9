// When syncs may run.
#include "hub/app/project/sync_window.h"

#include <gtest/gtest.h>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub {
namespace {

std::vector<SyncWindow> windows_of(const std::string& list) {
  const Json windows = Json::parse(list);
  std::vector<SyncWindow> read;
  for (const Json& window : windows) {
    std::optional<Error> fault;
    FieldReader reader(window, "spec.syncWindows[0]", fault);
    read.push_back(read_sync_window(reader));
    EXPECT_FALSE(fault) << fault->message();
  }
  return read;
}

WallTime at(const char* text) { return *parse_rfc3339(text); }

// 2026-01-05 is a Monday.
constexpr const char* kMondayNine = "2026-01-05T09:30:00Z";
constexpr const char* kMondayNoon = "2026-01-05T12:30:00Z";

TEST(SyncWindow, IsOpenFromRightAfterItsStartForItsDuration) {
  struct Row {
    const char* schedule;
    const char* duration;
    const char* zone;
    const char* now;
    bool active;
  };
  const Row rows[] = {
      {"0 9 * * *", "1h", "", "2026-01-05T08:59:59Z", false},
      {"0 9 * * *", "1h", "", "2026-01-05T09:00:00Z", false},  // not before now
      {"0 9 * * *", "1h", "", "2026-01-05T09:00:01Z", true},
      {"0 9 * * *", "1h", "", "2026-01-05T09:59:59Z", true},
      {"0 9 * * *", "1h", "", "2026-01-05T10:00:00Z", false},
      {"0 9 * * 1-5", "8h", "", "2026-01-03T10:00:00Z", false},  // a Saturday
      {"0 9 * * 1-5", "8h", "", "2026-01-05T16:59:00Z", true},
      {"0 22 * * *", "12h", "", "2026-01-05T06:00:00Z", true},  // over midnight
      {"0 0 1 1 *", "24h", "", "2026-01-01T12:00:00Z", true},
      {"0 0 30 2 *", "1h", "", "2026-01-05T12:00:00Z", true},  // Go's zero time is before now
      {"0 9 * * *", "1h", "Europe/Berlin", "2026-01-05T08:30:00Z", true},
      {"0 9 * * *", "1h", "Europe/Berlin", "2026-07-06T07:30:00Z", true},
      {"0 9 * * *", "1h", "Europe/Berlin", "2026-07-06T08:30:00Z", false},
      {"0 9 * * *", "1h", "America/New_York", "2026-01-05T14:30:00Z", true},
      {"0 9 * * *", "1h", "Nowhere/At_All", "2026-01-05T09:30:00Z", true},  // counts as UTC
  };
  for (const Row& row : rows) {
    Json window = {{"kind", "deny"}, {"schedule", row.schedule}, {"duration", row.duration}};
    if (*row.zone != 0) window["timeZone"] = row.zone;
    const auto windows = windows_of(Json::array({window}).dump());
    EXPECT_EQ(is_active(windows.at(0), at(row.now)), row.active)
        << window.dump() << " at " << row.now;
  }
}

TEST(SyncWindow, ConcernsApplicationsByNameNamespaceOrCluster) {
  struct Row {
    const char* window;
    bool concerned;
  };
  const Row rows[] = {
      {R"({"applications": ["shop"]})", true},
      {R"({"applications": ["sh*"]})", true},
      {R"({"applications": ["*-shop"]})", false},
      {R"({"namespaces": ["prod-*"]})", true},
      {R"({"clusters": ["prod"]})", true},
      {R"({"clusters": ["https://prod*"]})", false},  // only what the spec names counts
      {R"({"applications": ["other"], "clusters": ["prod"]})", true},
      {R"({"applications": ["other"], "clusters": ["prod"], "andOperator": true})", false},
      {R"({"applications": ["shop"], "clusters": ["prod"], "andOperator": true})", true},
      {R"({"applications": ["shop"], "namespaces": ["x"], "andOperator": true})", false},
      {R"({"andOperator": true})", false},
      {R"({})", false},
  };
  for (const Row& row : rows) {
    Json window = Json::parse(row.window);
    window["kind"] = "allow";
    window["schedule"] = "* * * * *";
    window["duration"] = "1h";
    Destination to;
    to.name = "prod";
    to.ns = "prod-a";
    const auto windows = windows_of(Json::array({window}).dump());
    EXPECT_EQ(windows_for(windows, "shop", to).size(), row.concerned ? 1u : 0u) << row.window;
  }
}

constexpr const char* kAllowOpen = R"({"kind":"allow","schedule":"0 9 * * *","duration":"1h"})";
constexpr const char* kAllowOpenManual =
    R"({"kind":"allow","schedule":"0 9 * * *","duration":"1h","manualSync":true})";
constexpr const char* kAllowShut = R"({"kind":"allow","schedule":"0 20 * * *","duration":"1h"})";
constexpr const char* kAllowShutManual =
    R"({"kind":"allow","schedule":"0 20 * * *","duration":"1h","manualSync":true})";
constexpr const char* kDenyOpen = R"({"kind":"deny","schedule":"0 9 * * *","duration":"1h"})";
constexpr const char* kDenyOpenManual =
    R"({"kind":"deny","schedule":"0 9 * * *","duration":"1h","manualSync":true})";
constexpr const char* kDenyShut = R"({"kind":"deny","schedule":"0 20 * * *","duration":"1h"})";

TEST(SyncWindow, DecidesAsArgoCdDoes) {
  struct Row {
    std::vector<const char*> windows;
    bool automatic;
    bool manual;
  };
  const Row rows[] = {
      {{}, true, true},
      {{kAllowOpen}, true, true},
      {{kAllowShut}, false, false},
      {{kAllowShutManual}, false, true},
      {{kAllowOpen, kAllowShut}, true, true},
      {{kAllowShut, kAllowShutManual}, false, false},
      {{kDenyOpen}, false, false},
      {{kDenyOpenManual}, false, true},
      {{kDenyOpen, kDenyOpenManual}, false, false},
      {{kDenyShut}, true, true},
      {{kDenyShut, kAllowOpen}, true, true},
      {{kDenyOpen, kAllowOpen}, false, false},
      {{kDenyOpen, kAllowOpenManual}, false, false},
      {{kDenyOpenManual, kAllowOpen}, false, true},
      {{kDenyShut, kAllowShut}, false, false},
      {{kDenyOpenManual, kAllowShut}, false, true},
  };
  for (const Row& row : rows) {
    std::string list;
    for (const char* window : row.windows) list += (list.empty() ? "" : ",") + std::string(window);
    const auto windows = windows_of("[" + list + "]");
    EXPECT_EQ(can_sync(windows, false, at(kMondayNine)).allowed, row.automatic) << list;
    EXPECT_EQ(can_sync(windows, true, at(kMondayNine)).allowed, row.manual) << list;
  }
}

TEST(SyncWindow, WhatDoesNotReadBlocksWithAReason) {
  struct Row {
    const char* window;
    const char* error;
  };
  const Row rows[] = {
      {R"({"kind":"allow","schedule":"* * * *","duration":"1h"})",
       "invalid sync windows: cannot parse schedule '* * * *': expected exactly 5 fields, found 4: "
       "[* * * *]"},
      {R"({"kind":"allow","schedule":"@daily","duration":"1h"})",
       "invalid sync windows: cannot parse schedule '@daily': parser does not accept descriptors: "
       "@daily"},
      {R"({"kind":"deny","schedule":"* * * * *","duration":"1d"})",
       "invalid sync windows: cannot parse duration '1d': time: unknown unit \"d\" in duration "
       "\"1d\""},
  };
  for (const Row& row : rows) {
    const SyncVerdict verdict =
        can_sync(windows_of("[" + std::string(row.window) + "]"), true, at(kMondayNine));
    EXPECT_FALSE(verdict.allowed) << row.window;
    EXPECT_EQ(verdict.error, row.error);
  }
}

TEST(SyncWindow, TellsWhenTheAnswerMayChange) {
  const auto until = [](const char* windows, const char* now) {
    const auto verdict = can_sync(windows_of(windows), false, at(now));
    return verdict.until ? format_rfc3339(*verdict.until) : "never";
  };
  EXPECT_EQ(until("[]", kMondayNine), "never");
  EXPECT_EQ(until(R"([{"kind":"deny","schedule":"0 9 * * *","duration":"1h"}])", kMondayNine),
            "2026-01-05T10:00:00Z");
  EXPECT_EQ(until(R"([{"kind":"deny","schedule":"0 9 * * *","duration":"1h"}])", kMondayNoon),
            "2026-01-06T09:00:00Z");
  EXPECT_EQ(until(R"([{"kind":"deny","schedule":"0 9 * * *","duration":"1h"},
                      {"kind":"allow","schedule":"45 9 * * *","duration":"1h"}])",
                  kMondayNine),
            "2026-01-05T09:45:00Z");
}

TEST(SyncWindow, OverrunLetsWhatBeganInTimeGoOn) {
  const auto windows =
      windows_of(R"([{"kind":"allow","schedule":"0 9 * * *","duration":"1h","syncOverrun":true}])");
  const WallTime after = at("2026-01-05T10:05:00Z");
  EXPECT_FALSE(can_sync(windows, false, after).allowed);
  EXPECT_TRUE(can_sync(windows, false, after, at("2026-01-05T09:59:00Z")).allowed);
  EXPECT_FALSE(can_sync(windows, false, after, at("2026-01-05T10:01:00Z")).allowed);
  const auto strict = windows_of(R"([{"kind":"allow","schedule":"0 9 * * *","duration":"1h"}])");
  EXPECT_FALSE(can_sync(strict, false, after, at("2026-01-05T09:59:00Z")).allowed);
}

}  // namespace
}  // namespace spokelab::hub
