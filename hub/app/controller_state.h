// The application controller's insides, shared by the files that implement it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/task_group.h"
#include "hub/app/application.h"
#include "hub/app/cluster_spoke.h"
#include "hub/app/compare/compare.h"
#include "hub/app/compare/orphaned.h"
#include "hub/app/controller.h"
#include "hub/app/lane.h"
#include "hub/app/operation_state.h"
#include "hub/app/project/project.h"
#include "kube/reflector.h"

namespace spokelab::hub {

inline constexpr std::string_view kRefreshAnnotation = "argocd.argoproj.io/refresh";

/// How thorough a comparison is asked for (controller/appcontroller.go CompareWith).
enum class CompareLevel { none, recent, latest, force_resolve };

/// What is kept for an application only while this replica works on it.
struct AppWork {
  explicit AppWork(Clock& clock) : written(clock) {}
  CompareLevel wanted = CompareLevel::none;
  std::optional<RunTime> refreshed;  ///< Last comparison with the newest revision.
  Timer refresh_timer;
  Timer heal_timer;

  // The last rendering, and what came of it.
  std::vector<std::string> revisions;  ///< That the application was compared with last.
  std::vector<std::string> source_types;
  std::vector<JsonRef> rendered;
  std::vector<std::string> rendered_revisions;  ///< Of `rendered`: an operation's may be others.
  std::string rendered_for;                     ///< Destination namespace.
  std::vector<std::string> chart_warnings;      ///< Told already.
  Targets targets;
  JsonRef compared_spec;
  std::shared_ptr<const HubSettings> compared_settings;
  std::string compared_by;   ///< The application's compare options.
  NormalizeRules normalize;  ///< The application's rules, and the settings'.
  CompareMemo memo;
  std::optional<RunTime> repo_failing_since;

  WrittenObjects written;
  bool forget_failure =
      false;  ///< The cluster has returned: a failed operation does not count any more.
  bool retry_now = false;          ///< The same, for one that waits for its next attempt.
  bool hold_told = false;          ///< The status says that the operation waits for the cluster.
  bool operation_blocked = false;  ///< A sync window holds the operation up.
  bool auto_sync_blocked = false;  ///< The same, for automated syncs; told already.
  std::size_t orphans = 0;         ///< Orphaned resources that the last comparison found.

  // What the history was told last.
  std::string told_sync;
  std::string told_health;
  std::string told_revision;
  std::string told_operation;
  bool has_stepped = false;  ///< An operation was stepped here before (Plant::skip_wave).
};

/// One Application as it is known, whoever serves it.
struct AppEntry {
  std::string name;  ///< The instance's: with its namespace, when that is not Argo CD's own.
  JsonRef object;    ///< The newest known: from the watch, or the answer to our own write.
  JsonRef spec;      ///< Changes identity only when the spec changes.
  std::optional<Application> app;
  std::string problem;  ///< Why it could not be read, when `app` is empty.
  std::pair<std::string, std::string> destination;  ///< Server and name, as written.
  std::shared_ptr<AppWork> work;                    ///< nullptr: not ours.

  std::string ns() const { return text_at(*object, {"metadata", "namespace"}); }
  std::string own_name() const { return text_at(*object, {"metadata", "name"}); }
};
using AppRef = std::shared_ptr<AppEntry>;

/// Applications with the same destination, and what it resolves to.
struct DestinationGroup {
  std::string server;  ///< Empty: it does not resolve.
  std::set<std::string> apps;
};

/// A source that several applications may follow.
struct WatchedSource {
  JsonRef source;
  std::set<std::string> apps;
};

/// What the history was told last about each application, by whomever.
class ToldStates {
 public:
  /// Takes in what has been told since the last call.
  void read_on(const History& history) {
    const auto& events = history.events();
    for (; read_ < events.size(); ++read_) {
      const Event& event = events[read_];
      if (event.kind == EventKind::state && event.subject.starts_with("app."))
        values_[event.subject] = event.value;
    }
  }
  /// "" when nothing was.
  std::string latest(const std::string& subject) const {
    const auto told = values_.find(subject);
    return told == values_.end() ? "" : told->second;
  }

 private:
  std::map<std::string, std::string> values_;
  std::size_t read_ = 0;
};

struct AppController::State {
  State(ControllerPorts ports, Rng rng);

  // controller.cc: what there is, whose it is, and what must be looked at.
  Task<void> run();
  void listen_to_clusters();
  void listen_to_cache(ServedCluster& cluster);
  std::string instance_of(const Json& object) const;
  void observe(const JsonRef& object);
  void vanish(const JsonRef& object);
  void read(AppEntry& entry);
  void place(AppEntry& entry);
  void unplace(const AppEntry& entry);
  /// Tells the clusters how many applications each has, where that decides who serves them.
  void count_applications() const;
  void adopt(AppEntry& entry);
  CompareLevel first_level(AppEntry& entry);
  void warm_up(const AppEntry& entry);
  void remember_what_was_told(AppEntry& entry);
  void release(AppEntry& entry);
  void resolve_again();
  void settings_changed();
  void on_connection(const std::string& server, bool returned);
  void on_live_change(const std::string& app);
  void request_refresh(AppEntry& entry, CompareLevel level);
  void arm_refresh(AppEntry& entry);
  Task<void> watch_repos();
  Task<void> watch_source(std::string key);

