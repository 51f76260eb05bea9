// Controllers killed at every API call of a sync with hooks and waves, of one that prunes last and
// applies at the server's side, and of a cascaded deletion.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/json.h"
#include "harness/judge/invariants.h"
#include "harness/run/assets.h"
#include "harness/run/lab.h"
#include "harness/scenario/load.h"
#include "tests/support/places.h"
#include "tests/support/sanitized.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;

constexpr const char* kRepo = "https://github.com/example/waves";
constexpr Nanos kPatience = 12min;  // Argo CD polls every two to three minutes, and may be given a
                                    // revision of three minutes ago.

/// What the controllers are about while they die.
enum class Work { sync, pruning_sync, deletion };

std::string name_of(Work work) {
  return work == Work::sync ? "Sync" : work == Work::pruning_sync ? "PruningSync" : "Deletion";
}

/// What becomes of the call at which the controller dies.
enum class Loss { request, answer };

std::string text_of(const std::string& profile) {
  return "scenario: in-a-test\nbecause: a test plays it\nlasts: 20m\nworld:\n"
         "  hub: {region: us-east, replicas: 2, profile: " +
         profile +
         "}\n  clusters: {prod: {region: us-east}}\n"
         "  repos: {" +
         kRepo +
         ": argocd/repos/waves}\n"
         "  apply: {hub: [argocd/apps/waves.yaml]}\n"
         "expect: [{reached: app.waves.sync == Synced}]\n";
}

/// Stands before an API server and sees every call of hub replicas that is no watch and no Lease.
class Doorkeeper final : public HttpHandler {
 public:
  /// Says whether the caller dies at this call.
  using Watcher =
      std::function<std::optional<Loss>(const HttpRequest& request, const std::string& replica)>;
  Doorkeeper(HttpHandler& server, Watcher watcher)
      : server_(server), watcher_(std::move(watcher)) {}

  HttpReply handle(const HttpRequest& request, const HttpPeer& peer) override {
    const bool counts = peer.address.starts_with("hub-") &&
                        request.target.find("watch=") == std::string::npos &&
                        request.target.find("/leases") == std::string::npos;
    const auto loss = counts ? watcher_(request, peer.address) : std::nullopt;
    if (!loss) return server_.handle(request, peer);
    HttpReply reply;
    if (*loss == Loss::answer) reply = server_.handle(request, peer);
    reply.never = true;
    return reply;
  }

 private:
  HttpHandler& server_;
  Watcher watcher_;
};

/// A hub of two replicas, and one cluster with an application whose second version is synced.
class SyncUnderFire {
 public:
  SyncUnderFire(const std::string& profile, Work work) : work_(work) {
    const auto loaded =
        load_scenario_text(test::source_dir() + "/scenarios/in-a-test.yaml", text_of(profile));
    EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
    scenario_ = loaded.cases.at(0).resolve(Rng(0)).scenario;
    auto assets = Assets::read(scenario_);
    EXPECT_TRUE(assets) << assets.error().message();
    assets_ = *assets;
    lab_ = std::make_unique<Lab>(scenario_, *assets_, *hub::make_profile(profile, {}), 1);
    lab_->history().subscribe([this](const Event& event) { invariants_.apply(event); });
    for (const char* hook : {"before", "after"})
      invariants_.deletes().may_come_and_go(fmt::format("object.prod.jobs.batch.waves.{}", hook));
    for (const char* name : {"hub", "prod"}) {
      auto& site = lab_->site(name);
      doors_.push_back(std::make_unique<Doorkeeper>(
          *site.api, [this](const HttpRequest& request, const std::string& replica) {
            return called(request, replica);
          }));
      lab_->network().serve(site.api_node, site.port, *doors_.back(), lab_->identity_of(name));
    }
    lab_->site("prod").api->subscribe([this](const fakeapi::Change& change) { saw(change); });
    // Whoever dies is started again later than its Leases last.
    down_for_ = profile == "spokelab" ? 40s : 5s;
  }
  ~SyncUnderFire() { lab_->stop(); }

  /// Brings the second version out, with a death at call number `at`; 0: without.
  void run(std::size_t at, Loss loss) {
    lab_->start();
    run_until([this] { return phase() == "Succeeded" && value("first") == "1"; }, kPatience);
    ASSERT_EQ(phase(), "Succeeded");
    ASSERT_EQ(value("third"), "1");
    prepare();
    lab_->world().run_for(5s);
    story_.clear();
    death_ = at;
    loss_ = loss;
    counting_ = true;
    if (work_ == Work::deletion) {
      EXPECT_TRUE(
          lab_->site("hub").api->remove("me", "applications.argoproj.io", "argocd", "waves"));
    } else {
      commit();
    }
    run_until([this] { return done(); }, kPatience);
    counting_ = false;
    lab_->world().run_for(30s);
  }
  std::size_t calls() const { return calls_; }
  const std::string& killed_at() const { return killed_at_; }
  bool died() const { return !killed_at_.empty(); }

