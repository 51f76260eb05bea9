// Tests of the reflector.
#include "kube/reflector.h"

#include <gmock/gmock.h>

#include "tests/kube/fake_world.h"

namespace spokelab::kube {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FakeWorld;
using ::testing::IsEmpty;
using testing::kPods;
using testing::pod;

struct KubeReflector : ::testing::Test {
  KubeReflector() {
    Reflector::Handler handler;
    handler.added = [this](const JsonRef& now) {
      told.push_back("+" + text_at(*now, {"metadata", "name"}));
    };
    handler.modified = [this](const JsonRef&, const JsonRef& now) {
      told.push_back("~" + text_at(*now, {"metadata", "name"}));
    };
    handler.deleted = [this](const JsonRef& last) {
      told.push_back("-" + text_at(*last, {"metadata", "name"}));
    };
    handler.replaced = [this] { told.push_back("list"); };
    reflector.emplace(sim.world, Rng(7), client, kPods, ReflectorOptions(), handler);
  }
  ~KubeReflector() override {
    sim.tasks.cancel();
    sim.world.settle();
  }
  void start() { sim.tasks.spawn(reflector->run()); }
  std::vector<std::string> take() { return std::exchange(told, {}); }

  FakeWorld sim;
  testing::FakeServer& server = sim.add_server("prod");
  Client client{sim.world, sim.dialer_of("hub"), FakeWorld::access("prod")};
  std::vector<std::string> told;
  std::optional<Reflector> reflector;
};

constexpr const char* kPodsPath = "/api/v1/pods";

TEST_F(KubeReflector, FollowsWhatHappens) {
  server.put(kPodsPath, pod("a"));
  start();
  sim.run_for(1s);
  EXPECT_THAT(take(), ElementsAre("+a", "list"));
  server.put(kPodsPath, pod("b"));
  server.put(kPodsPath, pod("a"));
  server.erase(kPodsPath, "shop", "b");
  sim.run_for(1s);
  EXPECT_THAT(take(), ElementsAre("+b", "~a", "-b"));
  EXPECT_EQ(reflector->store().size(), 1U);
}

TEST_F(KubeReflector, ResumesFromTheLastVersionWhenAWatchEnds) {
  start();
  sim.run_for(5s);
  server.end_watches(Error(Errc::closed, "EOF"));
  server.put(kPodsPath, pod("a"));
  sim.run_for(1s);
  EXPECT_THAT(take(), ElementsAre("list", "+a"));
  EXPECT_EQ(server.open_watches(), 1U);
}

TEST_F(KubeReflector, ListsAgainWhenItsVersionIsGone) {
  server.put(kPodsPath, pod("a"));
  server.put(kPodsPath, pod("b"));
  start();
  sim.run_for(5s);
  take();
  sim.network.set_up("prod", 443, false);
  server.end_watches(Error(Errc::reset, "reset"));
  server.put(kPodsPath, pod("c"));
  server.erase(kPodsPath, "shop", "a");
  server.compact();
  server.put(kPodsPath, pod("d"));
  sim.run_for(20s);
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_TRUE(reflector->last_error());
  sim.network.set_up("prod", 443, true);
  sim.run_for(65s);
  EXPECT_THAT(take(), ElementsAre("-a", "+c", "+d", "list"));
  EXPECT_FALSE(reflector->last_error());
}

TEST_F(KubeReflector, BacksOffWhileTheServerIsAway) {
  sim.network.set_up("prod", 443, false);
  start();
  sim.run_for(10min);
  sim.network.set_up("prod", 443, true);
  sim.run_for(61s);
  EXPECT_THAT(take(), ElementsAre("list"));
}

TEST_F(KubeReflector, ListsAgainInCalmTimesWhenItIsToldTo) {
  ReflectorOptions options;
  options.list_every = 10min;
  Reflector::Handler handler;
  handler.replaced = [this] { told.push_back("list"); };
  reflector.emplace(sim.world, Rng(7), client, kPods, options, handler);
  start();
  sim.run_for(35min);  // each list may come a back-off later than it is due
  EXPECT_THAT(take(), ElementsAre("list", "list", "list", "list"));
  EXPECT_FALSE(reflector->last_error());
}

TEST_F(KubeReflector, AsksLittleInCalmTimes) {
  start();
  sim.run_for(30min);
  EXPECT_LE(server.count("GET /api"), 8) << "one list, and a watch every 5 to 10 minutes";
}

}  // namespace
}  // namespace spokelab::kube
