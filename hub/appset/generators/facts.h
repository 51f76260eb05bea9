// Facts: what generators need to know from outside, asked for as they need it.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/repo.h"
#include "base/run_time.h"

namespace spokelab::hub {

/// Facts of one sort. A generator that needs one not yet known gets Errc::unsupported and the wish
/// is noted; the caller finds out what is wanted and generates again.
template <class Key, class Value>
class Wishes {
 public:
  Result<Value> get(const Key& key) {
    const auto hit = known_.find(key);
    if (hit != known_.end()) return hit->second;
    wanted_.insert(key);
    return Error(Errc::unsupported, fmt::format("{} has not been read yet", key.text()));
  }
  void put(const Key& key, Result<Value> value) {
    wanted_.erase(key);
    known_.insert_or_assign(key, std::move(value));
  }
  const std::set<Key>& wanted() const noexcept { return wanted_; }
  std::size_t known() const noexcept { return known_.size(); }

 private:
  std::map<Key, Result<Value>> known_;
  std::set<Key> wanted_;
};

/// The files of a repository at a revision.
struct TreeKey {
  std::string url;
  std::string revision;
  std::string text() const { return fmt::format("{} at '{}'", url, revision); }
  auto operator<=>(const TreeKey&) const = default;
};

/// One object in the hub's API server. `plural`: "configmaps".
struct ObjectKey {
  std::string group;
  std::string version = "v1";
  std::string plural;
  std::string ns;
  std::string name;
  std::string text() const { return fmt::format("{} {}/{}", plural, ns, name); }
  auto operator<=>(const ObjectKey&) const = default;
};

/// The objects of a kind that selectors take.
struct ListKey {
  std::string group;
  std::string version;
  std::string plural;
  std::string ns;
  std::string label_selector;
  std::string field_selector;
  std::string text() const { return fmt::format("{}.{}/{}", plural, group, version); }
  auto operator<=>(const ListKey&) const = default;
};

/// One question to a generator plugin.
struct PluginKey {
  std::string set;  ///< The ApplicationSet that asks.
  std::string base_url;
  std::string token;
  Nanos timeout{0};
  std::string body;  ///< JSON.
  std::string text() const { return fmt::format("the plugin at {}", base_url); }
  auto operator<=>(const PluginKey&) const = default;
};

using Tree = std::shared_ptr<const FileTree>;

/// All that one generation has been told.
struct Facts {
  Wishes<TreeKey, Tree> trees;
  Wishes<ObjectKey, JsonRef> objects;
  Wishes<ListKey, std::vector<JsonRef>> lists;
  Wishes<PluginKey, JsonRef> answers;

  /// Whether something must be found out before a generation can succeed. An error met while this
  /// holds says nothing yet.
  bool wanting() const {
    return !trees.wanted().empty() || !objects.wanted().empty() || !lists.wanted().empty() ||
           !answers.wanted().empty();
  }
  std::size_t known() const {
    return trees.known() + objects.known() + lists.known() + answers.known();
  }
};

}  // namespace spokelab::hub
