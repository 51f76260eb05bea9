// Which parts of a hub are up.
#include "hub/components.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "sim/world.h"

namespace spokelab::hub {
namespace {

TEST(Components, AreKnownByTheirWorkloadsNames) {
  for (const std::string_view name : {"applicationset-controller", "repo-server",
                                      "notifications-controller", "redis", "server"}) {
    const auto component = component_named(name);
    ASSERT_TRUE(component) << name;
    EXPECT_EQ(name_of(*component), name);
  }
  EXPECT_FALSE(component_named("application-controller"));
}

TEST(Components, StayDownUntilAllWhoTookThemDownHaveHealed) {
  Components components;
  components.take_down(Component::redis);
  components.take_down(Component::redis);
  EXPECT_EQ(components.deaths(Component::redis), 1u);
  components.bring_up(Component::redis);
  EXPECT_FALSE(components.up(Component::redis));
  EXPECT_TRUE(components.up(Component::repo_server));
  components.bring_up(Component::redis);
  EXPECT_TRUE(components.up(Component::redis));
}

TEST(Components, WakeWhoWaitsForThem) {
  sim::World world;
  Components components;
  components.take_down(Component::repo_server);
  bool up = false;
  auto wait = [](Components& all, bool& done) -> Task<void> {
    co_await all.wait(Component::repo_server, true);
    done = true;
  };
  asio::co_spawn(world.executor(), wait(components, up), asio::detached);
  world.settle();
  EXPECT_FALSE(up);
  components.bring_up(Component::repo_server);
  world.settle();
  EXPECT_TRUE(up);
}

}  // namespace
}  // namespace spokelab::hub
