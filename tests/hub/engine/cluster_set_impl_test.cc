// Tests of replicas that share clusters: owners, takeover, fencing, beliefs, and how little a calm
// hub writes.
#include "hub/engine/cluster_set_impl.h"

#include <gmock/gmock.h>

#include "hub/cluster/register.h"
#include "hub/cluster/secret.h"
#include "sim/process.h"
#include "tests/kube/fake_world.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;
using testing::FakeWorld;
using ::testing::HasSubstr;

constexpr const char* kSecrets = "/api/v1/secrets";
constexpr const char* kLeases = "/apis/coordination.k8s.io/v1/leases";

/// Three replicas at most, four spokes at most, one hub API server.
struct HubReplicas : ::testing::Test {
  HubReplicas() {
    for (const auto name : {"prod", "staging", "dr"}) {
      auto& spoke = sim.add_server(name);
      spoke.types = {{"", "v1", "pods", "Pod", true}};
    }
    api.types = {{"", "v1", "pods", "Pod", true}};
  }
  ~HubReplicas() override {
    for (auto& replica : replicas) replica->process->kill();
    sim.world.settle();
  }
  static Json secret(const std::string& name) {
    Json out = {{"metadata",
                 {{"name", "cluster-" + name},
                  {"namespace", "argocd"},
                  {"labels", {{std::string(kSecretTypeLabel), "cluster"}}}}}};
    out["data"]["name"] = base64(name);
    out["data"]["server"] = base64("http://" + name + ":443");
    return out;
  }
  struct Replica {
    std::string name;
    HttpDialer* dialer;
    std::optional<kube::Client> hub;
    std::optional<ClusterSetImpl> set;  // while the process lives
    std::unique_ptr<sim::Process> process;
  };
  static Task<void> live(HubReplicas& test, Replica& replica, int count) {
    auto access = FakeWorld::access("api");
    access.request_timeout = 5s;
    access.dial_timeout = 5s;
    kube::Client hub(test.sim.world, *replica.dialer, access);
    ClusterSetImpl::Ports ports{test.sim.world, *replica.dialer, test.history, hub,
                                test.profile,   "argocd",        replica.name, count};
    auto& set = replica.set.emplace(std::move(ports), Rng(5).stream(replica.name));
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup tasks(executor);
    tasks.spawn(hub.keep_alive());
    tasks.spawn(set.run());
    struct Leave {
      Replica& replica;
      ~Leave() { replica.set.reset(); }
    };
    const Leave leave{replica};
    co_await tasks.join();
  }
  void start(int count) {
    for (int i = 0; i < count; ++i) {
      auto replica = std::make_unique<Replica>();
      replica->name = "hub-" + std::to_string(i);
      sim.network.add_node(replica->name, "here");
      replica->dialer = &sim.dialer_of(replica->name);
      auto* raw = replica.get();
      replica->process = std::make_unique<sim::Process>(
          sim.world, replica->name, [this, raw, count](int) { return live(*this, *raw, count); });
      replica->process->start();
      replicas.push_back(std::move(replica));
    }
  }
  void register_all() {
    for (const auto name : {"prod", "staging", "dr"}) api.put(kSecrets, secret(name));
  }
  static std::string url(const std::string& name) {
    return name == kInClusterName ? std::string(kInClusterServer) : "http://" + name + ":443";
  }
  std::vector<std::string> clusters() const {
    return {"prod", "staging", "dr", std::string(kInClusterName)};
  }
  std::string writer(const std::string& cluster) {
    std::string found;
    for (const auto& replica : replicas) {
      if (!replica->set || !replica->set->may_write(url(cluster))) continue;
      EXPECT_EQ(found, "") << "two may write to " << cluster;
      found = replica->name;
    }
    return found;
  }
  void run_checked(Nanos span) {
    const auto until = sim.world.now() + span;
    while (sim.world.now() < until) {
      sim.run_for(50ms);
      for (const auto& cluster : clusters()) writer(cluster);
    }
  }
  std::map<std::string, int> loads() {
    std::map<std::string, int> load;
    for (const auto& cluster : clusters()) ++load[writer(cluster)];
    return load;
  }
  std::string belief(const std::string& cluster) const {
    std::string value = "none";
    for (const auto& event : history.events()) {
      if (event.subject == "cluster." + cluster + ".connection") value = event.value;
    }
    return value;
  }
  std::optional<RunTime> believed(const std::string& cluster, const std::string& value,
                                  RunTime after) const {
    for (const auto& event : history.events()) {
      if (event.subject == "cluster." + cluster + ".connection" && event.value == value &&
          event.at >= after) {
        return event.at;
      }
    }
    return std::nullopt;
  }
  sim::Network::RuleId blackhole(const std::string& from, const std::string& to) {
    sim::NetworkRule rule;
    if (!from.empty()) rule.from = {from};
    if (!to.empty()) rule.to = {to};
    rule.cut = sim::Cut::blackhole;
    return sim.network.add_rule(rule);
  }

