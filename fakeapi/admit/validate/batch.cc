// Jobs and cron jobs (pkg/apis/batch/validation).
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/cron_schedule.h"
#include "base/time_zone.h"
#include "fakeapi/admit/validate/rules.h"
#include "kube/selector.h"

namespace spokelab::fakeapi::validation {

namespace {

constexpr std::size_t kCronJobNameMax = 52;

void check_exit_codes(Causes& causes, const Json& rule, const std::string& at) {
  const Json* codes = find(rule, {"onExitCodes"});
  if (codes == nullptr) return;
  const std::string op = text_at(*codes, {"operator"});
  if (op.empty())
    causes.push_back(
        kube::required_value(at + ".onExitCodes.operator", "valid values: [\"In\" \"NotIn\"]"));
  else
    one_of(causes, *codes, {"operator"}, {"In", "NotIn"}, at + ".onExitCodes");
  const Json& values = list_at(*codes, {"values"});
  if (values.empty())
    causes.push_back(
        invalid_text(at + ".onExitCodes.values", "[]int32(nil)", "at least one value is required"));
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string here = fmt::format("{}.onExitCodes.values[{}]", at, i);
    if (op == "In" && values[i] == 0)
      causes.push_back(kube::invalid_value(here, 0, "must not be 0 for the In operator"));
    if (values[i].is_number_integer() && !seen.insert(values[i].get<std::int64_t>()).second)
      causes.push_back(kube::duplicate_value(here, values[i]));
  }
}

void check_failure_policy(Causes& causes, const Json& spec, const std::string& at) {
  const Json& rules = list_at(spec, {"podFailurePolicy", "rules"});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string here = fmt::format("{}.podFailurePolicy.rules[{}]", at, i);
    const std::string action = text_at(rules[i], {"action"});
    if (action.empty())
      causes.push_back(kube::required_value(
          here + ".action", "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]"));
    else if (action == "FailIndex" && find(spec, {"backoffLimitPerIndex"}) == nullptr)
      causes.push_back(kube::invalid_value(here + ".action", action,
                                           "requires the backoffLimitPerIndex to be set"));
    else
      one_of(causes, rules[i], {"action"}, {"Count", "FailIndex", "FailJob", "Ignore"}, here);
    check_exit_codes(causes, rules[i], here);
    const bool codes = find(rules[i], {"onExitCodes"}) != nullptr;
    const bool conditions = !list_at(rules[i], {"onPodConditions"}).empty();
    if (codes && conditions)
      causes.push_back({"FieldValueInvalid",
                        "Invalid value: specifying both OnExitCodes and OnPodConditions is not "
                        "supported",
                        here});
    if (!codes && !conditions)
      causes.push_back({"FieldValueInvalid",
                        "Invalid value: specifying one of OnExitCodes and OnPodConditions is "
                        "required",
                        here});
  }
}

constexpr std::int64_t kIndexedParallelismMax = 100'000;
constexpr std::size_t kManagedByMax = 63;

/// When a job counts as done before all its indexes are.
void check_success_policy(Causes& causes, const Json& spec, const std::string& at, bool indexed) {
  const Json* policy = find(spec, {"successPolicy"});
  if (policy == nullptr) return;
  const std::string here = at + ".successPolicy";
  if (!indexed) {
    causes.push_back(kube::invalid_value(here, *policy, "requires indexed completion mode"));
    return;
  }
  const Json& rules = list_at(*policy, {"rules"});
  if (rules.empty())
    causes.push_back(kube::required_value(
        here + ".rules",
        "at least one rules must be specified when the successPolicy is specified"));
  const auto completions = int_at(spec, {"completions"});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string rule = fmt::format("{}.rules[{}]", here, i);
    const Json* count = find(rules[i], {"succeededCount"});
    if (count == nullptr && find(rules[i], {"succeededIndexes"}) == nullptr)
      causes.push_back(kube::required_value(
          rule, "at least one of succeededCount or succeededIndexes must be specified"));
    if (count == nullptr || !count->is_number()) continue;
    if (*count < 0)
      causes.push_back(kube::invalid_value(rule + ".succeededCount", *count,
                                           "must be greater than or equal to 0"));
    if (*count > completions)
      causes.push_back(kube::invalid_value(
          rule + ".succeededCount", *count,
          fmt::format("must be less than or equal to {} (the number of specified completions)",
                      completions)));
  }
}

/// The pods of a job end: their template must say how.
void check_end(Causes& causes, const Json& spec, const std::string& at) {
  const std::string here = at + ".template.spec.restartPolicy";
  const std::string policy = text_at(spec, {"template", "spec", "restartPolicy"});
  if (policy.empty() || policy == "Always")
    causes.push_back(kube::required_value(here, "valid values: \"OnFailure\", \"Never\""));
  else if (policy != "OnFailure" && policy != "Never")
    causes.push_back(kube::not_supported(here, policy, {"OnFailure", "Never"}));
  else if (find(spec, {"podFailurePolicy"}) != nullptr && policy != "Never")
    causes.push_back(kube::invalid_value(
        here, policy, "only \"Never\" is supported when podFailurePolicy is specified"));
}

