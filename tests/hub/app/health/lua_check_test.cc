// Tests of health scripts: what they may do, what stops them, and which of them is asked.
#include "hub/app/health/lua_check.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/json.h"
#include "hub/app/health/health_checks.h"

namespace spokelab::hub {
namespace {

const WallTime kNow{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z

Json widget() {
  return Json{{"apiVersion", "example.com/v1"},
              {"kind", "Widget"},
              {"metadata", {{"name", "w"}}},
              {"spec", {{"replicas", 3}}},
              {"status", {{"ready", 2}, {"nodes", {"a", "b"}}, {"gone", nullptr}}}};
}

std::string run(const std::string& script, bool open_libs = false, LuaLimits limits = {}) {
  const auto answer = run_health_script(script, open_libs, widget(), kNow, limits);
  if (!answer) return "error: " + answer.error().message();
  if (!*answer) return "nothing";
  return std::string(name_of((*answer)->status)) + ": " + (*answer)->message;
}

TEST(LuaCheck, SeesTheObjectAndAnswersWithATable) {
  EXPECT_EQ(
      run("return {status = 'Degraded', message = obj.status.ready .. '/' .. obj.spec.replicas}"),
      "Degraded: 2/3");
  EXPECT_EQ(run("hs = {} hs.status = 'Healthy' if obj.status.gone == nil then hs.message = "
                "#obj.status.nodes .. '' end return hs"),
            "Healthy: 2");
}

TEST(LuaCheck, HasNoAnswerWhereTheScriptGivesNone) {
  EXPECT_EQ(run(""), "nothing");
  EXPECT_EQ(run("return nil"), "nothing");
  EXPECT_EQ(run("return {}"), "nothing");
}

TEST(LuaCheck, TellsAnswersThatAreNone) {
  EXPECT_EQ(run("return {status = 'Fine'}"), "Unknown: Lua returned an invalid health status");
  EXPECT_EQ(run("return {message = 'x'}"), "Unknown: Lua returned an invalid health status");
  EXPECT_EQ(run("return 'Healthy'"), "error: expect table output from Lua script, not string");
}

TEST(LuaCheck, TellsWhereAScriptFails) {
  EXPECT_EQ(run("local x = nil\nreturn x.y"),
            "error: <string>:2: attempt to index a nil value (local 'x')");
  EXPECT_NE(run("return {").find("error: <string>:1:"), std::string::npos);
}

TEST(LuaCheck, KnowsTheOlderNames) {
  EXPECT_EQ(
      run("return {status = 'Healthy', message = table.getn(obj.status.nodes) .. unpack({'x'})}"),
      "Healthy: 2x");
}

TEST(LuaCheck, ReachesNothingOutside) {
  EXPECT_EQ(run("return {status = 'Healthy', message = tostring(io) .. tostring(dofile) .. "
                "tostring(load) .. tostring(string) .. tostring(os)}"),
            "Healthy: nilnilnilnilnil");
  EXPECT_EQ(run("return {status = 'Healthy', message = tostring(io) .. tostring(os.execute) .. "
                "tostring(string.dump) .. tostring(debug)}",
                true),
            "Healthy: nilnilnilnil");
  EXPECT_NE(run("require('io')").find("module io not found"), std::string::npos);
}

TEST(LuaCheck, GoesThroughTablesInTheOrderOfTheirKeys) {
  EXPECT_EQ(run("local t, said = {zeta=1, alpha=2, [3]='x', [1]='y', mid=3, [true]=4}, ''\n"
                "for k, v in pairs(t) do said = said .. tostring(k) .. '=' .. v .. ' ' end\n"
                "return {status = 'Healthy', message = said .. tostring(next({})) .. tostring(t)}"),
            "Healthy: 1=y 3=x alpha=2 mid=3 zeta=1 true=4 niltable");
  EXPECT_NE(run("for k in pairs({[{}]=1}) do end").find("a key that is a table has no order"),
            std::string::npos);
  EXPECT_NE(run("local t = {}\nfor i = 1, 100000 do t['k' .. i] = i end\n"
                "for k in pairs(t) do end")
                .find("runs too long"),
            std::string::npos);
}

TEST(LuaCheck, HasTheClocksTime) {
  EXPECT_EQ(run("local os = require('os') return {status = 'Healthy', message = os.time() .. ' ' "
                ".. os.date('!%Y-%m-%d')}"),
            "Healthy: 1767225600 2026-01-01");
  EXPECT_EQ(run("return {status = 'Healthy', message = os.time({year=2026,month=1,day=1,hour=0}) "
                ".. string.upper('x')}",
                true),
            "Healthy: 1767225600X");
}

TEST(LuaCheck, StopsWhatRunsTooLongOrGrowsTooLarge) {
  LuaLimits few;
  few.instructions = 100'000;
  EXPECT_EQ(run("while true do end", false, few), "error: <string>: the script runs too long");
  EXPECT_EQ(run("while true do pcall(function() while true do end end) end", false, few),
            "error: <string>: the script runs too long");
  LuaLimits small;
  small.bytes = 256 << 10;
  EXPECT_EQ(run("local t = {} for i = 1, 1e9 do t[i] = {} end", false, small),
            "error: <string>: the script takes too much memory");
}

TEST(HealthChecks, AskExactNamesBeforeGlobsBeforeBuiltInOnes) {
  const HealthChecks checks(
      {{"*.com", "Widget", "return {status = 'Suspended'}", false},
       {"example.com", "Widget", "return {status = 'Healthy'}", false},
       {"", "Service", "return {status = 'Degraded', message = 'mine'}", false}});
  EXPECT_EQ(checks.health_of(widget(), kNow)->status, HealthStatus::healthy);
  Json other = widget();
  other["apiVersion"] = "other.com/v1";
  EXPECT_EQ(checks.health_of(other, kNow)->status, HealthStatus::suspended);
  EXPECT_EQ(checks.health_of({{"apiVersion", "v1"}, {"kind", "Service"}}, kNow)->message, "mine");
  EXPECT_EQ(checks.health_of({{"apiVersion", "v1"}, {"kind", "ConfigMap"}}, kNow), std::nullopt);
  other["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_EQ(checks.health_of(other, kNow)->message, "Pending deletion");
}

TEST(HealthChecks, HoldAScriptThatFailsForUnknown) {
  const HealthChecks checks({{"example.com", "Widget", "error('no')", false}});
  const auto judged = checks.health_of(widget(), kNow);
  EXPECT_EQ(judged->status, HealthStatus::unknown);
  EXPECT_EQ(judged->message, "<string>:1: no");
}

}  // namespace
}  // namespace spokelab::hub