  FakeWorld sim;
  testing::FakeServer& api = sim.add_server("api");
  Profile profile;
  History history{sim.world};
  std::vector<std::unique_ptr<Replica>> replicas;
};

TEST_F(HubReplicas, ShareTheClustersEqually) {
  register_all();
  start(3);
  run_checked(20s);
  const auto load = loads();
  EXPECT_EQ(load.size(), 3U);
  for (const auto& [name, count] : load) EXPECT_LE(count, 2) << name;
  for (const auto& cluster : clusters()) EXPECT_EQ(belief(cluster), "Successful") << cluster;
  int leaders = 0;
  for (const auto& replica : replicas) leaders += replica->set->leads() ? 1 : 0;
  EXPECT_EQ(leaders, 1);
}

TEST_F(HubReplicas, WriteNothingButRenewalsInCalmTimes) {
  register_all();
  start(3);
  run_checked(20s);
  api.requests.clear();
  const auto events = history.events().size();
  sim.run_for(10min);
  EXPECT_LE(api.writes(), 3 * 121) << "one renewal for each replica every 5 s";
  EXPECT_EQ(api.count("POST "), 0);
  EXPECT_EQ(history.events().size(), events);
}

TEST_F(HubReplicas, TakeOverFromADeadOne) {
  register_all();
  start(3);
  run_checked(20s);
  const auto victim = writer("prod");
  std::int64_t token = 0;
  for (auto& replica : replicas) {
    if (replica->name != victim) continue;
    token = replica->set->served(url("prod"))->fencing_token;
    replica->process->kill();
  }
  sim.world.settle();
  const auto died = sim.world.now();
  while (writer("prod").empty() && sim.world.now() < died + 60s) run_checked(100ms);
  EXPECT_GT(sim.world.now() - died, 9s);
  EXPECT_LT(sim.world.now() - died, 17s);
  const auto heir = writer("prod");
  ASSERT_NE(heir, "");
  for (auto& replica : replicas) {
    if (replica->name != heir) continue;
    EXPECT_GT(replica->set->served(url("prod"))->fencing_token, token);
  }
  EXPECT_EQ(loads().count(""), 0U);
  // Back again, it gets its share.
  for (auto& replica : replicas) replica->process->start();
  run_checked(30s);
  EXPECT_EQ(loads().size(), 3U);
}

TEST_F(HubReplicas, NeverWriteTwiceAcrossAPartition) {
  register_all();
  start(3);
  run_checked(20s);
  const auto cut = writer("prod");
  const auto rule = blackhole(cut, "api");
  run_checked(60s);
  EXPECT_NE(writer("prod"), "");
  EXPECT_NE(writer("prod"), cut);
  sim.network.remove_rule(rule);
  run_checked(90s);
  EXPECT_EQ(loads().size(), 3U) << "it takes part again";
}

TEST_F(HubReplicas, TakeUpTheirClustersAfterAQuickRestart) {
  register_all();
  start(2);
  run_checked(20s);
  const auto before = loads();
  replicas[0]->process->kill();
  sim.world.settle();
  replicas[0]->process->start();
  run_checked(2s);
  EXPECT_EQ(loads(), before);
}

TEST_F(HubReplicas, BelieveAClusterFailedAfterTwoProbesAndBackAfterOne) {
  register_all();
  start(1);
  run_checked(30s);
  const auto lost = sim.world.now();
  const auto rule = blackhole("", "prod");
  run_checked(60s);
  const auto failed = believed("prod", "Failed", lost);
  ASSERT_TRUE(failed);
  EXPECT_LE(*failed - lost, 25s);
  EXPECT_EQ(belief("staging"), "Successful");
  int told = 0;
  for (const auto& event : history.events()) told += event.subject == "cluster.prod.probe" ? 1 : 0;
  EXPECT_EQ(told, 2) << "the probes that led to it, and no more";
  const auto healed = sim.world.now();
  sim.network.remove_rule(rule);
  run_checked(30s);
  const auto back = believed("prod", "Successful", healed);
  ASSERT_TRUE(back);
  EXPECT_LE(*back - healed, 20s);
}