  struct Lanes {
    Lane refreshes;
    Lane operations;
  };
  Lanes& lanes_of(const AppEntry& entry);
  AppRef find_app(const std::string& name) const;
  /// "" when the destination does not resolve.
  const std::string& server_of(const AppEntry& entry) const;
  /// The destination's cluster; nullptr when it does not resolve or is not served here.
  ServedCluster* cluster_of(const AppEntry& entry) const;
  /// True while this replica may write about the application.
  bool owns(const AppEntry& entry) const;
  /// True while the application's cluster is known to be away, and attempts would be in vain.
  bool circuit_open(const AppEntry& entry) const;
  std::string cluster_name(const AppEntry& entry) const;

  // refresh.cc, load.cc: comparing, and writing what came of it.
  struct Loaded {
    Comparison comparison;
    std::vector<std::string> revisions;
    std::vector<std::string> source_types;
    std::vector<JsonRef> hooks;            ///< With tracking.
    std::optional<Error> unreadable = {};  ///< A kind that it uses: then nothing is compared.
    bool live_only = false;                ///< Nothing is known of what is wanted.
    std::string stale;  ///< Why these are the last manifests that could be read; "": they are new.
  };
  Task<void> refresh(std::string name);
  Task<void> refresh_app(AppRef entry, CompareLevel level);
  /// What is to be compared with the cluster.
  struct LoadRequest {
    std::vector<std::string> revisions;  ///< Empty: what the spec names now.
    JsonRef spec;                        ///< With the sources of an operation; nullptr: as it is.
    std::vector<std::string> manifests;  ///< Not empty: these, and no source is read.
    bool force = false;                  ///< Nothing that is remembered counts.
  };
  /// Renders and compares.
  Task<Result<Loaded>> load(AppRef entry, LoadRequest request);
  Task<Result<Manifests>> manifests_of(AppRef entry, LoadRequest request);
  /// What there is where nobody can tell what is wanted: every object's status is Unknown.
  Loaded compare_live_only(const AppRef& entry);
  CompareRules rules_of(const AppEntry& entry) const;
  /// Whether the last manifests may stand in for those that could not be read.
  bool may_use_last_known(const AppEntry& entry, const LoadRequest& request,
                          const Error& error) const;
  /// A kind among the application's objects, wanted or known, that the cluster cannot list.
  std::optional<Error> unreadable_kind(const AppEntry& entry, const Targets* targets);
  Targets prepare(AppEntry& entry, const Manifests& manifests, const LiveView& view);
  void take_rules(AppEntry& entry);
  bool diffs_server_side(const AppEntry& entry) const;
  /// What must be read from the cluster itself: wanted objects that the cache does not hold.
  using Direct = std::map<kube::ObjectKey, JsonRef>;
  Task<Result<Direct>> read_directly(AppRef entry, Targets targets);
  /// Dry runs for the pairs of target and live object that were not compared before.
  using Predictions = std::map<kube::ObjectKey, Result<JsonRef>>;
  Task<Predictions> predict(AppRef entry, Targets targets);
  Task<void> predict_one(AppRef entry, JsonRef target, JsonRef live, Predictions* into);
  void doubt_old_evidence(AppEntry& entry, Health& health);
  LiveView live_view(const AppRef& entry);
  bool held_by_window(AppEntry& entry);
  /// False when a sync window was in the way, so that nothing was decided.
  Task<bool> auto_sync(AppRef entry, const Loaded& loaded, std::vector<Condition>& conditions);
  void decide_again_after(AppEntry& entry, Nanos wait);
  void refresh_soon(AppEntry& entry);

  // permissions.cc: what projects allow.
  /// The project with what its clusters and global projects add; a null pointer where no project
  /// restricts anything. Errors: not_found, invalid.
  Result<std::shared_ptr<const AppProject>> project_of(const AppEntry& entry);
  void project_changed(const std::string& name);
  /// What a sync or a deletion writes through, where it is to act as a service account; otherwise
  /// nullptr. Errors: there should be one, and it is not told or not well told.
  Result<std::shared_ptr<kube::Client>> impersonated(const AppEntry& entry);
  std::vector<Condition> spec_conditions(const AppEntry& entry);
  /// Whether sync windows let a sync run. `began`: the operation's startedAt, or "".
  SyncVerdict sync_verdict(const AppEntry& entry, bool manual, const std::string& began);
  void warn_of_orphans(const AppEntry& entry, const Loaded& loaded,
                       std::vector<Condition>& conditions);
  void on_untracked_change(const std::string& server, const std::string& ns);
  Tracking tracking_now() const;

