// Compare: the wanted objects of an application against the live ones.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/app/compare/normalize.h"
#include "hub/app/compare/tracking.h"
#include "hub/app/health/health.h"
#include "hub/app/health/health_checks.h"
#include "kube/resource.h"

namespace spokelab::hub {

enum class SyncStatus { unknown, synced, out_of_sync };
std::string_view name_of(SyncStatus status) noexcept;  ///< "Unknown", "Synced", "OutOfSync".

/// An entry of status.conditions. Types that end in "Error" are errors.
struct Condition {
  std::string type;
  std::string message;
  friend auto operator<=>(const Condition&, const Condition&) = default;
};

/// What compare() needs to know of the cluster; asked during the call only.
struct LiveView {
  std::function<JsonRef(const kube::ObjectKey&)> get;
  std::function<std::vector<JsonRef>(const std::string& app)> tracked_by;
  /// nullopt where the cluster does not serve the kind.
  std::function<std::optional<bool>(const std::string& group, const std::string& kind)>
      is_namespaced;
};

/// An application's wanted objects, ready to be compared and applied.
struct Targets {
  std::vector<JsonRef> objects;  ///< Namespaced and tracked; each key once.
  std::vector<JsonRef> hooks;
  std::vector<Condition> conditions;  ///< RepeatedResourceWarning, ExcludedResourceWarning.
};

/// How rendered objects become those of an application.
struct TargetRules {
  std::string app;  ///< Its instance name.
  std::string destination_ns;
  Tracking tracking;
  /// Kinds that the settings leave out; empty: none.
  std::function<bool(const std::string& group, const std::string& kind)> excluded;
};

/// Puts namespace and tracking on rendered objects, drops all but the last of those that repeat,
/// and those of excluded kinds.
Targets prepare_targets(const std::vector<JsonRef>& rendered, const TargetRules& rules,
                        const LiveView& cluster);

/// One managed object.
struct ManagedResource {
  kube::ObjectKey key;
  std::string version;
  JsonRef target;                    ///< nullptr: not wanted (any more).
  JsonRef live;                      ///< nullptr: not there.
  std::optional<SyncStatus> status;  ///< Absent for hooks and ignored objects.
  std::optional<Health> health;
  bool hook = false;
  bool requires_pruning = false;
  bool requires_confirmation = false;  ///< Prune=confirm or Delete=confirm.
  bool counted = true;                 ///< False: spared by IgnoreExtraneous.
  int wave = 0;
};

struct Comparison {
  SyncStatus status = SyncStatus::unknown;
  Health health;
  std::vector<ManagedResource> resources;  ///< Sorted by key.
  std::vector<Condition> conditions;       ///< SharedResourceWarning, ComparisonError.
};

/// Remembers the outcome for a pair of documents, which never change, so that only what changed is
/// compared again.
class CompareMemo {
 public:
  struct Entry {
    JsonRef target;
    JsonRef live;
    bool modified = false;
    JsonRef normal;     ///< Of one that is modified: the live object as it was compared,
    JsonRef predicted;  ///< and what a sync would make of it.
    std::optional<Health> health;
    std::string error;
  };
  /// nullptr unless this very pair was compared last under the key.
  const Entry* find(const kube::ObjectKey& key, const JsonRef& target, const JsonRef& live) const;
  void put(const kube::ObjectKey& key, Entry entry) {
    entries_.insert_or_assign(key, std::move(entry));
  }
  void clear() { entries_.clear(); }
  /// What the last comparison saw, by object.
  const std::map<kube::ObjectKey, Entry>& entries() const noexcept { return entries_; }
  /// Drops all keys but those of `resources`.
  void keep_only(const std::vector<ManagedResource>& resources);

 private:
  std::map<kube::ObjectKey, Entry> entries_;
};

/// How an application is compared. The memo must be cleared when anything but `now` and
/// `predicted` changes.
struct CompareRules {
  std::string app;     ///< Its instance name, as objects are tracked by.
  std::string spoken;  ///< As conditions name it, "argocd/shop"; empty: `app`.
  NormalizeRules normalize;
  const HealthChecks* checks = nullptr;  ///< nullptr: the built-in ones.
  WallTime now{};                        ///< The checks' time.
  Tracking tracking;
  /// Whether the project permits objects of that kind and name; empty: all. What it does not
  /// permit is Unknown.
  std::function<bool(const kube::ObjectKey& key, bool namespaced)> permits;
  /// Server-side diff: what the server says an apply would make of the live object, for each pair
  /// that the memo does not know. nullptr: three-way diff.
  const std::map<kube::ObjectKey, Result<JsonRef>>* predicted = nullptr;
  SyncOptions options;          ///< The application's, for objects that have none of their own.
  bool webhooks_count = false;  ///< compare-options IncludeMutationWebhook=true.
};

/// Argo CD's CompareAppState after loading (controller/state.go).
Comparison compare(const Targets& targets, const LiveView& cluster, const CompareRules& rules,
                   CompareMemo& memo);

/// Sorted, for status.resources.
Json to_json(const std::vector<ManagedResource>& resources);

}  // namespace spokelab::hub
