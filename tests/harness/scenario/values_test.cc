// Values: quantities with units, references, draws.
#include "harness/scenario/values.h"

#include <gtest/gtest.h>

namespace spokelab::harness {
namespace {

TEST(Values, ReadsSharesToAMillionth) {
  EXPECT_EQ(parse_share("30%").value().millionths, 300'000U);
  EXPECT_EQ(parse_share("99.95%").value().millionths, 999'500U);
  EXPECT_EQ(parse_share("0.0001%").value().millionths, 1U);
  for (const char* bad : {"30", "%", "-1%", "1.00001%", "a%", "1.%", ".5%", ""}) {
    EXPECT_FALSE(parse_share(bad)) << bad;
  }
  EXPECT_EQ(parse_share("30").error().message(), "'30' has no unit; write 30%");
  EXPECT_EQ(format_share(Share{999'500}), "99.95%");
  EXPECT_EQ(format_share(kWhole), "100%");
  EXPECT_EQ(format_share(Share{0}), "0%");
}

TEST(Values, ReadsRates) {
  EXPECT_EQ(parse_rate("200/s").value(), (Rate{200, Nanos(1'000'000'000)}));
  EXPECT_EQ(parse_rate("5/min").value(), (Rate{5, Nanos(60'000'000'000)}));
  EXPECT_EQ(parse_rate("1/30s").value(), (Rate{1, Nanos(30'000'000'000)}));
  for (const char* bad :
       {"200", "200/", "/s", "1.5/s", "-1/s", "1/0s", "1/-1s", "x/s", "9999999999/s"}) {
    EXPECT_FALSE(parse_rate(bad)) << bad;
  }
  EXPECT_TRUE(slower(parse_rate("5/m").value(), parse_rate("1/s").value()));
}

TEST(Values, ReadsSizes) {
  EXPECT_EQ(parse_bytes("64MiB").value().count, 64ULL << 20);
  EXPECT_EQ(parse_bytes("5kB").value().count, 5000U);
  EXPECT_EQ(parse_byte_rate("1MiB/s").value().count, 1ULL << 20);
  for (const char* bad : {"64", "MiB", "64mb", "-1B", "64MiB/s", "9999999999B"})
    EXPECT_FALSE(parse_bytes(bad)) << bad;
  EXPECT_FALSE(parse_byte_rate("1MiB"));
}

TEST(Values, ReadsWholeNumbersWithoutLeadingZeros) {
  EXPECT_EQ(parse_whole("18446744073709551615").value(), UINT64_MAX);
  EXPECT_EQ(parse_whole("0").value(), 0U);
  for (const char* bad : {"", "-1", "1.5", "18446744073709551616", "010", "1 ", "+1"}) {
    EXPECT_FALSE(parse_whole(bad)) << bad;
  }
  EXPECT_NE(parse_whole("010").error().message().find("write 10"), std::string::npos);
  EXPECT_NE(parse_whole("000").error().message().find("write 0"), std::string::npos);
}

TEST(Values, ReadsReferences) {
  EXPECT_EQ(parse_object_ref("Deployment agent/agent-prod").value(),
            (ObjectRef{"deployment", "agent", "agent-prod"}));
  EXPECT_EQ(parse_object_ref("namespace agent").value(), (ObjectRef{"namespace", "", "agent"}));
  EXPECT_EQ(parse_object_ref("clusterrole system:node").value().name, "system:node");
  for (const char* bad :
       {"", "deployment", " x", "deployment a/b/c", "deployment ", "dep loy ment"}) {
    EXPECT_FALSE(parse_object_ref(bad)) << bad;
  }
  EXPECT_EQ(parse_service("a/b").value(), (ServiceRef{"a", "b"}));
  for (const char* bad : {"a", "/b", "a/", "A/b", "a/b/c"}) EXPECT_FALSE(parse_service(bad)) << bad;
  EXPECT_EQ(parse_link("hub<->prod").value(), std::pair(std::string("hub"), std::string("prod")));
  for (const char* bad : {"hub", "hub -> prod", "<-> prod", "a <-> b <-> c"})
    EXPECT_FALSE(parse_link(bad)) << bad;
}

TEST(Values, ExactDurationsReadBackAsWritten) {
  for (const std::int64_t nanos : {0LL, 1LL, 999LL, 1'500'000'000LL, 686'197'000'000LL,
                                   86'400'000'000'000LL, -600'000'000'000LL}) {
    const auto text = exact_duration(Nanos(nanos));
    if (nanos < 0) {
      EXPECT_EQ(text, "-10m");
    } else {
      EXPECT_EQ(parse_span(nanos == 0 ? "0s" : text).value(), Nanos(nanos)) << text;
    }
  }
  EXPECT_FALSE(parse_span("0"));
  EXPECT_FALSE(parse_span("-1s"));
}

TEST(Values, KnowsADrawWhenItSeesOne) {
  const auto range = parse_draw("10ms..400ms").value();
  ASSERT_TRUE(range);
  EXPECT_TRUE(range->range);
  EXPECT_EQ(range->options, (std::vector<std::string>{"10ms", "400ms"}));
  const auto any = parse_draw("any[refused, blackhole]").value();
  ASSERT_TRUE(any);
  EXPECT_EQ(any->options, (std::vector<std::string>{"refused", "blackhole"}));
  for (const char* plain : {"10s", "..", "a..", "..b", "any", "any thing", "a...b"}) {
    EXPECT_FALSE(parse_draw(plain).value()) << plain;
  }
  for (const char* bad : {"any[", "any[]", "any[a,]", "any[a, b"})
    EXPECT_FALSE(parse_draw(bad)) << bad;
}

TEST(Values, MatchesStars) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("edge-*", "edge-007"));
  EXPECT_TRUE(matches("*-prod*", "agent-prod-1"));
  EXPECT_FALSE(matches("edge-*", "edge"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("a*b*c", "aXbYbZc"));
}

TEST(Values, NamesAreLabels) {
  EXPECT_TRUE(is_name("edge-7"));
  for (const std::string bad : {"", "-a", "a-", "A", "a_b", "a.b"})
    EXPECT_FALSE(is_name(bad)) << bad;
  EXPECT_TRUE(is_name(std::string(63, 'a')));
  EXPECT_FALSE(is_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace spokelab::harness
