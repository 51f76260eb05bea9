// Jobs in child processes: results, crashes, hangs.
#include "harness/wall/worker_pool.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <numeric>
#include <set>

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

std::vector<std::uint64_t> numbers(std::uint64_t count) {
  std::vector<std::uint64_t> all(count);
  std::iota(all.begin(), all.end(), 1);
  return all;
}

std::map<std::uint64_t, JobOutcome> run(const std::vector<std::uint64_t>& jobs,
                                        const PoolOptions& options,
                                        const std::function<std::string(std::uint64_t)>& work) {
  std::map<std::uint64_t, JobOutcome> outcomes;
  run_jobs(jobs, options, work, [&](const JobOutcome& outcome) {
    EXPECT_TRUE(outcomes.emplace(outcome.job, outcome).second) << "job " << outcome.job << " twice";
  });
  return outcomes;
}

TEST(WorkerPool, DoesEveryJobOnceInChildren) {
  const auto parent = ::getpid();
  const auto outcomes = run(numbers(50), {.workers = 3}, [&](std::uint64_t job) {
    return std::to_string(job * job) + (::getpid() == parent ? " here" : " there");
  });
  ASSERT_EQ(outcomes.size(), 50u);
  for (const auto& [job, outcome] : outcomes) {
    EXPECT_TRUE(outcome.finished);
    EXPECT_EQ(outcome.result, std::to_string(job * job) + " there");
  }
}

TEST(WorkerPool, TellsJobsInTheirOrderWhenThereIsOneWorker) {
  std::vector<std::uint64_t> order;
  run_jobs(
      {5, 3, 9, 1}, {}, [](std::uint64_t) { return ""; },
      [&](const JobOutcome& outcome) { order.push_back(outcome.job); });
  EXPECT_EQ(order, (std::vector<std::uint64_t>{5, 3, 9, 1}));
}

TEST(WorkerPool, LosesOneJobToACrashAndGoesOn) {
  const auto outcomes = run(numbers(6), {.workers = 2}, [](std::uint64_t job) -> std::string {
    if (job == 3) {
      std::signal(SIGTERM, SIG_DFL);
      std::raise(SIGTERM);
    }
    if (job == 5) ::_exit(9);
    return "fine";
  });
  ASSERT_EQ(outcomes.size(), 6u);
  EXPECT_FALSE(outcomes.at(3).finished);
  EXPECT_THAT(outcomes.at(3).failure, HasSubstr("killed by signal 15"));
  EXPECT_THAT(outcomes.at(5).failure, HasSubstr("exit code 9"));
  for (const std::uint64_t job : {1, 2, 4, 6}) EXPECT_EQ(outcomes.at(job).result, "fine");
}

TEST(WorkerPool, GivesUpOnAJobThatHangs) {
  const auto outcomes =
      run(numbers(3), {.workers = 2, .patience = 1s}, [](std::uint64_t job) -> std::string {
        while (job == 2) ::pause();
        return "fine";
      });
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_FALSE(outcomes.at(2).finished);
  EXPECT_THAT(outcomes.at(2).failure, HasSubstr("no answer for 1s"));
  EXPECT_EQ(outcomes.at(3).result, "fine");
}

TEST(WorkerPool, SaysWhichJobsHung) {
  const auto outcomes =
      run(numbers(2), {.workers = 2, .patience = 200ms}, [](std::uint64_t job) -> std::string {
        while (job == 2) ::pause();
        ::_exit(3);
      });
  EXPECT_TRUE(outcomes.at(2).hung);
  EXPECT_THAT(outcomes.at(2).failure, HasSubstr("no answer for 200ms"));
  EXPECT_FALSE(outcomes.at(1).hung) << "a crash is no hang";
}

TEST(WorkerPool, BeginsNoJobOnceItIsToStopButEndsThoseUnderWay) {
  PoolOptions options;
  options.workers = 2;
  std::set<std::uint64_t> done;
  options.stop = [&] { return done.size() >= 3; };
  run_jobs(
      numbers(50), options, [](std::uint64_t) { return "fine"; },
      [&](const JobOutcome& outcome) {
        EXPECT_TRUE(outcome.finished);
        done.insert(outcome.job);
      });
  EXPECT_GE(done.size(), 3u);
  EXPECT_LE(done.size(), 5u);
  EXPECT_EQ(*done.rbegin(), done.size()) << "jobs begin in their order: none is left out between";
}

TEST(WorkerPool, TellsWhatIsUnderWay) {
  PoolOptions options;
  options.patience = 400ms;
  std::set<std::uint64_t> told;
  options.tick = [&](const std::vector<JobUnderWay>& jobs) {
    for (const auto& job : jobs) told.insert(job.job);
  };
  run_jobs(
      {7}, options,
      [](std::uint64_t) -> std::string {
        for (;;) ::pause();
      },
      [](const JobOutcome&) {});
  EXPECT_EQ(told, std::set<std::uint64_t>{7});
}

TEST(WorkerPool, CarriesLargeResults) {
  const auto outcomes = run(numbers(3), {.workers = 3},
                            [](std::uint64_t job) { return std::string(5'000'000 + job, 'x'); });
  for (const auto& [job, outcome] : outcomes) EXPECT_EQ(outcome.result.size(), 5'000'000 + job);
}

TEST(WorkerPool, IsContentWithNothingToDo) {
  EXPECT_TRUE(run({}, {.workers = 4}, [](std::uint64_t) { return ""; }).empty());
  EXPECT_GE(usable_cores(), 1);
}

}  // namespace
}  // namespace spokelab::harness
