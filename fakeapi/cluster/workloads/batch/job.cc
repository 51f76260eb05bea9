// The Job controller: pods until enough of them have succeeded, or too many have failed.
#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "fakeapi/cluster/workloads/batch/job_pods.h"
#include "fakeapi/cluster/workloads/pods_of.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:job-controller";
constexpr std::string_view kComponent = "job-controller";
constexpr Nanos kFirstBackOff = std::chrono::seconds(10);
constexpr Nanos kLastBackOff = std::chrono::minutes(10);
constexpr const char* kReached = "Reached expected number of succeeded pods";

/// Takes the tracking finalizer from a pod.
Result<void> release(Cluster& cluster, const Name& name) {
  const JsonRef pod = cluster.get("pods", name);
  if (!pod || !is_tracked(*pod)) return {};
  Json finalizers = array_at(*pod, {"metadata", "finalizers"});
  std::erase(finalizers.get_ref<Json::array_t&>(), Json(kJobTracking));
  Json patch = Json::object();
  patch["metadata"]["finalizers"] = finalizers.empty() ? Json() : std::move(finalizers);
  auto patched = cluster.api.merge_patch(kUser, "pods", name.ns, name.name, patch);
  if (!patched && patched.error().code() != Errc::not_found) return patched.error();
  return {};
}

/// Releases pods of a Job of that name that is not the one with this uid.
Result<void> release_strangers(Cluster& cluster, const Name& key, const std::string& uid) {
  for (const Name& name : std::set<Name>(cluster.index.tracked_pods(key))) {
    const JsonRef pod = cluster.get("pods", name);
    const Json* owner = pod ? controller_of(*pod) : nullptr;
    if (owner == nullptr || text_at(*owner, {"uid"}) == uid) continue;
    if (auto released = release(cluster, name); !released) return released;
  }
  return {};
}

/// One look at one Job.
class JobSync {
 public:
  JobSync(Cluster& cluster, JsonRef job)
      : cluster_(cluster),
        job_(std::move(job)),
        key_(name_of(*job_)),
        status_(object_at(*job_, {"status"})),
        now_(cluster.now_text()) {}
  Result<void> run();

 private:
  const Json& spec() const { return object_at(*job_, {"spec"}); }
  bool suspended() const { return bool_at(spec(), {"suspend"}); }
  bool any_count() const { return find(spec(), {"completions"}) == nullptr; }
  bool indexed() const { return text_at(spec(), {"completionMode"}) == "Indexed"; }
  bool has(std::string_view type) const {
    const Json* found = condition_in(array_at(status_, {"conditions"}), type);
    return found != nullptr && text_at(*found, {"status"}) == "True";
  }
  void count();
  void count_indexes();
  /// Decides whether the Job is to end, and says so by SuccessCriteriaMet or FailureTarget.
  void judge();
  void judge_limits();
  Result<void> pursue();
  Result<void> delete_active();
  Result<void> delete_spare(std::int64_t spare);
  Result<void> add_pods(std::int64_t missing);
  Result<JsonRef> create_pod(std::int64_t index);
  void end();
  Result<void> expire();
  Result<void> write();
  Result<void> release_pods();
  void set(const ConditionText& text) {
    set_condition(status_["conditions"], text, now_, ConditionTimes::probe);
  }
  void fail(std::string_view reason, const std::string& message) {
    set({"FailureTarget", "True", reason, message});
  }
  void record(std::string_view type, std::string_view reason, std::string message) {
    cluster_.events.tell({kComponent, ""}, *job_, {type, reason, std::move(message), ""});
  }

  Cluster& cluster_;
  JsonRef job_;
  Name key_;
  Json status_;
  std::string now_;
  JobPods pods_;
  std::set<std::int64_t> succeeded_indexes_;
  std::set<std::int64_t> failed_indexes_;
};

void JobSync::count() {
  std::int64_t succeeded = int_at(status_, {"succeeded"});
  succeeded += static_cast<std::int64_t>(pods_.succeeded.size());
  set_count(status_, "failed",
            int_at(status_, {"failed"}) + static_cast<std::int64_t>(pods_.failed.size()));
  if (indexed()) {
    count_indexes();
    succeeded = static_cast<std::int64_t>(succeeded_indexes_.size());
  }
  set_count(status_, "succeeded", succeeded);
}

