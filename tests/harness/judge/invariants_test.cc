// What must hold in every run: one writer per cluster, revisions that run forwards, no write loops.
#include "harness/judge/invariants.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace spokelab::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Event owner(const std::string& cluster, const std::string& replica) {
  Event event;
  event.kind = EventKind::state;
  event.subject = "cluster." + cluster + ".owner";
  event.cluster = cluster;
  event.value = replica;
  return event;
}

Event write(const std::string& cluster, const std::string& message) {
  Event event;
  event.kind = EventKind::fact;
  event.subject = "object." + cluster + ".deployments.apps.shop/web";
  event.cluster = cluster;
  event.value = "patched";
  event.message = message;
  return event;
}

TEST(OneWriter, LetsTheOwnerWrite) {
  Invariants invariants;
  invariants.apply(owner("prod", "hub-0"));
  invariants.apply(write("prod", "patched by argocd-manager via hub-0"));
  invariants.apply(owner("prod", "hub-1"));
  invariants.apply(write("prod", "patched by argocd-manager via hub-1"));
  EXPECT_THAT(invariants.complaints(), IsEmpty());
  EXPECT_EQ(invariants.writes(), 2u);
}

TEST(OneWriter, ComplainsAboutAnybodyElseOfTheHub) {
  Invariants invariants;
  invariants.apply(owner("prod", "hub-0"));
  invariants.apply(write("prod", "patched by argocd-manager via hub-1"));
  invariants.apply(write("dr", "patched by argocd-manager via hub-1"));
  EXPECT_THAT(invariants.complaints(),
              ElementsAre(HasSubstr("hub-1 wrote object.prod"), HasSubstr("nobody owned dr")));
}

TEST(OneWriter, IsKnownByItsNodeWhereItsProgramHasAnotherName) {
  Invariants invariants;
  invariants.apply(owner("prod", "hub-0"));
  const std::string client = "argocd-manager via argocd-application-controller at ";
  invariants.apply(write("prod", client + "hub-0"));
  EXPECT_THAT(invariants.complaints(), IsEmpty());
  invariants.apply(write("prod", client + "hub-1"));
  EXPECT_THAT(invariants.complaints(), ElementsAre(HasSubstr("hub-1 wrote object.prod")));
  EXPECT_EQ(invariants.writes(), 2u);
}

TEST(OneWriter, MayHaveSentSomethingBeforeItsClusterWentToAnother) {
  Invariants invariants;
  invariants.apply(owner("prod", "hub-0"));
  Event taken = owner("prod", "hub-1");
  taken.at += std::chrono::seconds(60);
  invariants.apply(taken);
  Event late = write("prod", "argocd-manager via hub-0");
  late.at = taken.at + std::chrono::seconds(1);
  invariants.apply(late);
  EXPECT_THAT(invariants.complaints(), IsEmpty());
  Event next = write("prod", "argocd-manager via hub-1");
  next.at = late.at;
  invariants.apply(next);
  invariants.apply(late);
  EXPECT_THAT(invariants.complaints(), ElementsAre(HasSubstr("hub-0 wrote")));
}

TEST(OneWriter, LetsOthersAndTheHubsOwnClusterBe) {
  Invariants invariants;
  invariants.apply(owner("prod", "hub-0"));
  invariants.apply(write("prod", "scaled by the deployment controller"));
  invariants.apply(write("hub", "patched by argocd via hub-1"));
  EXPECT_THAT(invariants.complaints(), IsEmpty());
  EXPECT_EQ(invariants.writes(), 0u);
}

TEST(OneWriter, StopsComplainingAfterAWhile) {
  Invariants invariants;
  for (int i = 0; i < 100; ++i)
    invariants.apply(write("prod", "patched by argocd-manager via hub-1"));
  EXPECT_EQ(invariants.complaints().size(), Invariants::kComplaintsMax);
  EXPECT_EQ(invariants.writes(), 100u);
}

Event revision(const std::string& app, const std::string& commit) {
  Event event;
  event.kind = EventKind::state;
  event.subject = "app." + app + ".revision";
  event.value = commit;
  return event;
}

TEST(RevisionsRunForwards, LetsApplicationsMoveOn) {
  Invariants invariants;
  for (const auto* commit : {"aaa", "bbb", "bbb", "ccc"}) {
    invariants.apply(revision("web", commit));
    invariants.apply(revision("api", commit));
  }
  EXPECT_THAT(invariants.complaints(), IsEmpty());
}

