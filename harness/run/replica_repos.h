// ReplicaRepos: the repositories as one hub replica reaches them, over the network.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/repo.h"
#include "harness/repo/scenario_repo.h"
#include "sim/network.h"
#include "sim/world.h"

namespace spokelab::harness {

/// The network node that stands for every Git server.
inline constexpr std::string_view kGitNode = "git";

/// What a repository itself does to its callers is its own affair (ScenarioRepo); here is what the
/// path to it does. In fair weather that is nothing: the time an answer takes is the repository's.
class ReplicaRepos final : public Repos {
 public:
  /// All references must outlive this.
  ReplicaRepos(std::string replica, ScenarioRepos& repos, sim::Network& network, Clock& clock);
  ~ReplicaRepos() override;
  Repo* find(const std::string& url) override;
  /// Told of each question to a Git server.
  void on_fetch(std::function<void()> handler) { on_fetch_ = std::move(handler); }

 private:
  class Way;
  std::string replica_;
  ScenarioRepos& repos_;
  sim::Network& network_;
  Clock& clock_;
  std::function<void()> on_fetch_;
  std::map<ScenarioRepo*, std::unique_ptr<Way>> ways_;
};

}  // namespace spokelab::harness
