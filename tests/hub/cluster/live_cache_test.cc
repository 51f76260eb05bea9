// Tests of the live cache: what it mirrors, and how it comes through outages.
#include "hub/cluster/live_cache.h"

#include <gmock/gmock.h>

#include "tests/kube/fake_world.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeWorld;
using ::testing::HasSubstr;
using testing::pod;

constexpr const char* kPodsPath = "/api/v1/pods";
constexpr const char* kCrdPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

struct HubLiveCache : ::testing::Test {
  HubLiveCache() {
    server.types = {{"", "v1", "pods", "Pod", true},
                    {"", "v1", "namespaces", "Namespace", false},
                    {"", "v1", "events", "Event", true},
                    {"apps", "v1", "deployments", "Deployment", true},
                    {"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                     "CustomResourceDefinition", false},
                    {"coordination.k8s.io", "v1", "leases", "Lease", true}};
  }
  ~HubLiveCache() override {
    sim.tasks.cancel();
    sim.world.settle();
  }
  void start(const std::string& name) {
    profile = *make_profile(name, {});
    auto access = FakeWorld::access("prod");
    access.dial_timeout = profile.dial_timeout;
    access.request_timeout = profile.request_timeout;
    access.read_idle = profile.read_idle;
    access.ping_timeout = profile.ping_timeout;
    client.emplace(sim.world, sim.dialer_of("hub"), access);
    cache.emplace(sim.world, Rng(3), profile, *client, history, "hub-0", "prod");
    LiveCache::Listener listener;
    listener.changed = [this](const kube::ObjectKey& key, const std::string& app) {
      told.push_back(key.name + "/" + app);
    };
    cache->listen(listener);
    sim.tasks.spawn(client->keep_alive());
    sim.tasks.spawn(cache->run());
  }
  static Json tracked(const std::string& name, const std::string& app) {
    auto object = pod(name);
    object["metadata"]["annotations"] = {
        {"argocd.argoproj.io/tracking-id", app + ":/Pod:shop/" + name}};
    return object;
  }
  JsonRef cached(const std::string& name) const { return cache->get({"", "Pod", "shop", name}); }
  std::vector<std::string> take() { return std::exchange(told, {}); }
  std::optional<Error> ensure() {
    std::optional<Error> error;
    sim.run(
        [](LiveCache& cache, std::optional<Error>& error) -> Task<void> {
          auto done = co_await cache.ensure_synced();
          if (!done) error = done.error();
        }(*cache, error),
        120s);
    return error;
  }

  FakeWorld sim;
  testing::FakeServer& server = sim.add_server("prod");
  Profile profile;
  History history{sim.world};
  std::optional<kube::Client> client;
  std::vector<std::string> told;
  std::optional<LiveCache> cache;
};

TEST_F(HubLiveCache, MirrorsAndIndexes) {
  server.put(kPodsPath, tracked("web", "shop"));
  auto child = pod("child");
  child["metadata"]["ownerReferences"] = Json::array({{{"uid", "uid-web"}}});
  server.put(kPodsPath, child);
  start("spokelab");
  EXPECT_FALSE(ensure());
  EXPECT_TRUE(take().empty()) << "the first load tells nothing";
  EXPECT_EQ(cache->tracked_by("shop").size(), 1U);
  EXPECT_EQ(cache->children_of("uid-web").size(), 1U);
  EXPECT_EQ(cache->server_version(), "v1.32.0");
  EXPECT_EQ(cache->apis(), 4U) << "Events and Leases are left out";
  EXPECT_NE(cache->type_of("coordination.k8s.io", "Lease"), nullptr);
  EXPECT_EQ(cache->type_of("batch", "Job"), nullptr);
  EXPECT_THAT(cache->api_versions(), ::testing::Contains("apps/v1/Deployment"));
  sim.run_for(1s);
  server.put(kPodsPath, tracked("web", "other"));
  server.erase(kPodsPath, "shop", "child");
  sim.run_for(1s);
  EXPECT_THAT(take(), ElementsAre("web/shop", "web/other", "child/"));
  EXPECT_TRUE(cache->tracked_by("shop").empty());
  EXPECT_TRUE(cache->children_of("uid-web").empty());
  EXPECT_EQ(cache->resources(), 1U);
}

TEST_F(HubLiveCache, ComesThroughAnOutageWithACompaction) {
  server.put(kPodsPath, pod("a"));
  start("spokelab");
  EXPECT_FALSE(ensure());
  sim.run_for(5s);
  sim.network.set_up("prod", 443, false);
  sim.run_for(60s);
  EXPECT_TRUE(cache->synced()) << "stale, and still there";
  EXPECT_LE(*cache->evidence() + 59s, sim.world.now());
  server.put(kPodsPath, pod("b"));
  server.erase(kPodsPath, "shop", "a");
  server.compact();
  server.requests.clear();
  sim.network.set_up("prod", 443, true);
  sim.run_for(5s);
  EXPECT_EQ(cached("a"), nullptr);
  EXPECT_NE(cached("b"), nullptr);
  EXPECT_THAT(take(), ElementsAre("a/", "b/"));
  EXPECT_LE(server.count("GET "), 20) << "no storm of requests after the outage";
}

TEST_F(HubLiveCache, NoticesABlackHoleAndResumes) {
  start("spokelab");
  EXPECT_FALSE(ensure());
  sim::NetworkRule rule;
  rule.to = {"prod"};
  rule.cut = sim::Cut::blackhole;
  const auto id = sim.network.add_rule(rule);
  sim.run_for(60s);
  sim.network.remove_rule(id);
  server.put(kPodsPath, pod("late"));
  sim.run_for(8s);
  EXPECT_NE(cached("late"), nullptr);
}

TEST_F(HubLiveCache, FollowsNewKindsAndForgetsLostOnes) {
  start("spokelab");
  EXPECT_FALSE(ensure());
  sim.run_for(1s);
  server.types.push_back({"example.com", "v1", "widgets", "Widget", true});
  server.put("/apis/example.com/v1/widgets", {{"apiVersion", "example.com/v1"},
                                              {"kind", "Widget"},
                                              {"metadata", {{"name", "w"}, {"namespace", "x"}}}});
  server.put(kCrdPath, {{"metadata", {{"name", "widgets.example.com"}}}});
  sim.run_for(2s);
  EXPECT_NE(cache->get({"example.com", "Widget", "x", "w"}), nullptr);
  server.intercept = [](const HttpRequest& request) -> std::optional<HttpReply> {
    if (request.target.find("widgets") == std::string::npos) return std::nullopt;
    HttpReply reply;
    reply.response.status = 404;
    return reply;
  };
  server.end_watches(Error(Errc::closed, "EOF"));
  sim.run_for(3s);
  EXPECT_EQ(cache->get({"example.com", "Widget", "x", "w"}), nullptr);
}

TEST_F(HubLiveCache, WordsAFailedSyncAndTriesAgain) {
  server.intercept = [](const HttpRequest& request) -> std::optional<HttpReply> {
    if (!request.target.starts_with("/apis/apps/v1/deployments")) return std::nullopt;
    HttpReply reply;
    reply.response.status = 503;
    return reply;
  };
  start("argocd-3.5");
  const auto error = ensure();
  ASSERT_TRUE(error);
  EXPECT_THAT(error->message(),
              HasSubstr("failed to sync cluster https://prod:443: failed to load initial state of "
                        "resource Deployment.apps: the server is currently unable"));
  EXPECT_EQ(cache->resources(), 0U);
  server.intercept = nullptr;
  sim.run_for(11s);
  EXPECT_FALSE(ensure());
}

TEST_F(HubLiveCache, KnowsAllKindsButTheOneThatCannotBeRead) {
  server.put(kPodsPath, pod("a"));
  bool broken = true;
  server.intercept = [&](const HttpRequest& request) -> std::optional<HttpReply> {
    if (!broken || !request.target.starts_with("/apis/apps/v1/deployments")) return std::nullopt;
    HttpReply reply;
    reply.response.status = 503;
    return reply;
  };
  start("spokelab");
  EXPECT_FALSE(ensure());
  EXPECT_NE(cached("a"), nullptr);
  EXPECT_FALSE(cache->unreadable("", "Pod"));
  const auto why = cache->unreadable("apps", "Deployment");
  ASSERT_TRUE(why);
  EXPECT_THAT(why->message(),
              HasSubstr("failed to load initial state of resource Deployment.apps"));
  EXPECT_THAT(history.events().back().message, HasSubstr("degraded: 1 kind unreadable"));
  server.requests.clear();
  sim.run_for(5min);
  EXPECT_LE(server.requests["GET /apis/apps/v1/deployments"], 20) << "ever more rarely";
  broken = false;
  sim.run_for(35s);
  EXPECT_FALSE(cache->unreadable("apps", "Deployment"));
}

TEST_F(HubLiveCache, DoubtsAKindWhoseListsFailForLong) {
  start("spokelab");
  EXPECT_FALSE(ensure());
  server.intercept = [](const HttpRequest& request) -> std::optional<HttpReply> {
    if (!request.target.starts_with("/apis/apps/v1/deployments")) return std::nullopt;
    HttpReply reply;
    reply.response.status = request.target.find("watch=") == std::string::npos ? 500 : 410;
    return reply;
  };
  server.end_watches(Error(Errc::closed, "EOF"));
  sim.run_for(30s);
  EXPECT_FALSE(cache->unreadable("apps", "Deployment")) << "it may be nothing";
  sim.run_for(90s);
  EXPECT_TRUE(cache->unreadable("apps", "Deployment"));
  EXPECT_FALSE(cache->unreadable("", "Pod"));
}

TEST_F(HubLiveCache, WaitsToBeAskedUnderArgoCd) {
  sim.network.set_up("prod", 443, false);
  start("argocd-3.5");
  const auto error = ensure();
  ASSERT_TRUE(error);
  EXPECT_THAT(error->message(),
              HasSubstr("failed to get server version: failed to get server version: Get "
                        "\"http://prod:443/version?timeout=32s\": dial tcp"));
  sim.network.set_up("prod", 443, true);
  sim.run_for(5min);
  EXPECT_FALSE(cache->synced()) << "nobody asked";
  EXPECT_FALSE(ensure());
  EXPECT_TRUE(cache->synced());
}

TEST_F(HubLiveCache, IsNotLoadedBeforeAnybodyAsksUnderArgoCd) {
  start("argocd-3.5");
  sim.run_for(1min);
  EXPECT_FALSE(cache->monitored());
  EXPECT_EQ(server.requests["GET /version"], 0);
  EXPECT_FALSE(ensure());
  EXPECT_TRUE(cache->monitored());
  EXPECT_TRUE(cache->synced());
}

/// What resource.respectRBAC makes of a kind that may not be listed.
struct RespectingRbac : HubLiveCache {
  void refuse_pods(bool allowed) {
    server.put(kPodsPath, pod("a"));
    server.intercept = [allowed](const HttpRequest& request) -> std::optional<HttpReply> {
      HttpReply reply;
      if (request.target.starts_with("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")) {
        Json review = {{"kind", "SelfSubjectAccessReview"}};
        review["status"]["allowed"] = allowed;
        reply.response.status = 201;
        reply.response.body = Body(freeze(std::move(review)));
        return reply;
      }
      if (!request.target.starts_with(kPodsPath)) return std::nullopt;
      const auto status = kube::forbidden(testing::kPods, "", "no role allows it");
      reply.response.status = 403;
      reply.response.body = Body(freeze(status.to_json()));
      return reply;
    };
  }
  std::optional<Error> load(RespectRbac respect) {
    start("argocd-3.5");  // ours would do without the kind in any case
    CacheRules rules;
    rules.respect_rbac = respect;
    cache->configure(rules);
    return ensure();
  }
};

TEST_F(RespectingRbac, FailsTheClusterByDefault) {
  refuse_pods(false);
  const auto error = load(RespectRbac::off);
  ASSERT_TRUE(error);
  EXPECT_THAT(error->message(), HasSubstr("failed to load initial state of resource Pod"));
}

TEST_F(RespectingRbac, LeavesTheKindOut) {
  refuse_pods(true);
  EXPECT_FALSE(load(RespectRbac::normal));
  EXPECT_FALSE(cache->follows("", "Pod"));
  EXPECT_TRUE(cache->follows("apps", "Deployment"));
}

TEST_F(RespectingRbac, AsksWhetherItIsAllowedWhenStrict) {
  refuse_pods(false);
  EXPECT_FALSE(load(RespectRbac::strict));
  EXPECT_FALSE(cache->follows("", "Pod"));
}

TEST_F(RespectingRbac, FailsTheClusterWhenStrictAndAllowed) {
  refuse_pods(true);
  EXPECT_TRUE(load(RespectRbac::strict));
}

TEST_F(HubLiveCache, LoadsAgainWhenInvalidated) {
  server.put(kPodsPath, pod("a"));
  start("spokelab");
  EXPECT_FALSE(ensure());
  cache->invalidate();
  EXPECT_EQ(cached("a"), nullptr);
  EXPECT_FALSE(ensure());
  EXPECT_NE(cached("a"), nullptr);
  EXPECT_EQ(server.requests["GET /version"], 2);
}

TEST_F(HubLiveCache, MirrorsOnlyTheNamespacesItIsRestrictedTo) {
  server.put(kPodsPath, pod("a", "shop"));
  server.put(kPodsPath, pod("b", "other"));
  start("spokelab");
  cache->restrict_to({"shop"}, false);
  EXPECT_FALSE(ensure());
  EXPECT_EQ(cache->resources(), 1U);
  EXPECT_NE(cached("a"), nullptr);
}

}  // namespace
}  // namespace spokelab::hub