  void check() {
    EXPECT_EQ(lab_->failure(), "");
    EXPECT_TRUE(done()) << phase() << ": "
                        << text_at(app(), {"status", "operationState", "message"});
    if (work_ == Work::deletion) {
      check_deletion();
    } else {
      check_sync();
    }
    if (::testing::Test::HasFailure()) {
      for (const auto& line : story_) ADD_FAILURE() << line;
    }
  }

 private:
  void check_sync() {
    for (const char* name : {"first", "second", "third"}) EXPECT_EQ(value(name), "2") << name;
    if (work_ == Work::pruning_sync) {
      EXPECT_EQ(value("old"), "(absent)");
      comes_before("third=2", "gone old");
    } else {
      EXPECT_EQ(value("old"), "1") << "nobody asked for pruning";
    }
    EXPECT_EQ(times("gone first") + times("gone second") + times("gone third"), 0);
    EXPECT_TRUE(exists("deployments.apps", "web"));
    EXPECT_EQ(invariants_.complaints(), std::vector<std::string>());
    // A hook that was not known to have run runs once more, and no oftener.
    const int most = died() ? 2 : 1;
    EXPECT_GE(times("create before"), 1);
    EXPECT_LE(times("create before"), most);
    EXPECT_GE(times("create after"), 1);
    EXPECT_LE(times("create after"), most);
    comes_before("done before", "first=2");
    comes_before("first=2", "second=2");
    comes_before("second=2", "third=2");
    comes_before("third=2", "create after");
  }
  void check_deletion() {
    for (const char* name : {"first", "second", "third", "old"}) EXPECT_EQ(value(name), "(absent)");
    EXPECT_FALSE(exists("deployments.apps", "web"));
    EXPECT_TRUE(lab_->site("prod").api->get("namespaces", "", "waves"));
    EXPECT_TRUE(value_in("default", "kube-root-ca.crt"));
    comes_before("gone third", "gone second");
    comes_before("gone second", "gone first");
    for (const char* name : {"first", "second", "third", "old"})
      EXPECT_EQ(times(std::string("gone ") + name), 1) << name;
    EXPECT_EQ(times("create before") + times("create after"), 0);
  }
  /// What the application has from now on.
  void prepare() {
    Json patch = Json::object();
    if (work_ == Work::deletion) {
      patch["metadata"]["finalizers"] = Json::array({"resources-finalizer.argocd.argoproj.io"});
    } else if (work_ == Work::pruning_sync) {
      patch["spec"]["syncPolicy"] = {
          {"automated", {{"prune", true}}},
          {"retry", {{"limit", 3}, {"backoff", {{"duration", "2s"}}}}},
          {"syncOptions",
           Json::array({"CreateNamespace=true", "ServerSideApply=true", "PruneLast=true"})}};
    } else {
      return;
    }
    EXPECT_TRUE(lab_->site("hub").api->merge_patch("me", "applications.argoproj.io", "argocd",
                                                   "waves", patch));
  }
  bool value_in(const std::string& ns, const std::string& name) {
    return lab_->site("prod").api->get("configmaps", ns, name) != nullptr;
  }
  std::optional<Loss> called(const HttpRequest& request, const std::string& replica) {
    if (!counting_) return std::nullopt;
    ++calls_;
    if (calls_ != death_) return std::nullopt;
    killed_at_ = request.method + " " + request.target + " of " + replica;
    auto& world = lab_->world();
    timers_.emplace_back(world, world.now(), [this, replica] { lab_->take_replica_down(replica); });
    timers_.emplace_back(world, world.now() + down_for_,
                         [this, replica] { lab_->bring_replica_up(replica); });
    return loss_;
  }
  void commit() {
    const std::string configs =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {0}, annotations: "
        "{{argocd.argoproj.io/sync-wave: \"{1}\"}}}}\ndata: {{version: \"2\"}}\n";
    std::map<std::string, std::optional<std::string>> changes{{"app/old.yaml", std::nullopt}};
    int wave = 0;
    for (const char* name : {"first", "second", "third"}) {
      changes[fmt::format("app/{}.yaml", name)] = fmt::format(fmt::runtime(configs), name, wave);
      ++wave;
    }
    EXPECT_TRUE(lab_->repos().find_repo(kRepo)->commit("", changes));
  }
  void saw(const fakeapi::Change& change) {
    const auto& object = change.object();
    if (text_at(object, {"metadata", "namespace"}) != "waves") return;
    const auto name = text_at(object, {"metadata", "name"});
    std::string what;
    if (change.group_resource == "configmaps" && !change.after) {
      what = "gone " + name;
    } else if (change.group_resource == "configmaps") {
      what = name + "=" + text_at(object, {"data", "version"});
      if (change.before &&
          text_at(*change.before, {"data", "version"}) == text_at(object, {"data", "version"}))
        return;
    } else if (change.group_resource == "jobs.batch") {
      if (!change.before) what = "create " + name;
      if (!change.after) what = "gone " + name;
      const bool done = change.after && int_at(*change.after, {"status", "succeeded"}) > 0;
      const bool was = change.before && int_at(*change.before, {"status", "succeeded"}) > 0;
      if (done && !was) what = "done " + name;
    }
    if (!what.empty()) story_.push_back(what);
  }
  int times(const std::string& what) const {
    return static_cast<int>(std::count(story_.begin(), story_.end(), what));
  }
  void comes_before(const std::string& a, const std::string& b) const {
    const auto first = std::find(story_.begin(), story_.end(), a);
    const auto second = std::find(story_.begin(), story_.end(), b);
    EXPECT_TRUE(first != story_.end() && first < second) << a << " must come before " << b;
  }
  void run_until(const std::function<bool()>& reached, Nanos most) {
    const auto until = lab_->world().now() + most;
    while (!reached() && lab_->world().now() < until) lab_->world().run_for(100ms);
  }
  Json app() {
    const auto found = lab_->site("hub").api->get("applications.argoproj.io", "argocd", "waves");
    return found ? *found : Json();
  }
  std::string phase() { return text_at(app(), {"status", "operationState", "phase"}); }
  bool done() {
    if (work_ == Work::deletion) return app().is_null();
    const bool pruned = work_ != Work::pruning_sync || value("old") == "(absent)";
    return value("third") == "2" && pruned && phase() == "Succeeded";
  }
  bool exists(const std::string& kind, const std::string& name) {
    return lab_->site("prod").api->get(kind, "waves", name) != nullptr;
  }
  std::string value(const std::string& name) {
    const auto found = lab_->site("prod").api->get("configmaps", "waves", name);
    return found ? text_at(*found, {"data", "version"}) : "(absent)";
  }

