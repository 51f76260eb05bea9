// The pods of a Job: counting, failure and success policies, indexes.
#include "fakeapi/cluster/workloads/batch/job_pods.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace spokelab::fakeapi {

namespace {

constexpr std::int64_t kIndexesMax = 1'000'000;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string phase_of(const Json& pod) { return text_at(pod, {"status", "phase"}); }

bool has_failed(const Json& job, const Json& pod) {
  if (phase_of(pod) == "Failed") return true;
  return !replaces_only_failed(job) && is_deleting(pod) && phase_of(pod) != "Succeeded";
}

/// When a pod ended: its last container's end, or the mark of its deletion.
WallTime end_of(const Json& pod) {
  WallTime end{};
  for (const Json& status : array_at(pod, {"status", "containerStatuses"})) {
    if (const auto at = time_at(status, {"state", "terminated", "finishedAt"}); at)
      end = std::max(end, *at);
  }
  if (end != WallTime{}) return end;
  if (const auto at = time_at(pod, {"metadata", "deletionTimestamp"}); at) {
    return *at - std::chrono::seconds(int_at(pod, {"metadata", "deletionGracePeriodSeconds"}));
  }
  const auto created = time_at(pod, {"metadata", "creationTimestamp"});
  return created ? *created : end;
}

/// The container whose exit code a rule means, if there is one.
const Json* matching_exit(const Json& rule, const Json& pod) {
  const std::string wanted = text_at(rule, {"containerName"});
  const Json& values = array_at(rule, {"values"});
  for (const char* list : {"containerStatuses", "initContainerStatuses"}) {
    for (const Json& status : array_at(pod, {"status", list})) {
      if (!wanted.empty() && text_at(status, {"name"}) != wanted) continue;
      const std::int64_t code = int_at(status, {"state", "terminated", "exitCode"});
      if (code == 0) continue;
      const bool listed = std::find(values.begin(), values.end(), Json(code)) != values.end();
      if (listed == (text_at(rule, {"operator"}) == "In")) return &status;
    }
  }
  return nullptr;
}

const Json* matching_condition(const Json& patterns, const Json& pod) {
  for (const Json& pattern : patterns) {
    const Json* found =
        condition_in(array_at(pod, {"status", "conditions"}), text_at(pattern, {"type"}));
    if (found != nullptr && text_at(*found, {"status"}) == text_at(pattern, {"status"}, "True"))
      return found;
  }
  return nullptr;
}

}  // namespace

std::set<std::int64_t> read_indexes(const std::string& text) {
  std::set<std::int64_t> indexes;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    const std::size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (!first || !last || *last - *first > kIndexesMax) continue;
    for (std::int64_t index = *first; index <= *last; ++index) indexes.insert(index);
  }
  return indexes;
}

std::string write_indexes(const std::set<std::int64_t>& indexes) {
  std::string text;
  for (auto each = indexes.begin(); each != indexes.end();) {
    const std::int64_t first = *each;
    std::int64_t last = first;
    while (++each != indexes.end() && *each == last + 1) last = *each;
    if (!text.empty()) text += ',';
    text += std::to_string(first);
    if (last > first) text += (last == first + 1 ? "," : "-") + std::to_string(last);
  }
  return text;
}

bool replaces_only_failed(const Json& job) {
  return text_at(job, {"spec", "podReplacementPolicy"}) == "Failed" ||
         find(job, {"spec", "podFailurePolicy"}) != nullptr;
}

std::int64_t index_of(const Json& pod) {
  const auto index = number(annotation_of(pod, kCompletionIndex));
  return index ? *index : -1;
}

bool is_tracked(const Json& pod) {
  const Json& finalizers = array_at(pod, {"metadata", "finalizers"});
  return std::find(finalizers.begin(), finalizers.end(), Json(kJobTracking)) != finalizers.end();
}