/// As the first comparison of one of its applications does.
Task<void> ask_for(ClusterSetImpl& set, std::string server) {
  co_await set.served(server)->cache->ensure_synced();
}

TEST_F(HubReplicas, DoNotLookAtClustersWithoutApplicationsUnderArgoCd) {
  profile = *make_profile("argocd-3.5", {});
  register_all();
  start(1);
  sim.run_for(5min);
  EXPECT_EQ(belief("prod"), "Unknown");
  const auto* prod = replicas[0]->set->served(url("prod"));
  ASSERT_NE(prod, nullptr);
  EXPECT_EQ(prod->connection.message, "Cluster has no applications and is not being monitored.");
  sim.tasks.spawn(ask_for(*replicas[0]->set, url("prod")));
  sim.run_for(21s);
  EXPECT_EQ(belief("prod"), "Successful");
  EXPECT_EQ(belief("dr"), "Unknown");
}

TEST_F(HubReplicas, NeverNoticeWithAWarmCacheUnderArgoCd) {
  profile = *make_profile("argocd-3.5", {});
  register_all();
  start(1);
  sim.run_for(1s);
  sim.tasks.spawn(ask_for(*replicas[0]->set, url("prod")));
  sim.run_for(60s);
  EXPECT_EQ(belief("prod"), "Successful");
  blackhole("", "prod");
  sim.run_for(20min);
  EXPECT_EQ(belief("prod"), "Successful");
}

TEST_F(HubReplicas, LeaveStaticShardsAloneUnderArgoCd) {
  profile = *make_profile("argocd-3.5", {});
  register_all();
  start(2);
  sim.run_for(60s);
  const auto owner = writer("prod");
  ASSERT_NE(owner, "");
  for (auto& replica : replicas) {
    if (replica->name == owner) replica->process->kill();
  }
  sim.run_for(5min);
  EXPECT_EQ(writer("prod"), "");
}

TEST_F(HubReplicas, ClaimADeadOnesShardWhenItsHeartbeatIsOldUnderDynamicDistribution) {
  profile = *make_profile("argocd-3.5", {{"ARGOCD_ENABLE_DYNAMIC_CLUSTER_DISTRIBUTION", "true"},
                                         {"ARGOCD_CONTROLLER_SHARDING_ALGORITHM", "round-robin"}});
  register_all();
  start(2);
  sim.run_for(60s);
  const auto load = loads();
  EXPECT_EQ(load.size(), 2U);
  const auto owner = writer("prod");
  ASSERT_NE(owner, "");
  for (auto& replica : replicas) {
    if (replica->name != owner) continue;
    replica->process->kill();
    sim.run_for(1s);
    replica->process->start();  // another pod of the Deployment, with a name of its own
  }
  sim.run_for(15s);
  EXPECT_EQ(writer("prod"), "") << "the last heartbeat is not old yet";
  sim.run_for(30s);
  EXPECT_EQ(writer("prod"), owner);
  const auto map = api.get("/api/v1/configmaps", "argocd", std::string(kShardConfigMap));
  ASSERT_TRUE(map);
  const auto mapping = read_shard_mapping(text_at(*map, {"data", kShardMappingKey}));
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->size(), 2U);
  for (const auto& claim : *mapping)
    EXPECT_THAT(claim.controller, ::testing::StartsWith("hub-")) << claim.shard;
}

TEST_F(HubReplicas, LeaveTheClustersOfASilentReplicaAloneUnderDynamicDistribution) {
  profile = *make_profile("argocd-3.5", {{"ARGOCD_ENABLE_DYNAMIC_CLUSTER_DISTRIBUTION", "true"},
                                         {"ARGOCD_CONTROLLER_SHARDING_ALGORITHM", "round-robin"}});
  register_all();
  start(2);
  sim.run_for(60s);
  const auto owner = writer("prod");
  for (auto& replica : replicas) {
    if (replica->name == owner) replica->process->kill();
  }
  sim.run_for(5min);
  EXPECT_EQ(writer("prod"), "") << "survivors take no second shard";
}

