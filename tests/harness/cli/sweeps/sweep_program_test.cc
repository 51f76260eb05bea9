// spokelab sweep and merge, as scripts run them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "base/yaml.h"
#include "harness/cli/sweeps/progress.h"
#include "harness/cli/sweeps/seed_list.h"
#include "tests/harness/cli/program.h"
#include "tests/harness/cli/scenario_files.h"
#include "tests/support/places.h"

namespace spokelab::harness {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Long windows are noticed, and then the expectation is broken: some seeds fail.
constexpr const char* kSomeFail =
    "faults:\n  cut: {what: blackhole, on: prod, at: 60s, for: 5s..20s}\n"
    "limits:\n  cut: {reconvergence: 5m}\n"
    "expect:\n  - never: cluster.prod.connection == Failed\n";

class Sweeps : public ScenarioFiles {
 protected:
  static Json json_of(const std::string& arguments) {
    const auto ended = spokelab(arguments + " -o json", "2>/dev/null");
    auto document = parse_json(ended.text);
    EXPECT_TRUE(document) << arguments << "\n" << ended.text;
    return document ? *document : Json();
  }
};

TEST(SeedList, IsANumberOrARange) {
  EXPECT_THAT(*parse_seeds("3"), ElementsAre(1, 2, 3));
  EXPECT_THAT(*parse_seeds("7..9"), ElementsAre(7, 8, 9));
  for (const char* wrong : {"", "0", "x", "3..1", "1..", "..3", "1...3", "99999999999", "-1"})
    EXPECT_FALSE(parse_seeds(wrong)) << wrong;
}

TEST(SeedList, SplitsIntoShardsThatMissNothingAndShareNothing) {
  const auto all = *parse_seeds("10..32");
  for (std::uint64_t of = 1; of <= 8; ++of) {
    std::vector<std::uint64_t> together;
    for (std::uint64_t number = 1; number <= of; ++number) {
      const auto part = seeds_of({number, of}, all);
      EXPECT_LE(part.size(), all.size() / of + 1);
      EXPECT_GE(part.size(), all.size() / of);
      together.insert(together.end(), part.begin(), part.end());
    }
    EXPECT_EQ(together, all) << of;
  }
  for (const char* wrong : {"", "0/3", "4/3", "1", "1/0", "a/b", "1/2/3"})
    EXPECT_FALSE(parse_shard(wrong)) << wrong;
}

TEST(Progress, TellsHowLongItWillTake) {
  SweepProgress progress;
  progress.done = 100;
  progress.all = 500;
  progress.failed = 3;
  progress.spent = std::chrono::seconds(15);
  EXPECT_EQ(progress_text(progress), "100 of 500 seeds, 3 not passed, 400 a minute, 1m00s left");
  progress.budget = std::chrono::seconds(20);
  EXPECT_THAT(progress_text(progress), HasSubstr(", 5s left")) << "the budget ends it earlier";
  progress.slow_seed = 45;
  progress.slow_since = std::chrono::seconds(12);
  EXPECT_THAT(progress_text(progress), HasSubstr(", seed 45 for 12s"));
  EXPECT_EQ(progress_text({}), "0 of 0 seeds, 0 not passed");
}

TEST_F(Sweeps, StopsAtTheFirstSeedThatFailsHoweverManyWorkersThereAre) {
  const auto file = small(kSomeFail);
  const auto all = json_of("sweep " + file + " --seeds 8");
  ASSERT_GT(all["failed"].get<int>(), 0);
  ASSERT_GT(all["passed"].get<int>(), 0);
  const auto first = all["failures"][0]["seed"].get<int>();
  for (const char* jobs : {" -j 1", " -j 3"}) {
    const auto ended = json_of("sweep " + file + " --seeds 8 --until-fail" + jobs);
    EXPECT_EQ(ended["failed"], 1) << jobs;
    EXPECT_EQ(ended["runs"], first) << jobs;
    EXPECT_EQ(ended["failures"][0]["seed"], first);
  }
  const auto told = spokelab("sweep " + file + " --seeds 8 --until-fail");
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.text,
              AllOf(HasSubstr("spokelab run " + file + " --seed " + std::to_string(first)),
                    HasSubstr("spokelab shrink " + file)));
}

TEST_F(Sweeps, JoinsShardsToWhatOneSweepFinds) {
  const auto file = small(kSomeFail);
  const auto out = [&](const std::string& name) { return " --out " + dir_.at(name); };
  auto whole = json_of("sweep " + file + " --seeds 5");
  for (const char* shard : {"1/2", "2/2"})
    spokelab("sweep " + file + " --seeds 5 --shard " + shard + out("shards"));
  auto joined = json_of("merge " + dir_.at("shards"));
  for (const char* key : {"runs", "passed", "failed", "seedsPlayed", "seedsAsked", "failures"})
    EXPECT_EQ(joined[key], whole[key]) << key;
  ASSERT_EQ(joined["timings"].size(), whole["timings"].size());
  for (std::size_t i = 0; i < whole["timings"].size(); ++i)
    EXPECT_EQ(joined["timings"][i], whole["timings"][i]);
  EXPECT_FALSE(dir_.read("shards/sweep.shard-1-of-2.html").empty());

  const auto one = dir_.at("shards/sweep.shard-1-of-2.json");
  const auto twice = spokelab("merge " + one + " " + one);
  EXPECT_EQ(twice.code, 3);
  EXPECT_THAT(twice.text, AllOf(HasSubstr("cannot be joined"), HasSubstr("(1..2)"),
                                HasSubstr("would count twice")));
}

