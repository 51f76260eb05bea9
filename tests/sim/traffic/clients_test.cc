// Clients: how long users keep going where an answer or a connection once sent them.
#include "sim/traffic/clients.h"

#include <gtest/gtest.h>

#include "tests/sim/traffic/lab.h"

namespace spokelab::sim::traffic {
namespace {

class ScriptedRouter final : public Router {
 public:
  const std::vector<Target>& targets() const override { return targets_; }
  const Weights& offer() const override { return weights; }
  Hooks<std::uint64_t>& on_offer() override { return offer_; }
  Hooks<std::size_t>& on_cut() override { return cut_; }
  std::optional<Nanos> ttl() const override { return keep; }
  bool answers() const override { return up; }
  Health belief(std::size_t) const override { return Health::healthy; }
  std::vector<Step> explain(std::size_t) const override { return {}; }
  void pretend(std::optional<bool>) override {}

  Weights weights{1'000'000, 0};
  std::optional<Nanos> keep;
  bool up = true;

 private:
  std::vector<Target> targets_{{"prod", 0}, {"dr", 0}};
  Hooks<std::uint64_t> offer_;
  Hooks<std::size_t> cut_;
};

struct Bench : Lab {
  explicit Bench(std::optional<Nanos> ttl, ClientHabits habits = {}) {
    router.keep = ttl;
    clients.emplace(
        world, Rng(2), habits, router, std::vector<std::uint32_t>{1'000'000}, [] {},
        [this] { ++changes; });
  }
  void offer(Weights weights) {
    router.weights = std::move(weights);
    clients->offer_changed();
  }
  std::uint32_t on_dr() const { return clients->count(1); }
  ScriptedRouter router;
  int changes = 0;
  std::optional<Clients> clients;
};

TEST(Clients, FollowALoadBalancerAtOnce) {
  Bench bench(std::nullopt);
  bench.run_until(10s);
  bench.offer({0, 1'000'000});
  EXPECT_EQ(bench.on_dr(), 200U);
  EXPECT_EQ(bench.changes, 1);
  bench.offer({250'000, 750'000});
  EXPECT_EQ(bench.on_dr(), 150U);
}

TEST(Clients, FollowDnsEvenlyWithinTheTtlAndThenInATail) {
  Bench bench(30s, ClientHabits::mixed(0s));
  bench.run_until(100s);
  bench.offer({0, 1'000'000});
  EXPECT_EQ(bench.on_dr(), 0U);
  bench.run_until(115s);
  EXPECT_NEAR(bench.on_dr(), 96, 14);  // half of 190, a quarter of 6
  bench.run_until(130s);
  EXPECT_GE(bench.on_dr(), 190U);
  EXPECT_LE(bench.on_dr(), 198U);
  bench.run_until(160s);
  EXPECT_GE(bench.on_dr(), 196U);
  bench.run_until(400s);
  EXPECT_EQ(bench.on_dr(), 199U);  // one in 200 is pinned
  bench.run_until(100000s);
  EXPECT_EQ(bench.on_dr(), 199U);
  EXPECT_EQ(bench.world.pending(), 0U);
}

TEST(Clients, LookAgainOnTheirOwnScheduleWhateverHappened) {
  ClientHabits habits;
  Bench bench(60s, habits);
  bench.run_until(100s);
  bench.offer({0, 1'000'000});
  bench.run_until(130s);
  const auto moved = bench.on_dr();
  EXPECT_NEAR(moved, 100, 25);
  bench.offer({1'000'000, 0});  // taken back: those that did not look have missed it
  bench.run_until(160s);
  EXPECT_EQ(bench.on_dr(), moved);  // those that moved look again 60 s later
  bench.run_until(190s);
  EXPECT_EQ(bench.on_dr(), 0U);
}

TEST(Clients, LeaveADeadConnectionAtOnceButALiveOneOnlyWithAge) {
  ClientHabits habits;
  habits.kinds = {ClientHabits::pooled(1'000'000)};
  Bench bench(1s, habits);
  bench.run_until(100s);
  bench.clients->set_line(0, 0, Line::cut);
  bench.offer({0, 1'000'000});
  bench.run_until(101s);
  EXPECT_EQ(bench.on_dr(), 200U);
  bench.clients->set_line(0, 0, Line::open);
  bench.offer({1'000'000, 0});
  bench.run_until(101s + 2min);
  EXPECT_NEAR(bench.on_dr(), 74, 18);  // 1/e
  bench.run_until(101s + 4min);
  EXPECT_NEAR(bench.on_dr(), 27, 14);
  bench.clients->cut(1);
  EXPECT_EQ(bench.on_dr(), 0U);
}

TEST(Clients, ServeStaleWhileNobodyAnswersOrGoNowhere) {
  for (const bool stale : {true, false}) {
    ClientHabits habits;
    habits.serve_stale = stale;
    Bench bench(60s, habits);
    bench.run_until(100s);
    bench.router.up = false;
    bench.clients->offer_changed();
    bench.run_until(161s);
    EXPECT_EQ(bench.clients->count(0), stale ? 200U : 0U);
    bench.router.up = true;
    bench.clients->offer_changed();
    bench.run_until(191s);  // failed look-ups are tried again within 30 s
    EXPECT_EQ(bench.clients->count(0), 200U);
  }
}

TEST(Clients, GiveUpAStaleAnswerInTheEnd) {
  ClientHabits habits;
  ClientKind kind;
  kind.share = 1'000'000;
  kind.stale = 100s;
  habits.kinds = {kind};
  Bench bench(60s, habits);
  bench.run_until(100s);
  bench.router.up = false;
  bench.clients->offer_changed();
  bench.run_until(199s);
  EXPECT_EQ(bench.clients->count(0), 200U);
  bench.run_until(261s);  // the last look-up fails by 160 s
  EXPECT_EQ(bench.clients->count(0), 0U);
}

TEST(Clients, SitBehindResolversThatClampTheTtl) {
  struct Row {
    Nanos ttl, least, most, all_moved_by, none_moved_before;
  };
  for (const auto& row : {Row{10s, 300s, 7 * 24h, 301s, 0s}, Row{1h, 0s, 30s, 31s, 0s}}) {
    ClientHabits habits;
    ClientKind kind;
    kind.share = 1'000'000;
    kind.ttl_min = row.least;
    kind.ttl_max = row.most;
    habits.kinds = {kind};
    Bench bench(row.ttl, habits);
    bench.run_until(100s);
    bench.offer({0, 1'000'000});
    const Nanos all = row.all_moved_by;
    bench.run_until(100s + all / 2);
    EXPECT_NEAR(bench.on_dr(), 100, 25);
    bench.run_until(100s + all);
    EXPECT_EQ(bench.on_dr(), 200U);
  }
}

TEST(Clients, HangOnASilentConnectionUntilTheyNotice) {
  ClientHabits habits;
  ClientKind kind = ClientHabits::pooled(1'000'000);
  kind.dead_after = 45s;
  habits.kinds = {kind};
  Bench bench(1s, habits);
  bench.run_until(100s);
  bench.clients->set_line(0, 0, Line::silent);
  bench.offer({0, 1'000'000});
  bench.run_until(144s);
  EXPECT_GT(bench.clients->count(0), 100U);  // some connections were old by then
  bench.run_until(145s);
  EXPECT_EQ(bench.clients->count(0), 0U);
}

TEST(Clients, SayWhenHalfAndAllHadFollowed) {
  ClientHabits habits;
  Bench bench(60s, habits);
  bench.run_until(100s);
  bench.offer({0, 1'000'000});
  bench.run_until(200s);
  const auto steps = bench.clients->explain();
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].what, "half of the users followed");
  EXPECT_NEAR(static_cast<double>((steps[0].at - at(100s)).count()) / 1e9, 30, 6);
  EXPECT_EQ(steps[2].what, "all users followed");
  EXPECT_LE(steps[2].at, at(160s));
}

}  // namespace
}  // namespace spokelab::sim::traffic
