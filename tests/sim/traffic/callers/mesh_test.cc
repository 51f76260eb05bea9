// Mesh: proxies that eject what fails, and try it again.
#include "sim/traffic/callers/mesh.h"

#include <gtest/gtest.h>

#include "sim/traffic/callers/direct.h"
#include "sim/traffic/population.h"
#include "tests/sim/traffic/lab.h"

namespace spokelab::sim::traffic {
namespace {

MeshSpec pair_of() {
  MeshSpec spec;
  spec.name = "agent";
  spec.targets = {{"prod", 0}, {"dr", 0}};
  spec.from = {"us"};
  spec.rate = {200, 1s};
  return spec;
}

TEST(Mesh, EjectsAfterFiveErrorsOfEachProxy) {
  Lab lab;
  Mesh mesh(lab.world, lab.history, Rng(1), lab.field, pair_of());
  EXPECT_EQ(mesh.offer(), (Weights{1'000'000, 0}));
  lab.run_until(100s);
  lab.wire("us", "prod", Wire::refused);
  lab.run_until(101s);
  // 20 proxies at 10 requests a second each: the fifth error comes after 400 to 500 ms.
  const auto told = lab.when("traffic.agent.target.prod", "unhealthy");
  ASSERT_TRUE(told);
  EXPECT_GE(*told, 100s + 400ms);
  EXPECT_LE(*told, 100s + 540ms);
  EXPECT_EQ(mesh.offer(), (Weights{0, 1'000'000}));
}

TEST(Mesh, NeedsTheTimeOfARequestToNoticeABlackHole) {
  Lab lab;
  auto spec = pair_of();
  spec.request_timeout = 2s;
  Mesh mesh(lab.world, lab.history, Rng(1), lab.field, spec);
  lab.run_until(100s);
  lab.wire("us", "prod", Wire::blackhole);
  lab.run_until(110s);
  const auto told = lab.when("traffic.agent.target.prod", "unhealthy");
  ASSERT_TRUE(told);
  EXPECT_GE(*told, 102s + 400ms);
  EXPECT_LE(*told, 102s + 540ms);
}

TEST(Mesh, TriesAgainAfterTheEjectionAndWaitsLongerEachTime) {
  Lab lab;
  auto spec = pair_of();
  spec.outlier.proxies = 1;
  Mesh mesh(lab.world, lab.history, Rng(1), lab.field, spec);
  lab.run_until(100s);
  lab.wire("us", "prod", Wire::refused);
  lab.run_until(400s);
  std::vector<Nanos> ejections;
  for (const auto& event : lab.events("traffic.agent.target.prod")) {
    if (event.value == "unhealthy") ejections.push_back(event.at.time_since_epoch());
  }
  ASSERT_GE(ejections.size(), 3U);
  EXPECT_GE(ejections[1] - ejections[0], 30s);
  EXPECT_LE(ejections[1] - ejections[0], 41s);  // a sweep later at most
  EXPECT_GE(ejections[2] - ejections[1], 60s);
  EXPECT_LE(ejections[2] - ejections[1], 71s);
  lab.wire("us", "prod", Wire::open);
  lab.run_until(800s);
  EXPECT_EQ(mesh.belief(0), Health::healthy);
  EXPECT_EQ(mesh.offer(), (Weights{1'000'000, 0}));
}

TEST(Mesh, DoesNotJudgeWhatNobodyCalls) {
  Lab lab;
  Mesh mesh(lab.world, lab.history, Rng(1), lab.field, pair_of());
  lab.run_until(100s);
  lab.wire("us", "dr", Wire::blackhole);
  lab.run_until(400s);
  EXPECT_EQ(mesh.belief(1), Health::healthy);
  EXPECT_TRUE(lab.events("traffic.agent.target.dr").empty());
}

TEST(Mesh, IsNotDisturbedByAFewErrors) {
  Lab lab;
  Mesh mesh(lab.world, lab.history, Rng(1), lab.field, pair_of());
  lab.run_until(100s);
  Service service;
  service.errors = 50'000;  // five in a row: once in three million
  lab.field.set_service("prod", service);
  lab.run_until(700s);
  EXPECT_EQ(mesh.belief(0), Health::healthy);
  service.errors = 800'000;
  lab.field.set_service("prod", service);
  lab.run_until(710s);
  EXPECT_EQ(mesh.belief(0), Health::unhealthy);
}

TEST(Direct, IsLeftOnlyByThoseWhoTryAgain) {
  for (const std::uint32_t retries : {0U, 1U}) {
    Lab lab;
    DirectSpec spec;
    spec.name = "agent";
    spec.targets = {{"prod", 0}, {"dr", 0}};
    Direct direct(spec);
    PopulationSpec users;
    users.name = "agent";
    users.from = {{"us"}};
    users.connect_timeout = 300ms;
    ClientKind kind;
    kind.share = 1'000'000;
    kind.name = "script";
    kind.retries = retries;
    kind.backoff = 100ms;
    users.clients.kinds = {kind};
    Population population(lab.world, lab.history, Rng(2), lab.field, direct, users);
    lab.run_until(10s);
    lab.wire("us", "prod", Wire::blackhole);
    lab.run_until(20s);
    lab.run_until(21s);
    const auto failed = population.totals().failed();
    if (retries == 0) {
      EXPECT_NEAR(static_cast<double>(failed), 2200, 5);
    } else {
      EXPECT_EQ(failed, 0U);
    }
  }
}

}  // namespace
}  // namespace spokelab::sim::traffic
