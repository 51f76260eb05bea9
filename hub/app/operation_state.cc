// Reading and writing operations, retries, history entries, and deciding on automated syncs.
#include "hub/app/operation_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub {
namespace {

std::vector<std::string> texts_at(const Json& object,
                                  std::initializer_list<std::string_view> path) {
  std::vector<std::string> texts;
  const Json* list = find(object, path);
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& item : *list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

/// `revisions` of a multi-source object, else its one `revision`.
std::vector<std::string> revisions_of(const Json& object) {
  std::vector<std::string> revisions = texts_at(object, {"revisions"});
  if (!revisions.empty()) return revisions;
  const std::string one = text_at(object, {"revision"});
  if (!one.empty()) revisions.push_back(one);
  return revisions;
}

void put_revisions(Json& object, const std::vector<std::string>& revisions, bool multi_source) {
  if (multi_source) {
    object["revisions"] = revisions;
  } else {
    object["revision"] = revisions.empty() ? "" : revisions.front();
  }
}

/// What Argo CD's types print for the one source where there are several.
void put_no_source(Json& object) { object["source"] = {{"repoURL", ""}}; }

/// The source or sources of an object; nullptr where it has none.
JsonRef sources_of(const Json& object) {
  const Json* many = find(object, {"sources"});
  const Json* one = find(object, {"source"});
  Json sources = Json::object();
  if (many != nullptr && many->is_array() && !many->empty()) {
    sources["sources"] = *many;
  } else if (one != nullptr && one->is_object() && !one->empty()) {
    sources["source"] = *one;
  } else {
    return nullptr;
  }
  return freeze(std::move(sources));
}

RetryPolicy read_retry(const Json& operation) {
  RetryPolicy policy;
  const Json* retry = find(operation, {"retry"});
  if (retry == nullptr || !retry->is_object()) return policy;
  policy.limit = int_at(*retry, {"limit"});
  policy.refresh = bool_at(*retry, {"refresh"});
  policy.factor = int_at(*retry, {"backoff", "factor"}, policy.factor);
  const auto duration = parse_retry_span(text_at(*retry, {"backoff", "duration"}));
  if (duration) policy.duration = *duration;
  const auto longest = parse_retry_span(text_at(*retry, {"backoff", "maxDuration"}));
  if (longest) policy.max_duration = *longest;
  return policy;
}

std::string span_text(Nanos span) {
  return fmt::format("{}s", std::chrono::duration_cast<std::chrono::seconds>(span).count());
}

Json retry_json(const RetryPolicy& policy) {
  Json json = Json::object();
  json["limit"] = policy.limit;
  if (policy.refresh) json["refresh"] = true;
  json["backoff"]["duration"] = span_text(policy.duration);
  json["backoff"]["factor"] = policy.factor;
  json["backoff"]["maxDuration"] = span_text(policy.max_duration);
  return json;
}

/// Go's time.Kitchen in UTC.
std::string kitchen(WallTime at) {
  const auto minutes =
      std::chrono::duration_cast<std::chrono::minutes>(at.time_since_epoch()).count() % (24 * 60);
  const auto hour = minutes / 60;
  return fmt::format("{}:{:02}{}", hour % 12 == 0 ? 12 : hour % 12, minutes % 60,
                     hour < 12 ? "AM" : "PM");
}

std::string revision_text(const std::vector<std::string>& revisions) {
  return fmt::format("[{}]", fmt::join(revisions, " "));
}

Json automated_operation(const AutoSyncInput& input, const Profile& profile) {
  const ApplicationSpec& spec = input.spec;
  Json operation = Json::object();
  Json sync = sources_json(spec);
  put_revisions(sync, input.revisions, spec.multi_source);
  if (spec.sync_policy.automated->prune) sync["prune"] = true;
  if (!spec.sync_policy.options.all().empty()) sync["syncOptions"] = spec.sync_policy.options.all();
  operation["sync"] = std::move(sync);
  operation["initiatedBy"]["automated"] = true;
  if (spec.sync_policy.retry) {
    operation["retry"] = spec.sync_policy.retry_as_written ? *spec.sync_policy.retry_as_written
                                                           : retry_json(*spec.sync_policy.retry);
  } else {
    operation["retry"]["limit"] = profile.retry_limit_default;
  }
  return operation;
}

bool attempted(const AutoSyncInput& input) {
  if (!input.last || !completed(input.last->progress.phase)) return false;
  if (!input.last->has_result) return true;
  return input.last->revisions == input.revisions && input.last_sources_equal;
}

bool under_deletion(const ManagedResource& resource) {
  return resource.live && find(*resource.live, {"metadata", "deletionTimestamp"}) != nullptr;
}

/// Counts what would change, and how much of it is pruning. Hooks have no status, and count as
/// Argo CD counts them: as not synced.
struct Changes {
  bool other_than_prunes = false;
  bool all_prunable = true;
  bool all_on_their_way = true;  ///< What is to be pruned is under deletion already.
  explicit Changes(const Comparison& comparison) {
    for (const ManagedResource& resource : comparison.resources) {
      const bool synced = resource.status == SyncStatus::synced;
      if (!resource.requires_pruning) all_prunable = false;
      if (!synced && !resource.requires_pruning) other_than_prunes = true;
      if (!synced && resource.status && resource.requires_pruning && !under_deletion(resource))
        all_on_their_way = false;
    }
  }
};

AutoSyncDecision refused(std::string message) {
  AutoSyncDecision decision;
  decision.kind = AutoSyncDecision::Kind::error;
  decision.message = std::move(message);
  return decision;
}

}  // namespace

SyncRequest read_sync_request(const Json& operation, const ApplicationSpec& spec) {
  SyncRequest request;
  const Json* found = find(operation, {"sync"});
  static const Json kNothing = Json::object();
  const Json& sync = found != nullptr && found->is_object() ? *found : kNothing;
  request.revisions = revisions_of(sync);
  request.sources = sources_of(sync);
  request.manifests = texts_at(sync, {"manifests"});
  request.prune = bool_at(sync, {"prune"});
  request.dry_run = bool_at(sync, {"dryRun"});
  request.apply_only = find(sync, {"syncStrategy", "apply"}) != nullptr;
  request.force = bool_at(sync, {"syncStrategy", "apply", "force"}) ||
                  bool_at(sync, {"syncStrategy", "hook", "force"});
  request.automated = bool_at(operation, {"initiatedBy", "automated"});
  request.heal_attempts = int_at(sync, {"autoHealAttemptsCount"});
  request.retry = read_retry(operation);
  const Json* options = find(sync, {"syncOptions"});
  request.options = options != nullptr && options->is_array()
                        ? SyncOptions(texts_at(sync, {"syncOptions"}))
                        : spec.sync_policy.options;
  const Json* resources = find(sync, {"resources"});
  if (resources != nullptr && resources->is_array()) {
    for (const Json& entry : *resources) {
      request.selected.push_back(
          SelectedResource{text_at(entry, {"group"}), text_at(entry, {"kind"}),
                           text_at(entry, {"namespace"}), text_at(entry, {"name"})});
    }
  }
  return request;
}

std::optional<OperationState> read_operation_state(const Json& application) {
  const Json* found = find(application, {"status", "operationState"});
  if (found == nullptr || !found->is_object() || found->empty()) return std::nullopt;
  OperationState state;
  const Json* operation = find(*found, {"operation"});
  state.operation = freeze(operation != nullptr ? *operation : Json::object());
  state.progress.phase = operation_phase(text_at(*found, {"phase"}));
  state.progress.message = text_at(*found, {"message"});
  state.started_at = text_at(*found, {"startedAt"});
  state.finished_at = text_at(*found, {"finishedAt"});
  state.retry_count = int_at(*found, {"retryCount"});
  const Json* result = find(*found, {"syncResult"});
  if (result != nullptr && result->is_object()) {
    state.has_result = true;
    state.revisions = revisions_of(*result);
    state.sources = sources_of(*result);
    if (const Json* managed = find(*result, {"managedNamespaceMetadata"}))
      state.managed_namespace = freeze(*managed);
    const Json* resources = find(*result, {"resources"});
    if (resources != nullptr && resources->is_array()) {
      for (const Json& entry : *resources)
        state.progress.results.push_back(read_resource_result(entry));
    }
  }
  return state;
}

Json to_json(const OperationState& state, const ApplicationSpec& spec) {
  Json json = Json::object();
  json["operation"] = *state.operation;
  json["phase"] = name_of(state.progress.phase);
  json["message"] = state.progress.message;
  json["startedAt"] = state.started_at;
  if (!state.finished_at.empty()) json["finishedAt"] = state.finished_at;
  if (state.retry_count > 0) json["retryCount"] = state.retry_count;
  if (state.has_result) {
    Json result = state.sources ? *state.sources : sources_json(spec);
    const bool multi_source = result.contains("sources");
    put_revisions(result, state.revisions, multi_source);
    if (multi_source) {
      result["revision"] = "";
      put_no_source(result);
    }
    Json resources = Json::array();
    for (const ResourceResult& entry : state.progress.results) resources.push_back(to_json(entry));
    if (!resources.empty()) result["resources"] = std::move(resources);
    if (state.managed_namespace) result["managedNamespaceMetadata"] = *state.managed_namespace;
    json["syncResult"] = std::move(result);
  }
  return json;
}

bool schedule_retry(OperationState& state, const RetryPolicy& policy, WallTime now) {
  const OperationPhase phase = state.progress.phase;
  state.finished_at = format_rfc3339(now);
  if (phase != OperationPhase::failed && phase != OperationPhase::error) return false;
  if (policy.exhausted(state.retry_count)) {
    if (state.retry_count > 0) {
      state.progress.message =
          fmt::format("{} (retried {} times).", state.progress.message, state.retry_count);
    }
    return false;
  }
  const WallTime due = now + policy.wait_after(state.retry_count);
  ++state.retry_count;
  state.progress.phase = OperationPhase::running;
  state.progress.message = fmt::format("{}. Retrying attempt #{} at {}.", state.progress.message,
                                       state.retry_count, kitchen(due));
  return true;
}

WallTime retry_due(const OperationState& state, const RetryPolicy& policy) {
  const auto finished = parse_rfc3339(state.finished_at);
  if (!finished) return WallTime{};
  return *finished + policy.wait_after(std::max<std::int64_t>(state.retry_count - 1, 0));
}

void begin_retry(OperationState& state, const RetryPolicy& policy) {
  state.finished_at.clear();
  state.progress.results.clear();
  state.progress.phase = OperationPhase::running;
  state.progress.message =
      fmt::format("Retrying operation{}. Attempt #{}",
                  policy.refresh ? " with latest revisions" : "", state.retry_count);
  if (policy.refresh) {
    Json operation = *state.operation;
    if (operation.contains("sync") && operation["sync"].is_object()) {
      operation["sync"].erase("revision");
      operation["sync"].erase("revisions");
    }
    state.operation = freeze(std::move(operation));
    state.has_result = false;
    state.revisions.clear();
    state.sources = nullptr;
  }
}

Json with_history_entry(const Json& history, const OperationState& state,
                        const ApplicationSpec& spec, WallTime now) {
  Json list = history.is_array() ? history : Json::array();
  Json entry = state.sources ? *state.sources : sources_json(spec);
  const bool multi_source = entry.contains("sources");
  if (multi_source) put_no_source(entry);
  entry["id"] = list.empty() ? 0 : int_at(list.back(), {"id"}) + 1;
  put_revisions(entry, state.revisions, multi_source);
  entry["deployStartedAt"] = state.started_at;
  entry["deployedAt"] = format_rfc3339(now);
  const Json* initiator = find(*state.operation, {"initiatedBy"});
  entry["initiatedBy"] = initiator != nullptr ? *initiator : Json::object();
  list.push_back(std::move(entry));
  const auto limit =
      static_cast<std::size_t>(std::max<std::int64_t>(spec.revision_history_limit, 0));
  while (list.size() > limit) list.erase(list.begin());
  return list;
}

Nanos self_heal_delay(std::int64_t attempts, const Profile& profile) {
  if (attempts <= 0) return Nanos{0};
  Nanos delay = profile.self_heal_backoff;
  for (std::int64_t i = 1; i < attempts && delay < profile.self_heal_backoff_max; ++i) {
    delay *= profile.self_heal_factor;
  }
  return std::min(delay, profile.self_heal_backoff_max);
}

AutoSyncDecision decide_auto_sync(const AutoSyncInput& input, const Profile& profile,
                                  WallTime now) {
  AutoSyncDecision decision;
  const SyncPolicy& policy = input.spec.sync_policy;
  if (!policy.automatic() || input.operation_present || input.deleting) return decision;
  if (input.comparison.status != SyncStatus::out_of_sync) return decision;
  const Changes changes(input.comparison);
  if (!policy.automated->prune && !changes.other_than_prunes) return decision;
  if (profile.waits_for_pruned && !changes.other_than_prunes && changes.all_on_their_way &&
      !input.namespace_changed)
    return decision;
  Json operation = automated_operation(input, profile);
  const bool forgiven =
      input.forget_failure && input.last && input.last->progress.phase != OperationPhase::succeeded;
  if (!forgiven && attempted(input)) {
    const OperationState& last = *input.last;
    const auto finished = parse_rfc3339(last.finished_at);
    if (last.progress.phase != OperationPhase::succeeded) {
      auto no = refused(fmt::format("Failed last sync attempt to {}: {}",
                                    revision_text(input.revisions), last.progress.message));
      // Ours begins all retries anew after a pause, since what was in the way may have gone.
      if (!profile.retry_resets_on_return) return no;
      const WallTime due = (finished ? *finished : now) + profile.self_heal_backoff_max;
      if (due > now) {
        no.wait = due - now;
        if (!no.message.ends_with('.')) no.message += '.';
        no.message += fmt::format(" It is tried again at {}.", kitchen(due));
        return no;
      }
      decision.kind = AutoSyncDecision::Kind::start;
      decision.operation = freeze(std::move(operation));
      return decision;
    }
    if (!policy.automated->self_heal) return decision;
    const auto attempts = int_at(*last.operation, {"sync", "autoHealAttemptsCount"});
    const Nanos delay = self_heal_delay(attempts, profile);
    const Nanos left = finished ? *finished + delay - now : delay;
    if (left > Nanos{0}) {
      decision.kind = AutoSyncDecision::Kind::wait;
      decision.wait = left;
      return decision;
    }
    decision.self_heal = true;
    operation["sync"]["autoHealAttemptsCount"] = attempts + 1;
    Json selected = Json::array();
    for (const ManagedResource& resource : input.comparison.resources) {
      if (resource.status == SyncStatus::synced) continue;
      Json entry = {{"kind", resource.key.kind}, {"name", resource.key.name}};
      if (!resource.key.group.empty()) entry["group"] = resource.key.group;
      selected.push_back(std::move(entry));
    }
    if (!selected.empty()) operation["sync"]["resources"] = std::move(selected);
  }
  if (policy.automated->prune && !policy.automated->allow_empty && changes.all_prunable &&
      !input.comparison.resources.empty()) {
    return refused(fmt::format("Skipping sync attempt to {}: auto-sync will wipe out all resources",
                               revision_text(input.revisions)));
  }
  decision.kind = AutoSyncDecision::Kind::start;
  decision.operation = freeze(std::move(operation));
  return decision;
}

bool managed_namespace_changed(const Json& application) {
  const Json* wanted = find(application, {"spec", "syncPolicy", "managedNamespaceMetadata"});
  const Json* result = find(application, {"status", "operationState", "syncResult"});
  if (wanted == nullptr || !wanted->is_object() || result == nullptr || !result->is_object())
    return false;
  const Json* synced = find(*result, {"managedNamespaceMetadata"});
  return synced == nullptr || *synced != *wanted;
}

Json sources_json(const ApplicationSpec& spec) {
  Json json = Json::object();
  if (spec.multi_source) {
    json["sources"] = Json::array();
    for (const ApplicationSource& source : spec.sources) json["sources"].push_back(*source.raw);
  } else if (!spec.sources.empty()) {
    json["source"] = *spec.sources.front().raw;
  }
  return json;
}

}  // namespace spokelab::hub
