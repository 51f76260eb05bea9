// Looking into a hub at instants of a run: what is shown follows the engine, and looking changes
// nothing.
#include "harness/look/look.h"

#include <gmock/gmock.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tests/harness/run/played.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kLost = "faults:\n  lost: {what: blackhole, on: prod, at: 3m, for: 2m}\n";

struct Seen {
  reports::Run run;
  std::map<std::string, Json> answers;  // by "what", or "what name"
};

/// Plays until `at`, and asks there.
Seen seen_at(const std::string& text, RunTime at, const std::vector<std::string>& questions) {
  Seen seen;
  const auto loaded = load_scenario_text(test::source_dir() + "/scenarios/in-a-test.yaml", text);
  EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
  if (!loaded.ok()) return seen;
  const auto assets = Assets::read(loaded.cases.at(0).resolve(Rng(0)).scenario);
  PlayOptions options;
  options.stop_at = at;
  options.look = [&](Lab& lab) {
    for (const auto& question : questions) {
      LookRequest request;
      const auto blank = question.find(' ');
      request.what = question.substr(0, blank);
      if (blank != std::string::npos) request.name = question.substr(blank + 1);
      seen.answers[question] = look(lab, request);
    }
  };
  seen.run = play(loaded.cases.at(0), *loaded.sources, **assets, options);
  return seen;
}

std::string with_profile(std::string text, const std::string& profile) {
  const std::string before = "hub: {region: us-east, replicas: 2,";
  text.replace(text.find(before), before.size(), before + " profile: " + profile + ",");
  return text;
}

/// The value behind a series; nullopt when the page has it not.
std::optional<double> value_of(const std::string& page, const std::string& series) {
  const auto at = page.find("\n" + series + " ");
  if (at == std::string::npos) return std::nullopt;
  return std::stod(page.substr(at + series.size() + 2));
}

const Json& cluster_named(const Json& answer, const std::string& name) {
  static const Json kNone;
  for (const auto& one : answer.at("items")) {
    if (one["name"] == name) return one;
  }
  return kNone;
}

TEST(Look, SeesClustersAsTheHubBelievesThem) {
  const auto calm = seen_at(two_clusters(kLost), RunTime(2min), {"clusters"});
  const auto& well = cluster_named(calm.answers.at("clusters"), "prod");
  EXPECT_EQ(text_at(well, {"connectionState", "status"}), "Successful") << well.dump(2);
  EXPECT_EQ(int_at(well, {"info", "applicationsCount"}), 1);
  EXPECT_GT(int_at(well, {"info", "cacheInfo", "resourcesCount"}), 10);
  EXPECT_THAT(text_at(well, {"owner"}), ::testing::StartsWith("hub-"));
  EXPECT_EQ(well.dump().find("token"), std::string::npos);

  const auto lost = seen_at(two_clusters(kLost), RunTime(4min), {"clusters", "clusters prod"});
  EXPECT_EQ(
      text_at(cluster_named(lost.answers.at("clusters"), "prod"), {"connectionState", "status"}),
      "Failed");
  EXPECT_EQ(
      text_at(cluster_named(lost.answers.at("clusters"), "dr"), {"connectionState", "status"}),
      "Successful");
  EXPECT_EQ(lost.answers.at("clusters prod")["items"].size(), 1u);
}

TEST(Look, SeesApplicationsWithTheHealthOfTheirResources) {
  const auto seen =
      seen_at(two_clusters(""), RunTime(2min),
              {"apps", "app agent-prod", "app argocd/agent-prod", "appsets", "diff agent-prod"});
  const auto& apps = seen.answers.at("apps")["items"];
  ASSERT_EQ(apps.size(), 2u);
  EXPECT_EQ(text_at(apps[1], {"metadata", "name"}), "agent-prod");
  EXPECT_EQ(text_at(apps[1], {"status", "sync", "status"}), "Synced");
  bool any = false;
  for (const auto& resource : apps[1]["status"]["resources"]) {
    if (text_at(resource, {"kind"}) != "Deployment") continue;
    any = true;
    EXPECT_EQ(text_at(resource, {"health", "status"}), "Healthy");
  }
  EXPECT_TRUE(any);
  EXPECT_EQ(seen.answers.at("app agent-prod")["items"],
            seen.answers.at("app argocd/agent-prod")["items"]);
  EXPECT_EQ(seen.answers.at("appsets")["items"].size(), 1u);
  EXPECT_EQ(seen.answers.at("diff agent-prod")["items"].size(), 0u);
  EXPECT_EQ(seen.answers.at("apps")["time"], "00:02:00.0");
}

TEST(Look, ShowsHowLiveObjectsDifferFromWhatGitWants) {
  // The release cannot reach prod, which is away, but the hub knows of both.
  const std::string release =
      "steps:\n  - name: release\n    at: 3m30s\n    commit:\n"
      "      repo: https://github.com/example/agent\n      message: agent 1.5.0\n"
      "      files: {charts/agent/values.yaml: {replace: {from: 'tag: \"1.4.0\"', to: 'tag: "
      "\"1.5.0\"'}}}\n";
  const auto seen = seen_at(two_clusters(kLost + release), RunTime(4min + 30s),
                            {"diff agent-prod", "app agent-prod"});
  const auto& items = seen.answers.at("diff agent-prod")["items"];
  ASSERT_FALSE(items.empty()) << seen.answers.at("app agent-prod").dump(2);
  bool any = false;
  for (const auto& item : items) {
    if (item["kind"] != "Deployment") continue;
    any = true;
    EXPECT_THAT(item["live"].dump(), HasSubstr("agent:1.4.0"));
    EXPECT_THAT(item["target"].dump(), HasSubstr("agent:1.5.0"));
  }
  EXPECT_TRUE(any);
}