void check_job_spec(Causes& causes, const Json& spec, const std::string& at) {
  for (const char* field : {"parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
                            "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"})
    not_negative(causes, spec, {field}, at);
  const bool per_index = find(spec, {"backoffLimitPerIndex"}) != nullptr;
  const bool failed_indexes = find(spec, {"maxFailedIndexes"}) != nullptr;
  if (failed_indexes && !per_index)
    causes.push_back(
        kube::required_value(at + ".backoffLimitPerIndex", "when maxFailedIndexes is specified"));
  one_of(causes, spec, {"completionMode"}, {"NonIndexed", "Indexed"}, at);
  const std::string mode = text_at(spec, {"completionMode"}, "NonIndexed");
  if (mode == "Indexed" && find(spec, {"completions"}) == nullptr)
    causes.push_back(kube::required_value(at + ".completions", "when completion mode is Indexed"));
  if (mode == "NonIndexed") {
    for (const char* field : {"backoffLimitPerIndex", "maxFailedIndexes"}) {
      if (const Json* value = find(spec, {field}))
        causes.push_back(
            kube::invalid_value(at + "." + field, *value, "requires indexed completion mode"));
    }
  }
  const auto parallelism = int_at(spec, {"parallelism"});
  if (mode == "Indexed" && parallelism > kIndexedParallelismMax)
    causes.push_back(kube::invalid_value(
        at + ".parallelism", parallelism,
        fmt::format("must be less than or equal to {} when completion mode is Indexed",
                    kIndexedParallelismMax)));
  check_failure_policy(causes, spec, at);
  check_success_policy(causes, spec, at, mode == "Indexed");
  if (const Json* manager = find(spec, {"managedBy"}); manager != nullptr && manager->is_string()) {
    const auto& name = manager->get_ref<const std::string&>();
    check_domain_path(causes, at + ".managedBy", name);
    if (name.size() > kManagedByMax) causes.push_back(too_long(at + ".managedBy", kManagedByMax));
  }
  one_of(causes, spec, {"podReplacementPolicy"}, {"Failed", "TerminatingOrFailed"}, at);
  check_template_at(causes, find(spec, {"template"}), at + ".template");
  check_end(causes, spec, at);
}

/// The selector of a job is made of its uid unless somebody says that he knows better.
void check_generated_selector(Causes& causes, const Json& job) {
  if (bool_at(job, {"spec", "manualSelector"})) return;
  constexpr const char* kUid = "batch.kubernetes.io/controller-uid";
  const Json& selector = object_at(job, {"spec", "selector"});
  const Json& labels = object_at(selector, {"matchLabels"});
  if (labels.size() == 1 && labels.contains(kUid) && selector.size() == 1) return;
  causes.push_back(
      invalid_text("spec.selector", go_selector(selector), "`selector` not auto-generated"));
}

}  // namespace

void check_job(Causes& causes, const Json& object, const Json* old) {
  if (old == nullptr) check_generated_selector(causes, object);
  check_job_spec(causes, object_at(object, {"spec"}), "spec");
  const Json* selector = find(object, {"spec", "selector"});
  check_label_selector(causes, "spec.selector", selector);
  const auto parsed = selector != nullptr ? kube::LabelSelector::from_json(*selector)
                                          : kube::LabelSelector::from_json(Json::object());
  const Json* labels = find(object, {"spec", "template", "metadata", "labels"});
  static const Json none = Json::object();
  if (parsed && !parsed->matches(labels != nullptr ? *labels : none))
    causes.push_back(invalid_text("spec.template.metadata.labels", go_map(labels),
                                  "`selector` does not match template `labels`"));
  if (text_at(object, {"spec", "completionMode"}) != "Indexed")
    immutable(causes, object, old, {"spec", "completions"});
  immutable(causes, object, old, {"spec", "selector"});
  if (old != nullptr && !bool_at(*old, {"spec", "suspend"}))
    immutable(causes, object, old, {"spec", "template"});
  immutable(causes, object, old, {"spec", "completionMode"});
  immutable(causes, object, old, {"spec", "podFailurePolicy"});
}

void check_cron_job(Causes& causes, const Json& object, const Json* old) {
  const std::string schedule = text_at(object, {"spec", "schedule"});
  if (schedule.empty()) {
    causes.push_back(kube::required_value("spec.schedule", ""));
  } else {
    const bool zoned = schedule.find("TZ") != std::string::npos;
    if (const auto parsed = CronSchedule::parse(schedule); !parsed && !zoned)
      causes.push_back(kube::invalid_value("spec.schedule", schedule, parsed.error().message()));
    if (zoned)
      causes.push_back(
          kube::invalid_value("spec.schedule", schedule,
                              "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
  }
  not_negative(causes, object, {"spec", "startingDeadlineSeconds"});
  if (const Json* zone = find(object, {"spec", "timeZone"}); zone != nullptr && zone->is_string()) {
    const auto& name = zone->get_ref<const std::string&>();
    if (name.empty())
      causes.push_back(
          kube::invalid_value("spec.timeZone", name, "timeZone must be nil or non-empty string"));
    else if (const auto loaded = TimeZone::load(name); !loaded)
      causes.push_back(kube::invalid_value("spec.timeZone", name, loaded.error().message()));
  }
  one_of(causes, object, {"spec", "concurrencyPolicy"}, {"Allow", "Forbid", "Replace"});
  check_job_spec(causes, object_at(object, {"spec", "jobTemplate", "spec"}),
                 "spec.jobTemplate.spec");
  not_negative(causes, object, {"spec", "successfulJobsHistoryLimit"});
  not_negative(causes, object, {"spec", "failedJobsHistoryLimit"});
  const std::string name = text_at(object, {"metadata", "name"});
  if (old == nullptr && name.size() > kCronJobNameMax)
    causes.push_back(
        kube::invalid_value("metadata.name", name, "must be no more than 52 characters"));
}

}  // namespace spokelab::fakeapi::validation
