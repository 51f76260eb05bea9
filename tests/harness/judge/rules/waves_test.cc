// Waves and hooks within one operation.
#include "harness/judge/rules/waves.h"

#include <gmock/gmock.h>

#include <vector>

namespace spokelab::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Waves : ::testing::Test {
  static WaveOrder::Object object(const std::string& name, int wave, bool well = true,
                                  bool hook = false) {
    return {"shop", name, wave, hook, well};
  }
  std::vector<std::string> complaints;
  WaveOrder rule{[this](std::string text) { complaints.push_back(std::move(text)); }};
};

TEST_F(Waves, MayComeOneAfterTheOtherOnceAllIsWell) {
  rule.begin("shop");
  rule.wrote(RunTime{}, object("config", 0), true);
  rule.wrote(RunTime{}, object("web", 1, false), true);
  rule.seen(object("web", 1, true));
  rule.seen(object("web", 1, false));  // well once is enough: it may fail again later
  rule.wrote(RunTime{}, object("job", 2), true);
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(Waves, MustNotBeginBeforeTheLastOneIsWell) {
  rule.begin("shop");
  rule.wrote(RunTime{}, object("web", 1, false), true);
  rule.wrote(RunTime{}, object("job", 2), true);
  EXPECT_THAT(complaints,
              ElementsAre(HasSubstr("wave order: at 00:00:00.0 job of wave 2 was written, though "
                                    "web of wave 1 had not been healthy")));
}

TEST_F(Waves, DoNotComeBack) {
  rule.begin("shop");
  rule.wrote(RunTime{}, object("job", 2), true);
  rule.wrote(RunTime{}, object("config", 0), true);
  EXPECT_THAT(complaints, ElementsAre(HasSubstr("config of wave 0 was written after job")));
}

TEST_F(Waves, BeginAnewWithEachAttempt) {
  rule.begin("shop");
  rule.wrote(RunTime{}, object("web", 1, false), true);
  rule.begin("shop");
  rule.wrote(RunTime{}, object("job", 2), true);
  rule.begin("shop");
  rule.wrote(RunTime{}, object("config", 0), true);
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(Waves, DoNotWaitForWhatIsGoneOrBelongsToOthers) {
  rule.begin("shop");
  rule.wrote(RunTime{}, object("web", 1, false), true);
  rule.gone(object("web", 1));
  rule.wrote(RunTime{}, object("job", 2), true);
  rule.wrote(RunTime{}, {"other", "api", 0, false, false}, true);
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(Waves, RunAHookOnceInEachAttempt) {
  rule.begin("shop");
  rule.wrote(RunTime{}, object("before", 0, false, true), true);
  rule.wrote(RunTime{}, object("before", 0, false, true), false);  // its finalizer goes
  EXPECT_THAT(complaints, IsEmpty());
  rule.wrote(RunTime{}, object("before", 0, false, true), true);
  EXPECT_THAT(complaints, ElementsAre(HasSubstr("hook run twice: at 00:00:00.0 before")));
  rule.begin("shop");
  rule.wrote(RunTime{}, object("before", 0, false, true), true);
  EXPECT_EQ(complaints.size(), 1u);
}

}  // namespace
}  // namespace spokelab::harness