TEST(Look, NamesWhatThereIsWhenThereIsNoSuchThing) {
  const auto seen = seen_at(two_clusters(""), RunTime(2min),
                            {"app agent-prd", "clusters nowhere", "metrics hub-9", "pods"});
  EXPECT_EQ(seen.answers.at("app agent-prd")["error"],
            "no application \"agent-prd\": did you mean agent-prod?");
  EXPECT_THAT(seen.answers.at("clusters nowhere")["error"].get<std::string>(),
              HasSubstr("there are dr, in-cluster, prod"));
  EXPECT_THAT(seen.answers.at("metrics hub-9")["error"].get<std::string>(), HasSubstr("hub-"));
  EXPECT_TRUE(seen.answers.at("pods").contains("error"));
}

TEST(Look, ChangesNothing) {
  const auto text = two_clusters(kLost);
  const auto looked =
      seen_at(text, RunTime(4min), {"clusters", "apps", "appsets", "diff agent-prod", "metrics"});
  const auto not_looked = seen_at(text, RunTime(4min), {});
  EXPECT_EQ(looked.run.hash, not_looked.run.hash);
}

TEST(HubMetricsOfARun, FollowTheEngine) {
  const auto seen = seen_at(two_clusters(kLost), RunTime(4min), {"metrics", "metrics hub-0"});
  const auto page = seen.answers.at("metrics")["text"].get<std::string>();
  const std::string prod = "https://api.prod.example.com:6443";
  std::string owner;
  std::size_t syncs = 0;
  for (const auto& event : seen.run.events) {
    if (event.subject == "cluster.prod.owner") owner = event.value;
    if (event.subject == "app.agent-prod" && event.value == "sync-finished") ++syncs;
  }
  ASSERT_FALSE(owner.empty());
  EXPECT_EQ(value_of(page, "argocd_app_sync_total{dest_server=\"" + prod +
                               "\",dry_run=\"false\",name=\"agent-prod\",namespace=\"argocd\","
                               "phase=\"Succeeded\",pod=\"" +
                               owner + "\",project=\"default\"}"),
            static_cast<double>(syncs))
      << page;
  EXPECT_EQ(value_of(page, "argocd_cluster_connection_status{k8s_version=\"v1.32.0\",pod=\"" +
                               owner + "\",server=\"" + prod + "\"}"),
            0);
  EXPECT_THAT(
      page, AllOf(HasSubstr("argocd_app_info{"), HasSubstr("argocd_app_reconcile_bucket{"),
                  HasSubstr("argocd_git_request_total{"), HasSubstr("argocd_cluster_events_total{"),
                  HasSubstr("argocd_appset_info{"), HasSubstr("code=\"<error>\""),
                  HasSubstr("argocd_kubectl_exec_pending{command=\"apply\"")));
  const auto one = seen.answers.at("metrics hub-0")["text"].get<std::string>();
  EXPECT_THAT(one, AllOf(HasSubstr("workqueue_depth{name=\"app_reconciliation_queue\"} "),
                         Not(HasSubstr("pod="))));
}

TEST(HubMetricsOfARun, ShowLabelsAndConditionsWhenTheyAreAskedFor) {
  auto text = two_clusters(kLost);
  const std::string before = "settings: {";
  text.replace(text.find(before), before.size(),
               before +
                   "controller.metrics.cluster.labels: 'env,no-such', "
                   "controller.metrics.application.labels: team, "
                   "controller.metrics.application.conditions: StaleEvidenceWarning, ");
  const auto seen = seen_at(text, RunTime(4min), {"metrics"});
  const auto page = seen.answers.at("metrics")["text"].get<std::string>();
  EXPECT_THAT(page,
              AllOf(HasSubstr("argocd_cluster_labels{label_env=\"prod\",label_no_such=\"\",name="
                              "\"prod\","),
                    HasSubstr("argocd_app_labels{label_team=\"\",name=\"agent-dr\","),
                    HasSubstr("argocd_app_condition{condition=\"StaleEvidenceWarning\",name="
                              "\"agent-prod\",")));
}

TEST(HubMetricsOfARun, SayConnectedInAWarmOutageAsArgoCdsDo) {
  const auto seen =
      seen_at(with_profile(two_clusters(kLost), "argocd-3.5"), RunTime(4min), {"metrics"});
  const auto page = seen.answers.at("metrics")["text"].get<std::string>();
  const auto at = page.find("server=\"https://api.prod.example.com:6443\"} ",
                            page.find("\nargocd_cluster_connection_status{"));
  ASSERT_NE(at, std::string::npos) << page;
  EXPECT_EQ(page.substr(page.find("} ", at) + 2, 1), "1");
}

}  // namespace
}  // namespace spokelab::harness
