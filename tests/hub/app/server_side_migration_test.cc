// Applications that turn to server-side apply after they have applied at the client's side.
#include <gtest/gtest.h>

#include <string>

#include "base/duration.h"
#include "base/task_group.h"
#include "base/yaml.h"
#include "kube/three_way.h"
#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

struct ServerSideMigration : AppControllerTest {
  static std::string two_keys(const std::string& annotations, const std::string& data) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {" + annotations +
           "}}\ndata: {" + data + "}\n";
  }
  void release(const std::string& manifest) {
    repo.commit({{"app/a.yaml", manifest}});
    Json patch = Json::object();
    patch["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal";
    patch_app(patch);
    world.run_for(30s);
  }
  Json data() {
    const JsonRef found = prod.get("configmaps", "shop", "a");
    return found ? found->value("data", Json()) : Json();
  }
  static constexpr const char* kServerSide =
      "argocd.argoproj.io/sync-options: ServerSideApply=true";
};

TEST_F(ServerSideMigration, WhatIsNotWantedAnyMoreGoes) {
  repo.commit({{"app/a.yaml", two_keys("", "k: '1', old: '1'")}});
  create_app(automated());
  start();
  world.run_for(20s);
  ASSERT_EQ(data(), (Json{{"k", "1"}, {"old", "1"}}));
  release(two_keys(kServerSide, "k: '2'"));
  EXPECT_EQ(data(), (Json{{"k", "2"}}));
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
}

TEST_F(ServerSideMigration, WhatKubectlAppliedBeforeIsTakenOver) {
  Json by_hand = *parse_yaml(two_keys("", "k: '1', old: '1'"));
  by_hand["metadata"]["namespace"] = "shop";
  const auto before = kube::with_last_applied(by_hand);
  kube::WriteOptions options;
  options.field_manager = "kubectl-client-side-apply";
  const auto client = client_of("prod-api");
  TaskGroup writing(world.executor());
  const auto write = [](std::shared_ptr<kube::Client> to, JsonRef object,
                        kube::WriteOptions with) -> Task<void> {
    const kube::ResourceType type{"", "v1", "configmaps", "ConfigMap", true};
    const auto made = co_await to->create(type, "shop", object, with);
    EXPECT_TRUE(made);
  };
  writing.spawn(write(client, freeze(before), options));
  world.run_for(5s);
  repo.commit({{"app/a.yaml", two_keys(kServerSide, "k: '2'")}});
  create_app(automated());
  start();
  world.run_for(30s);
  EXPECT_EQ(data(), (Json{{"k", "2"}}));
  EXPECT_EQ(sync(), "Synced") << app().dump(1);
  writing.cancel();
  world.settle();
}

}  // namespace
}  // namespace spokelab::hub
