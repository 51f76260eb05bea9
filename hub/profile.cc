// Profile: both profiles' tables, and the settings that may be laid over them.
#include "hub/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/duration.h"
#include "hub/parse_bool.h"

namespace spokelab::hub {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// How a setting's text is read.
enum class Reading {
  duration,             ///< Go's duration: "120s", "3m".
  whole_seconds,        ///< A bare number of seconds.
  seconds_or_duration,  ///< Either.
};

struct TimeSetting {
  std::string_view name;
  Reading reading;
  Nanos Profile::*field;
  Nanos min = Nanos{0};
  Nanos max = Nanos::max();
};

struct NumberSetting {
  std::string_view name;
  int Profile::*field;
  int min = 0;
  int max = std::numeric_limits<int>::max();
};

struct SwitchSetting {
  std::string_view name;
  bool Profile::*field;
};

struct ListSetting {
  std::string_view name;
  std::vector<std::string> Profile::*field;
};

using R = Reading;
using P = Profile;

// Argo CD's names; where it reads a value below its minimum it keeps its default (util/env/env.go),
// while here that is an error, since nobody writes a setting in order to have it ignored.
constexpr TimeSetting kTimes[] = {
    {"ARGOCD_RECONCILIATION_TIMEOUT", R::duration, &P::refresh_every},
    {"timeout.reconciliation", R::duration, &P::refresh_every},
    {"ARGOCD_RECONCILIATION_JITTER", R::duration, &P::refresh_jitter},
    {"timeout.reconciliation.jitter", R::duration, &P::refresh_jitter},
    {"ARGOCD_REPO_ERROR_GRACE_PERIOD_SECONDS", R::seconds_or_duration, &P::repo_error_grace},
    {"controller.repo.error.grace.period.seconds", R::seconds_or_duration, &P::repo_error_grace},
    {"ARGOCD_SYNC_WAVE_DELAY", R::whole_seconds, &P::wave_delay},
    {"controller.sync.wave.delay.seconds", R::whole_seconds, &P::wave_delay},
    {"ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_TIMEOUT_SECONDS", R::whole_seconds,
     &P::self_heal_backoff},
    {"controller.self.heal.backoff.timeout.seconds", R::whole_seconds, &P::self_heal_backoff},
    {"ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_CAP_SECONDS", R::whole_seconds,
     &P::self_heal_backoff_max},
    {"controller.self.heal.backoff.cap.seconds", R::whole_seconds, &P::self_heal_backoff_max},
    {"ARGOCD_CLUSTER_CACHE_RESYNC_DURATION", R::duration, &P::cache_resync_every},
    {"ARGOCD_CLUSTER_CACHE_WATCH_RESYNC_DURATION", R::duration, &P::relist_every},
    {"ARGOCD_CLUSTER_SYNC_RETRY_TIMEOUT_DURATION", R::duration, &P::cache_retry},
    {"ARGOCD_CONTROLLER_HEARTBEAT_TIME", R::whole_seconds, &P::heartbeat, seconds(10), minutes(1)},
    {"ARGOCD_APPLICATION_CONTROLLER_SYNC_TIMEOUT", R::whole_seconds, &P::sync_timeout},
    {"controller.sync.timeout.seconds", R::whole_seconds, &P::sync_timeout},
    {"ARGO_CD_UPDATE_CLUSTER_INFO_TIMEOUT", R::duration, &P::cluster_info_every, seconds(10),
     minutes(1)},
    {"ARGOCD_K8S_TCP_TIMEOUT", R::duration, &P::dial_timeout, Nanos{1}},
    {"ARGOCD_K8S_SERVER_SIDE_TIMEOUT", R::duration, &P::request_timeout},
    {"HTTP2_READ_IDLE_TIMEOUT_SECONDS", R::whole_seconds, &P::read_idle, seconds(1)},
    {"HTTP2_PING_TIMEOUT_SECONDS", R::whole_seconds, &P::ping_timeout, seconds(1)},
    {"ARGOCD_APPLICATIONSET_CONTROLLER_REQUEUE_AFTER", R::duration, &P::appset_requeue, seconds(1)},
    {"applicationsetcontroller.requeue.after", R::duration, &P::appset_requeue, seconds(1)},
    // Ours.
    {"spokelab.repo.watch.every", R::duration, &P::repo_watch_every},
    {"spokelab.evidence.limit", R::duration, &P::evidence_limit},
    {"spokelab.probe.every", R::duration, &P::probe_every, seconds(1)},
    {"spokelab.probe.timeout", R::duration, &P::probe_timeout, Nanos{1}},
    {"spokelab.lease.duration", R::duration, &P::lease_duration, seconds(3)},
    {"spokelab.lease.renew.every", R::duration, &P::lease_renew_every, seconds(1)},
};

constexpr NumberSetting kNumbers[] = {
    {"ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS", &P::workers, 1, 10'000},
    {"controller.status.processors", &P::workers, 1, 10'000},
    {"ARGOCD_APPLICATION_CONTROLLER_OPERATION_PROCESSORS", &P::operation_workers, 1, 10'000},
    {"controller.operation.processors", &P::operation_workers, 1, 10'000},
    {"ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_FACTOR", &P::self_heal_factor, 1, 1'000},
    {"controller.self.heal.backoff.factor", &P::self_heal_factor, 1, 1'000},
    {"ARGOCD_CLUSTER_CACHE_LIST_PAGE_SIZE", &P::list_page},
    {"ARGOCD_CLUSTER_CACHE_LIST_SEMAPHORE", &P::lists_at_once, 1, 10'000},
    {"ARGOCD_REPO_SERVER_PARALLELISM_LIMIT", &P::repo_parallelism},
    {"reposerver.parallelism.limit", &P::repo_parallelism},
    {"ARGOCD_CONTROLLER_REPLICAS", &P::replicas, 0, 10'000},
    {"ARGOCD_APPLICATIONSET_CONTROLLER_CONCURRENT_RECONCILIATIONS", &P::appset_workers, 1, 10'000},
    {"applicationsetcontroller.concurrent.reconciliations.max", &P::appset_workers, 1, 10'000},
    {"ARGOCD_APPLICATIONSET_CONTROLLER_MAX_RESOURCES_STATUS_COUNT", &P::appset_resources_status_max,
     0, 100'000},
    {"applicationsetcontroller.status.max.resources.count", &P::appset_resources_status_max, 0,
     100'000},
    {"spokelab.probe.failures", &P::probe_failures, 1, 1'000},
    {"spokelab.appset.deletion.budget.percent", &P::deletion_budget_percent, 0, 100},
};

constexpr SwitchSetting kSwitches[] = {
    {"cluster.inClusterEnabled", &P::in_cluster},
    {"ARGOCD_ENABLE_DYNAMIC_CLUSTER_DISTRIBUTION", &P::dynamic_distribution},
    {"ARGOCD_APPLICATION_CONTROLLER_SERVER_SIDE_DIFF", &P::server_side_diff},
    {"controller.diff.server.side", &P::server_side_diff},
    {"ARGOCD_APPLICATIONSET_CONTROLLER_ENABLE_PROGRESSIVE_SYNCS", &P::progressive_syncs},
    {"applicationsetcontroller.enable.progressive.syncs", &P::progressive_syncs},
    {"ARGOCD_APPLICATIONSET_CONTROLLER_DRY_RUN", &P::appset_dry_run},
    {"applicationsetcontroller.dryrun", &P::appset_dry_run},
    {"ARGOCD_APPLICATIONSET_CONTROLLER_ENABLE_SCM_PROVIDERS", &P::scm_providers},
    {"applicationsetcontroller.enable.scm.providers", &P::scm_providers},
    {"ARGOCD_APPLICATIONSET_CONTROLLER_ENABLE_NEW_GIT_FILE_GLOBBING", &P::new_git_globbing},
    {"applicationsetcontroller.enable.new.git.file.globbing", &P::new_git_globbing},
    {"spokelab.isolate.clusters", &P::isolate_clusters},
    {"spokelab.takeover", &P::takeover},
    {"spokelab.narrow.unreadable.kinds", &P::narrow_unreadable_kinds},
    {"spokelab.probe", &P::probe_actively},
    {"spokelab.last.known.good", &P::last_known_good},
    {"spokelab.retry.resets.on.return", &P::retry_resets_on_return},
    {"spokelab.notify.clusters", &P::notify_clusters},
};

constexpr ListSetting kLists[] = {
    {"ARGOCD_APPLICATIONSET_CONTROLLER_GLOBAL_PRESERVED_ANNOTATIONS",
     &P::appset_preserved_annotations},
    {"applicationsetcontroller.global.preserved.annotations", &P::appset_preserved_annotations},
    {"ARGOCD_APPLICATIONSET_CONTROLLER_GLOBAL_PRESERVED_LABELS", &P::appset_preserved_labels},
    {"applicationsetcontroller.global.preserved.labels", &P::appset_preserved_labels},
    {"ARGOCD_APPLICATIONSET_CONTROLLER_ALLOWED_SCM_PROVIDERS", &P::allowed_scm_providers},
    {"applicationsetcontroller.allowed.scm.providers", &P::allowed_scm_providers},
    {"ARGOCD_APPLICATION_NAMESPACES", &P::application_namespaces},
    {"application.namespaces", &P::application_namespaces},
    {"controller.metrics.application.labels", &P::metrics_app_labels},
    {"controller.metrics.application.conditions", &P::metrics_app_conditions},
    {"controller.metrics.cluster.labels", &P::metrics_cluster_labels},
};

constexpr std::string_view kAppSetPolicy[] = {"ARGOCD_APPLICATIONSET_CONTROLLER_POLICY",
                                              "applicationsetcontroller.policy"};
constexpr std::string_view kAppSetOverride[] = {
    "ARGOCD_APPLICATIONSET_CONTROLLER_ENABLE_POLICY_OVERRIDE",
    "applicationsetcontroller.enable.policy.override"};
constexpr std::string_view kAppSetPolicies[] = {"", "sync", "create-only", "create-update",
                                                "create-delete"};

constexpr std::string_view kSharding[] = {"ARGOCD_CONTROLLER_SHARDING_ALGORITHM",
                                          "controller.sharding.algorithm"};
constexpr std::string_view kPlant = "spokelab.plant";
constexpr std::string_view kProfiles[] = {"spokelab", "argocd-3.5"};

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      const auto changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, changed});
      diagonal = above;
    }
  }
  return row.back();
}

std::string nearest(std::string_view name, const std::vector<std::string_view>& known) {
  const auto cut = name.substr(0, 200);
  std::string_view best;
  auto best_distance = std::numeric_limits<std::size_t>::max();
  for (const auto one : known) {
    const auto distance = edit_distance(cut, one);
    if (distance >= best_distance) continue;
    best = one;
    best_distance = distance;
  }
  return std::string(best);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error bad_value(std::string_view name, std::string_view value, std::string_view wanted) {
  return Error(Errc::bad_input, fmt::format("setting {}: \"{}\" is not {}", name, value, wanted));
}

Result<Nanos> read_time(const TimeSetting& setting, const std::string& text) {
  const auto number = whole_number(text);
  constexpr std::int64_t kSecondsMax = 10LL * 365 * 24 * 3600;
  Nanos value{0};
  if (setting.reading != R::duration && number) {
    if (*number < 0 || *number > kSecondsMax)
      return bad_value(setting.name, text, "0 to ten years of seconds");
    value = seconds(*number);
  } else if (setting.reading == R::whole_seconds) {
    return bad_value(setting.name, text, "a whole number of seconds");
  } else if (number == std::int64_t{0}) {
    value = Nanos{0};
  } else {
    auto parsed = parse_duration(text);
    if (!parsed) return parsed.error().within(fmt::format("setting {}", setting.name));
    value = *parsed;
  }
  if (value < setting.min || value > setting.max) {
    const auto range = setting.max == Nanos::max()
                           ? fmt::format("at least {}", format_duration(setting.min))
                           : fmt::format("between {} and {}", format_duration(setting.min),
                                         format_duration(setting.max));
    return bad_value(setting.name, text, range);
  }
  return value;
}

Result<int> read_number(const NumberSetting& setting, const std::string& text) {
  const auto number = whole_number(text);
  if (!number || *number < setting.min || *number > setting.max) {
    return bad_value(setting.name, text,
                     fmt::format("a whole number from {} to {}", setting.min, setting.max));
  }
  return static_cast<int>(*number);
}

template <class Table>
auto find_setting(const Table& table, std::string_view name) -> decltype(&table[0]) {
  for (const auto& setting : table) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Argo CD's flags take lists with commas between.
std::vector<std::string> read_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto item = text.substr(0, comma);
    const auto first = item.find_first_not_of(' ');
    if (first != std::string_view::npos) {
      items.emplace_back(item.substr(first, item.find_last_not_of(' ') - first + 1));
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

Error unknown_setting(std::string_view name) {
  std::vector<std::string_view> known(std::begin(kSharding), std::end(kSharding));
  known.push_back(kPlant);
  known.insert(known.end(), std::begin(kAppSetPolicy), std::end(kAppSetPolicy));
  known.insert(known.end(), std::begin(kAppSetOverride), std::end(kAppSetOverride));
  for (const auto& setting : kLists) known.push_back(setting.name);
  for (const auto& setting : kTimes) known.push_back(setting.name);
  for (const auto& setting : kNumbers) known.push_back(setting.name);
  for (const auto& setting : kSwitches) known.push_back(setting.name);
  return Error(Errc::bad_input, fmt::format("unknown setting \"{}\"; did you mean \"{}\"?", name,
                                            nearest(name, known)));
}

Result<void> lay_over(Profile& profile, const std::string& name, const std::string& value) {
  if (const auto* time = find_setting(kTimes, name)) {
    const auto read = read_time(*time, value);
    if (!read) return read.error();
    profile.*(time->field) = *read;
    // The repo-server's revision cache follows the controller's period.
    if (time->field == &P::refresh_every) profile.repo_poll_every = *read;
    return Result<void>();
  }
  if (const auto* number = find_setting(kNumbers, name)) {
    const auto read = read_number(*number, value);
    if (!read) return read.error();
    profile.*(number->field) = *read;
    return Result<void>();
  }
  if (const auto* flag = find_setting(kSwitches, name)) {
    const auto read = parse_bool(value);
    if (!read) return bad_value(name, value, "true or false");
    profile.*(flag->field) = *read;
    if (flag->field == &P::probe_actively) profile.cache_retries_itself = *read;
    return Result<void>();
  }
  if (const auto* list = find_setting(kLists, name)) {
    profile.*(list->field) = read_list(value);
    return Result<void>();
  }
  if (is_one_of(kAppSetPolicy, name)) {
    if (!is_one_of(kAppSetPolicies, value)) {
      return bad_value(name, value,
                       "\"sync\", \"create-only\", \"create-update\" or \"create-delete\"");
    }
    profile.appset_policy = value;
    return Result<void>();
  }
  if (is_one_of(kAppSetOverride, name)) {
    const auto read = parse_bool(value);
    if (!read) return bad_value(name, value, "true or false");
    profile.appset_policy_override = *read;
    return Result<void>();
  }
  if (is_one_of(kSharding, name)) {
    if (value != "legacy" && value != "round-robin" && value != "consistent-hashing") {
      return bad_value(name, value, "\"legacy\", \"round-robin\" or \"consistent-hashing\"");
    }
    profile.sharding = value;
    return Result<void>();
  }
  if (name == kPlant) {
    const auto plants = Plants::parse(value);
    if (!plants) return plants.error();
    profile.plants = *plants;
    return Result<void>();
  }
  return unknown_setting(name);
}

Profile argocd_3_5() {
  Profile profile;
  profile.name = "argocd-3.5";
  profile.probe_actively = false;
  profile.dial_timeout = seconds(30);
  profile.request_timeout = Nanos{0};
  profile.read_idle = seconds(30);
  profile.ping_timeout = seconds(15);
  profile.watch_retry = seconds(1);
  profile.relist_every = minutes(10);
  profile.cache_resync_every = hours(12);
  profile.cache_retry = seconds(10);
  profile.cache_retries_itself = false;
  profile.narrow_unreadable_kinds = false;
  profile.cache_on_demand = true;
  profile.reads_untracked = true;
  profile.refresh_every = seconds(120);
  profile.refresh_jitter = seconds(60);
  profile.repo_error_grace = seconds(180);
  profile.repo_poll_every = seconds(180);
  profile.repo_watch_every = Nanos{0};
  profile.status_shows_evidence = false;
  profile.evidence_limit = Nanos{0};
  profile.last_known_good = false;
  profile.keeps_last_seen = false;
  profile.waits_for_pruned = false;
  profile.retry_resets_on_return = false;
  profile.isolate_clusters = false;
  profile.takeover = false;
  profile.deletion_budget_percent = 100;
  profile.progressive_syncs = false;
  profile.rollout_trusts_own_operation = false;
  profile.rollout_waits_for_same_commit = false;
  profile.notify_clusters = false;
  return profile;
}

}  // namespace

Result<Profile> make_profile(std::string_view name,
                             const std::map<std::string, std::string>& settings) {
  Profile profile;
  if (name == "argocd-3.5") {
    profile = argocd_3_5();
  } else if (name != "spokelab") {
    const std::vector<std::string_view> known(std::begin(kProfiles), std::end(kProfiles));
    return Error(Errc::bad_input, fmt::format("unknown profile \"{}\"; did you mean \"{}\"?", name,
                                              nearest(name, known)));
  }
  for (const bool from_environment : {false, true}) {
    for (const auto& [setting, value] : settings) {
      if (config_map_of(setting).empty() != from_environment) continue;
      auto laid = lay_over(profile, setting, value);
      if (!laid) return laid.error();
      if (from_environment) profile.environment.emplace(setting, value);
    }
  }
  if (profile.dynamic_distribution && profile.takeover) {
    return Error(
        Errc::bad_input,
        "ARGOCD_ENABLE_DYNAMIC_CLUSTER_DISTRIBUTION needs spokelab.takeover: false: either "
        "Leases or the ConfigMap of shards say who serves a cluster");
  }
  if (profile.lease_renew_every * 3 >= profile.lease_duration * 2) {
    return Error(Errc::bad_input,
                 "spokelab.lease.renew.every must be less than two thirds of "
                 "spokelab.lease.duration, or no lease is ever renewed in time");
  }
  return profile;
}

std::string_view config_map_of(std::string_view setting) noexcept {
  const bool variable = !setting.empty() && setting[0] >= 'A' && setting[0] <= 'Z';
  if (variable || setting.starts_with("spokelab.")) return "";
  const bool general =
      setting.starts_with("timeout.") || setting.starts_with("cluster.inClusterEnabled");
  return general ? "argocd-cm" : "argocd-cmd-params-cm";
}

Profile with_config_maps(const Profile& given, const ConfigMaps& maps,
                         std::vector<std::string>& problems) {
  Profile profile = given;
  for (const auto& [map, data] : maps) {
    for (const auto& [key, value] : data) {
      const bool ours = config_map_of(key) == map;
      if (!ours && map == "argocd-cm") continue;  // most of it is read while the hub runs
      const auto laid =
          ours ? lay_over(profile, key, value)
               : Result<void>(Error(Errc::bad_input, fmt::format("{}: no such setting", key)));
      if (!laid) problems.push_back(fmt::format("{}: {}", map, laid.error().message()));
    }
  }
  for (const auto& [setting, value] : given.environment) {
    if (const auto laid = lay_over(profile, setting, value); !laid)
      problems.push_back(laid.error().message());
  }
  return profile;
}

}  // namespace spokelab::hub
