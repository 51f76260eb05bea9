// What is looked at when nothing is wrong: deletions that have come to their end.
#include "harness/run/reality.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "harness/run/assets.h"
#include "harness/run/lab.h"
#include "harness/scenario/load.h"
#include "tests/support/places.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kCascade = "resources-finalizer.argocd.argoproj.io";

/// A hub whose engine never starts: what is deleted there stays as it is.
class Deletions : public testing::Test {
 protected:
  Deletions() {
    const auto loaded = load_scenario_text(
        test::source_dir() + "/scenarios/in-a-test.yaml",
        "scenario: in-a-test\nbecause: a test plays it\nlasts: 20m\n"
        "world: {hub: {region: us-east}, clusters: {prod: {region: us-east}}}\n");
    EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
    scenario_ = loaded.cases.at(0).resolve(Rng(0)).scenario;
    assets_ = *Assets::read(scenario_);
    lab_ = std::make_unique<Lab>(scenario_, *assets_, *hub::make_profile("spokelab", {}), 1);
  }
  ~Deletions() override { lab_->stop(); }

  /// Complaints about an application of these finalizers and resources, so long after its deletion.
  std::vector<std::string> after(Nanos span, const std::vector<std::string>& finalizers,
                                 const Json& resources = Json::array()) {
    auto& api = *lab_->site("hub").api;
    const Json app{
        {"apiVersion", "argoproj.io/v1alpha1"},
        {"kind", "Application"},
        {"metadata", {{"name", "web"}, {"namespace", "argocd"}, {"finalizers", finalizers}}},
        {"spec",
         {{"project", "default"},
          {"source", {{"repoURL", "r"}, {"path", "p"}}},
          {"destination", {{"name", "prod"}}}}},
        {"status", {{"resources", resources}}}};
    const auto made = api.create("lab-admin", app);
    EXPECT_TRUE(made) << made.error().message();
    const auto gone = api.remove("lab-admin", "applications.argoproj.io", "argocd", "web");
    EXPECT_TRUE(gone) << gone.error().message();
    lab_->world().run_until(lab_->world().now() + span);
    std::vector<std::string> complaints;
    Reality reality(*lab_, [&](std::string text) { complaints.push_back(std::move(text)); });
    reality.look(span);
    reality.look(span);
    return complaints;
  }

  Scenario scenario_;
  std::shared_ptr<const Assets> assets_;
  std::unique_ptr<Lab> lab_;
};

TEST_F(Deletions, ThatDoNotEndAreToldOnce) {
  EXPECT_THAT(after(6min, {kCascade}),
              ElementsAre(HasSubstr("stuck deletion: at 00:06:00.0 app.web "
                                    "was still there, 6m00s after")));
}

TEST_F(Deletions, MayTakeAFewMinutes) { EXPECT_THAT(after(4min, {kCascade}), IsEmpty()); }

TEST_F(Deletions, WaitForTheHooksBeforeThem) {
  EXPECT_THAT(after(6min, {"pre-delete-finalizer.argocd.argoproj.io", kCascade}), IsEmpty());
}

TEST_F(Deletions, DoNotWaitForTheCleaningUpOfThoseHooks) {
  EXPECT_THAT(after(6min, {"pre-delete-finalizer.argocd.argoproj.io/cleanup", kCascade}),
              ElementsAre(HasSubstr("stuck deletion")));
}

TEST_F(Deletions, WaitForPeopleToAgree) {
  const Json guarded{{"kind", "ConfigMap"}, {"name", "a"}, {"requiresDeletionConfirmation", true}};
  EXPECT_THAT(after(6min, {kCascade}, Json::array({guarded})), IsEmpty());
}

}  // namespace
}  // namespace spokelab::harness
