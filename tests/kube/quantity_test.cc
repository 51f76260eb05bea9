// Quantities: canonical text, rounding, arithmetic.
#include "kube/quantity.h"

#include <gtest/gtest.h>

namespace spokelab::kube {
namespace {

TEST(Quantity, ComesBackInCanonicalForm) {
  const std::pair<const char*, const char*> rows[] = {
      {"1000m", "1"},
      {"0.5", "500m"},
      {"1024Mi", "1Gi"},
      {"1e3", "1e3"},
      {"1.5Gi", "1536Mi"},
      {"0", "0"},
      {"100k", "100k"},
      {"1000k", "1M"},
      {"0.1m", "100u"},
      {"+2", "2"},
      {"-1500m", "-1500m"},
      {"512Ki", "512Ki"},
      {"1Ki", "1Ki"},
      {"0.5Ki", "512"},
      {"1E", "1E"},
      {"12E6", "12e6"},
      {"1000000", "1M"},
      {"0.0000000001", "1n"},
      {"2048", "2048"},
      {".5", "500m"},
      {"99999999999999999999", "9223372036854775807"},
      {"128974848", "128974848"},
      {"123Mi", "123Mi"}};
  for (const auto& [text, want] : rows) {
    const auto quantity = Quantity::parse(text);
    ASSERT_TRUE(quantity) << text;
    EXPECT_EQ(quantity->text(), want) << text;
  }
}

TEST(Quantity, RefusesWhatIsNoAmount) {
  for (const char* text :
       {"", "m", "1 Gi", "1gi", "1..2", "--1", "1e", "1e1000", "Gi", "0x10", "1Kib"}) {
    EXPECT_FALSE(Quantity::parse(text)) << text;
  }
}

TEST(Quantity, RoundsUpAndCompares) {
  EXPECT_EQ(Quantity::parse("1500m")->value(), 2);
  EXPECT_EQ(Quantity::parse("1.0001")->milli(), 1001);
  EXPECT_EQ(Quantity::parse("1Gi")->value(), 1073741824);
  EXPECT_EQ(Quantity::parse("0.0005")->rounded_to_milli().text(), "1m");
  EXPECT_LT(*Quantity::parse("999m"), *Quantity::parse("1"));
  EXPECT_EQ(*Quantity::parse("1Gi"), *Quantity::parse("1024Mi"));
  EXPECT_EQ((*Quantity::parse("1Gi") + *Quantity::parse("512Mi")).text(), "1536Mi");
  EXPECT_EQ((Quantity::from_milli(2500) - Quantity::from_value(1)).text(), "1500m");
}

}  // namespace
}  // namespace spokelab::kube
