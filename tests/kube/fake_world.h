// FakeWorld: a virtual world with one client node and fake servers, for tests of clients.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/task_group.h"
#include "kube/client.h"
#include "sim/network.h"
#include "sim/world.h"
#include "tests/kube/fake_server.h"

namespace spokelab::testing {

using namespace std::chrono_literals;

struct FakeWorld {
  FakeWorld() : network(world, Rng(1)), tasks(world.executor()) { network.add_node("hub", "here"); }
  ~FakeWorld() {
    tasks.cancel();
    world.settle();
  }
  FakeServer& add_server(const std::string& node) {
    servers.push_back(std::make_unique<FakeServer>());
    network.add_node(node, "here");
    network.serve(node, 443, *servers.back(), std::nullopt);
    return *servers.back();
  }
  static kube::ClientConfig access(const std::string& node) {
    kube::ClientConfig config;
    config.endpoint.host = node;
    config.endpoint.tls = false;
    return config;
  }
  HttpDialer& dialer_of(const std::string& node) {
    dialers.push_back(network.dialer(node, world));
    return *dialers.back();
  }
  /// Runs one coroutine that ends by itself within `span`.
  void run(Task<void> task, Nanos span = 60s) {
    bool ended = false;
    auto wrap = [](Task<void> inner, bool& flag) -> Task<void> {
      co_await std::move(inner);
      flag = true;
    };
    tasks.spawn(wrap(std::move(task), ended));
    const auto until = world.now() + span;
    while (!ended && world.now() < until) world.run_until(std::min(until, world.now() + 10ms));
    EXPECT_TRUE(ended) << "the coroutine did not end in time";
  }
  void run_for(Nanos span) { world.run_for(span); }

  sim::World world;
  sim::Network network;
  std::vector<std::unique_ptr<FakeServer>> servers;
  std::vector<std::unique_ptr<HttpDialer>> dialers;
  TaskGroup tasks;
};

inline const kube::ResourceType kPods{"", "v1", "pods", "Pod", true};

inline Json pod(const std::string& name, const std::string& ns = "shop") {
  return {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", name}, {"namespace", ns}}}};
}

}  // namespace spokelab::testing
