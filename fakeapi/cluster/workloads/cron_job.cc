// The CronJob controller: a Job whenever the schedule says so.
#include <algorithm>

#include "base/duration.h"
#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/workloads/cron_schedule.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:cronjob-controller";
constexpr int kMissesMax = 100;

bool is_over(const Json& job) {
  return has_condition(job, "Complete") || has_condition(job, "Failed");
}

/// Removes ended jobs of one sort beyond their limit, oldest first.
Result<void> clean_up(Cluster& cluster, const std::vector<JsonRef>& jobs, const char* condition,
                      std::int64_t limit) {
  std::vector<std::pair<std::string, Name>> ended;
  for (const JsonRef& job : jobs) {
    if (has_condition(*job, condition))
      ended.emplace_back(text_at(*job, {"status", "startTime"}), name_of(*job));
  }
  std::sort(ended.begin(), ended.end());
  for (std::size_t i = 0; i < ended.size() && static_cast<std::int64_t>(ended.size() - i) > limit;
       ++i) {
    const Name& name = ended[i].second;
    auto removed = cluster.api.remove(kUser, "jobs.batch", name.ns, name.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  }
  return {};
}

/// The latest scheduled instant that has passed since the last run, and none when too many were
/// missed.
std::optional<WallTime> due_run(const Json& cron, const CronSchedule& schedule, WallTime now) {
  auto from = time_at(cron, {"status", "lastScheduleTime"});
  if (!from) from = time_at(cron, {"metadata", "creationTimestamp"});
  if (!from) return std::nullopt;
  const std::int64_t deadline = int_at(cron, {"spec", "startingDeadlineSeconds"}, -1);
  if (deadline >= 0) from = std::max(*from, now - std::chrono::seconds(deadline));
  std::optional<WallTime> due;
  int misses = 0;
  for (auto next = schedule.next(*from); next && *next <= now; next = schedule.next(*next)) {
    due = next;
    if (++misses > kMissesMax && deadline < 0) return std::nullopt;
  }
  return due;
}

Result<JsonRef> start_job(Cluster& cluster, const Json& cron, WallTime at) {
  const Name key = name_of(cron);
  const auto minutes =
      std::chrono::duration_cast<std::chrono::minutes>(at.time_since_epoch()).count();
  Json job = Json::object();
  job["apiVersion"] = "batch/v1";
  job["kind"] = "Job";
  const Json& source = object_at(cron, {"spec", "jobTemplate"});
  job["metadata"] = {{"name", key.name + "-" + std::to_string(minutes)}, {"namespace", key.ns}};
  if (const Json& labels = labels_of(source); !labels.empty()) job["metadata"]["labels"] = labels;
  job["metadata"]["annotations"] = object_at(source, {"metadata", "annotations"});
  job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] =
      format_rfc3339(at);
  job["metadata"]["ownerReferences"] = Json::array({controller_reference(cron)});
  job["spec"] = object_at(source, {"spec"});
  return cluster.api.create(kUser, std::move(job));
}

Json references(const std::vector<JsonRef>& jobs) {
  Json list = Json::array();
  for (const JsonRef& job : jobs) {
    if (is_over(*job)) continue;
    const Name name = name_of(*job);
    list.push_back({{"apiVersion", "batch/v1"},
                    {"kind", "Job"},
                    {"name", name.name},
                    {"namespace", name.ns},
                    {"uid", uid_of(*job)}});
  }
  return list;
}

Result<void> run_if_due(Cluster& cluster, const Json& cron, const CronSchedule& schedule,
                        std::vector<JsonRef>& jobs, Json& status) {
  const WallTime now = cluster.clock.wall_now();
  if (const auto next = schedule.next(now); next) {
    cluster.enqueue(ControllerId::cron_job, name_of(cron), *next - now);
  }
  const auto due = due_run(cron, schedule, now);
  if (!due) return {};
  const std::string policy = text_at(cron, {"spec", "concurrencyPolicy"}, "Allow");
  std::vector<JsonRef> active;
  for (const JsonRef& job : jobs) {
    if (!is_over(*job)) active.push_back(job);
  }
  if (policy == "Forbid" && !active.empty()) return {};
  if (policy == "Replace") {
    for (const JsonRef& job : active) {
      const Name name = name_of(*job);
      auto removed = cluster.api.remove(kUser, "jobs.batch", name.ns, name.name);
      if (!removed && removed.error().code() != Errc::not_found) return removed.error();
      std::erase(jobs, job);
    }
  }
  auto created = start_job(cluster, cron, *due);
  if (!created && created.error().code() != Errc::already_exists) return created.error();
  if (created) jobs.push_back(*created);
  status["lastScheduleTime"] = format_rfc3339(*due);
  return {};
}

}  // namespace

Result<void> reconcile_cron_job(Cluster& cluster, const Name& key) {
  const JsonRef cron = cluster.get("cronjobs.batch", key);
  if (!cron || is_deleting(*cron)) return {};
  std::vector<JsonRef> jobs = cluster.owned_by(*cron, "jobs.batch");
  Json status = object_at(*cron, {"status"});
  const auto clean =
      clean_up(cluster, jobs, "Complete", int_at(*cron, {"spec", "successfulJobsHistoryLimit"}, 3));
  if (!clean) return clean.error();
  const auto cleaner =
      clean_up(cluster, jobs, "Failed", int_at(*cron, {"spec", "failedJobsHistoryLimit"}, 1));
  if (!cleaner) return cleaner.error();
  const auto schedule = CronSchedule::parse(text_at(*cron, {"spec", "schedule"}));
  const std::string zone = text_at(*cron, {"spec", "timeZone"}, "UTC");
  if (!schedule || (zone != "UTC" && zone != "Etc/UTC")) {
    cluster.tell_state(cluster.subject("cronjob", key) + ".schedule", "unusable",
                       schedule ? "time zone " + zone + " is not available, only UTC is"
                                : schedule.error().message());
  } else if (!bool_at(*cron, {"spec", "suspend"})) {
    if (auto ran = run_if_due(cluster, *cron, *schedule, jobs, status); !ran) return ran.error();
  }
  std::string last_success = text_at(status, {"lastSuccessfulTime"});
  for (const JsonRef& job : jobs)
    last_success = std::max(last_success, text_at(*job, {"status", "completionTime"}));
  if (!last_success.empty()) status["lastSuccessfulTime"] = last_success;
  Json active = references(jobs);
  if (active.empty()) {
    status.erase("active");
  } else {
    status["active"] = std::move(active);
  }
  auto written = cluster.write_status(kUser, *cron, std::move(status));
  if (!written) return written.error();
  return {};
}

}  // namespace spokelab::fakeapi
