// Profile: the table of timings and switches that makes the hub Argo CD 3.5's twin or our own
// engine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/run_time.h"
#include "hub/plant.h"

namespace spokelab::hub {

/// Everything in which `argocd-3.5` and `spokelab` differ, and what a user may tune. One engine
/// reads it.
struct Profile {
  std::string name = "spokelab";

  // Connection state (hub/cluster).
  Nanos probe_every = std::chrono::seconds(10);
  Nanos probe_timeout = std::chrono::seconds(5);
  int probe_failures = 2;      ///< Failed probes in a row until a cluster is held to be Failed.
  bool probe_actively = true;  ///< false: state only follows full cache syncs (Argo CD).
  Nanos cluster_info_every =
      std::chrono::seconds(10);  ///< Then: ticks; every other one takes effect.
  Nanos dial_timeout = std::chrono::seconds(5);
  Nanos request_timeout = std::chrono::seconds(15);  ///< 0: none.
  Nanos read_idle = std::chrono::seconds(10);
  Nanos ping_timeout = std::chrono::seconds(5);

  // Live cache (hub/cluster).
  Nanos watch_retry = std::chrono::seconds(1);
  Nanos relist_every = std::chrono::minutes(10);
  Nanos cache_resync_every = std::chrono::hours(12);
  Nanos cache_retry = std::chrono::seconds(10);  ///< After a failed full sync.
  bool cache_retries_itself = true;  ///< false: only when something asks for the cache (Argo CD).
  /// A kind that cannot be read costs only the applications that use it (Argo CD: the cluster).
  bool narrow_unreadable_kinds = true;
  bool cache_on_demand =
      false;  ///< A cluster is mirrored from when somebody first asks for it (Argo CD).
  bool reads_untracked =
      false;  ///< Wanted objects that nobody's tracking marks are read anew each time (Argo CD).
  int list_page = 500;
  int lists_at_once = 50;  ///< Per cluster.
  bool in_cluster = true;  ///< Whether the hub's own cluster is a destination without a Secret.

  // Applications (hub/app, hub/sync).
  Nanos refresh_every = std::chrono::seconds(120);
  Nanos refresh_jitter = std::chrono::seconds(60);
  Nanos repo_error_grace = std::chrono::seconds(180);
  Nanos repo_poll_every = std::chrono::seconds(120);  ///< How long a resolved revision is believed.
  Nanos repo_watch_every =
      std::chrono::seconds(30);  ///< New commits are looked for this often; 0: at refreshes only.
  bool status_shows_evidence =
      true;  ///< Applications say when what they tell of a lost cluster is old.
  Nanos evidence_limit =
      std::chrono::seconds(60);  ///< Health known from older evidence is Unknown; 0: it stays.
  bool last_known_good =
      true;  ///< While Git is away, what was last read from it is still compared and kept.
  /// Where nothing can be rendered, status keeps what was last seen; false: it shows what is live,
  /// as Unknown (Argo CD).
  bool keeps_last_seen = true;
  /// No automated sync while all that is left to prune is under deletion already (Argo CD syncs
  /// once more).
  bool waits_for_pruned = true;
  bool server_side_diff = false;  ///< Comparison by dry-run apply, unless an application says no.
  Nanos wave_delay = std::chrono::seconds(2);
  int retry_limit_default = 5;
  bool retry_resets_on_return =
      true;  ///< A cluster's return clears exhausted retries (not in Argo CD).
  Nanos self_heal_backoff = std::chrono::seconds(2);
  int self_heal_factor = 3;
  Nanos self_heal_backoff_max = std::chrono::seconds(300);

  // Isolation (hub/engine).
  bool isolate_clusters = true;  ///< Own queue, workers and circuit breaker per cluster.
  int workers = 20;  ///< Status processors: per cluster when isolated, else for all together.
  int operation_workers = 10;
  int repo_parallelism = 0;  ///< Manifests that a repo-server makes at once; 0: as many as asked.
  Nanos sync_timeout{0};     ///< A sync that takes longer is terminated; 0: it may.