TEST_F(Sweeps, JoinsRunsThatWereKept) {
  const auto file = small(kSomeFail);
  for (const char* seed : {"1", "2"})
    spokelab("-q run " + file + " --seed " + seed + " --out " + dir_.at(seed));
  const auto joined = json_of("merge " + dir_.at("1") + " " + dir_.at("2"));
  EXPECT_EQ(joined["runs"], 2);
  EXPECT_EQ(joined["seedsPlayed"], Json::array({Json::array({1, 2})}));
}

TEST_F(Sweeps, TellsWhatABudgetDidNotAllow) {
  const auto ended = spokelab("sweep " + small(kSomeFail) + " --seeds 500 --budget 1ms -j 1");
  EXPECT_THAT(ended.text, AllOf(HasSubstr("not played: "), HasSubstr("..500)"),
                                HasSubstr("the budget of 1ms was used up")));
}

TEST_F(Sweeps, KillsRunsThatTakeTooLongAndGoesOn) {
  const auto result = json_of("sweep " + small(kSomeFail) + " --seeds 3 --timeout 1ms -j 1");
  EXPECT_EQ(result["hung"], 3);
  EXPECT_EQ(result["failed"], 3);
  EXPECT_EQ(result["crashed"], 0);
}

TEST_F(Sweeps, PlaysASwarmThatCanBeReplayed) {
  const auto file = small(
      "faults:\n  a: {what: latency, on: prod, latency: 100ms, at: 40s, for: 20s}\n"
      "  b: {what: reset, on: prod, at: 60s, for: 20s}\n"
      "expect:\n  - never: cluster.prod.connection == Failed\n");
  const auto swarm = json_of("sweep " + file + " --seeds 4 --swarm");
  EXPECT_EQ(swarm["swarm"], true);
  EXPECT_EQ(swarm["runs"], 4);
  const auto hash = [&](const std::string& arguments) {
    return spokelab("run " + file + " --hash-only --seed 3" + arguments, "2>/dev/null").text;
  };
  EXPECT_EQ(hash(" --swarm"), hash(" --swarm"));
  EXPECT_NE(hash(" --swarm"), hash(""));
  const auto run = json_of("run " + file + " --seed 3 --swarm");
  EXPECT_EQ(run["swarm"], true);
  EXPECT_THAT(run["replay"].get<std::string>(), HasSubstr("--seed 3 --swarm"));
  EXPECT_FALSE(run["drawn"].empty());
}

/// Puts one text for another, which must be there.
void replace(std::string& text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

TEST_F(Sweeps, AreShardsOfTheIndexedJobThatTheDocumentationHas) {
  std::ifstream in(test::source_dir() + "/docs/kubernetes/sweep-job.yaml");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const auto documents = parse_yaml_documents(text);
  ASSERT_TRUE(documents) << documents.error().message();
  ASSERT_EQ(documents->size(), 2u);
  const Json& spec = (*documents)[1]["spec"];
  EXPECT_EQ(spec["completionMode"], "Indexed");
  EXPECT_EQ(spec["completions"], 8);
  const Json& container = spec["template"]["spec"]["containers"][0];
  EXPECT_EQ(container["command"][0], "/bin/sh");
  auto script = container["args"][0].get<std::string>();
  replace(script, "spokelab -q", test::binary_dir() + "/spokelab -q");
  replace(script, "/scenarios/prod-outage.yaml", small(kSomeFail));
  replace(script, "--seeds 8000", "--seeds 8");
  replace(script, "/results", dir_.at("results"));
  dir_.write("shard.sh", script);
  const auto command = "JOB_COMPLETION_INDEX=1 /bin/sh " + dir_.at("shard.sh") + " >/dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
  const auto result = parse_json(dir_.read("results/sweep.shard-2-of-8.json"));
  ASSERT_TRUE(result);
  EXPECT_EQ((*result)["seedsPlayed"], Json::array({Json::array({2, 2})}));
}

TEST_F(Sweeps, RefusesArgumentsThatSayNothing) {
  const auto file = small(kSomeFail);
  for (const char* wrong : {"--seeds x", "--shard 3/2", "--shard 1/99 --seeds 3", "--budget 5",
                            "--timeout 0s", "--variant x"}) {
    const auto ended = spokelab("sweep " + file + " " + wrong);
    EXPECT_EQ(ended.code, 4) << wrong << ended.text;
    EXPECT_THAT(ended.text, HasSubstr("spokelab: ")) << wrong;
  }
  dir_.write("no.json", "{}");
  EXPECT_EQ(spokelab("merge " + dir_.at("no.json")).code, 3);
  EXPECT_EQ(spokelab("merge " + dir_.at("none.json")).code, 7);
}

}  // namespace
}  // namespace spokelab::harness
