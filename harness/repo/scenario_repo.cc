#include "harness/repo/scenario_repo.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace spokelab::harness {

using namespace std::chrono_literals;

namespace {

constexpr Nanos kLsRemote = 120ms;  // a small answer from a hosted Git server
constexpr Nanos kGitTimeout = 15s;  // Argo CD's Git HTTP timeout

std::string canonical(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  if (url.size() > 4 && url.compare(url.size() - 4, 4, ".git") == 0) url.resize(url.size() - 4);
  return url;
}

}  // namespace

ScenarioRepo::ScenarioRepo(Clock& clock, std::string url,
                           std::shared_ptr<const RepoSnapshot> snapshot)
    : clock_(clock), url_(std::move(url)), snapshot_(std::move(snapshot)) {}

Task<Result<void>> ScenarioRepo::reach() {
  if (weather() != Weather::fair || !slownesses_.empty()) ++hits_;
  if (const auto span = slowness(); span > 0ns) {
    co_await sleep_for(clock_, std::min(span, kGitTimeout));
    if (span >= kGitTimeout) co_return out_of_reach(Weather::hang);
  }
  const auto now = weather();
  co_await sleep_for(clock_, now == Weather::hang ? kGitTimeout : kLsRemote);
  if (now == Weather::fair || now == Weather::empty) co_return Result<void>();
  co_return out_of_reach(now);
}

Error ScenarioRepo::out_of_reach(Weather weather) const {
  const auto request = url_ + "/info/refs?service=git-upload-pack";
  switch (weather) {
    case Weather::refused:
      return Error(Errc::refused,
                   fmt::format("failed to list refs: Get \"{}\": dial tcp: connect: connection "
                               "refused",
                               request));
    case Weather::error:
      return Error(Errc::server_error,
                   fmt::format("failed to list refs: unexpected client error: unexpected "
                               "requesting \"{}\" status code: 503",
                               request));
    default:
      return Error(Errc::timeout,
                   fmt::format("failed to list refs: Get \"{}\": context deadline exceeded "
                               "(Client.Timeout exceeded while awaiting headers)",
                               request));
  }
}

ScenarioRepo::SlownessId ScenarioRepo::add_slowness(Nanos latency, Nanos jitter, Rng rng) {
  slownesses_[++last_slowness_] = Slowness{latency, jitter, rng};
  return last_slowness_;
}

Nanos ScenarioRepo::slowness() {
  Nanos sum{0};
  for (auto& [id, one] : slownesses_) {
    const auto least = std::max(Nanos(0), one.latency - one.jitter);
    sum += one.rng.between(least, one.latency + one.jitter);
  }
  return sum;
}

ScenarioRepo::Weather ScenarioRepo::weather() const {
  for (const auto worst : {Weather::hang, Weather::refused, Weather::error, Weather::empty}) {
    if (weathers_.contains(worst)) return worst;
  }
  return Weather::fair;
}

void ScenarioRepo::end_weather(Weather weather) {
  const auto one = weathers_.find(weather);
  if (one != weathers_.end()) weathers_.erase(one);
}

std::string ScenarioRepo::branch_or_default(const std::string& branch) const {
  return branch.empty() || branch == "HEAD" ? snapshot_->default_branch() : branch;
}

Task<Result<std::string>> ScenarioRepo::resolve(std::string revision) {
  auto reached = co_await reach();
  if (!reached) co_return reached.error();
  if (weather() == Weather::empty) co_return content_id("", FileTree{});
  co_return commit_of(revision);
}

Result<std::string> ScenarioRepo::commit_of(const std::string& revision) const {
  const auto moved = branches_.find(branch_or_default(revision));
  if (moved != branches_.end()) return moved->second.id;
  for (const auto& [id, files] : commits_) {
    if (revision.size() >= 7 && id.compare(0, revision.size(), revision) == 0) return id;
  }
  auto found = snapshot_->resolve(revision);
  if (!found) return found.error();
  return found->id;
}

Task<Result<std::shared_ptr<const FileTree>>> ScenarioRepo::files(std::string commit) {
  auto reached = co_await reach();
  if (!reached) co_return reached.error();
  if (weather() == Weather::empty) co_return std::make_shared<const FileTree>();
  co_return files_of(commit);
}

Result<std::shared_ptr<const FileTree>> ScenarioRepo::files_of(const std::string& commit) const {
  const auto made = commits_.find(commit);
  if (made != commits_.end()) return made->second;
  auto found = snapshot_->commit(commit);
  if (!found) return found.error();
  return found->files;
}

Result<std::shared_ptr<const FileTree>> ScenarioRepo::tip(const std::string& branch) const {
  const auto moved = branches_.find(branch_or_default(branch));
  if (moved != branches_.end()) return moved->second.files;
  auto found = snapshot_->resolve(branch_or_default(branch));
  if (!found) return found.error();
  return found->files;
}

Result<std::string> ScenarioRepo::commit(
    const std::string& branch, const std::map<std::string, std::optional<std::string>>& changes) {
  const auto name = branch_or_default(branch);
  auto before = tip(name);
  if (!before) return before.error();
  FileTree files = **before;
  for (const auto& [path, content] : changes) {
    if (content) {
      files[path] = std::make_shared<const std::string>(*content);
    } else {
      files.erase(path);
    }
  }
  const auto moved = branches_.find(name);
  const auto parent = moved != branches_.end() ? moved->second.id : snapshot_->resolve(name)->id;
  const auto id = content_id(parent, files);
  auto shared = std::make_shared<const FileTree>(std::move(files));
  commits_[id] = shared;
  branches_[name] = RepoSnapshot::Commit{id, shared};
  return id;
}

void ScenarioRepos::add(const std::string& url, std::unique_ptr<ScenarioRepo> repo) {
  repos_[canonical(url)] = std::move(repo);
}

ScenarioRepo* ScenarioRepos::find_repo(const std::string& url) {
  const auto found = repos_.find(canonical(url));
  return found == repos_.end() ? nullptr : found->second.get();
}

}  // namespace spokelab::harness
