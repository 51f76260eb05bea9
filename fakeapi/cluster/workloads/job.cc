// The Job controller: pods until enough of them have succeeded, or too many have failed.
#include <algorithm>

#include "base/duration.h"
#include "fakeapi/cluster/workloads/pods_of.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:job-controller";
constexpr Nanos kFirstBackOff = std::chrono::seconds(10);
constexpr Nanos kLastBackOff = std::chrono::minutes(10);

struct Tally {
  std::vector<JsonRef> active;
  std::int64_t ready = 0;
  std::int64_t terminating = 0;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;    // pods that failed, and restarts in place
  std::int64_t failures = 0;  // failed pods alone
  WallTime last_failure{};
};

Tally count(const std::vector<JsonRef>& pods) {
  Tally tally;
  for (const JsonRef& pod : pods) {
    const std::string phase = text_at(*pod, {"status", "phase"});
    if (phase == "Succeeded") {
      ++tally.succeeded;
    } else if (phase == "Failed") {
      ++tally.failures;
      for (const Json& status : array_at(*pod, {"status", "containerStatuses"})) {
        const auto ended = time_at(status, {"state", "terminated", "finishedAt"});
        if (ended) tally.last_failure = std::max(tally.last_failure, *ended);
      }
    } else if (is_deleting(*pod)) {
      ++tally.terminating;
    } else {
      tally.active.push_back(pod);
      if (is_ready(*pod)) ++tally.ready;
      for (const Json& status : array_at(*pod, {"status", "containerStatuses"})) {
        tally.failed += int_at(status, {"restartCount"});
      }
    }
  }
  tally.failed += tally.failures;
  return tally;
}

/// One reconcile of one Job.
class JobRun {
 public:
  JobRun(Cluster& cluster, JsonRef job)
      : cluster_(cluster),
        job_(std::move(job)),
        key_(name_of(*job_)),
        status_(object_at(*job_, {"status"})),
        now_(cluster.now_text()) {}
  Result<void> run();

 private:
  bool suspended() const { return bool_at(*job_, {"spec", "suspend"}); }
  bool any_count() const { return find(*job_, {"spec", "completions"}) == nullptr; }
  Result<void> delete_active();
  Result<void> fail(const char* reason, const char* message);
  Result<void> advance();
  Result<void> add_pods(std::int64_t wanted);
  Result<void> expire();
  Result<void> write();
  void set(const ConditionText& text) {
    set_condition(status_["conditions"], text, now_, ConditionTimes::probe);
  }

  Cluster& cluster_;
  JsonRef job_;
  Name key_;
  Json status_;
  std::string now_;
  Tally tally_;
};

Result<void> JobRun::delete_active() {
  for (const JsonRef& pod : tally_.active) {
    if (auto done = cluster_.delete_pod(kUser, name_of(*pod)); !done) return done.error();
  }
  tally_.terminating += static_cast<std::int64_t>(tally_.active.size());
  tally_.active.clear();
  tally_.ready = 0;
  return {};
}

Result<void> JobRun::fail(const char* reason, const char* message) {
  if (auto done = delete_active(); !done) return done.error();
  set({"FailureTarget", "True", reason, message});
  set({"Failed", "True", reason, message});
  return {};
}

Result<void> JobRun::add_pods(std::int64_t wanted) {
  const auto have = static_cast<std::int64_t>(tally_.active.size());
  if (have > wanted) {
    std::vector<JsonRef> spare = tally_.active;
    sort_for_deletion(spare);
    for (std::int64_t i = 0; i < have - wanted; ++i) {
      const Name name = name_of(*spare[static_cast<std::size_t>(i)]);
      if (auto done = cluster_.delete_pod(kUser, name); !done) return done.error();
    }
    return {};
  }
  if (have == wanted) return {};
  if (tally_.failures > 0) {
    const int doublings = static_cast<int>(std::min<std::int64_t>(tally_.failures - 1, 10));
    const Nanos back_off = std::min(kLastBackOff, kFirstBackOff * (1 << doublings));
    const Nanos left = tally_.last_failure + back_off - cluster_.clock.wall_now();
    if (left > Nanos{0}) {
      cluster_.enqueue(ControllerId::job, key_, left);
      return {};
    }
  }
  for (std::int64_t i = have; i < wanted; ++i) {
    const Json& pod_template = object_at(*job_, {"spec", "template"});
    auto created = cluster_.create_pod(kUser, *job_, pod_template, "", Json::object());
    if (!created) return created.error();
    tally_.active.push_back(*created);
  }
  return {};
}

