// validate --fix, as texts before and after.
#include "harness/scenario/text/fixes.h"

#include <gmock/gmock.h>

#include "tests/harness/scenario/memory_files.h"

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A scenario around a part of it.
std::string around(const std::string& rest) {
  return "scenario: a\nbecause: b\nlasts: 20m\nworld:\n  hub: {region: us-east}\n  clusters:\n"
         "    prod: {region: us-east}\n    dr: {region: eu-west}\n" +
         rest;
}

std::string fixed(const std::string& text) {
  MemoryFiles files;
  LoadOptions options;
  options.files = &files;
  return fix_scenario("a.yaml", text, options).text;
}

std::size_t errors(const std::string& text) {
  MemoryFiles files;
  LoadOptions options;
  options.files = &files;
  return load_scenario_text("a.yaml", text, options).diagnostics.errors();
}

TEST(Fixes, PutRightWhatIsCertain) {
  const struct {
    const char* before;
    const char* after;
  } kCases[] = {
      // Keys and words that are nearly right.
      {"faults:\n  x: {what: refuzed, on: prod, at: 1m, for: 1m}   # why\n",
       "faults:\n  x: {what: refused, on: prod, at: 1m, for: 1m}   # why\n"},
      {"fautls:\n  x: {what: refused, on: prodd, at: 1m, for: 1m}\n",
       "faults:\n  x: {what: refused, on: prod, at: 1m, for: 1m}\n"},
      {"faults:\n  x: {what: refused, on: prod, at: 1m, duration: 1m}\n",
       "faults:\n  x: {what: refused, on: prod, at: 1m, for: 1m}\n"},
      {"faults:\n  x: {what: partition, between: hub <-> prdo, at: 1m, for: 1m}\n",
       "faults:\n  x: {what: partition, between: hub <-> prod, at: 1m, for: 1m}\n"},
      {"faults:\n  x: {what: \"any[refused, blackhol]\", on: prod, at: 1m, for: 1m}\n",
       "faults:\n  x: {what: \"any[refused, blackhole]\", on: prod, at: 1m, for: 1m}\n"},
      // Units.
      {"faults:\n  x: {what: loss, on: prod, share: 30, at: 1m, for: 1m}\n",
       "faults:\n  x: {what: loss, on: prod, share: 30%, at: 1m, for: 1m}\n"},
      // Traps of YAML 1.1.
      {"faults:\n  x: {what: api-errors, on: prod, code: 0503, at: 1m, for: 1m}\n",
       "faults:\n  x: {what: api-errors, on: prod, code: 503, at: 1m, for: 1m}\n"},
      {"faults:\n  x: {what: any[refused, blackhole], on: prod, at: 1m, for: 1m}\n",
       "faults:\n  x: {what: \"any[refused, blackhole]\", on: prod, at: 1m, for: 1m}\n"},
      // Events and names in conditions.
      {"faults:\n  x: {what: refused, on: prod, at: 1m, for: 1m}\nexpect:\n"
       "  - never: cluster.drr.connection == Failed\n    after: x.strat + 10s\n",
       "faults:\n  x: {what: refused, on: prod, at: 1m, for: 1m}\nexpect:\n"
       "  - never: cluster.dr.connection == Failed\n    after: x.start + 10s\n"},
      {"expect:\n  - never: cluster.dr.connection = Failed && cluster.prod.owner = absent\n",
       "expect:\n  - never: cluster.dr.connection == Failed and cluster.prod.owner == absent\n"},
      {"expect:\n  - never: cluster.dr.conection == Failed\n",
       "expect:\n  - never: cluster.dr.connection == Failed\n"},
  };
  for (const auto& one : kCases) {
    EXPECT_EQ(fixed(around(one.before)), around(one.after));
    EXPECT_EQ(errors(around(one.after)), 0u) << one.after;
  }
}

TEST(Fixes, QuoteLabelsAndBooleans) {
  const std::string before =
      "scenario: a\nbecause: b\nlasts: 20m\nworld:\n  hub: {region: us-east}\n  clusters:\n"
      "    prod: {region: us-east, register: yes, labels: {deploy: true, tier: 1}}\n"
      "expect:\n  - never: cluster.prod.connection == Failed\n";
  const auto after = fixed(before);
  EXPECT_THAT(after, HasSubstr("register: true, labels: {deploy: \"true\", tier: \"1\"}}"));
  EXPECT_EQ(errors(after), 0u) << after;
}

TEST(Fixes, ReplaceTabs) {
  const auto after = fixed(
      "scenario: a\nbecause: b\nlasts: 20m\nworld:\n\thub: {region: us-east}\n"
      "\tclusters:\n\t\tprod: {region: us-east}\n");
  EXPECT_EQ(errors(after), 0u) << after;
  EXPECT_THAT(after, HasSubstr("\n    prod: {region: us-east}\n"));
}

TEST(Fixes, TellEachChangeWithItsPlace) {
  MemoryFiles files;
  LoadOptions options;
  options.files = &files;
  const auto out = fix_scenario(
      "a.yaml", around("faults:\n  x: {what: refuzed, on: prod, at: 1m, for: 1m}\n"), options);
  ASSERT_EQ(out.fixed.size(), 1u);
  EXPECT_EQ(out.fixed[0].place, "a.yaml:10:13");
  EXPECT_EQ(out.fixed[0].before, "refuzed");
  EXPECT_EQ(out.fixed[0].after, "refused");
}

TEST(Fixes, LeaveAloneWhatCouldMeanSeveralThings) {
  for (const char* rest : {
           "faults:\n  x: {what: refused, on: prod, at: 5, for: 1m}\n",     // 5s? 5m?
           "faults:\n  x: {what: refused, on: prod, at: 1:30, for: 1m}\n",  // 1m30s? 1h30m?
           "faults:\n  x: {what: zzzzzzzz, on: prod, at: 1m, for: 1m}\n",
           "faults:\n  x: {what: refused, at: 1m, for: 1m}\n",
           "faults:\n  x: {what: refused, on: prod, at: 1m, for: 1m, fr: 1m}\n",  // `for` is there
           "steps: [\n",
           "expect:\n  - never: cluster.prod.colour == Failed\n",
       }) {
    const auto text = around(rest);
    EXPECT_EQ(fixed(text), text);
  }
}

TEST(Fixes, ChangeNothingInAFileThatIsFine) {
  const auto text = around("expect:\r\n  - never: cluster.prod.connection == Failed\r\n# end");
  MemoryFiles files;
  LoadOptions options;
  options.files = &files;
  const auto out = fix_scenario("a.yaml", text, options);
  EXPECT_EQ(out.text, text);
  EXPECT_TRUE(out.fixed.empty());
}

TEST(Fixes, AppliesEditsFromLeftToRightWhateverTheirOrder) {
  EXPECT_EQ(apply_edits("abcdef", {{4, 5, "E"}, {0, 1, "AA"}, {2, 4, ""}}), "AAbEf");
  EXPECT_EQ(apply_edits("abc", {{2, 9, "x"}, {0, 2, "y"}, {1, 2, "z"}}), "yc");
}

}  // namespace
}  // namespace spokelab::harness
