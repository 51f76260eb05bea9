// The `format` keyword.
#include "hub/helm/schema/formats.h"

#include <gtest/gtest.h>

namespace spokelab::hub::helm {
namespace {

TEST(HelmSchemaFormats, TellGoodTextsFromBadOnes) {
  struct Case {
    const char* format;
    const char* text;
    bool good;
  };
  const Case cases[] = {{"ipv4", "10.0.0.1", true},
                        {"ipv4", "10.0.0.01", false},
                        {"ipv4", "10.0.0", false},
                        {"ipv4", "10.0.0.256", false},
                        {"ipv6", "fe80::1", true},
                        {"ipv6", "fe80::1%eth0", false},
                        {"ipv6", "1.2.3.4", false},
                        {"hostname", "a.example.com.", true},
                        {"hostname", "-a", false},
                        {"hostname", "a_b", false},
                        {"email", "me@example.com", true},
                        {"email", "me@[10.0.0.1]", true},
                        {"email", "me", false},
                        {"email", ".me@example.com", false},
                        {"date", "2024-02-29", true},
                        {"date", "2023-02-29", false},
                        {"date", "2023-13-01", false},
                        {"time", "23:59:60Z", true},
                        {"time", "22:59:60Z", false},
                        {"time", "24:00:00Z", false},
                        {"time", "12:00:00+25:00", false},
                        {"date-time", "2024-01-02T03:04:05.6+01:00", true},
                        {"date-time", "2024-01-02 03:04:05Z", false},
                        {"duration", "P3Y6M4DT12H30M5S", true},
                        {"duration", "P4W", true},
                        {"duration", "PT", false},
                        {"duration", "P", false},
                        {"uri", "https://example.com/a?b#c", true},
                        {"uri", "urn:a:b", true},
                        {"uri", "/a/b", false},
                        {"uri", "https://exa mple.com", false},
                        {"uri-reference", "../a", true},
                        {"uri-reference", "a%zz", false},
                        {"uri-template", "https://x/{a}", true},
                        {"uri-template", "https://x/{a", false},
                        {"uuid", "123e4567-e89b-12d3-a456-426614174000", true},
                        {"uuid", "123e4567", false},
                        {"json-pointer", "/a/~1b", true},
                        {"json-pointer", "a", false},
                        {"json-pointer", "/~2", false},
                        {"relative-json-pointer", "1/a", true},
                        {"relative-json-pointer", "01", false},
                        {"semver", "1.2.3-rc.1+b", true},
                        {"semver", "1.2", false},
                        {"semver", "1.2.3-01", false},
                        {"period", "2024-01-02T03:04:05Z/P1D", true},
                        {"period", "2024-01-02T03:04:05Z", false},
                        {"regex", "a(b)", true},
                        {"regex", "a(", false},
                        {"int32", "anything", true}};
  for (const Case& one : cases) {
    EXPECT_EQ(!format_problem(one.format, one.text), one.good) << one.format << " " << one.text;
  }
}

}  // namespace
}  // namespace spokelab::hub::helm
