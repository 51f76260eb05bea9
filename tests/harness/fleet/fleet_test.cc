// A fleet as its clients see it, over real sockets.
#include "harness/fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>

#include "base/base64.h"
#include "base/json.h"
#include "base/task_group.h"
#include "harness/scenario/load.h"
#include "harness/wall/dialer.h"
#include "hub/cluster/secret.h"
#include "kube/client.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(60);

class FleetTest : public ::testing::Test {
 protected:
  FleetTest() {
    const auto loaded = load_scenario_text(
        "fleet",
        "scenario: fleet\nbecause: tests\nlasts: 1h\nworld:\n  hub: {region: local}\n"
        "  clusters: {east: {region: local}, west: {region: local}}\n");
    scenario = loaded.cases.at(0).resolve(Rng(1)).scenario;
    assets = *Assets::read(scenario);
    FleetOptions options;
    options.epoch = sim::World::kDefaultEpoch;
    auto started = Fleet::start(scenario, *assets, options);
    if (!started) throw std::runtime_error(started.error().message());
    fleet = std::move(*started);
    dialer = std::make_unique<WallDialer>(fleet->pace(), callers, "outside", world());
  }
  ~FleetTest() override {
    clients.clear();
    dialer.reset();
    fleet->stop();
  }
  sim::World& world() { return fleet->lab().world(); }

  /// A client by the kubeconfig's words.
  kube::Client& client(const std::string& name) {
    auto& known = clients[name];
    if (known) return *known;
    const Json config = fleet->kubeconfig();
    kube::ClientConfig access;
    for (const auto& cluster : config["clusters"]) {
      if (cluster["name"] != name) continue;
      const auto server = cluster["cluster"]["server"].get<std::string>();
      access.endpoint.host = "127.0.0.1";
      access.endpoint.port =
          static_cast<std::uint16_t>(std::stoi(server.substr(server.rfind(':') + 1)));
      access.endpoint.ca_pem =
          *from_base64(cluster["cluster"]["certificate-authority-data"].get<std::string>());
    }
    for (const auto& user : config["users"]) {
      if (user["name"] != name + "-admin") continue;
      access.endpoint.client_cert_pem =
          *from_base64(user["user"]["client-certificate-data"].get<std::string>());
      access.endpoint.client_key_pem =
          *from_base64(user["user"]["client-key-data"].get<std::string>());
    }
    access.retries_max = 0;
    access.dial_timeout = 5s;
    access.request_timeout = 20s;
    known = std::make_unique<kube::Client>(world(), *dialer, access);
    return *known;
  }
  bool run(Task<void> task) {
    TaskGroup group(world().executor());
    group.spawn(std::move(task));
    const bool over = fleet->pace().run_until([&] { return group.live() == 0; }, kPatience);
    group.cancel();
    fleet->pace().run_until([&] { return group.live() == 0; }, kPatience);
    return over;
  }
  /// Asks for the version: whether a cluster answers. The error, or "".
  std::string asked(const std::string& name) {
    std::string problem;
    const auto ask = [&]() -> Task<void> {
      const kube::ResourceType nodes{"", "v1", "nodes", "Node", false};
      const std::string everywhere;
      const kube::ListOptions all;
      auto listed = co_await client(name).list(nodes, everywhere, all);
      if (!listed) problem = listed.error().message();
    };
    EXPECT_TRUE(run(ask()));
    return problem;
  }

  Scenario scenario;
  std::shared_ptr<const Assets> assets;
  std::unique_ptr<Fleet> fleet;
  Callers callers;
  std::unique_ptr<WallDialer> dialer;
  std::map<std::string, std::unique_ptr<kube::Client>> clients;
};

TEST_F(FleetTest, EveryMemberAnswersItsAdminAndNoOtherClustersAdmin) {
  for (const auto& member : fleet->members()) EXPECT_EQ(asked(member.name), "");
  const Json config = fleet->kubeconfig();
  EXPECT_EQ(config["contexts"].size(), 3U);
  EXPECT_EQ(config["current-context"], "hub");
}

TEST_F(FleetTest, TheHubKnowsItsClustersThroughTheirRealAddresses) {
  ASSERT_TRUE(fleet->pace().run_until([&] { return fleet->lab().set_up_done(); }, kPatience));
  int secrets = 0;
  const auto read = [&]() -> Task<void> {
    kube::ListOptions clusters;
    clusters.label_selector = "argocd.argoproj.io/secret-type=cluster";
    const kube::ResourceType type{"", "v1", "secrets", "Secret", true};
    const std::string ns = "argocd";
    auto listed = co_await client("hub").list(type, ns, clusters);
    if (!listed) co_return;
    for (const auto& secret : listed->items) {
      const auto server = from_base64(text_at(*secret, {"data", "server"}));
      secrets += server && server->starts_with("https://127.0.0.1:") ? 1 : 0;
    }
  };
  ASSERT_TRUE(run(read()));
  EXPECT_EQ(secrets, 2);
}

