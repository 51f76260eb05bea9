// Jobs: indexes, policies, limits, in the order in which clients see it.
#include <gtest/gtest.h>

#include "fakeapi/cluster/workloads/batch/job_pods.h"
#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

/// A Job as the API server stores it, with a shell script for its container.
Json job(const std::string& script, std::string_view spec = "{}") {
  Json object =
      parsed(R"({"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"work","namespace":
    "shop"},"spec":{"completions":1,"parallelism":1,"backoffLimit":6,"selector":{"matchLabels":
    {"job-name":"work"}},"template":{"metadata":{"labels":{"job-name":"work"}},"spec":
    {"restartPolicy":"Never","containers":[{"name":"main","image":"app:1"}]}}}})");
  object["spec"].merge_patch(parsed(spec));
  object["spec"]["template"]["spec"]["containers"][0]["command"] = {"sh", "-c", script};
  return object;
}

/// "Type=Reason" of the conditions that hold, in their order.
std::vector<std::string> conditions(const Lab& lab) {
  std::vector<std::string> all;
  const Json status = lab.status("jobs.batch", "work");
  for (const Json& each : array_at(status, {"conditions"})) {
    if (text_at(each, {"status"}) == "True")
      all.push_back(text_at(each, {"type"}) + "=" + text_at(each, {"reason"}));
  }
  return all;
}

TEST(Job, MeetsItsCriteriaBeforeItIsComplete) {
  Lab lab;
  lab.create(job("sleep 3"));
  lab.clock.run_for(seconds(20));
  EXPECT_EQ(conditions(lab), (std::vector<std::string>{"SuccessCriteriaMet=CompletionsReached",
                                                       "Complete=CompletionsReached"}));
  const Json status = lab.status("jobs.batch", "work");
  EXPECT_EQ(int_at(status, {"succeeded"}), 1);
  EXPECT_EQ(int_at(status, {"ready"}), 0);
  EXPECT_FALSE(status.contains("active"));
  for (const JsonRef& each : lab.pods()) {
    EXPECT_EQ(text_at(*each, {"status", "phase"}), "Succeeded");
    EXPECT_FALSE(is_tracked(*each));  // counted, and let go
  }
}

TEST(Job, TracksItsPodsUntilTheyAreCounted) {
  Lab lab;
  lab.create(job("sleep 100"));
  lab.clock.run_for(seconds(5));
  ASSERT_EQ(lab.pods().size(), 1U);
  EXPECT_TRUE(is_tracked(*lab.pods()[0]));
  ASSERT_TRUE(lab.api.remove("test", "pods", "shop", name_of(*lab.pods()[0]).name));
  lab.clock.run_for(seconds(30));
  EXPECT_EQ(int_at(lab.status("jobs.batch", "work"), {"failed"}), 1);
  EXPECT_EQ(int_at(lab.status("jobs.batch", "work"), {"active"}), 1);
}

TEST(Job, BacksOffTenSecondsDoubledBetweenFailures) {
  Lab lab;
  lab.create(job("exit 1", R"({"backoffLimit":3})"));
  std::vector<RunTime> created;
  lab.api.subscribe([&](const Change& change) {
    if (change.group_resource == "pods" && !change.before) created.push_back(lab.clock.now());
  });
  lab.clock.run_for(std::chrono::minutes(5));
  ASSERT_EQ(created.size(), 4U);
  const int waits[] = {10, 20, 40};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GE(created[i + 1] - created[i], seconds(waits[i]) - seconds(1)) << i;
    EXPECT_LE(created[i + 1] - created[i], seconds(waits[i]) + seconds(6)) << i;
  }
  EXPECT_EQ(conditions(lab), (std::vector<std::string>{"FailureTarget=BackoffLimitExceeded",
                                                       "Failed=BackoffLimitExceeded"}));
}

TEST(Job, StopsAtItsDeadline) {
  Lab lab;
  lab.create(job("sleep 1000", R"({"activeDeadlineSeconds":30})"));
  lab.clock.run_for(seconds(29));
  EXPECT_TRUE(conditions(lab).empty());
  lab.clock.run_for(seconds(20));
  EXPECT_EQ(conditions(lab), (std::vector<std::string>{"FailureTarget=DeadlineExceeded",
                                                       "Failed=DeadlineExceeded"}));
  EXPECT_TRUE(lab.pods().empty() || text_at(*lab.pods()[0], {"status", "phase"}) != "Running");
}

