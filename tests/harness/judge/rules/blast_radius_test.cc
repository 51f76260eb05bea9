// What is struck in one cluster harms no other.
#include "harness/judge/rules/blast_radius.h"

#include <gmock/gmock.h>

#include "tests/harness/judge/told.h"

namespace spokelab::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> complaints(const std::string& history) {
  std::vector<std::string> all;
  BlastRadius rule({{"lost", {"prod"}}}, [&](std::string text) { all.push_back(std::move(text)); });
  rule.ready();
  for (const auto& event :
       told("1s state app.web.cluster dr\n1s state app.api.cluster prod\n" + history))
    rule.apply(event);
  return all;
}

TEST(BlastRadius, LetsWhatIsStruckSuffer) {
  EXPECT_THAT(complaints(R"(
    5m fault fault.lost active
    6m belief cluster.prod.connection Failed
    6m state app.api.health Unknown
    15m fault fault.lost healed
    16m state app.api.health Degraded)"),
              IsEmpty());
}

TEST(BlastRadius, ComplainsWhenAnotherClusterSuffers) {
  EXPECT_THAT(
      complaints(R"(
    5m fault fault.lost active
    6m belief cluster.dr.connection Failed
    7m state app.web.sync Unknown
    15m fault fault.lost healed
    930s state app.web.health Degraded)"),
      ElementsAre(HasSubstr("the hub called dr Failed"), HasSubstr("app web became Unknown"),
                  HasSubstr("nothing was struck but prod")));
}

TEST(BlastRadius, IsNotJudgedWhereTheWorldWasNeverWell) {
  std::vector<std::string> all;
  BlastRadius rule({{"lost", {"prod"}}}, [&](std::string text) { all.push_back(std::move(text)); });
  for (const auto& event : told("1s state app.web.cluster dr\n1s fault fault.lost active\n"
                                "2s state app.web.health Missing\n"))
    rule.apply(event);
  EXPECT_THAT(all, IsEmpty());
}

TEST(BlastRadius, LetsOtherClustersDeployMeanwhile) {
  EXPECT_THAT(complaints(R"(
    5m fault fault.lost active
    6m state app.web.sync OutOfSync
    6m state app.web.health Progressing)"),
              IsEmpty());
}

TEST(BlastRadius, IsNotJudgedAfterStepsAndFaultsOfOtherPlaces) {
  EXPECT_THAT(complaints(R"(
    1m fault step.release done
    5m fault fault.lost active
    6m state app.web.health Degraded)"),
              IsEmpty());
  EXPECT_THAT(complaints(R"(
    1m fault fault.git active
    5m fault fault.lost active
    30m state app.web.sync Unknown
    31m fault fault.git healed
    32m state app.web.sync Unknown
    50m state app.web.sync Unknown)"),
              ElementsAre(HasSubstr("at 00:50:00")));
}

}  // namespace
}  // namespace spokelab::harness