  // Replicas (hub/engine).
  bool takeover =
      true;  ///< Clusters of a dead replica move to another by Lease (Argo CD's shards are static).
  std::string sharding =
      "legacy";  ///< Of static shards: "legacy", "round-robin" or "consistent-hashing".
  /// Replicas claim shards in the ConfigMap argocd-app-controller-shard-cm, instead of having each
  /// its own for ever (ARGOCD_ENABLE_DYNAMIC_CLUSTER_DISTRIBUTION; needs takeover off).
  bool dynamic_distribution = false;
  Nanos heartbeat = std::chrono::seconds(10);  ///< A shard three of these old may be claimed.
  int replicas =
      0;  ///< Static shards: how many replicas share the clusters; 0: as many as there are.
  Nanos lease_duration = std::chrono::seconds(15);
  Nanos lease_renew_every = std::chrono::seconds(5);
  Nanos lease_retry_every = std::chrono::seconds(2);

  // ApplicationSets (hub/appset).
  Nanos appset_requeue = std::chrono::minutes(3);
  int appset_workers = 10;
  /// Whether `strategy: RollingSync` has an effect (off in Argo CD, unless it is switched on).
  bool progressive_syncs = true;
  /// Whether an operation that a rollout set counts from the second on in which it was set; Argo CD
  /// wants a later second and may sync twice (hub/appset/rollout/progress.h).
  bool rollout_trusts_own_operation = true;
  /// Whether rollouts keep their order while some Applications have not seen a new commit yet.
  bool rollout_waits_for_same_commit = true;
  std::string appset_policy;  ///< For all ApplicationSets: "create-only" ...; "" is "sync".
  std::optional<bool> appset_policy_override;  ///< Absent: only while appset_policy is "".
  bool appset_dry_run = false;                 ///< Nothing is written.
  std::vector<std::string> appset_preserved_annotations;  ///< In all Applications of all sets.
  std::vector<std::string> appset_preserved_labels;
  int appset_resources_status_max = 5'000;  ///< Entries of status.resources.
  bool scm_providers = true;  ///< Whether scmProvider and pullRequest generators are allowed.
  std::vector<std::string> allowed_scm_providers;  ///< Globs of addresses; empty: all.

  /// Namespaces beside Argo CD's own whose Applications are looked after (hub/app/namespaces.h).
  std::vector<std::string> application_namespaces;

  // Metrics that are there only when they are asked for.
  std::vector<std::string> metrics_app_labels;      ///< argocd_app_labels: these of Applications.
  std::vector<std::string> metrics_app_conditions;  ///< argocd_app_condition: these types.
  std::vector<std::string> metrics_cluster_labels;  ///< argocd_cluster_labels: these of Secrets.
  bool new_git_globbing = false;  ///< Git files generators match as doublestar does.
  int deletion_budget_percent =
      50;  ///< Most Applications one reconcile of an ApplicationSet may delete; 100: no budget.

  // Notifications (hub/notifications).
  bool notify_clusters = true;  ///< Triggers may speak of a cluster's connection (not in Argo CD).

  Plants plants;  ///< Mistakes made on purpose.

  /// The settings laid over this that Argo CD takes from its environment: what ConfigMaps say does
  /// not change them.
  std::map<std::string, std::string> environment;
};

/// The profile of that name ("spokelab" or "argocd-3.5") with `settings` laid over it: Argo CD's
/// environment variables and argocd-cmd-params-cm keys by their own names, values as Argo CD reads
/// them. Errors: bad_input for an unknown profile or setting (with the nearest name) or a value
/// that does not parse.
Result<Profile> make_profile(std::string_view name,
                             const std::map<std::string, std::string>& settings);

/// The ConfigMap in which Argo CD keeps a setting: "argocd-cmd-params-cm" or "argocd-cm"; "" for
/// environment variables and for our own settings.
std::string_view config_map_of(std::string_view setting) noexcept;

/// The data of Argo CD's ConfigMaps, by their names.
using ConfigMaps = std::map<std::string, std::map<std::string, std::string>>;

/// What the processes of a hub make of a profile when they start: the entries of the ConfigMaps
/// stand in for environment variables that are not set otherwise (manifests/base: valueFrom
/// configMapKeyRef). As Argo CD does with what does not parse, such an entry has no effect; it and
/// entries that this engine does not know go to `problems`.
Profile with_config_maps(const Profile& given, const ConfigMaps& maps,
                         std::vector<std::string>& problems);

}  // namespace spokelab::hub
