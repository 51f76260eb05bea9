// Sweeps.
#include "reports/sweeps/sweep.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/rng.h"
#include "tests/reports/fixture.h"

namespace spokelab::reports {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

reports::Run seed_run(std::uint64_t seed) {
  static const reports::Run outage = [] {
    auto run = prod_outage();
    run.events.clear();
    return run;
  }();
  auto run = outage;
  run.seed = seed;
  auto rng = Rng(seed);
  for (auto& timing : run.timings) {
    if (timing.measured && *timing.measured > Nanos(0))
      *timing.measured = *timing.measured / 2 + rng.between(Nanos(0), *timing.measured);
  }
  if (seed % 41 == 0) {
    run.verdict = Verdict::failed;
    run.timings.back().measured.reset();
    run.reasons = {"reconvergence of prod-lost never happened"};
    run.replay = "spokelab run scenarios/prod-outage.yaml --seed " + std::to_string(seed);
  }
  return run;
}

const Sweep& example() {
  static const Sweep sweep = [] {
    Sweep out;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) out.add(seed_run(seed));
    out.wall = seconds(18);
    out.sort();
    return out;
  }();
  return sweep;
}

TEST(SweepTiming, TakesQuantilesByRankAndCountsWhatNeverHappened) {
  SweepTiming timing;
  EXPECT_FALSE(timing.quantile(500));
  for (int i = 1; i <= 99; ++i) timing.values.push_back(seconds(i));
  timing.never = 1;
  EXPECT_EQ(timing.quantile(500), seconds(50));
  EXPECT_EQ(timing.quantile(990), seconds(99));
  EXPECT_EQ(timing.quantile(1000), kNever.time_since_epoch());
}

TEST(Sweep, CountsAndPrintsDistributionsAndFailingSeeds) {
  const auto text = to_text(example(), {});
  for (const char* part :
       {"300 runs, seeds 1 to 300, 18s (1,000 runs a minute)", "293 passed", "7 failed",
        "prod-lost reconvergence", "7 never", "✗ seed 41", "--seed 41"}) {
    EXPECT_TRUE(text.find(part) != std::string::npos) << part << "\nin\n" << text;
  }
}

TEST(Sweep, IsTheSameInWhateverOrderAndShards) {
  Sweep odd;
  Sweep even;
  for (std::uint64_t seed = 300; seed >= 1; --seed)
    (seed % 2 != 0 ? odd : even).add(seed_run(seed));
  odd.wall = seconds(18);
  even.merge(odd);
  even.sort();
  EXPECT_EQ(to_json(even), to_json(example()));
}

TEST(Sweep, CanBeGatheredFromWorkersThatSendJsonAndMayCrash) {
  Sweep sweep;
  sweep.add_lost(Loss::crash, 9, "killed by signal 11", "spokelab run x --seed 9");
  for (std::uint64_t seed : {41U, 2U}) {
    Sweep one;
    one.add(seed_run(seed));
    auto told = load_sweep(to_json(one));
    ASSERT_TRUE(told);
    sweep.merge(std::move(*told));
  }
  sweep.sort();
  EXPECT_EQ(sweep.scenario, "prod-outage");
  EXPECT_EQ(sweep.seed_first(), 2U);
  EXPECT_EQ(sweep.seed_last(), 41U);
  EXPECT_EQ(sweep.played.text(), "2, 9, 41");
  EXPECT_EQ(sweep.crashed, 1U);
  EXPECT_EQ(sweep.passed, 1U);
  ASSERT_EQ(sweep.failures.size(), 2U);
  EXPECT_EQ(sweep.failures[0].reason, "killed by signal 11");
}

TEST(Sweep, NamesTheSeedsWithTheLongestTimes) {
  const auto& timing = example().timings.at({"prod-lost", "reconvergence"});
  ASSERT_EQ(timing.worst.size(), SweepTiming::kWorst);
  EXPECT_EQ(timing.worst[0].seed, 41U) << "what never happened comes first";
  EXPECT_FALSE(timing.worst[0].measured);
  EXPECT_EQ(timing.worst[7].measured, timing.values.back());
  EXPECT_THAT(to_text(example(), {}), HasSubstr("worst: seed 41 never, seed 82 never"));
}

TEST(Sweep, JoinsShardsAsIfTheyHadBeenOne) {
  Sweep whole;
  Sweep shards[3];
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    whole.add(seed_run(seed));
    shards[(seed - 1) / 100].add(seed_run(seed));
  }
  whole.asked.add(SeedRange{1, 300});
  Sweep joined;
  for (const auto i : {2, 0, 1}) {
    shards[i].asked.add(SeedRange{static_cast<std::uint64_t>(i) * 100 + 1,
                                  static_cast<std::uint64_t>(i) * 100 + 100});
    shards[i].sort();
    auto told = load_sweep(to_json(shards[i]));
    ASSERT_TRUE(told);
    EXPECT_EQ(i == 2 ? "" : joined.conflict(*told), "");
    joined.merge(std::move(*told));
  }
  joined.sort();
  whole.sort();
  EXPECT_EQ(to_json(joined), to_json(whole));
  EXPECT_TRUE(joined.not_played().empty());
}

