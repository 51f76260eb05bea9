// spokelab up, env, status, inject, heal and down, as a person types them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/json.h"
#include "base/yaml.h"
#include "tests/harness/cli/program.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class FleetCommands : public ::testing::Test {
 protected:
  ~FleetCommands() override { spokelab("down --state " + state); }
  Ended up(const std::string& more = "") {
    return spokelab("up --detach --clusters east,west --state " + state + " " + more);
  }
  Ended on_it(const std::string& command) { return spokelab(command + " --state " + state); }

  TempDir dir;
  std::string state = dir.at("state");
};

TEST_F(FleetCommands, AFleetGoesUpIsAskedHurtHealedAndGoesDown) {
  const auto started = up();
  ASSERT_EQ(started.code, 0) << started.text;
  EXPECT_THAT(started.text, AllOf(HasSubstr("3 API servers ready in "), HasSubstr("east"),
                                  HasSubstr("https://127.0.0.1:"), HasSubstr("KUBECONFIG=")));
  const auto config = parse_yaml(dir.read("state/kubeconfig"));
  ASSERT_TRUE(config);
  EXPECT_EQ((*config)["contexts"].size(), 3U);
  const auto mode = std::filesystem::status(state + "/kubeconfig").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

  EXPECT_EQ(on_it("env").text, "export KUBECONFIG='" + state + "/kubeconfig'\n");
  const auto again = up();
  EXPECT_EQ(again.code, 7);
  EXPECT_THAT(again.text, HasSubstr("is up already"));

  const auto injected = on_it("inject latency west latency=200ms --for 10m");
  EXPECT_EQ(injected.code, 0) << injected.text;
  EXPECT_THAT(injected.text, StartsWith("fault-1"));
  const auto status = parse_json(on_it("status -o json").text);
  ASSERT_TRUE(status);
  EXPECT_EQ((*status)["faults"][0]["what"], "latency");
  EXPECT_EQ(on_it("heal fault-1").text, "fault-1 healed\n");
  EXPECT_THAT(on_it("status").text, HasSubstr("no fault is in force"));

  EXPECT_EQ(on_it("down").text, "down\n");
  EXPECT_FALSE(std::filesystem::exists(state + "/kubeconfig"));
  EXPECT_EQ(on_it("down").text, "no fleet is up\n");
}

TEST_F(FleetCommands, TheHubOfAFleetIsLookedInto) {
  const auto started = up();
  ASSERT_EQ(started.code, 0) << started.text;
  EXPECT_THAT(started.text, HasSubstr("/metrics"));
  Ended clusters;
  for (int tries = 0; tries < 100; ++tries) {  // until they are registered and probed
    clusters = on_it("get clusters");
    const auto at = clusters.text.find("Successful", clusters.text.find("  west "));
    if (at != std::string::npos) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(clusters.code, 0);
  EXPECT_THAT(clusters.text, AllOf(StartsWith("SERVER "), HasSubstr("  east "),
                                   HasSubstr("  west "), HasSubstr("in-cluster")));
  EXPECT_EQ(on_it("get clusters east -o name").text, "cluster/east\n");
  EXPECT_THAT(on_it("get apps").text, HasSubstr("No apps found."));
  const auto none = on_it("describe app shop");
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.text, HasSubstr("there is no application at this time"));
  EXPECT_THAT(on_it("metrics hub-0").text, HasSubstr("# TYPE argocd_cluster_info gauge\n"));
}

TEST_F(FleetCommands, WhatIsWrongIsExplained) {
  EXPECT_THAT(on_it("get apps").text,
              AllOf(HasSubstr("no fleet is up"), HasSubstr("name it with --run")));
  EXPECT_THAT(on_it("status").text, HasSubstr("no fleet is up"));
  EXPECT_EQ(on_it("env").code, 7);
  EXPECT_EQ(on_it("heal").code, 4);
  ASSERT_EQ(up("--no-hub").code, 0);
  const auto typo = on_it("inject refuzed west");
  EXPECT_EQ(typo.code, 7);
  EXPECT_THAT(typo.text, HasSubstr("refused"));
  EXPECT_EQ(on_it("inject refused west share").code, 4);
  EXPECT_THAT(on_it("heal nonsense").text, HasSubstr("no fault called"));
}

TEST_F(FleetCommands, ABadClusterNameIsToldBeforeAnythingIsServed) {
  const auto started = spokelab("up --detach --clusters 'East Side' --state " + state);
  EXPECT_EQ(started.code, 3) << started.text;
}

}  // namespace
}  // namespace spokelab::harness
