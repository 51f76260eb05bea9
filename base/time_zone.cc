// TimeZone: reading TZif files.
#include "base/time_zone.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace spokelab {

namespace {

constexpr std::size_t kHeader = 44;
constexpr std::size_t kFileMax = 1'000'000;

/// A big-endian number of so many bytes, with its sign.
std::int64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  const std::uint64_t sign = std::uint64_t{1} << (size * 8 - 1);
  return static_cast<std::int64_t>((value ^ sign) - sign);
}

struct Counts {
  std::size_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0;
  std::size_t size(std::size_t time_bytes) const {
    return times * (time_bytes + 1) + types * 6 + letters + leaps * (time_bytes + 4) + standard +
           utc;
  }
};

std::optional<Counts> counts_at(std::string_view bytes, std::size_t at) {
  if (bytes.size() < at + kHeader || bytes.substr(at, 4) != "TZif") return std::nullopt;
  const auto read = [&](std::size_t place) {
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(number_at(bytes, at + place, 4), 0, kFileMax));
  };
  return Counts{read(20), read(24), read(28), read(32), read(36), read(40)};
}

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 100 || name.front() == '/' || name.front() == '.') return false;
  return name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](char letter) {
           return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                  (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' ||
                  letter == '+' || letter == '/';
         });
}

}  // namespace

Result<TimeZone> TimeZone::load(std::string_view name) {
  if (name.empty() || name == "UTC") return TimeZone();
  const Error unknown(Errc::bad_input, "unknown time zone " + std::string(name));
  if (!is_zone_name(name)) return unknown;
  std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  if (!file) return unknown;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  auto zone = parse(bytes.str());
  if (!zone) return unknown;
  return zone;
}

Result<TimeZone> TimeZone::parse(std::string_view bytes) {
  const Error broken(Errc::bad_input, "no TZif file");
  std::size_t at = 0, time_bytes = 4;
  auto counts = counts_at(bytes, 0);
  if (!counts || bytes.size() > kFileMax) return broken;
  if (bytes[4] >= '2') {
    // The second block has 64-bit times; the first is for old readers.
    at = kHeader + counts->size(4);
    time_bytes = 8;
    counts = counts_at(bytes, at);
    if (!counts) return broken;
  }
  at += kHeader;
  if (counts->types == 0 || bytes.size() < at + counts->size(time_bytes)) return broken;
  const std::size_t kinds = at + counts->times * time_bytes;
  const std::size_t types = kinds + counts->times;
  const std::string_view names =
      bytes.substr(types + counts->types * std::size_t{6}, counts->letters);
  TimeZone zone;
  zone.kinds_.clear();
  for (std::size_t i = 0; i < counts->types; ++i) {
    const std::size_t type = types + i * 6;
    const std::string_view name = names.substr(
        std::min<std::size_t>(static_cast<unsigned char>(bytes[type + 5]), names.size()));
    zone.kinds_.push_back(
        {number_at(bytes, type, 4), std::string(name.substr(0, name.find('\0')))});
  }
  for (std::size_t i = 0; i < counts->times; ++i) {
    const auto kind = static_cast<unsigned char>(bytes[kinds + i]);
    if (kind >= counts->types) return broken;
    zone.changes_.push_back({number_at(bytes, at + i * time_bytes, time_bytes), kind});
  }
  const bool sorted = std::is_sorted(zone.changes_.begin(), zone.changes_.end(),
                                     [](const Change& a, const Change& b) { return a.at < b.at; });
  if (!sorted) return broken;
  return zone;
}

TimeZone::Local TimeZone::local_at(std::int64_t seconds) const {
  const auto after =
      std::upper_bound(changes_.begin(), changes_.end(), seconds,
                       [](std::int64_t value, const Change& change) { return value < change.at; });
  const Kind& kind = kinds_[after == changes_.begin() ? 0 : std::prev(after)->kind];
  return {kind.offset, kind.name};
}

Nanos TimeZone::offset_at(WallTime at) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
  return std::chrono::seconds(local_at(seconds).offset_seconds);
}

std::optional<WallTime> TimeZone::next_change(WallTime at) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
  const auto after =
      std::upper_bound(changes_.begin(), changes_.end(), seconds,
                       [](std::int64_t value, const Change& change) { return value < change.at; });
  if (after == changes_.end()) return std::nullopt;
  return WallTime(std::chrono::seconds(after->at));
}

}  // namespace spokelab
