// Tests of the client: words of errors, retries, the one connection and its death.
#include "kube/client.h"

#include <gmock/gmock.h>

#include "tests/kube/fake_world.h"

namespace spokelab::kube {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeWorld;
using ::testing::HasSubstr;
using testing::kPods;
using testing::pod;

struct KubeClient : ::testing::Test {
  FakeWorld sim;
  testing::FakeServer& server = sim.add_server("prod");
  Client client{sim.world, sim.dialer_of("hub"), FakeWorld::access("prod")};
};

TEST_F(KubeClient, ReadsWhatItWrote) {
  sim.run([](Client& client) -> Task<void> {
    const auto object = freeze(pod("web"));
    const WriteOptions options;
    auto made = co_await client.create(kPods, "shop", object, options);
    EXPECT_TRUE(made.has_value());
    auto again = co_await client.create(kPods, "shop", object, options);
    EXPECT_EQ(again.error().code(), Errc::already_exists);
    auto found = co_await client.get(kPods, "shop", "web");
    EXPECT_EQ(text_at(**found, {"metadata", "name"}), "web");
    Json stale = **found;
    stale["metadata"]["resourceVersion"] = "1";
    const auto frozen = freeze(stale);
    auto refused = co_await client.update(kPods, "shop", "web", frozen, "", options);
    EXPECT_EQ(refused.error().code(), Errc::conflict);
    EXPECT_EQ(refused.error().message(), "the object has been modified");
    const DeleteOptions remove;
    auto gone = co_await client.remove(kPods, "shop", "web", remove);
    EXPECT_TRUE(gone.has_value());
    auto absent = co_await client.get(kPods, "shop", "web");
    EXPECT_EQ(absent.error().code(), Errc::not_found);
  }(client));
}

TEST_F(KubeClient, ListsPageByPageWithoutCopies) {
  for (int i = 0; i < 7; ++i) server.put("/api/v1/pods", pod("p" + std::to_string(i)));
  sim.run([](Client& client) -> Task<void> {
    ListOptions options;
    options.limit = 3;
    auto list = co_await client.list(kPods, "", options);
    EXPECT_TRUE(list.has_value());
    EXPECT_EQ(list->items.size(), 7U);
    EXPECT_EQ(text_at(*list->items[6], {"metadata", "name"}), "p6");
  }(client));
  EXPECT_EQ(server.requests["GET /api/v1/pods"], 3);
}

TEST_F(KubeClient, NamesTheKindOfItemsThatDoNot) {
  auto bare = pod("web");
  bare.erase("kind");
  bare.erase("apiVersion");
  server.put("/api/v1/pods", bare);
  sim.run([](Client& client) -> Task<void> {
    const ListOptions options;
    auto list = co_await client.list(kPods, "", options);
    EXPECT_EQ(key_of(*list->items.at(0)).text(), "Pod shop/web");
  }(client));
}

TEST_F(KubeClient, WordsTransportErrorsAsGoDoes) {
  sim.network.set_up("prod", 443, false);
  sim.run([](FakeWorld& sim, Client& client) -> Task<void> {
    auto version = co_await client.server_version();
    EXPECT_EQ(version.error().code(), Errc::refused);
    EXPECT_EQ(version.error().message(), "Get \"http://prod:443/version?timeout=32s\": dial tcp " +
                                             sim.network.address_of("prod") +
                                             ":443: connect: connection refused");
  }(sim, client));
}

TEST_F(KubeClient, EndsADialIntoABlackHoleAtItsTimer) {
  sim::NetworkRule rule;
  rule.to = {"prod"};
  rule.cut = sim::Cut::blackhole;
  sim.network.add_rule(rule);
  const auto began = sim.world.now();
  sim.run([](Client& client) -> Task<void> {
    auto version = co_await client.server_version();
    EXPECT_EQ(version.error().code(), Errc::timeout);
    EXPECT_THAT(version.error().message(), HasSubstr("i/o timeout"));
  }(client));
  EXPECT_GE(sim.world.now() - began, 30s);
  EXPECT_LT(sim.world.now() - began, 31s);
}

TEST_F(KubeClient, SharesOneDialAmongCallers) {
  for (int i = 0; i < 5; ++i) {
    sim.tasks.spawn([](Client& client) -> Task<void> {
      auto version = co_await client.server_version();
      EXPECT_EQ(*version, "v1.32.0-fake.1");
    }(client));
  }
  sim.run_for(1s);
  EXPECT_EQ(server.requests["GET /version"], 5);
}

TEST_F(KubeClient, FindsASilentlyDeadConnectionByPing) {
  server.put("/api/v1/pods", pod("web"));
  sim.tasks.spawn(client.keep_alive());
  std::optional<RunTime> ended;
  sim.tasks.spawn([](FakeWorld& sim, Client& client, std::optional<RunTime>& ended) -> Task<void> {
    const ListOptions options;
    auto watch = co_await client.watch(kPods, "", "0", options, Nanos{0});
    auto first = co_await (*watch)->next();
    EXPECT_EQ(first->type, WatchEventType::added);
    auto lost = co_await (*watch)->next();
    EXPECT_EQ(lost.error().code(), Errc::reset);
    EXPECT_EQ(lost.error().message(), "http2: client connection lost");
    ended = sim.world.now();
  }(sim, client, ended));
  sim.run_for(95s);
  EXPECT_FALSE(ended) << "a living connection was cut";
  const auto pings = server.requests["GET /livez"];
  EXPECT_EQ(pings, 3) << "one ping for each 30 s of silence";
  sim::NetworkRule rule;
  rule.to = {"prod"};
  rule.cut = sim::Cut::blackhole;
  const auto began = sim.world.now();
  sim.network.add_rule(rule);
  sim.run_for(2min);
  ASSERT_TRUE(ended);
  EXPECT_LE(*ended - began, 45s);
}

TEST_F(KubeClient, SendsAgainWhenToldWhenTo) {
  int left = 2;
  server.intercept = [&](const HttpRequest&) -> std::optional<HttpReply> {
    if (left-- <= 0) return std::nullopt;
    HttpReply reply;
    reply.response.status = 429;
    reply.response.headers.set("Retry-After", "1");
    reply.response.body = Body(std::string("Too many requests, please try again later."));
    return reply;
  };
  const auto began = sim.world.now();
  sim.run([](Client& client) -> Task<void> {
    auto version = co_await client.server_version();
    EXPECT_TRUE(version.has_value());
  }(client));
  EXPECT_GE(sim.world.now() - began, 2s);
  EXPECT_EQ(server.requests["GET /version"], 3);
}

TEST_F(KubeClient, FailsAtOnceOnA503WithoutRetryAfter) {
  server.intercept = [](const HttpRequest&) -> std::optional<HttpReply> {
    HttpReply reply;
    reply.response.status = 503;
    return reply;
  };
  sim.run([](Client& client) -> Task<void> {
    auto found = co_await client.get(kPods, "shop", "web");
    EXPECT_EQ(found.error().code(), Errc::server_error);
    EXPECT_THAT(found.error().message(),
                HasSubstr("the server is currently unable to handle the request"));
  }(client));
  EXPECT_EQ(server.requests.begin()->second, 1);
}

TEST_F(KubeClient, TellsAnExpiredWatchFromAnEndedOne) {
  server.put("/api/v1/pods", pod("web"));
  server.compact();
  sim.run([](FakeWorld& sim, testing::FakeServer& server, Client& client) -> Task<void> {
    const ListOptions options;
    auto old = co_await client.watch(kPods, "", "3", options, Nanos{0});
    auto gone = co_await (*old)->next();
    EXPECT_EQ(gone.error().code(), Errc::gone);
    auto fresh = co_await client.watch(kPods, "", "11", options, Nanos{0});
    auto quiet = co_await (*fresh)->next(sim.world.now() + 1s);
    EXPECT_EQ(quiet.error().code(), Errc::timeout);
    server.end_watches(Error(Errc::closed, "EOF"));
    auto ended = co_await (*fresh)->next();
    EXPECT_EQ(ended.error().code(), Errc::closed);
  }(sim, server, client));
}

TEST_F(KubeClient, DiscoversBothWays) {
  server.types = {kPods,
                  {"apps", "v1", "deployments", "Deployment", true},
                  {"", "v1", "namespaces", "Namespace", false}};
  for (const bool aggregated : {true, false}) {
    server.aggregated = aggregated;
    sim.run([](Client& client) -> Task<void> {
      auto found = co_await client.discovery();
      EXPECT_TRUE(found.has_value());
      EXPECT_EQ(found->types.size(), 3U);
      EXPECT_EQ(found->types[2].group_resource(), "deployments.apps");
      EXPECT_THAT(found->api_versions,
                  ElementsAre("apps/v1", "apps/v1/Deployment", "v1", "v1/Namespace", "v1/Pod"));
    }(client));
  }
}

TEST(KubeClientText, EscapesQueriesAsGoDoes) {
  EXPECT_EQ(query_escape("a=b,c in (d)"), "a%3Db%2Cc+in+%28d%29");
}

TEST(KubeClientText, WordsAnswersWithoutAStatus) {
  HttpResponse response;
  response.status = 401;
  EXPECT_EQ(error_of(response, "get", "").message(),
            "the server has asked for the client to provide credentials");
  response.status = 500;
  response.body = Body(std::string("oh\n"));
  EXPECT_EQ(
      error_of(response, "get", "pods").message(),
      "an error on the server (\"oh\\n\") has prevented the request from succeeding (get pods)");
}

}  // namespace
}  // namespace spokelab::kube
