// Steps of a rollout: who belongs to which, and how many at a time.
#include "hub/appset/rollout/strategy.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

RolloutStrategy strategy(const char* text, std::string* fault_text = nullptr) {
  const Json spec = Json{{"strategy", Json::parse(text)}};
  std::optional<Error> fault;
  FieldReader reader(spec, "spec", fault);
  auto read = read_strategy(reader);
  if (fault_text != nullptr) *fault_text = fault ? fault->message() : "";
  return read;
}

TEST(MaxUpdates, RoundDownYetAllowOne) {
  struct Case {
    const char* written;
    std::int64_t total;
    std::int64_t allowed;
  };
  const Case cases[] = {{"2", 10, 2},        {"0", 10, 0},       {"-1", 10, -1},
                        {"\"10%\"", 10, 1},  {"\"10%\"", 29, 2}, {"\"10%\"", 3, 1},
                        {"\"0%\"", 10, 0},   {"\"50%\"", 5, 2},  {"\"100%\"", 7, 7},
                        {"\"250%\"", 4, 10}, {"\"junk\"", 9, 1}, {"\"3\"", 9, 1},
                        {"\"-5%\"", 9, 1},   {"\"%\"", 9, 1}};
  for (const auto& [written, total, allowed] : cases) {
    const auto read = strategy((std::string(R"({"type": "RollingSync", "rollingSync": {"steps": [
        {"maxUpdate": )") + written +
                                "}]}}")
                                   .c_str());
    ASSERT_EQ(read.steps.size(), 1u);
    ASSERT_TRUE(read.steps[0].max_update) << written;
    EXPECT_EQ(read.steps[0].max_update->allowed(total), allowed) << written << " of " << total;
  }
}

TEST(Steps, SelectByLabelsOfGeneratedApplications) {
  const auto read = strategy(R"({"type": "RollingSync", "rollingSync": {"steps": [
      {"matchExpressions": [{"key": "env", "operator": "In", "values": ["dev"]}]},
      {"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["dev", "prod"]},
                            {"key": "tier", "operator": "In", "values": ["1", "2"]}]},
      {"matchExpressions": [{"key": "env", "operator": "Near", "values": ["prod"]}]},
      {"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod", "dev"]}]}]}})");
  std::vector<Json> apps;
  for (const char* labels : {R"({"env": "dev"})", R"({"env": "qa", "tier": "2"})",
                             R"({"tier": "1"})", R"({"env": "prod"})", R"({"env": "qa"})"}) {
    apps.push_back(Json{{"metadata",
                         {{"name", std::string(1, static_cast<char>('a' + apps.size()))},
                          {"labels", Json::parse(labels)}}}});
  }
  std::vector<const Json*> all;
  for (const Json& app : apps) all.push_back(&app);
  const StepPlan plan = plan_steps(read, all);
  using Names = std::vector<std::string>;
  // An operator that is none holds for an Application without the label, as in Argo CD.
  EXPECT_EQ(plan.members, (std::vector<Names>{{"a"}, {"b", "c"}, {"c"}, {"a", "d"}}));
  EXPECT_EQ(plan.step_text("a"), "1");  // the first step that selects it
  EXPECT_EQ(plan.step_text("c"), "2");
  EXPECT_EQ(plan.step_text("d"), "4");
  EXPECT_EQ(plan.step_text("e"), "-1");
}

TEST(Steps, AStepWithoutExpressionsTakesAll) { EXPECT_TRUE(RolloutStep{}.selects({})); }

TEST(Strategies, RollOnlyWithTypeAndSteps) {
  EXPECT_FALSE(strategy(R"({"type": "RollingSync"})").is_rolling());
  EXPECT_TRUE(strategy(R"({"type": "RollingSync", "rollingSync": {}})").is_rolling());
  EXPECT_FALSE(strategy(R"({"type": "RollingSync", "rollingSync": {"steps": []}})").rolls());
  EXPECT_FALSE(strategy(R"({"type": "AllAtOnce", "rollingSync": {"steps": [{}]}})").rolls());
  EXPECT_TRUE(strategy(R"({"type": "RollingSync", "rollingSync": {"steps": [{}]}})").rolls());
}

TEST(Strategies, DeleteInReverseOnlyWhenTheyRoll) {
  EXPECT_TRUE(strategy(R"({"type": "RollingSync", "deletionOrder": "rEVERSE",
                           "rollingSync": {"steps": [{}]}})")
                  .deletes_in_reverse());
  EXPECT_FALSE(strategy(R"({"type": "RollingSync", "deletionOrder": "Reversed",
                            "rollingSync": {"steps": [{}]}})")
                   .deletes_in_reverse());
  EXPECT_FALSE(strategy(R"({"type": "RollingSync", "deletionOrder": "Reverse", "rollingSync": {}})")
                   .deletes_in_reverse());
}

TEST(Strategies, NameWhatIsWrong) {
  std::string fault;
  strategy(R"({"type": "RollingSync", "rollingSync": {"steps": [{"maxUpdate": true}]}})", &fault);
  EXPECT_EQ(fault,
            "spec.strategy.rollingSync.steps[0].maxUpdate: Invalid value: must be an integer or a "
            "text such as \"10%\"");
}

}  // namespace
}  // namespace spokelab::hub
