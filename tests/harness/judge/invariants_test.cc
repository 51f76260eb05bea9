// One writer per cluster: whoever writes owns it.
#include "harness/judge/invariants.h"

#include <gmock/gmock.h>

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

}  // namespace
}  // namespace spokelab::harness
