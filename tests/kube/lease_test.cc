// Tests of leases: one holder at a time, judged by each one's own clock.
#include "kube/lease.h"

#include <gmock/gmock.h>

#include "tests/kube/fake_world.h"

namespace spokelab::kube {
namespace {

using namespace std::chrono_literals;
using testing::FakeWorld;

constexpr const char* kLeases = "/apis/coordination.k8s.io/v1/leases";

/// One contender on a node of its own, that can be cut off.
struct Contender {
  Contender(FakeWorld& s, const std::string& name)
      : sim(s),
        node(name),
        client(s.world, dialer(s, name), access()),
        holder(s.world, client, options(name)),
        tasks(s.world.executor()) {
    tasks.spawn(client.keep_alive());
    tasks.spawn(holder.run());
  }
  ~Contender() {
    tasks.cancel();
    sim.world.settle();
  }
  static HttpDialer& dialer(FakeWorld& s, const std::string& name) {
    s.network.add_node(name, "here");
    return s.dialer_of(name);
  }
  static ClientConfig access() {
    auto config = FakeWorld::access("prod");
    config.request_timeout = 5s;
    config.dial_timeout = 5s;
    return config;
  }
  static LeaseOptions options(const std::string& name) {
    LeaseOptions options;
    options.ns = "argocd";
    options.name = "the-lease";
    options.identity = name;
    options.renew_every = 5s;
    return options;
  }
  sim::Network::RuleId cut_off() {
    sim::NetworkRule rule;
    rule.from = {node};
    rule.cut = sim::Cut::blackhole;
    return sim.network.add_rule(rule);
  }
  FakeWorld& sim;
  std::string node;
  Client client;
  LeaseHolder holder;
  TaskGroup tasks;
};

struct KubeLease : ::testing::Test {
  FakeWorld sim;
  testing::FakeServer& server = sim.add_server("prod");
  /// Runs in small steps, checking that never both hold it. Returns how long until `done`.
  template <class Done>
  Nanos run_until(const Contender& a, const Contender& b, Nanos most, const Done& done) {
    const auto began = sim.world.now();
    while (sim.world.now() < began + most && !done()) {
      sim.run_for(10ms);
      EXPECT_FALSE(a.holder.held() && b.holder.held()) << "two holders at one instant";
    }
    return sim.world.now() - began;
  }
};

TEST_F(KubeLease, IsHeldByOneAndRenewed) {
  Contender a(sim, "a");
  Contender b(sim, "b");
  run_until(a, b, 5min, [] { return false; });
  EXPECT_TRUE(a.holder.held() != b.holder.held());
  const auto record = lease_record(*server.get(kLeases, "argocd", "the-lease"));
  EXPECT_EQ(record.transitions, 0);
  EXPECT_EQ(record.duration, 15s);
  EXPECT_LE(server.writes(), 64) << "a renewal every 5 s, and no more";
}

TEST_F(KubeLease, PassesOnWhenTheHolderIsCutOff) {
  Contender a(sim, "a");
  sim.run_for(1s);
  Contender b(sim, "b");
  sim.run_for(10s);
  ASSERT_TRUE(a.holder.held());
  const auto token = a.holder.fencing_token();
  const auto rule = a.cut_off();
  const auto lost = run_until(a, b, 60s, [&] { return !a.holder.held(); });
  EXPECT_LE(lost, 10s + 10ms);
  const auto taken = run_until(a, b, 60s, [&] { return b.holder.held(); });
  EXPECT_GT(taken, 0s);
  EXPECT_LE(lost + taken, 15s + 2s + 1s);
  EXPECT_GT(b.holder.fencing_token(), token);
  sim.network.remove_rule(rule);
  run_until(a, b, 60s, [] { return false; });
  EXPECT_TRUE(b.holder.held());
}

TEST_F(KubeLease, IsTakenAtOnceAfterAnOrderlyRelease) {
  Contender a(sim, "a");
  sim.run_for(1s);
  Contender b(sim, "b");
  sim.run_for(1s);
  a.tasks.cancel();
  sim.world.settle();
  sim.run([](LeaseHolder& holder) -> Task<void> {
    auto released = co_await holder.release();
    EXPECT_TRUE(released.has_value());
  }(a.holder));
  const auto taken = run_until(a, b, 60s, [&] { return b.holder.held(); });
  EXPECT_LE(taken, 2s + 100ms);
}

TEST_F(KubeLease, IsTakenUpAgainByTheSameNameWithANewToken) {
  {
    Contender first(sim, "a");
    sim.run_for(1s);
    ASSERT_TRUE(first.holder.held());
    first.tasks.cancel();
    sim.world.settle();
  }
  Contender again(sim, "a");
  sim.run_for(1s);
  EXPECT_TRUE(again.holder.held());
  EXPECT_EQ(again.holder.fencing_token(), 1);
}

TEST_F(KubeLease, SurvivesALostAnswerToARenewal) {
  Contender a(sim, "a");
  sim.run_for(1s);
  bool swallow = true;
  server.intercept = [&](const HttpRequest& request) -> std::optional<HttpReply> {
    if (request.method != "PUT" || !std::exchange(swallow, false)) return std::nullopt;
    HttpReply reply;
    reply.never = true;
    server.put(kLeases, *request.body.json());
    return reply;
  };
  for (int i = 0; i < 300; ++i) {
    sim.run_for(100ms);
    ASSERT_TRUE(a.holder.held());
  }
  EXPECT_EQ(a.holder.fencing_token(), 0);
}

}  // namespace
}  // namespace spokelab::kube
