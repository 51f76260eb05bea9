// Autoscaling rules: windows, policies, bounds.
#include "fakeapi/cluster/workloads/scaling/scaling_rules.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::fakeapi {
namespace {

constexpr RunTime at(int seconds) { return RunTime(std::chrono::seconds(seconds)); }

TEST(ScalingRules, LimitOneStep) {
  struct Row {
    const char* name;
    const char* spec;
    std::int64_t current, wanted, replicas;
    const char* limited;
  };
  const Row rows[] = {
      {"to four at once", R"({"maxReplicas":20})", 1, 10, 4, "ScaleUpLimit"},
      {"doubled", R"({"maxReplicas":20})", 6, 20, 12, "ScaleUpLimit"},
      {"the bound comes first", R"({"maxReplicas":5})", 3, 9, 5, "TooManyReplicas"},
      {"within", R"({"maxReplicas":20})", 3, 5, 5, "DesiredWithinRange"},
      {"at least the least",
       R"({"minReplicas":2,"maxReplicas":9,"behavior":{"scaleDown":{"stabilizationWindowSeconds":0}}})",
       5, 1, 2, "TooFewReplicas"},
      {"pods a minute", R"({"maxReplicas":50,"behavior":{"scaleUp":{"policies":
        [{"type":"Pods","value":2,"periodSeconds":60}]}}})",
       10, 40, 12, "ScaleUpLimit"},
      {"the smaller policy", R"({"maxReplicas":50,"behavior":{"scaleUp":{"selectPolicy":"Min",
        "policies":[{"type":"Pods","value":2,"periodSeconds":60},
        {"type":"Percent","value":100,"periodSeconds":60}]}}})",
       10, 40, 12, "ScaleUpLimit"},
      {"never down", R"({"maxReplicas":50,"behavior":{"scaleDown":{"selectPolicy":"Disabled",
        "stabilizationWindowSeconds":0}}})",
       10, 2, 10, "ScaleDownLimit"},
      {"a tenth down", R"({"maxReplicas":50,"behavior":{"scaleDown":{"stabilizationWindowSeconds":0,
        "policies":[{"type":"Percent","value":10,"periodSeconds":60}]}}})",
       20, 2, 18, "ScaleDownLimit"},
  };
  for (const Row& row : rows) {
    AutoscalerMemory memory;
    const ScaleDecision decision =
        decide_scale(*parse_json(row.spec), memory, row.current, row.wanted, at(100));
    EXPECT_EQ(decision.replicas, row.replicas) << row.name;
    EXPECT_EQ(decision.limited_reason, row.limited) << row.name;
  }
}

TEST(ScalingRules, GoDownOnlyToTheHighestOfFiveMinutes) {
  AutoscalerMemory memory;
  const Json spec = *parse_json(R"({"maxReplicas":20})");
  EXPECT_EQ(decide_scale(spec, memory, 8, 8, at(0)).replicas, 8);
  const ScaleDecision held = decide_scale(spec, memory, 8, 2, at(200));
  EXPECT_EQ(held.replicas, 8);
  EXPECT_EQ(held.able_reason, "ScaleDownStabilized");
  EXPECT_EQ(decide_scale(spec, memory, 8, 3, at(400)).replicas, 3);
}

TEST(ScalingRules, CountWhatAPeriodHasBroughtAlready) {
  AutoscalerMemory memory;
  const Json spec = *parse_json(R"({"maxReplicas":50,"behavior":{"scaleUp":{"policies":
    [{"type":"Pods","value":4,"periodSeconds":60}]}}})");
  EXPECT_EQ(decide_scale(spec, memory, 10, 40, at(0)).replicas, 14);
  memory.changes[at(0)] = 4;
  EXPECT_EQ(decide_scale(spec, memory, 14, 40, at(30)).replicas, 14);
  EXPECT_EQ(decide_scale(spec, memory, 14, 40, at(61)).replicas, 18);
}

}  // namespace
}  // namespace spokelab::fakeapi
