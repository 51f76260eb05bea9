// The application controller over fake API servers and a simulated network.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/task_group.h"
#include "fakeapi/api_server.h"
#include "hub/app/controller.h"
#include "hub/app/project/project_watch.h"
#include "hub/settings/settings_watch.h"
#include "sim/network.h"
#include "sim/world.h"
#include "tests/hub/fake_repos.h"

namespace spokelab::hub {

using namespace std::chrono_literals;

constexpr const char* kRepo = "https://git.example/shop";
constexpr const char* kProd = "https://prod-api:443";

/// Two clusters, both served; a test decides how their connections are seen.
class TwoClusters final : public ClusterSet {
 public:
  void count_applications(std::map<std::string, std::int64_t>) override {}
  void add(const std::string& name, const std::string& server, std::shared_ptr<kube::Client> client,
           std::unique_ptr<LiveCache> cache) {
    ServedCluster& cluster = clusters_[server];
    cluster.info.name = name;
    cluster.info.server = server;
    cluster.client = std::move(client);
    cluster.cache = std::move(cache);
    cluster.connection.status = ConnectionStatus::successful;
  }
  void connect(const std::string& server, ConnectionStatus status) {
    const bool returned = clusters_[server].connection.status == ConnectionStatus::failed;
    clusters_[server].connection.status = status;
    for (const Listener& listener : listeners_) listener.connection_changed(server, returned);
  }
  void assign(const std::string& server, const std::string& project) {
    clusters_[server].info.project = project;
  }
  void unregister(const std::string& server) {
    gone_.insert(server);
    for (const Listener& listener : listeners_) listener.registrations_changed();
  }
  std::vector<const ClusterInfo*> all() const override {
    std::vector<const ClusterInfo*> list;
    for (const auto& [server, cluster] : clusters_) list.push_back(&cluster.info);
    return list;
  }
  Result<const ClusterInfo*> resolve(const std::string& server,
                                     const std::string& name) const override {
    for (const auto& [key, cluster] : clusters_) {
      if (!gone_.contains(key) && (key == server || cluster.info.name == name))
        return &cluster.info;
    }
    return Error(Errc::not_found, "there are no clusters with this name: " + name);
  }
  ServedCluster* served(const std::string& server) override {
    const auto found = clusters_.find(server);
    return found == clusters_.end() || gone_.contains(server) ? nullptr : &found->second;
  }
  bool may_write(const std::string& server) const override { return clusters_.contains(server); }
  void listen(Listener listener) override { listeners_.push_back(std::move(listener)); }

 private:
  std::map<std::string, ServedCluster> clusters_;
  std::set<std::string> gone_;
  std::vector<Listener> listeners_;
};

/// A hub and one cluster, "prod", with an application "shop" of two ConfigMaps.
struct AppControllerTest : ::testing::Test {
  AppControllerTest() {
    for (const char* node : {"hub-0", "hub-api", "prod-api"}) network.add_node(node, "here");
    network.serve("hub-api", 443, hub_api, std::nullopt);
    network.serve("prod-api", 443, prod, std::nullopt);
    dialer = network.dialer("hub-0", world);
    hub = client_of("hub-api");
    add_cluster("in-cluster", std::string(kInClusterServer), hub);
    add_cluster("prod", kProd, client_of("prod-api"));
    define("applications", "application", "Application");
    define("appprojects", "appproject", "AppProject");
    make_namespace(hub_api, "argocd");
    make_namespace(prod, "shop");
    repo.commit({{"app/a.yaml", config_map("a", "1")}, {"app/b.yaml", config_map("b", "1")}});
  }
  ~AppControllerTest() override {
    replica.cancel();
    tasks.cancel();
    world.settle();
  }

