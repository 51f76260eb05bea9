// Tests of the work queue.
#include "kube/work_queue.h"

#include <gmock/gmock.h>

#include "base/task_group.h"
#include "sim/world.h"

namespace spokelab::kube {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

struct KubeWorkQueue : ::testing::Test {
  ~KubeWorkQueue() override {
    tasks.cancel();
    world.settle();
  }
  void work(Nanos each) {
    tasks.spawn([](KubeWorkQueue& test, Nanos each) -> Task<void> {
      for (;;) {
        const int item = co_await test.queue.get();
        test.begun.push_back(item);
        ++test.busy[item];
        EXPECT_EQ(test.busy[item], 1) << "two workers on one item";
        co_await sleep_for(test.world, each);
        --test.busy[item];
        test.queue.done(item);
      }
    }(*this, each));
  }
  sim::World world;
  WorkQueue<int> queue{world};
  std::vector<int> begun;
  std::map<int, int> busy;
  TaskGroup tasks{world.executor()};
};

TEST_F(KubeWorkQueue, HandsOutAnItemThatWaitsOnce) {
  for (const int item : {1, 2, 1, 3, 2}) queue.add(item);
  work(1s);
  world.run_for(10s);
  EXPECT_THAT(begun, ElementsAre(1, 2, 3));
}

TEST_F(KubeWorkQueue, HandsOutAgainWhatWasAddedDuringWork) {
  queue.add(1);
  work(1s);
  work(1s);
  world.run_for(500ms);
  queue.add(1);
  queue.add(1);
  world.run_for(400ms);
  EXPECT_THAT(begun, ElementsAre(1));
  world.run_for(5s);
  EXPECT_THAT(begun, ElementsAre(1, 1));
}

TEST_F(KubeWorkQueue, KeepsAllWorkersBusy) {
  work(1s);
  work(1s);
  work(1s);
  world.settle();
  for (int i = 0; i < 6; ++i) queue.add(i);
  world.run_for(1500ms);
  EXPECT_EQ(begun.size(), 6U);
}

TEST_F(KubeWorkQueue, WaitsForTheEarliestDelay) {
  work(0s);
  queue.add_after(1, 10s);
  queue.add_after(1, 2s);
  queue.add_after(1, 5s);
  world.run_for(3s);
  EXPECT_THAT(begun, ElementsAre(1));
  world.run_for(20s);
  EXPECT_THAT(begun, ElementsAre(1));
}

TEST_F(KubeWorkQueue, WaitsTwiceAsLongAfterEachFailure) {
  const RetryDelays delays;
  EXPECT_EQ(delays.after(0), 5ms);
  EXPECT_EQ(delays.after(3), 40ms);
  EXPECT_EQ(delays.after(60), 1000s);
  queue.add_rate_limited(1);
  queue.add_rate_limited(1);
  EXPECT_EQ(queue.failures(1), 2);
  queue.forget(1);
  EXPECT_EQ(queue.failures(1), 0);
}

TEST_F(KubeWorkQueue, LosesNothingWhenAWaitingWorkerIsStopped) {
  TaskGroup doomed(world.executor());
  doomed.spawn([](KubeWorkQueue& test) -> Task<void> { co_await test.queue.get(); }(*this));
  world.settle();
  work(0s);
  world.settle();
  doomed.cancel();
  world.settle();
  queue.add(7);
  world.run_for(1s);
  EXPECT_THAT(begun, ElementsAre(7));
}

}  // namespace
}  // namespace spokelab::kube