Result<void> JobRun::advance() {
  if (suspended()) {
    set({"Suspended", "True", "JobSuspended", "Job suspended"});
    status_.erase("startTime");
    return delete_active();
  }
  if (condition_in(status_["conditions"], "Suspended") != nullptr) {
    set({"Suspended", "False", "JobResumed", "Job resumed"});
  }
  if (!status_.contains("startTime")) status_["startTime"] = now_;
  const std::int64_t limit = int_at(*job_, {"spec", "backoffLimit"}, 6);
  if (tally_.failed > limit)
    return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  if (const std::int64_t seconds = int_at(*job_, {"spec", "activeDeadlineSeconds"}, -1);
      seconds >= 0) {
    const auto started = time_at(status_, {"startTime"});
    const Nanos left =
        started ? *started + std::chrono::seconds(seconds) - cluster_.clock.wall_now() : Nanos{0};
    if (left <= Nanos{0})
      return fail("DeadlineExceeded", "Job was active longer than specified deadline");
    cluster_.enqueue(ControllerId::job, key_, left);
  }
  const std::int64_t completions = int_at(*job_, {"spec", "completions"}, 1);
  const bool complete =
      any_count() ? tally_.succeeded > 0 && tally_.active.empty() : tally_.succeeded >= completions;
  if (complete) {
    if (auto done = delete_active(); !done) return done.error();
    set({"SuccessCriteriaMet", "True", "CompletionsReached",
         "Reached expected number of succeeded pods"});
    set({"Complete", "True", "CompletionsReached", "Reached expected number of succeeded pods"});
    status_["completionTime"] = now_;
    return {};
  }
  const std::int64_t parallelism = int_at(*job_, {"spec", "parallelism"}, 1);
  if (any_count())
    return add_pods(tally_.succeeded > 0 ? std::min<std::int64_t>(parallelism, tally_.active.size())
                                         : parallelism);
  return add_pods(std::min(parallelism, completions - tally_.succeeded));
}

Result<void> JobRun::expire() {
  const std::int64_t seconds = int_at(*job_, {"spec", "ttlSecondsAfterFinished"}, -1);
  if (seconds < 0) return {};
  for (const char* type : {"Complete", "Failed"}) {
    const Json* ended = condition_in(array_at(status_, {"conditions"}), type);
    const auto since = ended != nullptr ? time_at(*ended, {"lastTransitionTime"}) : std::nullopt;
    if (!since) continue;
    const Nanos left = *since + std::chrono::seconds(seconds) - cluster_.clock.wall_now();
    if (left > Nanos{0}) {
      cluster_.enqueue(ControllerId::job, key_, left);
      continue;
    }
    auto removed = cluster_.api.remove(kUser, "jobs.batch", key_.ns, key_.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  }
  return {};
}

Result<void> JobRun::write() {
  set_count(status_, "active", static_cast<std::int64_t>(tally_.active.size()));
  set_count(status_, "succeeded", tally_.succeeded);
  set_count(status_, "failed", tally_.failures);
  status_["ready"] = tally_.ready;
  status_["terminating"] = tally_.terminating;
  status_["uncountedTerminatedPods"] = Json::object();
  if (array_at(status_, {"conditions"}).empty()) status_.erase("conditions");
  auto written = cluster_.write_status(kUser, *job_, status_);
  if (!written) return written.error();
  return {};
}

Result<void> JobRun::run() {
  tally_ = count(cluster_.owned_by(*job_, "pods"));
  const bool ended = has_condition(*job_, "Complete") || has_condition(*job_, "Failed");
  Result<void> done;
  if (ended) {
    // Its pods may be cleaned away; the counts stay as they were.
    tally_.succeeded = int_at(status_, {"succeeded"});
    tally_.failures = int_at(status_, {"failed"});
    if (auto expired = expire(); !expired) return expired.error();
    if (!cluster_.get("jobs.batch", key_)) return {};
  } else if (!is_deleting(*job_)) {
    done = advance();
  }
  if (auto written = write(); !written) return written.error();
  return done;
}

}  // namespace

Result<void> reconcile_job(Cluster& cluster, const Name& key) {
  JsonRef job = cluster.get("jobs.batch", key);
  if (!job) return {};
  return JobRun(cluster, std::move(job)).run();
}

}  // namespace spokelab::fakeapi