  void define(const std::string& plural, const std::string& singular, const std::string& kind) {
    Json definition = Json::parse(R"({"apiVersion":"apiextensions.k8s.io/v1",
      "kind":"CustomResourceDefinition","metadata":{},"spec":{"group":"argoproj.io",
      "scope":"Namespaced","versions":[{"name":"v1alpha1","served":true,"storage":true,"schema":
      {"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}})");
    definition["metadata"]["name"] = plural + ".argoproj.io";
    definition["spec"]["names"] = {
        {"plural", plural}, {"singular", singular}, {"kind", kind}, {"listKind", kind + "List"}};
    EXPECT_TRUE(hub_api.create("test", definition));
  }
  static fakeapi::ApiServerSettings settings(const std::string& cluster) {
    fakeapi::ApiServerSettings made;
    made.cluster = cluster;
    made.admin_token = "token";
    return made;
  }
  static void make_namespace(fakeapi::ApiServer& api, const std::string& name) {
    EXPECT_TRUE(api.create(
        "test", Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}}));
  }
  static std::string config_map(const std::string& name, const std::string& value) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\ndata: {k: '" + value +
           "'}\n";
  }
  std::shared_ptr<kube::Client> client_of(const std::string& node) {
    kube::ClientConfig config;
    config.endpoint.host = node;
    config.endpoint.tls = false;
    config.bearer_token = "token";
    config.dial_timeout = 5s;
    config.request_timeout = 15s;
    return std::make_shared<kube::Client>(world, *dialer, config);
  }
  void add_cluster(const std::string& name, const std::string& server,
                   std::shared_ptr<kube::Client> client) {
    auto cache =
        std::make_unique<LiveCache>(world, Rng(7), profile, *client, history, "hub-0", name);
    tasks.spawn(cache->run());
    clusters.add(name, server, client, std::move(cache));
  }
  /// From now on projects are enforced; made before start().
  void enforce_projects() {
    projects = std::make_unique<ProjectWatch>(world, Rng(6), *hub, history, "argocd", "hub-0");
    tasks.spawn(projects->run());
    world.run_for(2s);
  }
  void put_project(const std::string& name, const std::string& spec) {
    Json project = {{"apiVersion", "argoproj.io/v1alpha1"},
                    {"kind", "AppProject"},
                    {"metadata", {{"name", name}, {"namespace", "argocd"}}},
                    {"spec", Json::parse(spec)}};
    if (hub_api.get("appprojects.argoproj.io", "argocd", name)) {
      EXPECT_TRUE(hub_api.update("test", project));
    } else {
      EXPECT_TRUE(hub_api.create("test", project));
    }
  }
  void put_settings(const Json& data) {
    Json config = {{"apiVersion", "v1"},
                   {"kind", "ConfigMap"},
                   {"metadata", {{"name", "argocd-cm"}, {"namespace", "argocd"}}},
                   {"data", data}};
    if (hub_api.get("configmaps", "argocd", "argocd-cm")) {
      EXPECT_TRUE(hub_api.update("test", config));
    } else {
      EXPECT_TRUE(hub_api.create("test", config));
    }
  }
  /// From now on argocd-cm counts; made before start().
  void read_settings() {
    hub_settings = std::make_unique<SettingsWatch>(world, Rng(5), *hub, history, "argocd", "hub-0");
    tasks.spawn(hub_settings->run());
    world.run_for(5s);
  }
  void patch_app(const Json& patch) {
    EXPECT_TRUE(hub_api.merge_patch("me", "applications.argoproj.io", "argocd", "shop", patch));
  }
  void start() {
    ports = std::make_unique<ControllerPorts>(
        ControllerPorts{world, history, *hub, clusters, *manifests, repos, profile, "argocd",
                        "hub-0", hub_settings.get(), projects.get(), &counts, dialer.get()});
    controller = std::make_unique<AppController>(*ports, Rng(3));
    replica.spawn(controller->run());
  }
  /// Another replica takes over: nothing is left but what lies in the hub.
  void restart() {
    replica.cancel();
    world.settle();
    controller.reset();
    start();
  }
  void create_app(Json sync_policy, Json finalizers = Json::array()) {
    Json app = {{"apiVersion", "argoproj.io/v1alpha1"},
                {"kind", "Application"},
                {"metadata", {{"name", "shop"}, {"namespace", "argocd"}}},
                {"spec",
                 {{"project", "default"},
                  {"source", {{"repoURL", kRepo}, {"path", "app"}, {"targetRevision", "main"}}},
                  {"destination", {{"name", "prod"}, {"namespace", "shop"}}}}}};
    if (!finalizers.empty()) app["metadata"]["finalizers"] = finalizers;
    if (!sync_policy.is_null()) app["spec"]["syncPolicy"] = sync_policy;
    EXPECT_TRUE(hub_api.create("test", app));
  }
  static Json automated() { return {{"automated", {{"prune", true}, {"selfHeal", true}}}}; }
  Json app() {
    const JsonRef found = hub_api.get("applications.argoproj.io", "argocd", "shop");
    return found ? *found : Json();
  }
  std::string sync() { return text_at(app(), {"status", "sync", "status"}); }
  std::string health() { return text_at(app(), {"status", "health", "status"}); }
  std::string phase() { return text_at(app(), {"status", "operationState", "phase"}); }
  std::string value_of(const std::string& name) {
    const JsonRef found = prod.get("configmaps", "shop", name);
    return found ? text_at(*found, {"data", "k"}) : "(absent)";
  }
  bool has_condition(const std::string& type) { return condition(type) != "(none)"; }
  /// The messages of the conditions of a type, in lines; "(none)".
  std::string condition(const std::string& type) {
    const Json object = app();
    const Json* conditions = find(object, {"status", "conditions"});
    std::string messages;
    bool any = false;
    for (const Json& one : conditions != nullptr ? *conditions : Json::array()) {
      if (text_at(one, {"type"}) != type) continue;
      messages += (any ? "\n" : "") + text_at(one, {"message"});
      any = true;
    }
    return any ? messages : "(none)";
  }
  std::string operation_message() {
    return text_at(app(), {"status", "operationState", "message"});
  }

  sim::World world;
  History history{world};
  std::unique_ptr<SettingsWatch> hub_settings;  // outlives the tasks
  std::unique_ptr<ProjectWatch> projects;       // outlives the tasks
  sim::Network network{world, Rng(1)};
  fakeapi::ApiServer hub_api{world, Rng(11), history, settings("hub")};
  fakeapi::ApiServer prod{world, Rng(12), history, settings("prod")};
  Profile profile;
  HubMetrics counts{"hub-0"};
  TwoClusters clusters;
  std::unique_ptr<HttpDialer> dialer;
  std::shared_ptr<kube::Client> hub;
  FakeRepos repos;
  FakeRepo& repo = repos.add(kRepo);
  std::unique_ptr<ManifestSource> manifests =
      std::make_unique<ManifestSource>(world, Rng(2), profile, repos, nullptr, &counts);
  std::unique_ptr<ControllerPorts> ports;
  std::unique_ptr<AppController> controller;
  TaskGroup tasks{world.executor()};
  TaskGroup replica{world.executor()};
};

}  // namespace spokelab::hub