void JobSync::count_indexes() {
  const std::int64_t completions = int_at(spec(), {"completions"});
  succeeded_indexes_ = read_indexes(text_at(status_, {"completedIndexes"}));
  for (const std::int64_t index : pods_.succeeded_indexes) {
    if (index < completions) succeeded_indexes_.insert(index);
  }
  const std::string text = write_indexes(succeeded_indexes_);
  if (!text.empty()) status_["completedIndexes"] = text;
  if (find(spec(), {"backoffLimitPerIndex"}) == nullptr) return;
  failed_indexes_ = read_indexes(text_at(status_, {"failedIndexes"}));
  const std::int64_t limit = int_at(spec(), {"backoffLimitPerIndex"});
  for (const auto& [index, failures] : pods_.index_failures) {
    const bool spent = failures > limit || pods_.policy_failed_indexes.contains(index);
    if (spent && !succeeded_indexes_.contains(index)) failed_indexes_.insert(index);
  }
  status_["failedIndexes"] = write_indexes(failed_indexes_);
}

void JobSync::judge_limits() {
  const std::int64_t limit = int_at(spec(), {"backoffLimit"}, 6);
  const bool in_place = text_at(spec(), {"template", "spec", "restartPolicy"}) == "OnFailure";
  const bool worn = in_place && (limit == 0 ? pods_.restarts > 0 : pods_.restarts >= limit);
  if (int_at(status_, {"failed"}) > limit || worn) {
    return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  const std::int64_t seconds = int_at(spec(), {"activeDeadlineSeconds"}, -1);
  const auto started = time_at(status_, {"startTime"});
  if (seconds < 0 || suspended() || !started) return;
  const auto limit_after = std::chrono::seconds(std::min<std::int64_t>(seconds, 1'000'000'000));
  const Nanos left = *started + limit_after - cluster_.clock.wall_now();
  if (left <= Nanos{0})
    return fail("DeadlineExceeded", "Job was active longer than specified deadline");
  cluster_.enqueue(ControllerId::job, key_, left);
}

void JobSync::judge() {
  if (has("SuccessCriteriaMet") || has("FailureTarget")) return;
  if (!pods_.fail_job.empty()) return fail("PodFailurePolicy", pods_.fail_job);
  judge_limits();
  if (has("FailureTarget")) return;
  if (const std::int64_t most = int_at(spec(), {"maxFailedIndexes"}, -1);
      most >= 0 && static_cast<std::int64_t>(failed_indexes_.size()) > most) {
    return fail("MaxFailedIndexesExceeded",
                "Job has exceeded the specified maximal number of failed indexes");
  }
  if (const auto rule = success_rule(*job_, succeeded_indexes_); rule) {
    set({"SuccessCriteriaMet", "True", "SuccessPolicy",
         fmt::format("Matched rules at index {}", *rule)});
    return;
  }
  const std::int64_t succeeded = int_at(status_, {"succeeded"});
  if (any_count()) {
    if (succeeded > 0 && pods_.active.empty())
      set({"SuccessCriteriaMet", "True", "CompletionsReached", kReached});
    return;
  }
  const std::int64_t completions = int_at(spec(), {"completions"}, 1);
  if (succeeded >= completions) {
    set({"SuccessCriteriaMet", "True", "CompletionsReached", kReached});
  } else if (!failed_indexes_.empty() && pods_.active.empty() &&
             succeeded + static_cast<std::int64_t>(failed_indexes_.size()) >= completions) {
    fail("FailedIndexes", "Job has failed indexes");
  }
}

Result<void> JobSync::delete_active() {
  for (const JsonRef& pod : pods_.active) {
    if (auto done = delete_pod_of(cluster_, kUser, kComponent, *job_, name_of(*pod)); !done)
      return done.error();
  }
  pods_.terminating += static_cast<std::int64_t>(pods_.active.size());
  pods_.active.clear();
  pods_.ready = 0;
  return {};
}

Result<void> JobSync::delete_spare(std::int64_t spare) {
  sort_for_deletion(pods_.active);
  for (std::int64_t i = 0; i < spare; ++i) {
    const JsonRef pod = pods_.active.front();
    if (auto done = delete_pod_of(cluster_, kUser, kComponent, *job_, name_of(*pod)); !done)
      return done.error();
    if (is_ready(*pod)) --pods_.ready;
    pods_.active.erase(pods_.active.begin());
    ++pods_.terminating;
  }
  return {};
}

Result<JsonRef> JobSync::create_pod(std::int64_t index) {
  Json pod_template = object_at(spec(), {"template"});
  pod_template["metadata"]["finalizers"] = array_at(pod_template, {"metadata", "finalizers"});
  pod_template["metadata"]["finalizers"].push_back(kJobTracking);
  if (!indexed()) return cluster_.create_pod(kUser, *job_, pod_template, "", Json::object());
  const std::string number = std::to_string(index);
  pod_template["metadata"]["annotations"][kCompletionIndex] = number;
  if (find(spec(), {"backoffLimitPerIndex"}) != nullptr) {
    const auto failures = pods_.index_failures.find(index);
    pod_template["metadata"]["annotations"][kIndexFailures] =
        std::to_string(failures == pods_.index_failures.end() ? 0 : failures->second);
  }
  pod_template["spec"]["hostname"] = key_.name + "-" + number;
  Json variable = {{"name", "JOB_COMPLETION_INDEX"}};
  variable["valueFrom"]["fieldRef"]["fieldPath"] =
      fmt::format("metadata.labels['{}']", kCompletionIndex);
  for (const char* list : {"initContainers", "containers"}) {
    if (!pod_template["spec"].contains(list)) continue;
    for (Json& container : pod_template["spec"][list]) container["env"].push_back(variable);
  }
  Json labels = Json::object();
  labels[kCompletionIndex] = number;
  return cluster_.create_pod(kUser, *job_, pod_template, "", labels, key_.name + "-" + number);
}

Result<void> JobSync::add_pods(std::int64_t missing) {
  if (pods_.failures_in_row > 0) {
    const int doublings = static_cast<int>(std::min<std::int64_t>(pods_.failures_in_row - 1, 10));
    const Nanos back_off = std::min(kLastBackOff, kFirstBackOff * (1 << doublings));
    const Nanos left = pods_.last_failure + back_off - cluster_.clock.wall_now();
    if (left > Nanos{0}) {
      cluster_.enqueue(ControllerId::job, key_, left);
      return {};
    }
  }
  std::vector<std::int64_t> indexes;
  if (indexed()) {
    std::set<std::int64_t> taken = succeeded_indexes_;
    taken.insert(failed_indexes_.begin(), failed_indexes_.end());
    for (const JsonRef& pod : pods_.active) taken.insert(index_of(*pod));
    const std::int64_t completions = int_at(spec(), {"completions"});
    for (std::int64_t i = 0; i < completions && static_cast<std::int64_t>(indexes.size()) < missing;
         ++i) {
      if (!taken.contains(i)) indexes.push_back(i);
    }
    missing = static_cast<std::int64_t>(indexes.size());
  }
  return create_pods(cluster_, kComponent, *job_, missing, [&](std::int64_t i) {
    auto created = create_pod(indexes.empty() ? 0 : indexes[static_cast<std::size_t>(i)]);
    if (created) pods_.active.push_back(*created);
    return created;
  });
}

Result<void> JobSync::pursue() {
  if (suspended()) {
    if (!has("Suspended")) record(kNormal, "Suspended", "Job suspended");
    set({"Suspended", "True", "JobSuspended", "Job suspended"});
    status_.erase("startTime");
    return delete_active();
  }
  if (has("Suspended")) {
    set({"Suspended", "False", "JobResumed", "Job resumed"});
    record(kNormal, "Resumed", "Job resumed");
  }
  const auto active = static_cast<std::int64_t>(pods_.active.size());
  const std::int64_t parallelism = int_at(spec(), {"parallelism"}, 1);
  const std::int64_t succeeded = int_at(status_, {"succeeded"});
  std::int64_t wanted = parallelism;
  if (any_count()) {
    if (succeeded > 0) wanted = std::min(parallelism, active);
  } else {
    wanted = std::min(parallelism, int_at(spec(), {"completions"}, 1) - succeeded -
                                       static_cast<std::int64_t>(failed_indexes_.size()));
  }
  wanted = std::max<std::int64_t>(0, wanted);
  if (active > wanted) return delete_spare(active - wanted);
  const std::int64_t leaving = replaces_only_failed(*job_) ? pods_.terminating : 0;
  if (wanted > active + leaving) return add_pods(wanted - active - leaving);
  return {};
}

/// Once all its pods have ended, a Job that is to end is over.
void JobSync::end() {
  if (pods_.terminating > 0 || !pods_.active.empty()) return;
  for (const auto& [target, terminal] :
       {std::pair("SuccessCriteriaMet", "Complete"), std::pair("FailureTarget", "Failed")}) {
    const Json* found = condition_in(array_at(status_, {"conditions"}), target);
    if (found == nullptr || text_at(*found, {"status"}) != "True") continue;
    const std::string reason = text_at(*found, {"reason"});
    const std::string message = text_at(*found, {"message"});
    set({terminal, "True", reason, message});
    if (std::string_view(terminal) == "Complete") {
      status_["completionTime"] = now_;
      record(kNormal, "Completed", "Job completed");
    } else {
      record(kWarning, reason, message);
    }
    return;
  }
}

Result<void> JobSync::expire() {
  const std::int64_t seconds = int_at(spec(), {"ttlSecondsAfterFinished"}, -1);
  if (seconds < 0 || is_deleting(*job_)) return {};
  for (const char* type : {"Complete", "Failed"}) {
    const Json* ended = condition_in(array_at(status_, {"conditions"}), type);
    const auto since = ended != nullptr ? time_at(*ended, {"lastTransitionTime"}) : std::nullopt;
    if (!since) continue;
    const Nanos left = *since + std::chrono::seconds(seconds) - cluster_.clock.wall_now();
    if (left > Nanos{0}) {
      cluster_.enqueue(ControllerId::job, key_, left);
      continue;
    }
    auto removed =
        cluster_.api.remove("system:serviceaccount:kube-system:ttl-after-finished-controller",
                            "jobs.batch", key_.ns, key_.name, "Foreground");
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  }
  return {};
}

Result<void> JobSync::write() {
  set_count(status_, "active", static_cast<std::int64_t>(pods_.active.size()));
  status_["ready"] = pods_.ready;
  status_["terminating"] = pods_.terminating;
  status_["uncountedTerminatedPods"] = Json::object();
  if (array_at(status_, {"conditions"}).empty()) status_.erase("conditions");
  auto written = cluster_.write_status(kUser, *job_, status_);
  if (!written && written.error().code() != Errc::not_found) return written.error();
  return {};
}

/// Pods that the status counts need not be kept any longer, nor those of an earlier Job of that
/// name.
Result<void> JobSync::release_pods() {
  for (const auto* pods : {&pods_.succeeded, &pods_.failed, &pods_.untracked}) {
    for (const JsonRef& pod : *pods) {
      if (auto released = release(cluster_, name_of(*pod)); !released) return released;
    }
  }
  return release_strangers(cluster_, key_, uid_of(*job_));
}

Result<void> JobSync::run() {
  pods_ = sort_pods(*job_, claim(cluster_, kUser, *job_, "pods"));
  if (has("Complete") || has("Failed")) {
    if (auto released = release_pods(); !released) return released;
    return expire();
  }
  count();
  Result<void> done;
  if (!is_deleting(*job_)) {
    if (!suspended() && !status_.contains("startTime")) status_["startTime"] = now_;
    judge();
    done = has("SuccessCriteriaMet") || has("FailureTarget") ? delete_active() : pursue();
    if (done) end();
  }
  if (auto written = write(); !written) return written.error();
  if (auto released = release_pods(); !released) return released;
  if (auto expired = expire(); !expired) return expired;
  return done;
}

}  // namespace

Result<void> reconcile_job(Cluster& cluster, const Name& key) {
  JsonRef job = cluster.get("jobs.batch", key);
  if (!job) {
    return release_strangers(cluster, key, "");  // nobody is left to count its pods
  }
  const std::string manager = text_at(*job, {"spec", "managedBy"});
  if (!manager.empty() && manager != "kubernetes.io/job-controller") return {};
  return JobSync(cluster, std::move(job)).run();
}

}  // namespace spokelab::fakeapi
