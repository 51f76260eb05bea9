// ScenarioRepo: a repository as one run sees it: a snapshot from disk, and the commits the scenario
// makes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/repo.h"
#include "base/rng.h"
#include "harness/repo/snapshot.h"

namespace spokelab::harness {

class ScenarioRepo final : public Repo {
 public:
  /// How the Git server behaves; see reference "git.down".
  enum class Weather { fair, refused, hang, error, empty };

  ScenarioRepo(Clock& clock, std::string url, std::shared_ptr<const RepoSnapshot> snapshot);

  Task<Result<std::string>> resolve(std::string revision) override;
  Task<Result<std::shared_ptr<const FileTree>>> files(std::string commit) override;
  /// What resolve() and files() answer in fair weather, at once.
  Result<std::string> commit_of(const std::string& revision) const;
  Result<std::shared_ptr<const FileTree>> files_of(const std::string& commit) const;

  /// Commits `changes` (nullopt: delete the file) on a branch, "" being the default one. Returns
  /// the id.
  Result<std::string> commit(const std::string& branch,
                             const std::map<std::string, std::optional<std::string>>& changes);
  /// The branch by its name: "" and "HEAD" are the default one.
  std::string branch_or_default(const std::string& branch) const;
  /// The files at the tip of a branch.
  Result<std::shared_ptr<const FileTree>> tip(const std::string& branch) const;
  /// Bad weather comes on top of what there is; the worst counts: hang, refused, error, empty.
  void set_weather(Weather weather) { weathers_.insert(weather); }
  /// Ends one such weather.
  void end_weather(Weather weather);
  /// Each operation takes `latency` more, give or take `jitter`. Several add up, and each ends by
  /// itself.
  using SlownessId = std::uint64_t;
  SlownessId add_slowness(Nanos latency, Nanos jitter, Rng rng);
  void end_slowness(SlownessId id) { slownesses_.erase(id); }
  std::uint64_t hits() const noexcept { return hits_; }
  /// What a caller is told who cannot reach it: refused, hang or error.
  Error out_of_reach(Weather weather) const;

 private:
  Task<Result<void>> reach();

  Clock& clock_;
  std::string url_;
  std::shared_ptr<const RepoSnapshot> snapshot_;
  std::map<std::string, RepoSnapshot::Commit> branches_;  // moved by this run
  std::map<std::string, std::shared_ptr<const FileTree>> commits_;
  Weather weather() const;
  std::multiset<Weather> weathers_;
  struct Slowness {
    Nanos latency{0};
    Nanos jitter{0};
    Rng rng{0};
  };
  Nanos slowness();
  std::map<SlownessId, Slowness> slownesses_;
  SlownessId last_slowness_ = 0;
  std::uint64_t hits_ = 0;
};

/// The repositories of a run, by URL.
class ScenarioRepos final : public Repos {
 public:
  void add(const std::string& url, std::unique_ptr<ScenarioRepo> repo);
  Repo* find(const std::string& url) override { return find_repo(url); }
  ScenarioRepo* find_repo(const std::string& url);

 private:
  std::map<std::string, std::unique_ptr<ScenarioRepo>> repos_;
};

}  // namespace spokelab::harness
