// Diagnostics: rendering, suggestions, limits.
#include "harness/scenario/diagnostic.h"

#include <gmock/gmock.h>

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;

TEST(Diagnostic, RendersTheLineWithACaretUnderTheWord) {
  Sources sources;
  sources.add("a.yaml", "scenario: x\nlasts: 30\n");
  Diagnostics found;
  found.error("SL2004", Position{0, 2, 8, 2}, "`lasts` needs a unit", "write 30s");
  EXPECT_EQ(render(found, sources),
            "error[SL2004]: `lasts` needs a unit\n"
            "  --> a.yaml:2:8\n"
            "     |\n"
            "   2 | lasts: 30\n"
            "     |        ^^ write 30s\n"
            "\n"
            "1 error, 0 warnings\n");
}

TEST(Diagnostic, CountsColumnsInCharactersNotBytes) {
  Sources sources;
  sources.add("a.yaml", "because: \xC3\xA4\xC3\xB6 x");
  Diagnostic one;
  one.at = Position{0, 1, 15, 1};
  one.message = "m";
  const auto text = render(one, sources);
  EXPECT_THAT(text, HasSubstr("a.yaml:1:13"));
  EXPECT_THAT(text, HasSubstr("     |             ^"));
}

TEST(Diagnostic, ShowsTheSecondPlaceAndColours) {
  Sources sources;
  sources.add("a.yaml", "a: 1\na: 2");
  Diagnostic one{Severity::warning, "SL1003",     {0, 2, 1, 1}, "twice",
                 "remove one",      {0, 1, 1, 1}, "first here"};
  EXPECT_THAT(render(one, sources), HasSubstr("   1 | a: 1\n     | - first here\n"));
  EXPECT_THAT(render(one, sources, true), HasSubstr("\x1b[1;33mwarning[SL1003]"));
}

TEST(Diagnostic, CutsVeryLongLinesAroundTheCaret) {
  Sources sources;
  sources.add("a.yaml", std::string(5000, 'x') + "HERE" + std::string(5000, 'y'));
  Diagnostic one;
  one.at = Position{0, 1, 5001, 4};
  const auto text = render(one, sources);
  EXPECT_LT(text.size(), 600U);
  EXPECT_THAT(text, HasSubstr("HERE"));
  EXPECT_THAT(text, HasSubstr("^^^^"));
}

TEST(Diagnostic, PlacesBeyondTheFileDoNoHarm) {
  Sources sources;
  sources.add("a.yaml", "a");
  Diagnostic one;
  for (const std::uint32_t big : {2U, 1000U, 4'000'000'000U}) {
    one.at = Position{0, big, big, big};
    EXPECT_FALSE(render(one, sources).empty());
    one.at = Position{big, 1, 1, 1};
    EXPECT_FALSE(render(one, sources).empty());
  }
}

TEST(Diagnostic, KeepsTheSameFindingOnceAndCountsWhatItDrops) {
  Diagnostics found;
  found.error("SL2001", Position{0, 1, 1, 1}, "same");
  found.error("SL2001", Position{0, 1, 1, 1}, "same");
  EXPECT_EQ(found.errors(), 1U);
  for (std::uint32_t i = 0; i < 300; ++i) found.error("SL2001", Position{0, i + 2, 1, 1}, "other");
  EXPECT_EQ(found.all().size(), Diagnostics::kKept);
  EXPECT_EQ(found.left_out(), 101U);
  EXPECT_EQ(found.errors(), 301U);
}

TEST(Nearest, CountsASwapAsOneEdit) {
  EXPECT_EQ(edit_distance("becuase", "because"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance(std::string(1000, 'a'), "a"), 1000U);
}

TEST(Nearest, OffersOnlyWhatIsClose) {
  const std::vector<std::string> words{"because", "expect", "faults", "limits"};
  EXPECT_EQ(nearest("becuase", words), "because");
  EXPECT_EQ(nearest("fault", words), "faults");
  EXPECT_EQ(nearest("LIMITS", words), "limits");
  EXPECT_EQ(nearest("zebra", words), "");
}

TEST(Codes, EachHasAnExplanation) {
  EXPECT_GT(diagnostic_codes().size(), 30U);
  for (const auto& code : diagnostic_codes())
    EXPECT_THAT(explain_code(code), HasSubstr(code + ": "));
  EXPECT_EQ(explain_code("SL9999"), "");
}

}  // namespace
}  // namespace spokelab::harness
