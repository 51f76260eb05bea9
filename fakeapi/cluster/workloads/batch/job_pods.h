// The pods of a Job: which of them count for what, and which indexes they stand for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

inline constexpr const char* kJobTracking = "batch.kubernetes.io/job-tracking";
inline constexpr const char* kCompletionIndex = "batch.kubernetes.io/job-completion-index";
inline constexpr const char* kIndexFailures = "batch.kubernetes.io/job-index-failure-count";

/// "0,2-4": a Job's way to write indexes. What cannot be read is left out.
std::set<std::int64_t> read_indexes(const std::string& text);
std::string write_indexes(const std::set<std::int64_t>& indexes);

/// What spec.podFailurePolicy says of a failed pod.
struct FailureVerdict {
  std::string action = "Count";  ///< FailJob, FailIndex, Ignore or Count.
  std::string message;           ///< Of FailJob.
};
FailureVerdict judge_failure(const Json& job, const Json& pod);

/// A Job's pods, sorted out.
struct JobPods {
  std::vector<JsonRef> active;
  std::vector<JsonRef> succeeded;  ///< Not counted in the status yet, as are the failed ones.
  std::vector<JsonRef> failed;
  std::vector<JsonRef> untracked;  ///< Failed ones that the policy ignores.
  std::string fail_job;            ///< The policy ends the Job, and why.
  std::int64_t ready = 0;
  std::int64_t terminating = 0;
  std::int64_t restarts = 0;         ///< In place, of active pods.
  std::int64_t failures_in_row = 0;  ///< Since the last success.
  WallTime last_failure{};
  std::set<std::int64_t> succeeded_indexes;             ///< By pods not counted yet.
  std::map<std::int64_t, std::int64_t> index_failures;  ///< Failures of an index so far.
  std::set<std::int64_t> policy_failed_indexes;         ///< FailIndex.
};

/// `wait_for_end`: a pod being deleted fails only when it has ended (podReplacementPolicy Failed).
JobPods sort_pods(const Json& job, const std::vector<JsonRef>& pods);

/// The index a pod stands for; -1: none.
std::int64_t index_of(const Json& pod);
bool is_tracked(const Json& pod);
/// A pod being deleted is replaced only when it has ended.
bool replaces_only_failed(const Json& job);

/// The first success rule that holds, by its number; nullopt: none.
std::optional<std::size_t> success_rule(const Json& job, const std::set<std::int64_t>& succeeded);

}  // namespace spokelab::fakeapi
