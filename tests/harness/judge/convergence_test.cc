// Convergence: when everything is as it should be, and what is pending when it is not.
#include "harness/judge/convergence.h"

#include <gmock/gmock.h>

#include "tests/harness/judge/told.h"

namespace spokelab::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kWell = R"(
  1s state app.shop.exists true
  1s state app.shop.sync Synced
  1s state app.shop.health Healthy
  1s truth truth.cluster.prod.reachable true
  1s belief cluster.prod.connection Successful
  1s truth truth.traffic.shop.prod true
  1s belief traffic.shop.target.prod healthy
  1s state traffic.shop.route.prod 100%
)";

Convergence after(std::string_view more, std::size_t applications = 1) {
  Convergence convergence(applications);
  for (const auto& event : told(std::string(kWell) + std::string(more))) convergence.apply(event);
  return convergence;
}

struct Case {
  const char* name;
  const char* more;
  const char* pending;  // nullptr: it holds
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class ConvergenceTable : public ::testing::TestWithParam<Case> {};

TEST(ConvergencePending, SaysWhyApplicationsAreMissing) {
  const auto wanting = after("2s state appset.shops.error ApplicationGenerationError", 2);
  EXPECT_THAT(wanting.pending(), ElementsAre("1 of at least 2 applications exist",
                                             ::testing::StartsWith("ApplicationSet shops: ")));
  const auto mended = after(R"(
    2s state appset.shops.error ApplicationGenerationError
    3s state appset.shops.error none
)",
                            2);
  EXPECT_THAT(mended.pending(), ElementsAre("1 of at least 2 applications exist"));
}

TEST_P(ConvergenceTable, SaysWhatIsPending) {
  const auto convergence = after(GetParam().more);
  if (GetParam().pending == nullptr) {
    EXPECT_TRUE(convergence.holds());
    EXPECT_THAT(convergence.pending(), IsEmpty());
  } else {
    EXPECT_FALSE(convergence.holds());
    EXPECT_THAT(convergence.pending(), ElementsAre(GetParam().pending));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ConvergenceTable,
    ::testing::Values(
        Case{"AllIsWell", "", nullptr},
        Case{"AClusterThatNobodyNeedsNobodyKnows",
             "2s belief cluster.prod.connection Unknown monitored=0", nullptr},
        Case{"AClusterThatIsNotKnownYetIsWaitedFor", "2s belief cluster.prod.connection Unknown",
             "the hub believes Unknown of its connection to prod, which is reachable"},
        Case{"AnApplicationIsOutOfSync", "2s state app.shop.sync OutOfSync",
             "app shop is OutOfSync and Healthy"},
        Case{"AnApplicationIsNotHealthyYet", "2s state app.shop.health Progressing",
             "app shop is Synced and Progressing"},
        Case{"AnApplicationHasNoStatusYet", "2s state app.new.exists true",
             "app new is unknown and unknown"},
        Case{"AnApplicationThatIsGoneIsNotWaitedFor",
             "2s state app.x.health Missing\n3s state app.x.exists false", nullptr},
        Case{"TheHubHasNotNoticedALoss", "2s truth truth.cluster.prod.reachable false",
             "the hub believes Successful of its connection to prod, which is out of reach"},
        Case{
            "TheHubIsRightAboutALoss",
            "2s truth truth.cluster.prod.reachable false\n3s belief cluster.prod.connection Failed",
            nullptr},
        Case{"TheHubHasNotNoticedAReturn", "3s belief cluster.prod.connection Failed",
             "the hub believes Failed of its connection to prod, which is reachable"},
        Case{"TheHubKnowsNothingOfACluster", "2s truth truth.cluster.dr.reachable true",
             "the hub believes nothing yet of its connection to dr, which is reachable"},
        Case{"AClusterThatIsNotRegisteredNeedsNoConnection",
             "2s truth truth.cluster.dr.reachable true\n2s state cluster.dr.registered false",
             nullptr},
        Case{"TheRouterIsWrongAboutATarget", "2s truth truth.traffic.shop.prod false",
             "the router of shop calls prod healthy, though it does not serve"},
        Case{"ATargetThatNeverServedNeedsNoOpinion", "2s truth truth.traffic.shop.dr false",
             nullptr}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Convergence, WantsAtLeastOneApplicationWhereSomeAreExpected) {
  EXPECT_TRUE(Convergence(0).holds());
  EXPECT_FALSE(Convergence(1).holds());
  EXPECT_THAT(Convergence(1).pending(), ElementsAre("0 of at least 1 applications exist"));
}

TEST(Convergence, ComparesWhereUsersGoWithAnEarlierSplit) {
  const auto before = after("").split();
  const auto moved =
      after("2s state traffic.shop.route.prod 0%\n2s state traffic.shop.route.dr 100%");
  EXPECT_TRUE(moved.holds());
  EXPECT_FALSE(moved.holds(&before));
  EXPECT_THAT(moved.pending(&before), ElementsAre("0% of the users of shop go to prod, not 100%"));
}

TEST(Convergence, DoesNotMissUsersWhoHadNotComeYet) {
  const Convergence::Split nobody;
  EXPECT_TRUE(after("").holds(&nobody));
}

TEST(Convergence, CountsWhatItDoesNotName) {
  std::string many;
  for (char c = 'a'; c <= 'l'; ++c) many += std::string("2s state app.") + c + ".health Degraded\n";
  const auto pending = after(many).pending(nullptr, 3);
  ASSERT_THAT(pending, SizeIs(4));
  EXPECT_EQ(pending.back(), "and 9 more");
}

TEST(ConvergencePending, SaysWhy) {
  Convergence convergence(1);
  const auto tell = [&](std::string subject, std::string value, std::string message) {
    Event event;
    event.kind = EventKind::state;
    event.subject = std::move(subject);
    event.value = std::move(value);
    event.message = std::move(message);
    convergence.apply(event);
  };
  tell("app.shop.health", "Progressing", "Waiting for rollout to finish");
  tell("app.shop.sync", "OutOfSync", "");
  tell("app.shop.operation", "Failed", "quota exceeded (retried 5 times).");
  EXPECT_THAT(convergence.pending(),
              ElementsAre("app shop is OutOfSync and Progressing, its last sync Failed (quota "
                          "exceeded (retried 5 times).; Waiting for rollout to finish)"));
  tell("app.shop.sync", "Synced", "");
  EXPECT_THAT(convergence.pending(),
              ElementsAre("app shop is Synced and Progressing (Waiting for rollout to finish)"));
}

}  // namespace
}  // namespace spokelab::harness
