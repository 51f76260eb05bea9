// Reading hook annotations and the progress of hooks.
#include "hub/sync/hooks.h"

#include <algorithm>
#include <cctype>

#include "base/json.h"

namespace spokelab::hub {
namespace {

constexpr std::string_view kHelmHook = "helm.sh/hook";
constexpr std::string_view kHelmDeletePolicy = "helm.sh/hook-delete-policy";
constexpr std::string_view kHelmCrdInstall = "crd-install";

std::vector<std::string> words_of(const Json& object, std::string_view annotation) {
  std::vector<std::string> words;
  const std::string text = text_at(object, {"metadata", "annotations", annotation});
  std::size_t from = 0;
  while (from <= text.size()) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    std::string word = text.substr(from, comma - from);
    const auto blank = [](unsigned char c) { return std::isspace(c) != 0; };
    while (!word.empty() && blank(word.front())) word.erase(word.begin());
    while (!word.empty() && blank(word.back())) word.pop_back();
    if (!word.empty()) words.push_back(std::move(word));
    from = comma + 1;
  }
  return words;
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct HookWords {
  std::vector<std::string> argo;
  std::vector<std::string> helm;
  explicit HookWords(const Json& object)
      : argo(words_of(object, kHookAnnotation)), helm(words_of(object, kHelmHook)) {
    helm.erase(std::remove(helm.begin(), helm.end(), kHelmCrdInstall), helm.end());
  }
};

bool deletes_app(const HookWords& words) {
  return has(words.argo, "PreDelete") || has(words.argo, "PostDelete") ||
         (words.argo.empty() && (has(words.helm, "pre-delete") || has(words.helm, "post-delete")));
}

std::vector<SyncPhase> phases_of(const HookWords& words) {
  std::vector<SyncPhase> phases;
  // Argo CD's own annotation hides Helm's.
  if (!words.argo.empty()) {
    for (const SyncPhase phase :
         {SyncPhase::pre_sync, SyncPhase::sync, SyncPhase::post_sync, SyncPhase::sync_fail}) {
      if (has(words.argo, name_of(phase))) phases.push_back(phase);
    }
    return phases;
  }
  if (has(words.helm, "pre-install") || has(words.helm, "pre-upgrade"))
    phases.push_back(SyncPhase::pre_sync);
  if (has(words.helm, "post-install") || has(words.helm, "post-upgrade"))
    phases.push_back(SyncPhase::post_sync);
  return phases;
}

}  // namespace

std::string_view name_of(SyncPhase phase) noexcept {
  switch (phase) {
    case SyncPhase::pre_sync:
      return "PreSync";
    case SyncPhase::sync:
      return "Sync";
    case SyncPhase::post_sync:
      return "PostSync";
    case SyncPhase::sync_fail:
      return "SyncFail";
  }
  return "";
}

std::string_view name_of(OperationPhase phase) noexcept {
  switch (phase) {
    case OperationPhase::none:
      return "";
    case OperationPhase::running:
      return "Running";
    case OperationPhase::terminating:
      return "Terminating";
    case OperationPhase::succeeded:
      return "Succeeded";
    case OperationPhase::failed:
      return "Failed";
    case OperationPhase::error:
      return "Error";
  }
  return "";
}

OperationPhase operation_phase(std::string_view name) noexcept {
  for (const OperationPhase phase :
       {OperationPhase::running, OperationPhase::terminating, OperationPhase::succeeded,
        OperationPhase::failed, OperationPhase::error}) {
    if (name_of(phase) == name) return phase;
  }
  return OperationPhase::none;
}

std::vector<SyncPhase> hook_phases(const Json& object) {
  const HookWords words(object);
  if (has(words.argo, "Skip")) return {};
  return phases_of(words);
}

bool is_hook(const Json& object) {
  const HookWords words(object);
  if (has(words.argo, "Skip")) return false;
  return !phases_of(words).empty() || deletes_app(words);
}

std::string_view name_of(DeletionMoment moment) noexcept {
  return moment == DeletionMoment::before ? "PreDelete" : "PostDelete";
}

bool runs_at(const Json& object, DeletionMoment moment) {
  const HookWords words(object);
  const bool before = moment == DeletionMoment::before;
  return has(words.argo, name_of(moment)) || has(words.helm, before ? "pre-delete" : "post-delete");
}

bool is_ignored(const Json& object) {
  const HookWords words(object);
  if (has(words.argo, "Skip")) return true;
  return words.argo.empty() && !words.helm.empty() && phases_of(words).empty() &&
         !deletes_app(words);
}

DeletePolicies delete_policies(const Json& hook) {
  const auto argo = words_of(hook, kHookDeletePolicyAnnotation);
  const auto helm = words_of(hook, kHelmDeletePolicy);
  DeletePolicies policies;
  policies.succeeded = has(argo, "HookSucceeded") || has(helm, "hook-succeeded");
  policies.failed = has(argo, "HookFailed") || has(helm, "hook-failed");
  policies.before_creation = has(argo, "BeforeHookCreation") || has(helm, "before-hook-creation");
  policies.named = policies.succeeded || policies.failed || policies.before_creation;
  if (!policies.named) policies.before_creation = true;
  return policies;
}

HookProgress hook_progress(const Json& live, const HealthChecks* checks, WallTime now) {
  const auto health = checks != nullptr ? checks->health_of(live, now) : health_of(live);
  if (!health) {
    return HookProgress{OperationPhase::succeeded,
                        text_at(live, {"metadata", "name"}) + " created"};
  }
  switch (health->status) {
    case HealthStatus::healthy:
      return HookProgress{OperationPhase::succeeded, health->message};
    case HealthStatus::degraded:
    case HealthStatus::unknown:
      return HookProgress{OperationPhase::failed, health->message};
    default:
      return HookProgress{OperationPhase::running, health->message};
  }
}

std::string generated_hook_name(std::string_view prefix, std::string_view revision, SyncPhase phase,
                                WallTime started) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(started.time_since_epoch()).count();
  std::string name(prefix);
  name.append(revision.substr(0, 7))
      .append("-")
      .append(name_of(phase))
      .append("-")
      .append(std::to_string(seconds));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return name;
}

}  // namespace spokelab::hub
