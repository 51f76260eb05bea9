// Texts compared line by line.
#include "harness/look/line_diff.h"

#include <gtest/gtest.h>

#include <string>

namespace spokelab::harness {
namespace {

TEST(LineDiff, OfEqualTextsIsEmpty) {
  EXPECT_EQ(unified_diff("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(unified_diff("", ""), "");
}

TEST(LineDiff, ShowsAChangeWithThreeLinesAroundIt) {
  EXPECT_EQ(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nfive\n6\n7\n8\n"),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(LineDiff, ShowsWhatIsNewOrGoneAsAWhole) {
  EXPECT_EQ(unified_diff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(unified_diff("a\nb\n", ""), "@@ -1,2 +0,0 @@\n-a\n-b\n");
}

TEST(LineDiff, JoinsChangesThatAreNearAndPartsThoseThatAreFar) {
  std::string before;
  for (int i = 1; i <= 30; ++i) before += std::to_string(i) + "\n";
  auto after = before;
  const auto change = [&](const std::string& from, const std::string& to) {
    after.replace(after.find("\n" + from + "\n") + 1, from.size(), to);
  };
  change("5", "five");
  change("10", "ten");
  change("25", "twenty-five");
  const auto text = unified_diff(before, after);
  EXPECT_EQ(text,
            "@@ -2,12 +2,12 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n"
            "@@ -22,7 +22,7 @@\n 22\n 23\n 24\n-25\n+twenty-five\n 26\n 27\n 28\n");
}

TEST(LineDiff, FindsTheShortestScript) {
  // The example of Myers' paper: five edits turn one into the other.
  const auto text = unified_diff("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n", 100);
  const auto count = [&](const char* sign) {
    std::size_t lines = 0;
    for (auto at = text.find(sign); at != std::string::npos; at = text.find(sign, at + 1)) ++lines;
    return lines;
  };
  EXPECT_EQ(count("\n+") + count("\n-"), 5u) << text;
}

TEST(LineDiff, GivesUpOnTextsThatHaveNothingInCommon) {
  std::string before;
  std::string after;
  for (std::size_t i = 0; i < kDifferencesMax; ++i) {
    before += "a" + std::to_string(i) + "\n";
    after += "b" + std::to_string(i) + "\n";
  }
  const auto text = unified_diff("same\n" + before, "same\n" + after);
  EXPECT_TRUE(text.starts_with("@@ -1,2001 +1,2001 @@\n same\n-a0\n-a1\n")) << text.substr(0, 60);
}

}  // namespace
}  // namespace spokelab::harness
