// Probes: when the kubelet finds a container started, ready, or dead.
#include "fakeapi/cluster/nodes/probes.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::fakeapi {
namespace {

constexpr RunTime at(int seconds) { return RunTime(std::chrono::seconds(seconds)); }

TEST(Probes, RunAtTheirDelayAndEveryPeriod) {
  struct Row {
    const char* name;
    const char* container;
    RunTime answers_from;
    RunTime started, ready, killed;
  };
  const Row rows[] = {
      {"no probes", "{}", at(103), at(100), at(100), kNever},
      {"readiness waits for the next probe", R"({"readinessProbe":{"periodSeconds":5}})", at(103),
       at(100), at(105), kNever},
      {"the first probe comes at once", R"({"readinessProbe":{}})", at(100), at(100), at(100),
       kNever},
      {"the delay comes first", R"({"readinessProbe":{"initialDelaySeconds":7}})", at(101), at(100),
       at(107), kNever},
      {"several successes", R"({"readinessProbe":{"periodSeconds":2,"successThreshold":3}})",
       at(101), at(100), at(106), kNever},
      {"liveness kills at the third failure", R"({"livenessProbe":{"periodSeconds":10}})", at(121),
       at(100), at(100), at(120)},
      {"liveness is patient enough", R"({"livenessProbe":{"periodSeconds":10}})", at(120), at(100),
       at(100), kNever},
      {"a hung container is killed",
       R"({"livenessProbe":{"initialDelaySeconds":5,"periodSeconds":1}})", kNever, at(100), at(100),
       at(107)},
      {"startup holds back the others",
       R"({"startupProbe":{"periodSeconds":10,"failureThreshold":30},
           "livenessProbe":{"periodSeconds":5},"readinessProbe":{"periodSeconds":5}})",
       at(151), at(160), at(160), kNever},
      {"startup fails", R"({"startupProbe":{"periodSeconds":10,"failureThreshold":2}})", at(111),
       kNever, kNever, at(110)},
  };
  for (const Row& row : rows) {
    const auto container = parse_json(row.container);
    ASSERT_TRUE(container) << row.name;
    const ProbePlan plan = plan_probes(*container, at(100), row.answers_from, false);
    EXPECT_EQ(plan.started_at, row.started) << row.name;
    EXPECT_EQ(plan.ready_at, row.ready) << row.name;
    EXPECT_EQ(plan.kill_at, row.killed) << row.name;
  }
}

TEST(Probes, OfWhatIsNeverReadyFailForEver) {
  const auto container = parse_json(R"({"readinessProbe":{},"livenessProbe":{}})");
  const ProbePlan plan = plan_probes(*container, at(100), at(101), true);
  EXPECT_EQ(plan.ready_at, kNever);
  EXPECT_EQ(plan.kill_at, kNever);
}

TEST(Probes, SayWhatFailedByTheirHandler) {
  const Json http = {{"httpGet", {{"port", 80}}}};
  EXPECT_EQ(probe_failure(http, ProbeKind::readiness, "10.64.0.1"),
            "Readiness probe failed: HTTP probe failed with statuscode: 503");
  const Json tcp = {{"tcpSocket", {{"port", 5432}}}};
  EXPECT_EQ(probe_failure(tcp, ProbeKind::liveness, "10.64.0.1"),
            "Liveness probe failed: dial tcp 10.64.0.1:5432: connect: connection refused");
}

}  // namespace
}  // namespace spokelab::fakeapi