FailureVerdict judge_failure(const Json& job, const Json& pod) {
  const Json& rules = array_at(job, {"spec", "podFailurePolicy", "rules"});
  const Name name = name_of(pod);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string action = text_at(rules[i], {"action"});
    if (const Json* wanted = find(rules[i], {"onExitCodes"}); wanted != nullptr) {
      const Json* container = matching_exit(*wanted, pod);
      if (container == nullptr) continue;
      return {
          action,
          fmt::format(
              "Container {} for pod {}/{} failed with exit code {} matching {} rule at index {}",
              text_at(*container, {"name"}), name.ns, name.name,
              int_at(*container, {"state", "terminated", "exitCode"}), action, i)};
    }
    const Json* condition = matching_condition(array_at(rules[i], {"onPodConditions"}), pod);
    if (condition == nullptr) continue;
    return {action, fmt::format("Pod {}/{} has condition {} matching {} rule at index {}", name.ns,
                                name.name, text_at(*condition, {"type"}), action, i)};
  }
  return {};
}

JobPods sort_pods(const Json& job, const std::vector<JsonRef>& pods) {
  JobPods sorted;
  std::vector<std::pair<WallTime, bool>> ends;  // when, and whether it was a success
  for (const JsonRef& pod : pods) {
    const std::string phase = phase_of(*pod);
    const std::int64_t index = index_of(*pod);
    if (is_deleting(*pod) && phase != "Succeeded" && phase != "Failed") ++sorted.terminating;
    if (phase == "Succeeded") {
      ends.emplace_back(end_of(*pod), true);
      if (!is_tracked(*pod)) continue;
      sorted.succeeded.push_back(pod);
      if (index >= 0) sorted.succeeded_indexes.insert(index);
    } else if (has_failed(job, *pod)) {
      const FailureVerdict verdict =
          phase == "Failed" ? judge_failure(job, *pod) : FailureVerdict{};
      if (verdict.action == "Ignore") {
        sorted.untracked.push_back(pod);
        continue;
      }
      ends.emplace_back(end_of(*pod), false);
      const auto before = number(annotation_of(*pod, kIndexFailures));
      std::int64_t& failures = sorted.index_failures[index];
      failures = std::max(failures, (before ? *before : 0) + 1);
      if (verdict.action == "FailIndex") sorted.policy_failed_indexes.insert(index);
      if (!is_tracked(*pod)) continue;
      if (verdict.action == "FailJob" && sorted.fail_job.empty()) sorted.fail_job = verdict.message;
      sorted.failed.push_back(pod);
    } else if (!is_deleting(*pod)) {
      sorted.active.push_back(pod);
      if (is_ready(*pod)) ++sorted.ready;
      for (const char* list : {"containerStatuses", "initContainerStatuses"}) {
        for (const Json& status : array_at(*pod, {"status", list}))
          sorted.restarts += int_at(status, {"restartCount"});
      }
    }
  }
  std::sort(ends.begin(), ends.end());
  for (const auto& [at, success] : ends) {
    sorted.failures_in_row = success ? 0 : sorted.failures_in_row + 1;
    if (!success) sorted.last_failure = at;
  }
  return sorted;
}

std::optional<std::size_t> success_rule(const Json& job, const std::set<std::int64_t>& succeeded) {
  const Json& rules = array_at(job, {"spec", "successPolicy", "rules"});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    std::size_t wanted = 1, met = succeeded.size();
    if (const Json* listed = find(rules[i], {"succeededIndexes"}); listed != nullptr) {
      const std::set<std::int64_t> indexes = read_indexes(text_at(rules[i], {"succeededIndexes"}));
      met = static_cast<std::size_t>(
          std::count_if(indexes.begin(), indexes.end(),
                        [&](std::int64_t index) { return succeeded.contains(index); }));
      wanted = indexes.size();
    }
    if (const std::int64_t count = int_at(rules[i], {"succeededCount"}); count > 0)
      wanted = static_cast<std::size_t>(count);
    if (met >= wanted) return i;
  }
  return std::nullopt;
}

}  // namespace spokelab::fakeapi
