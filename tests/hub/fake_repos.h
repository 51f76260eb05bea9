// FakeRepos: repositories in memory, with commits that a test makes and outages that it wishes for.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/repo.h"

namespace spokelab::hub {

class FakeRepo : public Repo {
 public:
  using Files = std::map<std::string, std::string>;

  /// A new commit with exactly these files; `branch` then points to it. Returns its id.
  std::string commit(const Files& files, const std::string& branch = "main") {
    auto tree = std::make_shared<FileTree>();
    for (const auto& [path, text] : files) {
      (*tree)[path] = std::make_shared<const std::string>(text);
    }
    std::string id = std::to_string(trees_.size() + 1);
    id.insert(0, 40 - id.size(), 'c');
    trees_[id] = std::move(tree);
    refs_[branch] = id;
    return id;
  }
  /// While set, every call fails with it.
  void break_with(std::optional<Error> outage) { outage_ = std::move(outage); }
  int resolved() const { return resolved_; }

  Task<Result<std::string>> resolve(std::string revision) override {
    ++resolved_;
    if (outage_) co_return *outage_;
    const std::string name = revision.empty() || revision == "HEAD" ? "main" : revision;
    if (const auto hit = refs_.find(name); hit != refs_.end()) co_return hit->second;
    if (trees_.contains(name)) co_return name;
    co_return Error(Errc::not_found, "unable to resolve '" + revision + "' to a commit SHA");
  }
  Task<Result<std::shared_ptr<const FileTree>>> files(std::string commit) override {
    if (outage_) co_return *outage_;
    const auto hit = trees_.find(commit);
    if (hit == trees_.end()) co_return Error(Errc::not_found, "no commit " + commit);
    co_return hit->second;
  }

 private:
  std::map<std::string, std::shared_ptr<const FileTree>> trees_;
  std::map<std::string, std::string> refs_;
  std::optional<Error> outage_;
  int resolved_ = 0;
};

class FakeRepos : public Repos {
 public:
  FakeRepo& add(const std::string& url) { return repos_[url]; }
  Repo* find(const std::string& url) override {
    const auto hit = repos_.find(url);
    return hit == repos_.end() ? nullptr : &hit->second;
  }

 private:
  std::map<std::string, FakeRepo> repos_;
};

}  // namespace spokelab::hub