  Work work_;
  Scenario scenario_;
  std::shared_ptr<const Assets> assets_;
  Invariants invariants_;
  std::vector<std::unique_ptr<Doorkeeper>> doors_;
  std::vector<std::string> story_;
  bool counting_ = false;
  std::size_t calls_ = 0;
  std::size_t death_ = 0;
  Loss loss_ = Loss::request;
  Nanos down_for_{};
  std::string killed_at_;
  std::unique_ptr<Lab> lab_;
  std::vector<Timer> timers_;
};

class ControllersThatDie : public ::testing::TestWithParam<std::tuple<const char*, Work>> {};

TEST_P(ControllersThatDie, AtAnyCallLoseNothingAndDoNothingTwice) {
  const auto& [profile, work] = GetParam();
  std::size_t calls = 0;
  {
    SyncUnderFire calm(profile, work);
    calm.run(0, Loss::request);
    calm.check();
    calls = calm.calls();
  }
  ASSERT_GE(calls, work == Work::deletion ? 8u : 15u) << "too small to be worth it";
  std::size_t deaths = 0;
  const std::size_t stride = test::kSanitized ? std::max<std::size_t>(1, calls / 2) : 1;
  for (std::size_t at = 1; at <= calls; at += stride) {
    for (const Loss loss : {Loss::request, Loss::answer}) {
      SyncUnderFire one(profile, work);
      one.run(at, loss);
      SCOPED_TRACE(fmt::format("killed at call {} of {}: {}; the {} was lost", at, calls,
                               one.killed_at(), loss == Loss::request ? "request" : "answer"));
      one.check();
      deaths += one.died() ? 1 : 0;
      if (HasFailure()) return;
    }
  }
  EXPECT_GE(deaths, test::kSanitized ? 4u : 2 * calls);
}

INSTANTIATE_TEST_SUITE_P(BothProfiles, ControllersThatDie,
                         ::testing::Combine(::testing::Values("spokelab", "argocd-3.5"),
                                            ::testing::Values(Work::sync, Work::pruning_sync,
                                                              Work::deletion)),
                         [](const auto& info) {
                           const bool own = std::string(std::get<0>(info.param)) == "spokelab";
                           return (own ? "Spokelab" : "ArgoCd") + name_of(std::get<1>(info.param));
                         });

}  // namespace
}  // namespace spokelab::harness