  // status.cc: the Application's status, and the history.
  struct StatusNews {
    SyncStatus sync = SyncStatus::unknown;
    Health health;
    const Loaded* loaded = nullptr;  ///< nullptr: nothing could be compared; resources are emptied.
    std::vector<Condition> conditions;
    bool keeps_resources = false;   ///< Health and resources stay as they were.
    bool keeps_sync_error = false;  ///< No automated sync was decided on.
    bool counts_as_reconciled = true;
  };
  Task<void> write_refresh_status(AppRef entry, StatusNews news);
  std::vector<JsonRef> owned_by(const AppEntry& entry, const std::vector<JsonRef>& managed) const;
  Task<bool> write_status(AppRef entry, Json status_patch);
  Task<bool> write_app(AppRef entry, Json patch);
  Task<Result<JsonRef>> patch_app(AppRef entry, Json patch, std::string subresource);
  void take_answer(AppEntry& entry, const JsonRef& object);
  void tell_status(AppEntry& entry, const StatusNews& news);
  static std::string subject_of(const AppEntry& entry, std::string_view what);
  void tell(AppEntry& entry, std::string_view what, std::string& told, std::string value,
            std::string message);
  void tell_fact(AppEntry& entry, std::string value, std::string message);

  // operate.cc: operations.
  Task<void> operate(std::string name);
  Task<void> run_operation(AppRef entry);
  Task<void> attempt(AppRef entry, OperationState state, SyncRequest request);
  /// True when a sync window holds the operation up; then it is looked at again in time.
  Task<bool> waits_for_window(AppRef entry, OperationState state, SyncRequest request);
  Task<void> step(AppRef entry, OperationState state, SyncRequest request, Loaded loaded);
  Task<void> end_attempt(AppRef entry, OperationState state, SyncRequest request);
  Task<void> finish_operation(AppRef entry, OperationState state, SyncRequest request);
  /// The commits to sync, in the order of the sources; empty: what the spec names now.
  Task<Result<std::vector<std::string>>> pin_revisions(JsonRef spec,
                                                       std::vector<std::string> asked);
  /// Writes operationState until the hub takes it. False when the application is no longer ours.
  Task<bool> persist(AppRef entry, OperationState state, JsonRef history);
  SyncPlan make_plan(const AppEntry& entry, const OperationState& state, const SyncRequest& request,
                     const Loaded& loaded);

  // metrics.cc: what is counted, and what is read off.
  void count_reconcile(const std::string& server, Nanos took);
  void count_sync(const AppEntry& entry, const OperationState& state, const SyncRequest& request);
  /// Who asks, for the requests of an application's operation.
  RequestTally tally_of(const AppEntry& entry, bool dry_run) const;
  void collect(metrics::Exposition& page) const;
  void collect_asked_for(const AppEntry& entry, const metrics::Labels& who,
                         metrics::Exposition& page) const;

  // finalize.cc: deletion.
  Task<void> finalize(AppRef entry);
  Task<void> delete_managed(AppRef entry, std::string propagation);
  /// Takes off the finalizers whose names `whose` accepts.
  using FinalizerTest = bool (*)(const std::string& name);
  Task<void> drop_finalizers(AppRef entry, FinalizerTest whose);
  Task<void> deletion_failed(AppRef entry, std::string why);
  void look_again_at_deletion(const AppEntry& entry);

  // deletion_hooks.cc: hooks that run when an application is deleted.
  /// Keeps the finalizers that make a deletion wait for the hooks among `hooks`.
  Task<void> guard_deletion(AppRef entry, std::vector<JsonRef> hooks);
  /// True once all hooks of the moment are through; makes those that are not there.
  Task<Result<bool>> run_deletion_hooks(AppRef entry, DeletionMoment moment);
  /// True once the hooks that need not stay are gone.
  Task<Result<bool>> clear_deletion_hooks(AppRef entry, DeletionMoment moment);
  std::vector<JsonRef> live_deletion_hooks(const AppEntry& entry, DeletionMoment moment);

  ControllerPorts ports;
  Rng rng;
  ToldStates told;
  kube::ResourceType app_type{"argoproj.io", "v1alpha1", "applications", "Application", true};
  TaskGroup* group = nullptr;  ///< Set while run() runs.
  RunTime born{};              ///< When run() began.
  std::unique_ptr<kube::Reflector> reflector;
  std::map<std::string, AppRef> apps;
  std::map<std::pair<std::string, std::string>, DestinationGroup> destinations;
  std::map<std::string, std::set<std::pair<std::string, std::string>>> groups_by_server;
  std::map<std::string, WatchedSource> sources;
  std::map<std::string, std::shared_ptr<const AppProject>> projects;  ///< That were asked for.
  std::map<std::string, std::unique_ptr<Lanes>>
      lanes;                          ///< By server; "": shared, and unresolved destinations.
  bool status_is_subresource = true;  ///< Argo CD's own CRD has none.
  /// Listeners cannot be taken back: they hold this weakly.
  std::shared_ptr<State*> self;
};

}  // namespace spokelab::hub
