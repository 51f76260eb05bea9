// Retries and self-heals: as often, and as far apart, as they may be.
#include "harness/judge/rules/retries.h"

#include <gmock/gmock.h>

#include <vector>

namespace spokelab::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using namespace std::chrono_literals;

struct Retries : ::testing::Test {
  void tell(Nanos at, const std::string& value, const std::string& message = "") {
    Event event;
    event.kind = EventKind::fact;
    event.at = RunTime(at);
    event.subject = "app.shop";
    event.value = value;
    event.message = message;
    rule.apply(event);
  }
  void heal(Nanos at) {
    tell(at, "self-heal");
    tell(at, "sync-started");
    tell(at, "sync-finished");
  }
  std::vector<std::string> complaints;
  BoundedRetries rule{
      RetryFacts{[](const std::string&) { return std::optional<std::int64_t>(2); }, 2s, 3, 300s},
      [this](std::string text) { complaints.push_back(std::move(text)); }};
};

TEST_F(Retries, MayBeAsManyAsTheLimitSaysForEachOperation) {
  for (const Nanos begin : {Nanos(0s), Nanos(60s)}) {
    tell(begin, "sync-started");
    tell(begin + 5s, "retry", "Retrying operation. Attempt #1");
    tell(begin + 15s, "retry", "Retrying operation. Attempt #2");
  }
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(Retries, AreToldOnceWhereThereIsOneTooMany) {
  tell(0s, "sync-started");
  for (int i = 0; i < 5; ++i) tell(5s, "retry", "Retrying operation.");
  EXPECT_THAT(complaints, ElementsAre(HasSubstr("retries: at 00:00:05.0 an operation of app.shop "
                                                "was tried again (retry 3), and its limit is 2")));
}

TEST_F(Retries, BeginAnewWhenTheClusterReturns) {
  tell(0s, "sync-started");
  for (int i = 0; i < 2; ++i) tell(5s, "retry", "Retrying operation.");
  tell(9s, "retry", "Retrying operation: the cluster has returned");
  for (int i = 0; i < 2; ++i) tell(20s, "retry", "Retrying operation.");
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(Retries, OfSelfHealsWaitLongerEachTime) {
  heal(0s);   // at once
  heal(2s);   // 2 s after the last
  heal(8s);   // 6 s
  heal(26s);  // 18 s
  EXPECT_THAT(complaints, IsEmpty());
  heal(40s);  // 54 s would be due
  EXPECT_THAT(complaints,
              ElementsAre(HasSubstr("back-off: at 00:00:40.0 self-heal 5 in a row of "
                                    "app.shop began 14s after the last sync, and 54s")));
}

TEST_F(Retries, OfSelfHealsBeginAnewWithAnotherSync) {
  heal(0s);
  heal(2s);
  heal(8s);
  tell(10s, "sync-started");  // a commit
  tell(10s, "sync-finished");
  heal(10s);
  tell(12s, "self-heal");  // the hub's API server did not take it
  heal(12s);
  EXPECT_THAT(complaints, IsEmpty());
}

}  // namespace
}  // namespace spokelab::harness
