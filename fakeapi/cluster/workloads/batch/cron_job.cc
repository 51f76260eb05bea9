// The CronJob controller: a Job whenever the schedule says so.
#include <fmt/format.h>

#include <algorithm>

#include "base/cron_schedule.h"
#include "base/duration.h"
#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:cronjob-controller";
constexpr int kMissesMax = 100;

/// "Complete" or "Failed"; "" while the job runs.
std::string end_of(const Json& job) {
  for (const char* type : {"Complete", "Failed"}) {
    if (has_condition(job, type)) return type;
  }
  return "";
}

/// One look at one CronJob.
class CronSync {
 public:
  CronSync(Cluster& cluster, JsonRef cron)
      : cluster_(cluster),
        cron_(std::move(cron)),
        key_(name_of(*cron_)),
        status_(object_at(*cron_, {"status"})),
        jobs_(cluster.owned_by(*cron_, "jobs.batch")) {}
  Result<void> run();

 private:
  void see_ends();
  Result<void> schedule();
  Result<void> start(WallTime at, const TimeZone& zone);
  Result<void> remove(const Name& job);
  Result<void> clean_up(const char* condition, std::int64_t limit);
  std::optional<WallTime> due(const CronSchedule& schedule, const TimeZone& zone, WallTime now);
  Json references() const;
  void record(std::string_view type, std::string_view reason, std::string message) {
    cluster_.events.tell({"cronjob-controller", ""}, *cron_,
                         {type, reason, std::move(message), ""});
  }

  Cluster& cluster_;
  JsonRef cron_;
  Name key_;
  Json status_;
  std::vector<JsonRef> jobs_;
};

/// Jobs that were active when last looked at and have ended since.
void CronSync::see_ends() {
  for (const Json& reference : array_at(status_, {"active"})) {
    const std::string uid = text_at(reference, {"uid"});
    const auto job = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const JsonRef& each) { return uid_of(*each) == uid; });
    const std::string name = text_at(reference, {"name"});
    if (job == jobs_.end()) {
      record(kNormal, "MissingJob", "Active job went missing: " + name);
    } else if (const std::string end = end_of(**job); !end.empty()) {
      record(kNormal, "SawCompletedJob",
             fmt::format("Saw completed job: {}, condition: {}", name, end));
    }
  }
  std::string last_success = text_at(status_, {"lastSuccessfulTime"});
  for (const JsonRef& job : jobs_) {
    if (has_condition(*job, "Complete"))
      last_success = std::max(last_success, text_at(*job, {"status", "completionTime"}));
  }
  if (!last_success.empty()) status_["lastSuccessfulTime"] = last_success;
}

Result<void> CronSync::remove(const Name& job) {
  auto removed = cluster_.api.remove(kUser, "jobs.batch", job.ns, job.name);
  if (!removed && removed.error().code() != Errc::not_found) {
    record(kWarning, "FailedDelete", "Deleted job: " + removed.error().message());
    return removed.error();
  }
  record(kNormal, "SuccessfulDelete", "Deleted job " + job.name);
  return {};
}

/// Removes ended jobs of one sort beyond their limit, oldest first.
Result<void> CronSync::clean_up(const char* condition, std::int64_t limit) {
  std::vector<std::pair<std::string, Name>> ended;
  for (const JsonRef& job : jobs_) {
    if (has_condition(*job, condition) && !is_deleting(*job))
      ended.emplace_back(text_at(*job, {"status", "startTime"}), name_of(*job));
  }
  std::sort(ended.begin(), ended.end());
  for (std::size_t i = 0; i < ended.size() && static_cast<std::int64_t>(ended.size() - i) > limit;
       ++i) {
    if (auto removed = remove(ended[i].second); !removed) return removed;
  }
  return {};
}

/// The latest scheduled instant that has passed since the last run.
std::optional<WallTime> CronSync::due(const CronSchedule& schedule, const TimeZone& zone,
                                      WallTime now) {
  auto from = time_at(*cron_, {"metadata", "creationTimestamp"});
  if (const auto last = time_at(status_, {"lastScheduleTime"}); last) from = last;
  if (!from) return std::nullopt;
  const std::int64_t deadline = std::min<std::int64_t>(
      int_at(*cron_, {"spec", "startingDeadlineSeconds"}, -1), 1'000'000'000);
  if (deadline >= 0) from = std::max(*from, now - std::chrono::seconds(deadline));
  std::optional<WallTime> due;
  int misses = 0;
  for (auto next = schedule.next(*from, zone); next && *next <= now;
       next = schedule.next(*next, zone)) {
    due = next;
    ++misses;
  }
  if (misses > kMissesMax) {
    record(kWarning, "TooManyMissedTimes",
           "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check "
           "clock skew");
  }
  return due;
}

Result<void> CronSync::start(WallTime at, const TimeZone& zone) {
  const auto minutes =
      std::chrono::duration_cast<std::chrono::minutes>(at.time_since_epoch()).count();
  Json job = Json::object();
  job["apiVersion"] = "batch/v1";
  job["kind"] = "Job";
  const Json& source = object_at(*cron_, {"spec", "jobTemplate"});
  const std::string name = key_.name + "-" + std::to_string(minutes);
  job["metadata"] = {{"name", name}, {"namespace", key_.ns}};
  if (const Json& labels = labels_of(source); !labels.empty()) job["metadata"]["labels"] = labels;
  Json annotations = object_at(source, {"metadata", "annotations"});
  const auto offset = std::chrono::duration_cast<std::chrono::minutes>(zone.offset_at(at)).count();
  std::string stamp = format_rfc3339(at + std::chrono::minutes(offset));
  if (offset != 0) {
    stamp.back() = offset < 0 ? '-' : '+';
    stamp += fmt::format("{:02}:{:02}", std::abs(offset) / 60, std::abs(offset) % 60);
  }
  annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] = stamp;
  job["metadata"]["annotations"] = std::move(annotations);
  job["metadata"]["ownerReferences"] = Json::array({controller_reference(*cron_)});
  job["spec"] = object_at(source, {"spec"});
  auto created = cluster_.api.create(kUser, std::move(job));
  if (!created) {
    const auto& error = created.error();
    if (error.code() == Errc::already_exists) return {};
    record(kWarning, "FailedCreate", "Error creating job: " + error.message());
    return error;
  }
  record(kNormal, "SuccessfulCreate", "Created job " + name);
  jobs_.push_back(*created);
  return {};
}

