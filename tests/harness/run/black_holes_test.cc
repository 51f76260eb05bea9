// What dead spokes cost the others: the time from a commit to its arrival, in both profiles.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "harness/run/assets.h"
#include "harness/run/lab.h"
#include "harness/scenario/load.h"
#include "tests/support/places.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;

constexpr const char* kRepo = "https://github.com/example/web";
constexpr Nanos kPatience = 30min;

struct Fleet {
  int good;
  int bad;
  int parts;  ///< Applications on each cluster.
};
/// Fifty clusters, of which five are to fall silent; fewer where everything is slow.
constexpr Fleet kFleet = test::kSanitized ? Fleet{6, 2, 6} : Fleet{45, 5, 3};

std::string applications(const Fleet& fleet) {
  std::string text;
  const auto add = [&](const std::string& cluster) {
    for (int part = 0; part < fleet.parts; ++part) {
      text += fmt::format(
          "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\n"
          "metadata: {{name: {0}-{1}, namespace: argocd}}\nspec:\n  project: default\n"
          "  source: {{repoURL: {2}, targetRevision: HEAD, path: app}}\n"
          "  destination: {{name: {0}, namespace: part-{1}}}\n"
          "  syncPolicy: {{automated: {{selfHeal: true}}, syncOptions: [CreateNamespace=true]}}\n",
          cluster, part, kRepo);
    }
  };
  for (int i = 1; i <= fleet.good; ++i) add(fmt::format("good-{}", i));
  for (int i = 1; i <= fleet.bad; ++i) add(fmt::format("bad-{}", i));
  return text;
}

std::string world(const std::string& profile, const Fleet& fleet, const std::string& manifests) {
  std::string clusters;
  for (int i = 1; i <= fleet.good; ++i)
    clusters += fmt::format("    good-{}: {{region: us-west}}\n", i);
  for (int i = 1; i <= fleet.bad; ++i)
    clusters += fmt::format("    bad-{}: {{region: us-west}}\n", i);
  return fmt::format(
      "scenario: in-a-test\nbecause: a test plays it\nlasts: 2h\nworld:\n"
      "  hub: {{region: us-east, profile: {}}}\n  clusters:\n{}"
      "  repos: {{{}: argocd/repos/web}}\n  apply: {{hub: [{}]}}\n"
      "expect: [{{reached: app.good-1-0.sync == Synced}}]\n",
      profile, clusters, kRepo, manifests);
}

/// How long it took until a commit was everywhere.
struct Latency {
  Nanos mean{0};
  Nanos worst{0};
};

class FleetUnderTest {
 public:
  FleetUnderTest(const std::string& profile, const Fleet& fleet) : fleet_(fleet) {
    directory_.write("applications.yaml", applications(fleet));
    const auto text = world(profile, fleet, directory_.at("applications.yaml"));
    const auto loaded = load_scenario_text(test::source_dir() + "/scenarios/in-a-test.yaml", text);
    EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
    scenario_ = loaded.cases.at(0).resolve(Rng(0)).scenario;
    auto assets = Assets::read(scenario_);
    EXPECT_TRUE(assets) << assets.error().message();
    assets_ = *assets;
    lab_ = std::make_unique<Lab>(scenario_, *assets_, *hub::make_profile(profile, {}), 1);
    for (const auto& [name, site] : lab_->sites()) {
      if (name == "hub") continue;
      site->api->subscribe([this, cluster = name](const fakeapi::Change& change) {
        if (change.group_resource == "configmaps" && change.after) saw(cluster, *change.after);
      });
    }
    lab_->start();
    wait_for("green", fleet.good + fleet.bad);
  }
  ~FleetUnderTest() { lab_->stop(); }

