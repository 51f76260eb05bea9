// Waves, kinds and dependencies of sync tasks.
#include "hub/sync/order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "base/json.h"
#include "hub/app/application.h"

namespace spokelab::hub {
namespace {

constexpr std::string_view kHelmWeight = "helm.sh/hook-weight";
constexpr std::string_view kSyncOptions = "argocd.argoproj.io/sync-options";

constexpr std::array<std::string_view, 35> kKindOrder = {"Namespace",
                                                         "NetworkPolicy",
                                                         "ResourceQuota",
                                                         "LimitRange",
                                                         "PodSecurityPolicy",
                                                         "PodDisruptionBudget",
                                                         "ServiceAccount",
                                                         "Secret",
                                                         "SecretList",
                                                         "ConfigMap",
                                                         "StorageClass",
                                                         "PersistentVolume",
                                                         "PersistentVolumeClaim",
                                                         "CustomResourceDefinition",
                                                         "ClusterRole",
                                                         "ClusterRoleList",
                                                         "ClusterRoleBinding",
                                                         "ClusterRoleBindingList",
                                                         "Role",
                                                         "RoleList",
                                                         "RoleBinding",
                                                         "RoleBindingList",
                                                         "Service",
                                                         "DaemonSet",
                                                         "Pod",
                                                         "ReplicationController",
                                                         "ReplicaSet",
                                                         "Deployment",
                                                         "HorizontalPodAutoscaler",
                                                         "StatefulSet",
                                                         "Job",
                                                         "CronJob",
                                                         "IngressClass",
                                                         "Ingress",
                                                         "APIService"};

std::optional<int> number_in(const Json& object, std::string_view annotation) {
  const Json* found = find(object, {"metadata", "annotations", annotation});
  if (found == nullptr || !found->is_string()) return std::nullopt;
  const auto& text = found->get_ref<const std::string&>();
  int value = 0;
  const char* begin = text.data() + (!text.empty() && text[0] == '+' ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool before(const SyncTask& a, const SyncTask& b) {
  if (a.phase != b.phase) return a.phase < b.phase;
  if (a.wave != b.wave) return a.wave < b.wave;
  const int rank_a = kind_rank(a.key.kind);
  const int rank_b = kind_rank(b.key.kind);
  if (rank_a != rank_b) return rank_a < rank_b;
  if (a.key.name != b.key.name) return a.key.name < b.key.name;
  return a.key < b.key;
}

void mirror_prune_waves(std::vector<SyncTask>& tasks, bool prune_last) {
  std::set<int> waves;
  int last_sync_wave = 0;
  for (const SyncTask& task : tasks) {
    if (task.phase == SyncPhase::sync) last_sync_wave = std::max(last_sync_wave, task.wave);
  }
  const auto is_last = [&](const SyncTask& task) {
    return prune_last || has_sync_option(*task.live, "PruneLast=true");
  };
  for (const SyncTask& task : tasks) {
    if (task.prune() && !is_last(task)) waves.insert(task.wave);
  }
  std::map<int, int> mirrored;
  auto up = waves.begin();
  for (auto down = waves.rbegin(); down != waves.rend(); ++down, ++up) mirrored[*up] = *down;
  for (SyncTask& task : tasks) {
    if (!task.prune()) continue;
    task.wave = is_last(task) ? last_sync_wave + 1 : mirrored[task.wave];
  }
}

/// True when `provider` must be applied before `user` can be.
bool provides(const SyncTask& provider, const SyncTask& user) {
  if (provider.key.kind == "Namespace" && provider.key.group.empty())
    return user.key.ns == provider.key.name;
  if (provider.key.kind == "CustomResourceDefinition" &&
      provider.key.group == "apiextensions.k8s.io") {
    return text_at(provider.object(), {"spec", "group"}) == user.key.group &&
           text_at(provider.object(), {"spec", "names", "kind"}) == user.key.kind;
  }
  return false;
}

void pull_providers_forward(std::vector<SyncTask>& tasks) {
  for (std::size_t at = 0; at < tasks.size(); ++at) {
    const std::string& kind = tasks[at].key.kind;
    if (tasks[at].prune() || (kind != "Namespace" && kind != "CustomResourceDefinition")) continue;
    for (std::size_t user = 0; user < at; ++user) {
      if (tasks[user].prune() || !provides(tasks[at], tasks[user])) continue;
      tasks[at].phase = tasks[user].phase;
      tasks[at].wave = tasks[user].wave;
      std::rotate(tasks.begin() + static_cast<std::ptrdiff_t>(user),
                  tasks.begin() + static_cast<std::ptrdiff_t>(at),
                  tasks.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      break;
    }
  }
}

}  // namespace

std::string_view name_of(ResultCode code) noexcept {
  switch (code) {
    case ResultCode::none:
      return "";
    case ResultCode::synced:
      return "Synced";
    case ResultCode::sync_failed:
      return "SyncFailed";
    case ResultCode::pruned:
      return "Pruned";
    case ResultCode::prune_skipped:
      return "PruneSkipped";
  }
  return "";
}

ResultCode result_code(std::string_view name) noexcept {
  for (const ResultCode code : {ResultCode::synced, ResultCode::sync_failed, ResultCode::pruned,
                                ResultCode::prune_skipped}) {
    if (name_of(code) == name) return code;
  }
  return ResultCode::none;
}

int wave_of(const Json& object) {
  if (const auto wave = number_in(object, kSyncWaveAnnotation)) return *wave;
  return number_in(object, kHelmWeight).value_or(0);
}

int kind_rank(std::string_view kind) noexcept {
  const auto* found = std::find(kKindOrder.begin(), kKindOrder.end(), kind);
  if (found == kKindOrder.end()) return 0;
  return static_cast<int>(found - kKindOrder.begin()) - static_cast<int>(kKindOrder.size());
}

void order_tasks(std::vector<SyncTask>& tasks, bool prune_last) {
  mirror_prune_waves(tasks, prune_last);
  std::stable_sort(tasks.begin(), tasks.end(), before);
  pull_providers_forward(tasks);
}

bool multi_step(const std::vector<SyncTask>& tasks) {
  return !tasks.empty() &&
         (tasks.front().phase != tasks.back().phase || tasks.front().wave != tasks.back().wave);
}

bool has_sync_option(const Json& object, std::string_view option) {
  return SyncOptions::from_annotation(text_at(object, {"metadata", "annotations", kSyncOptions}))
      .has(option);
}

std::string sync_option_value(const Json& object, std::string_view key, const SyncOptions& app) {
  const auto own =
      SyncOptions::from_annotation(text_at(object, {"metadata", "annotations", kSyncOptions}));
  const std::string value(own.value(key));
  return value.empty() ? std::string(app.value(key)) : value;
}

}  // namespace spokelab::hub