Result<void> CronSync::schedule() {
  const std::string zone_name = text_at(*cron_, {"spec", "timeZone"});
  const auto zone = TimeZone::load(zone_name);
  const auto schedule = CronSchedule::parse(text_at(*cron_, {"spec", "schedule"}));
  if (!zone) {
    record(kWarning, "UnknownTimeZone",
           fmt::format("invalid timeZone: \"{}\": {}", zone_name, zone.error().message()));
  } else if (!schedule) {
    record(kWarning, "UnparseableSchedule",
           fmt::format("unparseable schedule: \"{}\" : {}", text_at(*cron_, {"spec", "schedule"}),
                       schedule.error().message()));
  }
  if (!zone || !schedule) {
    cluster_.tell_state(cluster_.subject("cronjob", key_) + ".schedule", "unusable",
                        zone ? schedule.error().message() : zone.error().message());
    return {};
  }
  if (bool_at(*cron_, {"spec", "suspend"})) return {};
  const WallTime now = cluster_.clock.wall_now();
  if (const auto next = schedule->next(now, *zone); next)
    cluster_.enqueue(ControllerId::cron_job, key_, *next - now);
  const auto at = due(*schedule, *zone, now);
  if (!at) return {};
  const std::string policy = text_at(*cron_, {"spec", "concurrencyPolicy"}, "Allow");
  std::vector<JsonRef> active;
  for (const JsonRef& job : jobs_) {
    if (end_of(*job).empty()) active.push_back(job);
  }
  if (policy == "Forbid" && !active.empty()) {
    record(kNormal, "JobAlreadyActive",
           "Not starting job because prior execution is running and concurrency policy is Forbid");
    return {};
  }
  if (policy == "Replace") {
    for (const JsonRef& job : active) {
      if (auto removed = remove(name_of(*job)); !removed) return removed;
      std::erase(jobs_, job);
    }
  }
  if (auto started = start(*at, *zone); !started) return started;
  status_["lastScheduleTime"] = format_rfc3339(*at);
  return {};
}

Json CronSync::references() const {
  Json list = Json::array();
  for (const JsonRef& job : jobs_) {
    if (!end_of(*job).empty()) continue;
    const Name name = name_of(*job);
    list.push_back({{"apiVersion", "batch/v1"},
                    {"kind", "Job"},
                    {"name", name.name},
                    {"namespace", name.ns},
                    {"resourceVersion", text_at(*job, {"metadata", "resourceVersion"})},
                    {"uid", uid_of(*job)}});
  }
  // The version is the one at which the job was first seen.
  for (Json& reference : list) {
    for (const Json& known : array_at(status_, {"active"})) {
      if (text_at(known, {"uid"}) == text_at(reference, {"uid"})) reference = known;
    }
  }
  return list;
}

Result<void> CronSync::run() {
  see_ends();
  const Json& spec = object_at(*cron_, {"spec"});
  if (auto done = clean_up("Complete", int_at(spec, {"successfulJobsHistoryLimit"}, 3)); !done)
    return done;
  if (auto done = clean_up("Failed", int_at(spec, {"failedJobsHistoryLimit"}, 1)); !done)
    return done;
  if (auto done = schedule(); !done) return done;
  Json active = references();
  if (active.empty())
    status_.erase("active");
  else
    status_["active"] = std::move(active);
  auto written = cluster_.write_status(kUser, *cron_, status_);
  if (!written) return written.error();
  return {};
}

}  // namespace

Result<void> reconcile_cron_job(Cluster& cluster, const Name& key) {
  JsonRef cron = cluster.get("cronjobs.batch", key);
  if (!cron || is_deleting(*cron)) return {};
  return CronSync(cluster, std::move(cron)).run();
}

}  // namespace spokelab::fakeapi
