// Base64 against the test vectors of RFC 4648 and what Go's decoder accepts.
#include "base/base64.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace spokelab {
namespace {

TEST(Base64, WritesAndReadsTheVectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> cases{{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
    EXPECT_EQ(from_base64_url(base64_url(bytes)), bytes);
  }
}

TEST(Base64, UsesAnotherAlphabetAndNoPaddingInUrls) {
  const std::string bytes = "\xfb\xff\xfe\xfb";
  EXPECT_EQ(base64(bytes), "+//++w==");
  EXPECT_EQ(base64_url(bytes), "-__--w");
  EXPECT_EQ(from_base64_url("-__--w"), bytes);
  EXPECT_EQ(from_base64_url("+//++w"), std::nullopt);
  EXPECT_EQ(from_base64_url("A"), std::nullopt);
}

TEST(Base64, SkipsLineBreaks) { EXPECT_EQ(from_base64("Zm9v\r\nYg=\n=\n"), "foob"); }

TEST(Base64, SaysWhereTextGoesWrong) {
  const std::vector<std::pair<std::string, std::size_t>> cases{
      {"%", 0}, {"Zm9v!", 4}, {"Z", 0},     {"Zm9vYg", 4},
      {"=", 0}, {"Zg=", 3},   {"Zg===", 4}, {"Zg==Zg==", 4}};
  for (const auto& [text, expected] : cases) {
    std::size_t wrong_at = 99;
    EXPECT_EQ(from_base64(text, &wrong_at), std::nullopt) << text;
    EXPECT_EQ(wrong_at, expected) << text;
  }
}

}  // namespace
}  // namespace spokelab
