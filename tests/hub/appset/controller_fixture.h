// What tests of the ApplicationSet controller share.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/yaml.h"
#include "fakeapi/api_server.h"
#include "hub/appset/controller.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/world.h"
#include "tests/hub/fake_cluster_set.h"
#include "tests/hub/fake_repos.h"
#include "tests/support/places.h"

namespace spokelab::hub {

inline Json crd(const std::string& plural, const std::string& kind, bool status) {
  Json version = {{"name", "v1alpha1"},
                  {"served", true},
                  {"storage", true},
                  {"schema",
                   {{"openAPIV3Schema",
                     {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}}}}}};
  if (status) version["subresources"] = Json{{"status", Json::object()}};
  std::string singular = kind;
  for (char& symbol : singular) symbol = static_cast<char>(std::tolower(symbol));
  return Json{
      {"apiVersion", "apiextensions.k8s.io/v1"},
      {"kind", "CustomResourceDefinition"},
      {"metadata", {{"name", plural + ".argoproj.io"}}},
      {"spec",
       {{"group", "argoproj.io"},
        {"scope", "Namespaced"},
        {"names",
         {{"plural", plural}, {"singular", singular}, {"kind", kind}, {"listKind", kind + "List"}}},
        {"versions", Json::array({version})}}}};
}

/// An API server, an ApplicationSet controller and the clusters prod, staging and dr.
class AppSetControllers : public ::testing::Test {
 protected:
  AppSetControllers() {
    network_.add_node("hub", "east");
    network_.add_node("hub-0", "east");
    network_.serve("hub", 6443, server_, std::nullopt);
    network_.add_node("plugin", "east");
    admin(crd("applications", "Application", false));
    admin(crd("applicationsets", "ApplicationSet", true));
    admin(crd("appprojects", "AppProject", false));
    admin(Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "argocd"}}}});
    for (const char* name : {"prod", "staging", "dr"}) {
      clusters_.put(name, {{"env", name}, {"deploy", "true"}});
    }
    server_.subscribe([this](const fakeapi::Change& change) {
      if (change.group_resource.ends_with(".argoproj.io")) ++writes_;
    });
  }
  /// Starts the controller: after the profile is set.
  void start() {
    process_.start();
    world_.run_for(std::chrono::seconds(1));
  }
  ~AppSetControllers() override {
    process_.kill();
    world_.settle();
  }

  void admin(Json object) {
    const auto created = server_.create("admin", std::move(object));
    ASSERT_TRUE(created) << created.error().message();
  }
  void apply_yaml(const std::string& text) {
    auto object = parse_yaml(text);
    ASSERT_TRUE(object) << object.error().message();
    admin(*object);
  }
  void apply(const std::string& file) {
    std::ifstream in(test::source_dir() + "/scenarios/repos/agent/argocd/" + file);
    std::stringstream text;
    text << in.rdbuf();
    auto object = parse_yaml(text.str());
    ASSERT_TRUE(object);
    admin(*object);
  }
  std::vector<std::string> apps() const {
    std::vector<std::string> names;
    for (const JsonRef& app : server_.list("applications.argoproj.io", "argocd")) {
      std::string name = text_at(*app, {"metadata", "name"});
      if (find(*app, {"metadata", "deletionTimestamp"}) != nullptr) name += " (deleting)";
      names.push_back(name);
    }
    return names;
  }
  Json app(const std::string& name) const {
    const JsonRef object = server_.get("applications.argoproj.io", "argocd", name);
    return object ? *object : Json();
  }
  Json set(const std::string& name) const {
    const JsonRef object = server_.get("applicationsets.argoproj.io", "argocd", name);
    return object ? *object : Json();
  }
  std::string condition(const std::string& name, const std::string& type) const {
    const Json object = set(name);
    if (find(object, {"status", "conditions"}) == nullptr) return "";
    for (const Json& one : object.at("status").at("conditions")) {
      if (one["type"] == type) {
        return one["status"].get<std::string>() + " " + one["reason"].get<std::string>() + " " +
               one["message"].get<std::string>();
      }
    }
    return "";
  }
  void patch(const std::string& resource, const std::string& name, const Json& change) {
    const auto done =
        server_.merge_patch("admin", resource + ".argoproj.io", "argocd", name, change);
    ASSERT_TRUE(done) << done.error().message();
  }
  void drop_finalizers(const std::string& app) {
    patch("applications", app, Json::parse(R"({"metadata": {"finalizers": null}})"));
  }
  std::vector<std::string> told(const std::string& subject) const {
    std::vector<std::string> values;
    for (const Event& event : history_.events()) {
      if (event.subject == subject) values.push_back(event.value);
    }
    return values;
  }

  Task<void> main(int) {
    kube::ClientConfig config;
    config.endpoint.host = "hub";
    config.endpoint.port = 6443;
    config.endpoint.tls = false;
    config.bearer_token = "secret";
    const auto dialer = network_.dialer("hub-0", process_.clock());
    kube::Client client(process_.clock(), *dialer, config);
    ManifestSource manifests(process_.clock(), Rng(2), profile_, repos_);
    const ControllerPorts ports{process_.clock(), history_, client,   clusters_, manifests,
                                repos_,           profile_, "argocd", "hub-0"};
    AppSetController controller(ports, Rng(3), dialer.get());
    co_await controller.run();
  }
  static fakeapi::ApiServerSettings settings() {
    fakeapi::ApiServerSettings settings;
    settings.cluster = "hub";
    settings.admin_token = "secret";
    return settings;
  }

  sim::World world_;
  sim::Network network_{world_, Rng(1)};
  History history_{world_};
  fakeapi::ApiServer server_{world_, Rng(1), history_, settings()};
  FakeClusterSet clusters_;
  FakeRepos repos_;
  Profile profile_;
  int writes_ = 0;
  sim::Process process_{world_, "hub-0", [this](int incarnation) { return main(incarnation); }};
};

}  // namespace spokelab::hub