TEST_F(FleetTest, AHubReplicaIsScrapedForAsLongAsItLives) {
  const auto serves = [&] {
    const auto* view = fleet->lab().view_of("hub-0");
    const std::string itself(hub::kInClusterServer);
    const auto* served = view != nullptr ? view->served(itself) : nullptr;
    return served != nullptr && served->cache->synced();
  };
  ASSERT_TRUE(fleet->pace().run_until(serves, kPatience));
  const auto pages = fleet->metrics();
  ASSERT_EQ(pages.size(), 1u);
  EXPECT_EQ(pages[0].name, "hub-0");
  HttpEndpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port =
      static_cast<std::uint16_t>(std::stoi(pages[0].server.substr(pages[0].server.rfind(':') + 1)));
  endpoint.tls = false;
  std::string text;
  std::string problem;
  const auto scrape = [&]() -> Task<void> {
    const auto deadline = world().now() + 20s;
    auto connection = co_await dialer->dial(endpoint, deadline);
    if (!connection) {
      problem = connection.error().message();
      co_return;
    }
    HttpRequest request;
    request.target = "/metrics";
    auto answer = co_await (*connection)->send(request, deadline);
    if (answer) {
      text = answer->body.bytes();
    } else {
      problem = answer.error().message();
    }
  };
  ASSERT_TRUE(run(scrape()));
  EXPECT_EQ(problem, "");
  EXPECT_THAT(text, HasSubstr("\nargocd_cluster_info{k8s_version=\"v1.32.0\",name=\"in-cluster\""));
  fleet->lab().take_replica_down("hub-0");
  fleet->pace().catch_up();
  ASSERT_TRUE(run(scrape()));
  EXPECT_THAT(problem, HasSubstr("refused"));
}

TEST_F(FleetTest, ARefusedClusterRefusesUntilItIsHealed) {
  ASSERT_EQ(asked("west"), "");
  FaultOrder order;
  order.what = "refused";
  order.on = "west";
  const auto name = fleet->inject(order);
  ASSERT_TRUE(name) << name.error().message();
  clients.clear();
  EXPECT_THAT(asked("west"), HasSubstr("connection refused"));
  EXPECT_EQ(asked("east"), "");
  // Nobody sees who is refused at a closed port; that it closed is told.
  const Json status = fleet->status();
  EXPECT_GE(status["faults"][0]["hits"], 1);
  for (const auto& cluster : status["clusters"])
    EXPECT_EQ(cluster["port"], cluster["name"] == "west" ? "closed" : "open") << cluster;
  EXPECT_TRUE(fleet->heal(*name));
  EXPECT_EQ(asked("west"), "");
  EXPECT_EQ(fleet->status()["clusters"][0]["port"], "open");
}

TEST_F(FleetTest, TheClustersPortsAreNobodyElsesWhetherTheirServersAreUpOrNot) {
  const auto taken = [&] {
    using boost::asio::ip::tcp;
    for (const auto& member : fleet->members()) {
      const auto port = std::stoi(member.server.substr(member.server.rfind(':') + 1));
      tcp::acceptor other(fleet->pace().io());
      boost::system::error_code bad;
      other.open(tcp::v4());
      other.bind({boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)}, bad);
      if (bad != boost::asio::error::address_in_use) return false;
    }
    return true;
  };
  EXPECT_TRUE(taken());
  FaultOrder order;
  order.what = "refused";
  order.on = "east";
  ASSERT_TRUE(fleet->inject(order));
  fleet->pace().run_until([] { return false; }, 10ms);
  EXPECT_TRUE(taken());
  fleet->heal("");
  fleet->pace().run_until([] { return false; }, 10ms);
  EXPECT_TRUE(taken());
  EXPECT_EQ(asked("east"), "");
}

TEST_F(FleetTest, FaultsInsideAServerReachRealClients) {
  FaultOrder order;
  order.what = "api-errors";
  order.on = "east";
  order.parameters = {{"code", "503"}, {"resources", "[nodes]"}};
  ASSERT_TRUE(fleet->inject(order));
  EXPECT_THAT(asked("east"), HasSubstr("the server is currently unable to handle the request"));
  EXPECT_TRUE(fleet->heal(""));
  EXPECT_EQ(asked("east"), "");
}

TEST_F(FleetTest, ABadCertificateIsReallyShown) {
  FaultOrder order;
  order.what = "tls";
  order.on = "east";
  order.parameters = {{"problem", "unknown-ca"}};
  ASSERT_TRUE(fleet->inject(order));
  EXPECT_THAT(asked("east"), HasSubstr("x509: certificate signed by unknown authority"));
}

TEST_F(FleetTest, AFaultThatMakesNoSenseIsExplained) {
  FaultOrder order;
  order.what = "refuzed";
  order.on = "west";
  const auto wrong = fleet->inject(order);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), HasSubstr("refused"));  // did you mean
  order.what = "latency";
  order.parameters = {{"latency", "200"}};
  const auto unit = fleet->inject(order);
  ASSERT_FALSE(unit);
  EXPECT_THAT(unit.error().message(), HasSubstr("200ms"));
  order.what = "refused";
  order.on = "";
  EXPECT_FALSE(fleet->inject(order));
  EXPECT_FALSE(fleet->heal("nonsense"));
}

TEST_F(FleetTest, AFaultEndsByItselfAfterItsTime) {
  FaultOrder order;
  order.what = "refused";
  order.on = "west";
  order.lasts = "100ms";
  ASSERT_TRUE(fleet->inject(order));
  EXPECT_EQ(fleet->status()["faults"].size(), 1U);
  EXPECT_TRUE(
      fleet->pace().run_until([&] { return fleet->status()["faults"].empty(); }, kPatience));
}

TEST_F(FleetTest, EveryRequestIsAnEventOfTheHistory) {
  ASSERT_EQ(asked("east"), "");
  bool told = false;
  for (const auto& event : fleet->lab().history().events()) {
    told = told || (event.subject == "request.east" && event.value == "list" &&
                    event.message.find("/api/v1/nodes") != std::string::npos &&
                    event.message.find("kubernetes-admin") != std::string::npos);
  }
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace spokelab::harness