  /// Commits, tells argocd-server, and waits for the good clusters.
  Latency release(const std::string& color) {
    arrived_.clear();
    const auto start = lab_->world().now();
    const auto text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
        "data: {color: " +
        color + "}\n";
    EXPECT_TRUE(lab_->repos().find_repo(kRepo)->commit("", {{"app/config.yaml", text}}));
    const std::string repo = kRepo;
    const std::string branch;
    lab_->operate(lab_->tell_of_push(repo, branch, true));
    wait_for(color, fleet_.good);
    Latency latency;
    Nanos sum{0};
    std::size_t count = 0;
    for (const auto& [place, at] : arrived_[color]) {
      if (!place.starts_with("good-")) continue;
      sum += at - start;
      latency.worst = std::max(latency.worst, at - start);
      ++count;
    }
    if (count > 0) latency.mean = sum / static_cast<std::int64_t>(count);
    return latency;
  }
  void rest(Nanos span) { lab_->world().run_for(span); }
  void silence() {
    for (int i = 1; i <= fleet_.bad; ++i) {
      const auto node = lab_->site(fmt::format("bad-{}", i)).api_node;
      sim::NetworkRule in;
      in.to = {node};
      in.cut = sim::Cut::blackhole;
      lab_->network().add_rule(in);
      sim::NetworkRule out;
      out.from = {node};
      out.cut = sim::Cut::blackhole;
      lab_->network().add_rule(out);
    }
  }

 private:
  void saw(const std::string& cluster, const Json& object) {
    if (text_at(object, {"metadata", "name"}) != "settings") return;
    const auto place = cluster + "/" + text_at(object, {"metadata", "namespace"});
    arrived_[text_at(object, {"data", "color"})].try_emplace(place, lab_->world().now());
  }
  void wait_for(const std::string& color, int clusters) {
    const auto wanted = static_cast<std::ptrdiff_t>(clusters) * fleet_.parts;
    const auto good_alone = clusters == fleet_.good;
    const auto here = [&] {
      const auto& places = arrived_[color];
      return std::count_if(places.begin(), places.end(), [&](const auto& one) {
        return !good_alone || one.first.starts_with("good-");
      });
    };
    const auto until = lab_->world().now() + kPatience;
    while (here() < wanted && lab_->world().now() < until) lab_->world().run_for(1s);
    EXPECT_EQ(here(), wanted) << color;
  }

  Fleet fleet_;
  TempDir directory_;
  Scenario scenario_;
  std::shared_ptr<const Assets> assets_;
  std::map<std::string, std::map<std::string, RunTime>> arrived_;  // color -> cluster/namespace
  std::unique_ptr<Lab> lab_;
};

struct Comparison {
  Latency calm;
  Latency storm;
};

Comparison compare(const std::string& profile) {
  FleetUnderTest fleet(profile, kFleet);
  fleet.rest(2min);
  Comparison made;
  made.calm = fleet.release("blue");
  fleet.rest(5min);
  fleet.silence();
  fleet.rest(1min);
  made.storm = fleet.release("black");
  const auto words = fmt::format(
      "{}: calm {} on average, {} at most; with {} of {} clusters in a black hole {} and {}",
      profile, format_duration(made.calm.mean), format_duration(made.calm.worst), kFleet.bad,
      kFleet.good + kFleet.bad, format_duration(made.storm.mean),
      format_duration(made.storm.worst));
  ::testing::Test::RecordProperty("latency", words);
  fmt::print("{}\n", words);
  return made;
}

TEST(BlackHoles, CostTheOthersLessThanTheirCalmLatencyInSpokelab) {
  const auto measured = compare("spokelab");
  EXPECT_LT(measured.storm.worst, 2 * measured.calm.worst);
  EXPECT_LT(measured.storm.mean, 2 * measured.calm.mean);
}

TEST(BlackHoles, CostTheOthersMuchMoreInArgoCd) {
  const auto measured = compare("argocd-3.5");
  EXPECT_GT(measured.storm.worst, 2 * measured.calm.worst);
}

}  // namespace
}  // namespace spokelab::harness