TEST(Sweep, RefusesWhatWouldNotAddUp) {
  Sweep one;
  Sweep other;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) one.add(seed_run(seed));
  for (std::uint64_t seed = 8; seed <= 20; ++seed) other.add(seed_run(seed));
  EXPECT_EQ(one.conflict(other), "3 seeds were played in both (8..10), and would count twice");
  const auto with = [&](auto change) {
    Sweep changed = one;
    changed.played = SeedSet();
    change(changed);
    return one.conflict(changed);
  };
  EXPECT_EQ(with([](Sweep&) {}), "");
  EXPECT_THAT(with([](Sweep& sweep) { sweep.scenario = "x"; }), HasSubstr("scenario"));
  EXPECT_THAT(with([](Sweep& sweep) { sweep.variant = "x=1"; }), HasSubstr("variant"));
  EXPECT_THAT(with([](Sweep& sweep) { sweep.digest = "0"; }), HasSubstr("different texts"));
  EXPECT_THAT(with([](Sweep& sweep) { sweep.version = "9"; }), HasSubstr("spokelab"));
  EXPECT_THAT(with([](Sweep& sweep) { sweep.swarm = true; }), HasSubstr("swarm"));
}

TEST(Sweep, TellsWhatWasNotPlayedAndWhy) {
  Sweep sweep;
  sweep.add(seed_run(1));
  sweep.add_lost(Loss::hang, 2, "no answer for 5s", "spokelab run x --seed 2");
  sweep.asked.add(SeedRange{1, 50});
  sweep.cut_short = "the budget of 1m00s was used up";
  sweep.sort();
  const auto text = to_text(sweep, {});
  EXPECT_THAT(text, HasSubstr("not played: 48 seeds (3..50): the budget of 1m00s was used up"));
  EXPECT_THAT(text, HasSubstr("0 crashed and 1 hung"));
  EXPECT_THAT(to_html(sweep), HasSubstr("Not played: 48 seeds"));
  const auto again = load_sweep(to_json(sweep));
  ASSERT_TRUE(again);
  EXPECT_EQ(to_text(*again, {}), text);
}

TEST(Sweep, TellsWhatASwarmsSeedChose) {
  auto run = seed_run(41);
  run.swarm = true;
  run.drawn = {{"faults.cut", "left out"}, {"faults.slow.for", "12s"}};
  Sweep sweep;
  sweep.add(run);
  sweep.sort();
  const auto again = load_sweep(to_json(sweep));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_THAT(to_text(*again, {}),
              HasSubstr("drawn: faults.cut = left out, faults.slow.for = 12s"));
  EXPECT_THAT(to_html(*again), HasSubstr("faults.cut = left out"));
}

TEST(Sweep, ReadsSeveralFromOneDocument) {
  Sweep two[2];
  two[0].add(seed_run(1));
  two[1].add(seed_run(2));
  two[1].variant = "x=1";
  for (auto& sweep : two) sweep.sort();
  const auto both = load_sweeps(to_json(std::span<const Sweep>(two)));
  ASSERT_TRUE(both) << both.error().message();
  ASSERT_EQ(both->size(), 2U);
  EXPECT_EQ((*both)[1].variant, "x=1");
  EXPECT_EQ(load_sweeps(to_json(two[0]))->size(), 1U);
  EXPECT_FALSE(load_sweeps(R"({"kind": "SweepResultList"})"));
}

TEST(Sweep, ComesBackFromItsJson) {
  const auto text = to_json(example());
  const auto again = load_sweep(text);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(to_json(*again), text);
  EXPECT_EQ(to_html(*again), to_html(example()));
}

TEST(Sweep, RefusesJsonThatIsNoSweep) {
  auto text = to_json(example());
  for (const char* bad :
       {"", "null", "{}", "[]", R"({"kind":"SweepResult","apiVersion":"spokelab.dev/v1"})"}) {
    EXPECT_FALSE(load_sweep(bad));
  }
  for (std::size_t i = 0; i < text.size(); i += 37) {
    auto other = text;
    other[i] = '"';
    const auto loaded = load_sweep(other);
    if (loaded) to_html(*loaded);
  }
}

TEST(Sweep, KeepsALimitedNumberOfFailures) {
  Sweep sweep;
  auto run = prod_outage_failed();
  run.events.clear();
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    run.seed = seed;
    sweep.add(run);
  }
  sweep.sort();
  EXPECT_EQ(sweep.failures.size(), Sweep::kFailuresMax);
  EXPECT_EQ(sweep.failures_left_out, 4000U);
  EXPECT_EQ(sweep.failed, 5000U);
}

TEST(Sweep, IsAPageThatLoadsNothing) {
  const auto page = to_html(example());
  std::ofstream(testing::TempDir() + "spokelab-sweep.html", std::ios::binary) << page;
  EXPECT_THAT(page, HasSubstr("293 of 300 runs passed"));
  EXPECT_THAT(page, HasSubstr("--seed 41"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_LE(page.size(), 300'000U);
  EXPECT_THAT(to_html(Sweep{}), HasSubstr("INCONCLUSIVE"));
}

}  // namespace
}  // namespace spokelab::reports
