// TimeZone: files that are none, and what the clocks of places show.
#include "base/time_zone.h"

#include <gtest/gtest.h>

#include "tests/base/zone_file.h"

namespace spokelab {
namespace {

using testing::zone_file;

TEST(TimeZone, RefusesWhatIsNoZone) {
  for (const char* name :
       {"Nowhere/Atall", "../etc/passwd", "/etc/passwd", "Europe/../x", "Europe", "+02:00", "UTC "})
    EXPECT_FALSE(TimeZone::load(name)) << name;
  EXPECT_TRUE(TimeZone::load("UTC"));
  const std::string file = zone_file({{0, 3600}}, 0);
  for (std::size_t size = 0; size + 4 < file.size(); size += 3)
    EXPECT_FALSE(TimeZone::parse(file.substr(0, size))) << size;
}

TEST(TimeZone, TellsOffsetAndNameOfEachInstant) {
  struct Row {
    const char* zone;
    std::int64_t at;
    std::int64_t offset;
    const char* name;
  };
  const Row rows[] = {{"", 0, 0, "UTC"},
                      {"Europe/Berlin", 1'700'000'000, 3600, "CET"},
                      {"Europe/Berlin", 1'690'000'000, 7200, "CEST"},
                      {"Europe/Berlin", 1'698'541'199, 7200, "CEST"},  // the last second of summer
                      {"Europe/Berlin", 1'698'541'200, 3600, "CET"},
                      {"Europe/Berlin", -5'000'000'000, 3208, "LMT"},
                      {"America/New_York", 1'690'000'000, -14400, "EDT"},
                      {"America/Sao_Paulo", 1'690'000'000, -10800, "-03"},
                      {"Asia/Tokyo", 1'700'000'000, 32400, "JST"}};
  for (const Row& row : rows) {
    const auto zone = TimeZone::load(row.zone);
    ASSERT_TRUE(zone) << row.zone;
    const auto local = zone->local_at(row.at);
    EXPECT_EQ(local.offset_seconds, row.offset) << row.zone << " at " << row.at;
    EXPECT_EQ(local.name, row.name) << row.zone << " at " << row.at;
  }
}

}  // namespace
}  // namespace spokelab
