#include "harness/run/fresh_manifests.h"

#include <map>
#include <utility>

#include "base/json.h"
#include "base/repo.h"
#include "base/task_group.h"
#include "harness/repo/scenario_repo.h"
#include "harness/run/lab.h"

namespace spokelab::harness {

namespace {

/// A repository as it is, whatever the weather on the way there.
class RepoAtOnce final : public Repo {
 public:
  explicit RepoAtOnce(const ScenarioRepo& repo) : repo_(repo) {}
  Task<Result<std::string>> resolve(std::string revision) override {
    co_return repo_.commit_of(revision);
  }
  Task<Result<std::shared_ptr<const FileTree>>> files(std::string commit) override {
    co_return repo_.files_of(commit);
  }

 private:
  const ScenarioRepo& repo_;
};

class ReposAtOnce final : public Repos {
 public:
  explicit ReposAtOnce(ScenarioRepos& repos) : repos_(repos) {}
  Repo* find(const std::string& url) override {
    const auto* repo = repos_.find_repo(url);
    if (repo == nullptr) return nullptr;
    auto& slot = made_[url];
    if (!slot) slot = std::make_unique<RepoAtOnce>(*repo);
    return slot.get();
  }

 private:
  ScenarioRepos& repos_;
  std::map<std::string, std::unique_ptr<RepoAtOnce>> made_;
};

hub::Profile without_plants(hub::Profile profile) {
  profile.plants = {};
  return profile;
}

}  // namespace

struct FreshManifests::State {
  explicit State(Lab& lab)
      : world(lab.world()),
        profile(without_plants(lab.profile())),
        repos(lab.repos()),
        source(world, lab.stream("fresh-manifests"), profile, repos) {}

  void at_once(Task<void> task) {
    TaskGroup group(world.executor());
    group.spawn(std::move(task));
    world.run_until(world.now());
    if (group.live() == 0) return;
    group.cancel();
    world.run_until(world.now());
  }
  Task<void> generate(JsonRef spec, std::vector<std::string> revisions, hub::RenderContext context,
                      std::optional<hub::Manifests>& into) {
    auto made = co_await source.generate(spec, revisions, context, true);
    if (made) into = std::move(*made);
  }
  Task<void> resolve(hub::ApplicationSpec spec, std::vector<std::string>& into) {
    for (const auto& one : spec.sources) {
      auto revision = co_await source.resolve(one.raw, true);
      if (!revision) co_return;
      into.push_back(std::move(*revision));
    }
  }

  sim::World& world;
  const hub::Profile profile;
  ReposAtOnce repos;
  hub::ManifestSource source;
};

FreshManifests::FreshManifests(Lab& lab) : state_(std::make_unique<State>(lab)) {}
FreshManifests::~FreshManifests() = default;

std::optional<hub::Manifests> FreshManifests::at(const JsonRef& spec,
                                                 const std::vector<std::string>& revisions,
                                                 const hub::RenderContext& context) {
  std::optional<hub::Manifests> made;
  state_->at_once(state_->generate(spec, revisions, context, made));
  if (!made || !made->warnings.empty()) return std::nullopt;
  return made;
}

std::optional<std::vector<std::string>> FreshManifests::newest(const hub::ApplicationSpec& spec) {
  std::vector<std::string> revisions;
  state_->at_once(state_->resolve(spec, revisions));
  if (revisions.size() != spec.sources.size()) return std::nullopt;
  return revisions;
}

}  // namespace spokelab::harness
