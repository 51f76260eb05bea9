// What the application controller counts, and what it says of itself.
#include <gmock/gmock.h>

#include <string>

#include "hub/metrics/exposition.h"
#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ControllerMetrics : public AppControllerTest {
 protected:
  std::string page() const {
    metrics::Exposition exposition;
    controller->collect(exposition);
    counts.collect(exposition);
    return exposition.text();
  }
  double syncs(const std::string& phase) const {
    return counts.syncs.at({"argocd", "shop", "default", kProd, phase, "false"});
  }
  /// As the history tells it.
  std::size_t facts(const std::string& value) const {
    std::size_t count = 0;
    for (const Event& event : history.events()) {
      if (event.subject == "app.shop" && event.value == value) ++count;
    }
    return count;
  }
  double requests(const std::string& verb, const std::string& code) const {
    return counts.requests.at(
        {"argocd", "shop", "default", kProd, code, verb, "configmaps", "shop", "false"});
  }
};

TEST_F(ControllerMetrics, CountSyncsAndTheirRequests) {
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(syncs("Succeeded"), 1) << page();
  EXPECT_EQ(requests("Create", "201"), 2) << page();
  EXPECT_EQ(requests("Get", "404"), 2);
  EXPECT_GE(counts.kubectl.at({"hub-0", "apply"}), 2);
  const auto* reconciles = counts.reconciles.at({"argocd", kProd});
  ASSERT_NE(reconciles, nullptr);
  EXPECT_GE(reconciles->count(), 2u);

  repo.commit({{"app/a.yaml", config_map("a", "2")}});
  world.run_for(40s);
  EXPECT_EQ(syncs("Succeeded"), facts("sync-finished")) << page();
  EXPECT_EQ(requests("Patch", "200"), 1) << page();
  EXPECT_EQ(requests("Delete", "200"), 1);
  EXPECT_THAT(page(),
              HasSubstr("argocd_kubectl_exec_pending{command=\"apply\",hostname=\"hub-0\"} 0\n"));
}

TEST_F(ControllerMetrics, CountWhatGitIsAsked) {
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_EQ(counts.git_requests.at({kRepo, "fetch"}), 1);
  const auto before = counts.git_requests.at({kRepo, "ls-remote"});
  EXPECT_GE(before, 1);
  repo.commit({{"app/a.yaml", config_map("a", "2")}});
  world.run_for(40s);
  EXPECT_EQ(counts.git_requests.at({kRepo, "fetch"}), 2);
  EXPECT_GT(counts.git_requests.at({kRepo, "ls-remote"}), before);
  repo.break_with(Error(Errc::timeout, "context deadline exceeded"));
  world.run_for(5min);
  EXPECT_GE(counts.ls_remotes_failed.at({kRepo, "main"}), 1);
  EXPECT_THAT(page(),
              AllOf(HasSubstr("argocd_redis_request_total{command=\"get\",failed=\"false\","),
                    Not(HasSubstr("failed=\"true\""))));
}

TEST_F(ControllerMetrics, SayHowApplicationsStand) {
  create_app(nullptr);
  start();
  world.run_for(20s);
  const std::string info =
      "argocd_app_info{autosync_enabled=\"false\",dest_namespace=\"shop\",dest_server=\"" +
      std::string(kProd) +
      "\",health_status=\"Missing\",name=\"shop\",namespace=\"argocd\",operation=\"\",project="
      "\"default\",repo=\"https://git.example/shop\",sync_status=\"OutOfSync\"} 1\n";
  EXPECT_THAT(page(), HasSubstr(info));
  patch_app(Json{{"operation", {{"sync", Json::object()}}}});
  world.run_for(20s);
  EXPECT_THAT(page(), AllOf(Not(HasSubstr("sync_status=\"OutOfSync\"")),
                            HasSubstr("health_status=\"Healthy\""),
                            HasSubstr("argocd_app_orphaned_resources_count{name=\"shop\","),
                            HasSubstr("workqueue_depth{name=\"app_reconciliation_queue\"} 0\n")));
}

TEST_F(ControllerMetrics, AreOfThisReplicasApplicationsOnly) {
  create_app(automated());
  start();
  world.run_for(20s);
  EXPECT_THAT(page(), HasSubstr("argocd_app_info{"));
  EXPECT_NE(controller->compared("shop"), nullptr);
  EXPECT_EQ(controller->compared("other"), nullptr);
  clusters.unregister(kProd);
  clusters.unregister(std::string(kInClusterServer));
  world.run_for(1s);
  EXPECT_THAT(page(), Not(HasSubstr("argocd_app_info{")));
  EXPECT_EQ(controller->compared("shop"), nullptr);
}

}  // namespace
}  // namespace spokelab::hub
