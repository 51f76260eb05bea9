// The hub deletes only what somebody wanted gone.
#include "harness/judge/rules/deletes.h"

#include <gmock/gmock.h>

namespace spokelab::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kWeb = "object.prod.deployments.apps.shop.web";
constexpr const char* kApp = "object.hub.applications.argoproj.io.argocd.shop";

struct Deletes : ::testing::Test {
  Event hub(const std::string& verb, const std::string& subject = kWeb) const {
    Event event;
    event.kind = EventKind::fact;
    event.subject = subject;
    event.value = verb;
    event.cluster = subject.starts_with("object.hub.") ? "hub" : "prod";
    event.message = "argocd-manager via hub-0";
    return event;
  }
  Event person(const std::string& verb, const std::string& subject) const {
    Event event = hub(verb, subject);
    event.message = "lab-admin via kubectl";
    return event;
  }
  std::vector<std::string> complaints;
  UnaskedDeletes rule{[this](std::string text) { complaints.push_back(std::move(text)); }};
};

TEST_F(Deletes, AreFineWhileWhatIsWantedComesIntoEffect) {
  rule.apply(hub("create"));
  rule.apply(hub("delete"));
  rule.settled();
  rule.intent_changed();
  rule.apply(hub("delete"));
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(Deletes, AreUnaskedOnceEverythingIsInEffect) {
  rule.settled();
  rule.apply(hub("delete"));
  rule.apply(hub("delete", kApp));
  EXPECT_THAT(complaints, ElementsAre(HasSubstr("hub-0 deleted object.prod.deployments.apps.shop"),
                                      HasSubstr("applications.argoproj.io.argocd.shop")));
}

TEST_F(Deletes, AreAskedForByAnybodyWhoWritesAtTheHub) {
  rule.settled();
  rule.apply(person("patch", kApp));
  rule.apply(hub("delete"));
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(Deletes, AreUnaskedWhenTheSameIsMadeAgain) {
  rule.apply(hub("delete"));
  rule.apply(hub("create"));
  EXPECT_THAT(complaints, ElementsAre(HasSubstr("again")));
}

TEST_F(Deletes, AreFineWhenSomebodyWantedItBack) {
  rule.apply(hub("delete"));
  rule.intent_changed();
  rule.apply(hub("create"));
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(Deletes, OfHooksAndOfOthersAreNoneOfOurs) {
  rule.settled();
  rule.may_come_and_go(kWeb);
  rule.apply(hub("delete"));
  rule.apply(hub("create"));
  rule.apply(person("delete", "object.prod.pods.shop.web-1"));
  rule.apply(hub("delete", "object.hub.secrets.argocd.token"));
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(Deletes, AreNotJudgedWhereNamesComeFromChance) {
  Event warning;
  warning.kind = EventKind::fact;
  warning.subject = "app.shop";
  warning.value = "chart-warning";
  rule.apply(warning);
  rule.settled();
  rule.apply(hub("delete"));
  EXPECT_THAT(complaints, IsEmpty());
}

}  // namespace
}  // namespace spokelab::harness
