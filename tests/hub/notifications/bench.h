// NotificationBench: an API server with Applications, a receiver of webhooks, and one part of the
// controller.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <cctype>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/task_group.h"
#include "fakeapi/api_server.h"
#include "hub/notifications/config/config_watch.h"
#include "hub/notifications/ports.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/world.h"
#include "tests/hub/fake_cluster_set.h"

namespace spokelab::hub::notifications {

class NotificationBench : public ::testing::Test, public HttpHandler {
 protected:
  /// Runs the part under test until cancelled.
  using Part = std::function<Task<void>(Ports)>;

  explicit NotificationBench(Part part) : part_(std::move(part)) {
    network_.add_node("hub", "east");
    network_.add_node("hub-0", "east");
    network_.add_node("alerts", "east");
    network_.add_name("alerts.example.com", "alerts");
    network_.serve("hub", 6443, server_, std::nullopt);
    network_.serve("alerts", 80, *this, std::nullopt);
    for (const char* kind : {"Application", "AppProject"}) admin(crd(kind));
    admin(Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "argocd"}}}});
  }
  ~NotificationBench() override {
    process_.kill();
    world_.settle();
  }

  HttpReply handle(const HttpRequest& request, const HttpPeer&) override {
    received_.push_back(request.body.bytes());
    HttpReply reply;
    reply.response.status = status_;
    return reply;
  }

  static Json crd(const std::string& kind) {
    std::string singular = kind;
    for (char& c : singular) c = static_cast<char>(std::tolower(c));
    const std::string plural = singular + "s";
    return Json{
        {"apiVersion", "apiextensions.k8s.io/v1"},
        {"kind", "CustomResourceDefinition"},
        {"metadata", {{"name", plural + ".argoproj.io"}}},
        {"spec",
         {{"group", "argoproj.io"},
          {"scope", "Namespaced"},
          {"names",
           {{"plural", plural},
            {"singular", singular},
            {"kind", kind},
            {"listKind", kind + "List"}}},
          {"versions",
           Json::array({Json{
               {"name", "v1alpha1"},
               {"served", true},
               {"storage", true},
               {"schema",
                {{"openAPIV3Schema",
                  {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}}}}}}})}}}};
  }
  void admin(Json object) {
    const auto created = server_.create("admin", std::move(object));
    ASSERT_TRUE(created) << created.error().message();
  }
  void patch(const std::string& resource, const std::string& name, const Json& change) {
    const auto done = server_.merge_patch("admin", resource, "argocd", name, change);
    ASSERT_TRUE(done) << done.error().message();
  }
  void config(Json data) {
    admin(Json{{"apiVersion", "v1"},
               {"kind", "ConfigMap"},
               {"metadata", {{"name", "argocd-notifications-cm"}, {"namespace", "argocd"}}},
               {"data", std::move(data)}});
  }
  void start() {
    process_.start();
    world_.run_for(std::chrono::seconds(2));
  }
  /// "VALUE MESSAGE" of each event about the subject.
  std::vector<std::string> told(const std::string& subject) const {
    std::vector<std::string> out;
    for (const Event& event : history_.events()) {
      if (event.subject == subject)
        out.push_back(event.value + (event.message.empty() ? "" : " " + event.message));
    }
    return out;
  }
  std::string annotation(const std::string& resource, const std::string& name) const {
    const JsonRef object = server_.get(resource, "argocd", name);
    return object ? text_at(*object, {"metadata", "annotations", kNotifiedKey}) : "";
  }

  Task<void> main(int) {
    const auto executor = co_await asio::this_coro::executor;
    kube::ClientConfig access;
    access.endpoint.host = "hub";
    access.endpoint.port = 6443;
    access.endpoint.tls = false;
    access.bearer_token = "secret";
    const auto dialer = network_.dialer("hub-0", process_.clock());
    kube::Client client(process_.clock(), *dialer, access);
    ConfigWatch watch(process_.clock(), Rng(2), client, history_, "argocd", "hub-0");
    const Ports ports{process_.clock(), *dialer,  history_, client, clusters_, watch,
                      profile_,         "argocd", "hub-0"};
    TaskGroup tasks(executor);
    tasks.spawn(watch.run());
    tasks.spawn(part_(ports));
    co_await tasks.join();
  }
  static fakeapi::ApiServerSettings settings() {
    fakeapi::ApiServerSettings settings;
    settings.cluster = "hub";
    settings.admin_token = "secret";
    return settings;
  }

  static constexpr const char* kNotifiedKey = "notified.notifications.argoproj.io";

  /// Clusters with connections as a test sets them.
  class Clusters : public FakeClusterSet {
   public:
    void serve(const std::string& name, std::map<std::string, std::string> annotations) {
      put(name, {{"env", name}});
      auto& served = served_["https://" + name + ":6443"];
      served.info = **resolve("", name);
      served.info.annotations = std::move(annotations);
    }
    void connect(const std::string& name, ConnectionStatus status, std::string message = "") {
      const auto server = "https://" + name + ":6443";
      served_[server].connection.status = status;
      served_[server].connection.message = std::move(message);
      for (const auto& listener : listening_) listener.connection_changed(server, false);
    }
    ServedCluster* served(const std::string& server) override {
      const auto hit = served_.find(server);
      return hit == served_.end() ? nullptr : &hit->second;
    }
    void listen(Listener listener) override { listening_.push_back(std::move(listener)); }

   private:
    std::map<std::string, ServedCluster> served_;
    std::vector<Listener> listening_;
  };

  Part part_;
  sim::World world_;
  sim::Network network_{world_, Rng(1)};
  History history_{world_};
  fakeapi::ApiServer server_{world_, Rng(1), history_, settings()};
  Clusters clusters_;
  Profile profile_;
  int status_ = 200;                   ///< What the receiver answers.
  std::vector<std::string> received_;  ///< Bodies.
  sim::Process process_{world_, "hub-0", [this](int incarnation) { return main(incarnation); }};
};

}  // namespace spokelab::hub::notifications