TEST(Job, GivesEachPodAnIndex) {
  Lab lab;
  lab.create(job("sleep 2", R"({"completions":4,"parallelism":2,"completionMode":"Indexed"})"));
  lab.clock.run_for(milliseconds(500));
  ASSERT_EQ(lab.pods().size(), 2U);
  const Json first = *lab.pods()[0];
  EXPECT_TRUE(name_of(first).name.starts_with("work-0-"));
  EXPECT_EQ(text_at(first, {"metadata", "labels", kCompletionIndex}), "0");
  EXPECT_EQ(text_at(first, {"spec", "hostname"}), "work-0");
  EXPECT_EQ(text_at(first["spec"]["containers"][0]["env"][0], {"name"}), "JOB_COMPLETION_INDEX");
  lab.clock.run_for(seconds(60));
  EXPECT_EQ(text_at(lab.status("jobs.batch", "work"), {"completedIndexes"}), "0-3");
  EXPECT_EQ(conditions(lab).back(), "Complete=CompletionsReached");
}

TEST(Job, FailsByThePolicyForExitCodes) {
  Lab lab;
  lab.create(job("exit 42", R"({"podFailurePolicy":{"rules":[{"action":"FailJob","onExitCodes":
    {"operator":"In","values":[42]}}]}})"));
  lab.clock.run_for(seconds(15));
  EXPECT_EQ(conditions(lab), (std::vector<std::string>{"FailureTarget=PodFailurePolicy",
                                                       "Failed=PodFailurePolicy"}));
  const Json status = lab.status("jobs.batch", "work");
  const std::string pod = name_of(*lab.pods()[0]).name;
  EXPECT_EQ(text_at(*condition_in(status["conditions"], "Failed"), {"message"}),
            "Container main for pod shop/" + pod +
                " failed with exit code 42 matching FailJob rule at index 0");
}

TEST(Job, IgnoresFailuresThatThePolicyIgnores) {
  Lab lab;
  lab.create(job("exit 7", R"({"backoffLimit":0,"podFailurePolicy":{"rules":[{"action":"Ignore",
    "onExitCodes":{"operator":"In","values":[7]}}]}})"));
  lab.clock.run_for(seconds(30));
  EXPECT_TRUE(conditions(lab).empty());
  EXPECT_FALSE(lab.status("jobs.batch", "work").contains("failed"));
  EXPECT_GT(lab.pods().size(), 1U);
}

TEST(Job, IsGoneAfterItsTimeToLive) {
  Lab lab;
  lab.create(job("true", R"({"ttlSecondsAfterFinished":60})"));
  lab.clock.run_for(seconds(30));
  EXPECT_NE(lab.api.get("jobs.batch", "shop", "work"), nullptr);
  lab.clock.run_for(seconds(60));
  EXPECT_EQ(lab.api.get("jobs.batch", "shop", "work"), nullptr);
  EXPECT_TRUE(lab.pods().empty());
}

TEST(Job, OfAnotherManagerIsLeftAlone) {
  Lab lab;
  lab.create(job("true", R"({"managedBy":"example.com/queue"})"));
  lab.clock.run_for(seconds(10));
  EXPECT_TRUE(lab.pods().empty());
  EXPECT_TRUE(lab.status("jobs.batch", "work").is_object());
}

TEST(JobIndexes, AreWrittenAsRanges) {
  const std::pair<std::set<std::int64_t>, const char*> rows[] = {
      {{}, ""}, {{3}, "3"}, {{0, 1}, "0,1"}, {{0, 1, 2}, "0-2"}, {{0, 2, 3, 4, 9}, "0,2-4,9"}};
  for (const auto& [indexes, text] : rows) {
    EXPECT_EQ(write_indexes(indexes), text);
    EXPECT_EQ(read_indexes(text), indexes);
  }
  EXPECT_EQ(read_indexes("x,4,2-"), (std::set<std::int64_t>{4}));
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
