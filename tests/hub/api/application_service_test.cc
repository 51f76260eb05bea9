// What argocd-server does to Applications.
#include "hub/api/application_service.h"

#include <gmock/gmock.h>

#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct ApplicationService : AppControllerTest {
  ApplicationService() { put_project("default", R"({"sourceRepos":["*"]})"); }
  /// "" when it was done, else why not.
  std::string order(SyncOrder order) {
    std::string outcome = "never ended";
    auto ask = [](AppControllerTest& lab, SyncOrder wanted, std::string& out) -> Task<void> {
      const std::string ns = "argocd";
      const auto done = co_await order_sync(lab.world, *lab.hub, ns, wanted);
      out = done ? "" : done.error().message();
    };
    tasks.spawn(ask(*this, std::move(order), outcome));
    world.run_for(1s);
    return outcome;
  }
  std::vector<std::string> push(const std::string& url, const std::string& branch, bool head) {
    std::vector<std::string> names;
    auto tell = [](AppControllerTest& lab, std::string repo, std::string name, bool is_head,
                   std::vector<std::string>& out) -> Task<void> {
      const std::string ns = "argocd";
      const auto done = co_await take_push(*lab.hub, ns, repo, name, is_head);
      if (done) out = *done;
    };
    tasks.spawn(tell(*this, url, branch, head, names));
    world.run_for(1s);
    return names;
  }
};

TEST_F(ApplicationService, ASyncIsAnOperationThatTheControllerRuns) {
  create_app(nullptr);
  start();
  world.run_for(5s);
  EXPECT_EQ(value_of("a"), "(absent)");
  SyncOrder wanted;
  wanted.app = "shop";
  EXPECT_EQ(order(wanted), "");
  world.run_for(5s);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(text_at(app(), {"status", "operationState", "operation", "initiatedBy", "username"}),
            "admin");
}

TEST_F(ApplicationService, OneOperationIsEnough) {
  create_app(nullptr);
  SyncOrder wanted;
  wanted.app = "shop";
  EXPECT_EQ(order(wanted), "");
  EXPECT_EQ(order(wanted), "another operation is already in progress");
}

TEST_F(ApplicationService, AutomatedSyncsAllowNoOtherRevision) {
  create_app(automated());
  SyncOrder wanted;
  wanted.app = "shop";
  wanted.revision = "v2";
  EXPECT_EQ(order(wanted), "Cannot sync to v2: auto-sync currently set to main");
}

TEST_F(ApplicationService, SyncWindowsHoldPeopleBack) {
  put_project("default",
              R"({"sourceRepos":["*"],"syncWindows":[{"kind":"deny","schedule":"* * * * *",
                  "duration":"24h","applications":["*"]}]})");
  create_app(nullptr);
  SyncOrder wanted;
  wanted.app = "shop";
  EXPECT_EQ(order(wanted), "cannot sync: blocked by sync window");
}

TEST_F(ApplicationService, AnUnknownApplicationIsNotFound) {
  SyncOrder wanted;
  wanted.app = "nobody";
  EXPECT_THAT(order(wanted), HasSubstr("not found"));
}

TEST_F(ApplicationService, APushRefreshesWhoFollowsTheBranch) {
  create_app(nullptr);
  EXPECT_THAT(push(std::string(kRepo) + ".git", "main", false), ElementsAre("shop"));
  EXPECT_EQ(text_at(app(), {"metadata", "annotations", "argocd.argoproj.io/refresh"}), "normal");
  EXPECT_THAT(push(kRepo, "other", false), ElementsAre());
  EXPECT_THAT(push("https://git.example/else", "main", true), ElementsAre());
}

}  // namespace
}  // namespace spokelab::hub
