#include "harness/run/replica_repos.h"

#include <chrono>
#include <utility>

namespace spokelab::harness {

using namespace std::chrono_literals;

namespace {

constexpr int kHandshakes = 2;  // TCP and TLS; then the request itself
constexpr std::size_t kSmall = 500;
constexpr std::size_t kRefsBytes = 8 << 10;
constexpr Nanos kAnswerTimeout = 15s;    // Argo CD's Git HTTP timeout
constexpr Nanos kTransferTimeout = 90s;  // and the one of a whole fetch

}  // namespace

/// One repository from one replica.
class ReplicaRepos::Way final : public Repo {
 public:
  Way(ScenarioRepo& repo, const ReplicaRepos& home) : repo_(repo), home_(home) {}

  Task<Result<std::string>> resolve(std::string revision) override {
    if (home_.on_fetch_) home_.on_fetch_();
    auto reached = co_await travel(kRefsBytes, kAnswerTimeout);
    if (!reached) co_return reached.error();
    co_return co_await repo_.resolve(std::move(revision));
  }

  Task<Result<std::shared_ptr<const FileTree>>> files(std::string commit) override {
    if (home_.on_fetch_) home_.on_fetch_();
    auto tree = co_await repo_.files(std::move(commit));
    if (!tree) co_return tree.error();
    std::size_t bytes = kRefsBytes;
    for (const auto& [path, content] : **tree) bytes += content->size();
    auto reached = co_await travel(bytes, kTransferTimeout);
    if (!reached) co_return reached.error();
    co_return *tree;
  }

 private:
  /// The round trips of one request, and what bad weather makes of them.
  Task<Result<void>> travel(std::size_t bytes, Nanos timeout) {
    const std::string git(kGitNode);
    const auto& here = home_.replica_;
    auto& network = home_.network_;
    if (!network.is_disturbed(here, git) && !network.is_disturbed(git, here))
      co_return Result<void>();
    Nanos took{0};
    for (int trip = 0; trip <= kHandshakes; ++trip) {
      const auto there = network.send(here, git, kSmall);
      const auto back = network.send(git, here, trip == kHandshakes ? bytes : kSmall);
      const bool silent = there.cut == sim::Cut::blackhole || back.cut == sim::Cut::blackhole;
      if (!silent && (there.cut != sim::Cut::none || back.cut != sim::Cut::none)) {
        co_await sleep_for(home_.clock_, there.latency + back.latency);
        co_return repo_.out_of_reach(ScenarioRepo::Weather::refused);
      }
      took += there.latency + back.latency;
      const auto patience = trip == kHandshakes ? timeout : kAnswerTimeout;
      if (!silent && took < patience) continue;
      co_await sleep_for(home_.clock_, patience);
      co_return repo_.out_of_reach(ScenarioRepo::Weather::hang);
    }
    co_await sleep_for(home_.clock_, took);
    co_return Result<void>();
  }

  ScenarioRepo& repo_;
  const ReplicaRepos& home_;
};

ReplicaRepos::ReplicaRepos(std::string replica, ScenarioRepos& repos, sim::Network& network,
                           Clock& clock)
    : replica_(std::move(replica)), repos_(repos), network_(network), clock_(clock) {}

ReplicaRepos::~ReplicaRepos() = default;

Repo* ReplicaRepos::find(const std::string& url) {
  auto* repo = repos_.find_repo(url);
  if (repo == nullptr) return nullptr;
  auto& way = ways_[repo];
  if (!way) way = std::make_unique<Way>(*repo, *this);
  return way.get();
}

}  // namespace spokelab::harness