TEST_F(HubReplicas, StopServingWhatIsUnregistered) {
  register_all();
  start(1);
  run_checked(20s);
  auto& set = *replicas[0]->set;
  auto* served = set.served(url("prod"));
  ASSERT_NE(served, nullptr);
  api.erase(kSecrets, "argocd", "cluster-prod");
  sim.run_for(2s);
  EXPECT_EQ(set.served(url("prod")), nullptr);
  EXPECT_EQ(served->cache->resources(), 0U) << "still there for those who hold it, and empty";
  const auto missing = set.resolve(url("prod"), "");
  EXPECT_THAT(missing.error().message(),
              HasSubstr("code = NotFound desc = cluster \"http://prod:443\" not found"));
  EXPECT_EQ(set.resolve("", "prod").error().message(),
            "there are no clusters with this name: prod");
  const auto lease = [](const std::string& name) {
    return "cluster-" + std::string(name) + "-" + std::to_string(fnv32a("http://" + name + ":443"));
  };
  EXPECT_EQ(api.get(kLeases, "argocd", lease("prod")), nullptr);
  EXPECT_NE(api.get(kLeases, "argocd", lease("staging")), nullptr);
}

TEST_F(HubReplicas, SkipMalformedSecretsAndSaySo) {
  auto broken = secret("prod");
  broken["data"]["config"] = base64("{");
  api.put(kSecrets, broken);
  start(1);
  run_checked(10s);
  int skipped = 0;
  for (const auto& event : history.events())
    skipped += event.subject == "cluster-secret.cluster-prod" ? 1 : 0;
  EXPECT_EQ(skipped, 1);
  EXPECT_EQ(replicas[0]->set->all().size(), 1U);
  api.put(kSecrets, secret("prod"));
  run_checked(10s);
  EXPECT_NE(replicas[0]->set->served(url("prod")), nullptr);
}

TEST_F(HubReplicas, RegisterAClusterAsTheCliDoes) {
  sim.run([](FakeWorld& sim) -> Task<void> {
    kube::Client spoke(sim.world, sim.dialer_of("hub"), FakeWorld::access("prod"));
    kube::Client hub(sim.world, sim.dialer_of("hub"), FakeWorld::access("api"));
    RegisterOptions options;
    options.name = "prod";
    options.server = "http://prod:443/";
    options.labels = {{"env", "prod"}};
    for (int i = 0; i < 2; ++i) {
      auto done = co_await register_cluster(sim.world, spoke, hub, options);
      EXPECT_TRUE(done.has_value());
    }
  }(sim));
  EXPECT_EQ(api.writes(), 1) << "the second time changes nothing";
  const auto stored = api.get(kSecrets, "argocd", cluster_secret_name("http://prod:443"));
  ASSERT_TRUE(stored);
  const auto info = read_cluster_secret(*stored, profile);
  EXPECT_EQ(info->name, "prod");
  EXPECT_EQ(info->labels.at("env"), "prod");
  EXPECT_EQ(info->access.bearer_token, "token-of-argocd-manager-long-lived-token");
  sim.run([](FakeWorld& sim) -> Task<void> {
    kube::Client spoke(sim.world, sim.dialer_of("hub"), FakeWorld::access("prod"));
    kube::Client hub(sim.world, sim.dialer_of("hub"), FakeWorld::access("api"));
    auto gone =
        co_await unregister_cluster(hub, &spoke, "argocd", "http://prod:443", "kube-system");
    EXPECT_TRUE(gone.has_value());
  }(sim));
  EXPECT_FALSE(api.get(kSecrets, "argocd", cluster_secret_name("http://prod:443")));
}

TEST_F(HubReplicas, GiveUpWhenNoTokenAppears) {
  for (auto& one : sim.servers) one->make_tokens = false;
  const auto began = sim.world.now();
  sim.run([](FakeWorld& sim) -> Task<void> {
    kube::Client spoke(sim.world, sim.dialer_of("hub"), FakeWorld::access("prod"));
    kube::Client hub(sim.world, sim.dialer_of("hub"), FakeWorld::access("api"));
    RegisterOptions options;
    options.server = "http://prod:443";
    auto done = co_await register_cluster(sim.world, spoke, hub, options);
    EXPECT_EQ(done.error().code(), Errc::timeout);
    EXPECT_THAT(done.error().message(), HasSubstr("timed out waiting for the condition"));
  }(sim));
  EXPECT_GE(sim.world.now() - began, 29s);
}

}  // namespace
}  // namespace spokelab::hub
