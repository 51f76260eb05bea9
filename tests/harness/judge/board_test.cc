// The board: named values, kept from events alone.
#include "harness/judge/board.h"

#include <gmock/gmock.h>

#include "tests/harness/judge/told.h"

namespace spokelab::harness {
namespace {

using ::testing::ElementsAre;

Board board_of(const std::string& text) {
  Board board;
  for (const auto& event : told(text)) board.apply(event);
  return board;
}

TEST(Board, HoldsTheLastValueOfTruthsBeliefsStatesAndFaults) {
  const auto board = board_of(R"(
    1s truth truth.cluster.prod.reachable true
    1s belief cluster.prod.connection Successful
    2s state app.shop.health Progressing
    3s state app.shop.health Healthy
    4s fault fault.lost active
    5s fact app.shop.sync-started now)");
  EXPECT_EQ(board.text("cluster.prod.connection"), "Successful");
  EXPECT_EQ(board.text("app.shop.health"), "Healthy");
  EXPECT_EQ(board.text("fault.lost"), "active");
  EXPECT_EQ(board.text("app.shop.sync-started", "none"), "none");
  EXPECT_EQ(board.lookup("truth.cluster.prod.reachable")->print(), "true");
}

TEST(Board, KeepsTheTypeOfAValueSoThatNumbersCompareAsNumbers) {
  const auto board = board_of(R"(
    1s state traffic.shop.share.dr 99.5%
    1s state deployment.prod.shop.web.ready 12)");
  EXPECT_EQ(board.lookup("traffic.shop.share.dr")->type, ValueType::share);
  EXPECT_EQ(board.lookup("traffic.shop.share.dr")->number, 995'000);
  EXPECT_EQ(board.lookup("deployment.prod.shop.web.ready")->number, 12);
}

TEST(Board, AStarStandsForTheClustersOfTheWorldAndNotForTheHubsOwn) {
  const auto board = board_of(R"(
    1s belief cluster.prod.connection Failed
    1s belief cluster.in-cluster.connection Successful)");
  EXPECT_THAT(board.expand({"cluster", "*", "connection"}), ElementsAre("cluster.prod.connection"));
  EXPECT_THAT(board.expand({"cluster", "in-cluster", "connection"}),
              ElementsAre("cluster.in-cluster.connection"));
}

TEST(Board, CountsNotificationsThatWereDelivered) {
  auto board = board_of("1s state app.shop.exists true");
  EXPECT_FALSE(board.lookup("alert.count"));
  for (const auto& event : told("2s state hub.notifications on")) board.apply(event);
  EXPECT_EQ(board.lookup("alert.count")->number, 0);
  EXPECT_EQ(board.lookup("alert.shop.on-lost")->number, 0);
  EXPECT_FALSE(board.lookup("alert.typo.on-lost"));
  for (const auto& event : told(R"(
    3s fact alert.shop.on-lost delivered
    4s fact alert.shop.on-lost failed
    5s fact alert.shop.on-lost delivered
    6s fact alert.web.shop.on-lost delivered)"))
    board.apply(event);
  EXPECT_EQ(board.lookup("alert.shop.on-lost")->number, 2);
  EXPECT_EQ(board.lookup("alert.\"web.shop\".on-lost")->number, 1);
  EXPECT_EQ(board.lookup("alert.count")->number, 3);
}

TEST(Board, ForgetsWhatIsGoneButKnowsThatItWas) {
  auto board = board_of(R"(
    1s belief cluster.prod.connection Successful
    2s belief cluster.prod.connection gone
    3s belief cluster.dr.connection Successful
    4s belief cluster.dr.connection -)");
  EXPECT_FALSE(board.lookup("cluster.prod.connection"));
  EXPECT_FALSE(board.lookup("cluster.dr.connection"));
  EXPECT_TRUE(board.seen("cluster.prod.connection"));
  EXPECT_FALSE(board.seen("cluster.staging.connection"));
}

TEST(Board, TakesTheValuesOfAnApplicationAwayWithIt) {
  const auto board = board_of(R"(
    1s state app.shop.exists true
    1s state app.shop.health Healthy
    1s state app.shop.sync Synced
    1s state app.shop-2.health Healthy
    2s state app.shop.exists false)");
  EXPECT_FALSE(board.lookup("app.shop.health"));
  EXPECT_FALSE(board.lookup("app.shop.sync"));
  EXPECT_TRUE(board.lookup("app.shop-2.health"));
  EXPECT_EQ(board.lookup("app.shop.exists")->print(), "false");
}

TEST(Board, SaysOfWhatItNeverHeardOfThatItDoesNotExist) {
  const Board board;
  EXPECT_EQ(board.lookup("app.ghost.exists")->print(), "false");
  EXPECT_EQ(board.lookup("cluster.ghost.registered")->print(), "false");
  EXPECT_FALSE(board.lookup("app.ghost.health"));
}

TEST(Board, ExpandsWildcardsInOrder) {
  const auto board = board_of(R"(
    1s state app.b.health Healthy
    1s state app.a.health Healthy
    1s state app.a.sync Synced
    1s belief cluster.prod.connection Successful)");
  EXPECT_THAT(board.expand({"app", "*", "health"}), ElementsAre("app.a.health", "app.b.health"));
  EXPECT_THAT(board.expand({"nothing", "*"}), ElementsAre());
}

TEST(Board, NamesWhatChangedAndKeepsQuietWhenNothingDid) {
  Board board;
  const auto events = told(R"(
    1s state app.shop.v1.health Healthy
    2s fact cluster.prod.probe failed
    3s state app.never.health gone)");
  EXPECT_EQ(board.apply(events[0]), "app.\"shop.v1\".health");
  EXPECT_EQ(board.apply(events[1]), "");
  EXPECT_EQ(board.apply(events[2]), "");
}

TEST(SubjectSegments, KeepDotsOfNamesOfApplicationsAndDeployments) {
  EXPECT_THAT(subject_segments("app.shop.v1.health"), ElementsAre("app", "shop.v1", "health"));
  EXPECT_THAT(subject_segments("deployment.prod.shop.web.v2.ready"),
              ElementsAre("deployment", "prod", "shop", "web.v2", "ready"));
  EXPECT_THAT(subject_segments("cluster.prod.connection"),
              ElementsAre("cluster", "prod", "connection"));
}

}  // namespace
}  // namespace spokelab::harness