TEST(RevisionsRunForwards, ComplainsWhenACommitComesBack) {
  Invariants invariants;
  for (const auto* commit : {"aaa", "bbb", "aaa"}) invariants.apply(revision("web", commit));
  invariants.apply(revision("api", "aaa"));
  EXPECT_THAT(invariants.complaints(),
              ElementsAre(HasSubstr("app.web.revision went from bbb back to aaa")));
}

TEST(RevisionsRunForwards, LetsAPersonGoBack) {
  Invariants invariants;
  invariants.apply(revision("web", "aaa"));
  invariants.apply(revision("web", "bbb"));
  Event edit = write("hub", "admin-of-hub via operator");
  edit.subject = "object.hub.applications.argoproj.io.argocd.web";
  invariants.apply(edit);
  invariants.apply(revision("web", "aaa"));
  EXPECT_THAT(invariants.complaints(), IsEmpty());
}

TEST(NoWriteLoops, ComplainsOnceAboutAnObjectThatIsWrittenWithoutAPause) {
  Invariants invariants;
  invariants.apply(owner("prod", "hub-0"));
  Event one = write("prod", "argocd-manager via hub-0");
  for (std::size_t i = 0; i < 3 * Invariants::kSpokeWritesMax; ++i) {
    one.at += std::chrono::milliseconds(500);
    invariants.apply(one);
  }
  EXPECT_THAT(invariants.complaints(), ElementsAre(HasSubstr("61 times within a minute")));
}

TEST(NoWriteLoops, LetsTheHubRepairWhatOthersBreakEveryFewSeconds) {
  Invariants invariants;
  invariants.apply(owner("prod", "hub-0"));
  Event one = write("prod", "argocd-manager via hub-0");
  for (int i = 0; i < 1'000; ++i) {
    one.at += std::chrono::seconds(2);
    invariants.apply(one);
  }
  EXPECT_THAT(invariants.complaints(), IsEmpty());
}

TEST(NoWriteLoops, LetsTheHubFollowWhoeverWritesAsOften) {
  Invariants invariants;
  invariants.apply(owner("prod", "hub-0"));
  Event one = write("prod", "argocd-manager via hub-0");
  for (int i = 0; i < 1'000; ++i) {
    one.at += std::chrono::milliseconds(250);
    one.message = i % 2 == 0 ? "lab-admin via kubectl" : "argocd-manager via hub-0";
    invariants.apply(one);
  }
  EXPECT_THAT(invariants.complaints(), IsEmpty());
}

TEST(NoWriteLoops, LetsAnApplicationSetFollowItsApplications) {
  Invariants invariants;
  Event set = write("hub", "argocd via hub-0");
  set.subject = "object.hub.applicationsets.argoproj.io.argocd/web";
  Event app = set;
  for (int i = 0; i < 1'000; ++i) {
    set.at += std::chrono::milliseconds(20);
    app.at = set.at;
    app.subject = "object.hub.applications.argoproj.io.argocd/web-" + std::to_string(i % 200);
    invariants.apply(app);
    invariants.apply(set);
  }
  EXPECT_THAT(invariants.complaints(), IsEmpty());
  for (int i = 0; i < 1'000; ++i) {
    set.at += std::chrono::milliseconds(100);
    invariants.apply(set);
  }
  EXPECT_THAT(invariants.complaints(), ElementsAre(HasSubstr("write loop")));
}

TEST(RevisionsRunForwards, LetsAnApplicationGoWhereItsOwnSpecSends) {
  std::string sources = "1";
  InvariantFacts facts;
  facts.sources_of = [&](const std::string& app) { return app == "shop.web" ? sources : ""; };
  Invariants invariants(std::move(facts));
  invariants.apply(revision("shop.web", "aaa"));
  invariants.apply(revision("shop.web", "bbb"));
  sources = "2";  // an app of apps names another branch
  invariants.apply(revision("shop.web", "aaa"));
  invariants.apply(revision("shop.web", "bbb"));
  EXPECT_THAT(invariants.complaints(), IsEmpty());
  invariants.apply(revision("shop.web", "aaa"));
  EXPECT_THAT(invariants.complaints(), ElementsAre(HasSubstr("from bbb back to aaa")));
}

TEST(RevisionsRunForwards, BeginAnewWithAnotherApplicationOfThatName) {
  Invariants invariants;
  for (const auto* commit : {"aaa", "bbb"}) invariants.apply(revision("web", commit));
  Event gone = revision("web", "false");
  gone.subject = "app.web.exists";
  invariants.apply(gone);
  invariants.apply(revision("web", "aaa"));
  EXPECT_THAT(invariants.complaints(), IsEmpty());
}

}  // namespace
}  // namespace spokelab::harness
