#include "base/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>

namespace spokelab {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};
// Longest names first: "ms" before "m".
constexpr std::array<Unit, 8> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"µs", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"d", 86'400'000'000'000}}};

Error bad_duration(std::string_view text, std::string_view why) {
  return Error(Errc::bad_input, fmt::format("'{}' is no duration: {}", text, why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<Nanos> parse_duration(std::string_view text) {
  std::string_view rest = text;
  if (rest == "0") return Nanos(0);
  bool negative = false;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest.empty()) return bad_duration(text, "it is empty; write for instance 30s");
  __int128 total = 0;
  while (!rest.empty()) {
    __int128 whole = 0;
    __int128 fraction = 0;
    __int128 scale = 1;
    std::size_t digits = 0;
    while (!rest.empty() && is_digit(rest[0]) && digits < 18) {
      whole = whole * 10 + (rest[0] - '0');
      rest.remove_prefix(1);
      ++digits;
    }
    if (!rest.empty() && rest[0] == '.') {
      rest.remove_prefix(1);
      while (!rest.empty() && is_digit(rest[0])) {
        if (scale < 1'000'000'000'000) {
          fraction = fraction * 10 + (rest[0] - '0');
          scale *= 10;
        }
        rest.remove_prefix(1);
        ++digits;
      }
    }
    if (digits == 0)
      return bad_duration(text, "a number is missing; write for instance 30s or 1m30s");
    const Unit* unit = nullptr;
    for (const auto& one : kUnits) {
      if (rest.substr(0, one.name.size()) == one.name) {
        unit = &one;
        break;
      }
    }
    if (unit == nullptr) {
      return rest.empty()
                 ? bad_duration(text, fmt::format("the unit is missing; write {0}s or {0}m", text))
                 : bad_duration(text, "unknown unit; use ns, us, ms, s, m, h or d");
    }
    rest.remove_prefix(unit->name.size());
    total += whole * unit->nanos + fraction * unit->nanos / scale;
    if (total > INT64_MAX) return bad_duration(text, "it is longer than 292 years");
  }
  const auto nanos = static_cast<std::int64_t>(total);
  return Nanos(negative ? -nanos : nanos);
}

std::string format_duration(Nanos span) {
  if (span < Nanos(0)) return "-" + format_duration(-span);
  if (span < milliseconds(1) && span > Nanos(0)) return fmt::format("{}us", span.count() / 1000);
  if (span < seconds(1)) {
    const auto ms = (span.count() + 500'000) / 1'000'000;
    if (ms < 1000) return span.count() == 0 ? "0s" : fmt::format("{}ms", ms);
  }
  const auto tenths = (span.count() + 50'000'000) / 100'000'000;
  const auto whole = tenths / 10;
  const auto tenth = tenths % 10;
  const auto rest = tenth == 0 ? std::string() : fmt::format(".{}", tenth);
  if (whole < 60) return fmt::format("{}{}s", whole, rest);
  if (whole < 3600) return fmt::format("{}m{:02}{}s", whole / 60, whole % 60, rest);
  if (whole % 60 == 0 && tenth == 0) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  return fmt::format("{}h{:02}m{:02}{}s", whole / 3600, whole / 60 % 60, whole % 60, rest);
}

std::string format_run_time(RunTime at) {
  const auto tenths = at.time_since_epoch().count() / 100'000'000;
  const auto whole = tenths / 10;
  return fmt::format("{:02}:{:02}:{:02}.{}", whole / 3600, whole / 60 % 60, whole % 60,
                     tenths % 10);
}

namespace {

/// Writes `number` at `out` in `digits` digits, zeros in front; returns the end.
char* put_number(char* out, std::int64_t number, int digits) {
  for (int i = digits - 1; i >= 0; --i, number /= 10) out[i] = static_cast<char>('0' + number % 10);
  return out + digits;
}

constexpr std::size_t kDateAndTime = std::string_view("2026-01-31T12:00:00").size();

/// Writes kDateAndTime characters at `out`. By hand: every write to an API server formats times.
void put_date_and_time(char* out, WallTime at) {
  const auto since = at.time_since_epoch();
  const auto day = std::chrono::floor<std::chrono::days>(since);
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  const auto in_day = std::chrono::floor<seconds>(since - day).count();
  const auto put = [&out](std::int64_t number, int digits, char next) {
    out = put_number(out, number, digits);
    if (next != 0) *out++ = next;
  };
  put(static_cast<int>(date.year()), 4, '-');
  put(static_cast<unsigned>(date.month()), 2, '-');
  put(static_cast<unsigned>(date.day()), 2, 'T');
  put(in_day / 3600, 2, ':');
  put(in_day / 60 % 60, 2, ':');
  put(in_day % 60, 2, 0);
}

/// Reads exactly `digits` digits from the front.
bool take_number(std::string_view& text, std::size_t digits, int& number) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
  if (error != std::errc() || end != text.data() + digits || !is_digit(text[0])) return false;
  text.remove_prefix(digits);
  return true;
}

bool take_char(std::string_view& text, char a, char b) {
  if (text.empty() || (text[0] != a && text[0] != b)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string format_rfc3339(WallTime at) {
  std::string text(kDateAndTime + 1, 'Z');
  put_date_and_time(text.data(), at);
  return text;
}

std::string format_rfc3339_micro(WallTime at) {
  const auto since = at.time_since_epoch();
  const auto micros = (since - std::chrono::floor<seconds>(since)).count() / 1000;
  std::string text(kDateAndTime + 8, 'Z');
  put_date_and_time(text.data(), at);
  text[kDateAndTime] = '.';
  put_number(text.data() + kDateAndTime + 1, micros, 6);
  return text;
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  std::string_view rest = text;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool read =
      take_number(rest, 4, year) && take_char(rest, '-', '-') && take_number(rest, 2, month) &&
      take_char(rest, '-', '-') && take_number(rest, 2, day) && take_char(rest, 'T', 't') &&
      take_number(rest, 2, hour) && take_char(rest, ':', ':') && take_number(rest, 2, minute) &&
      take_char(rest, ':', ':') && take_number(rest, 2, second);
  const auto bad = [&] {
    return Error(Errc::bad_input,
                 fmt::format("'{}' is no RFC 3339 time; write 2026-01-31T12:00:00Z", text));
  };
  if (!read) return bad();
  std::int64_t nanos = 0;
  if (take_char(rest, '.', '.')) {
    std::int64_t weight = 100'000'000;
    if (rest.empty() || !is_digit(rest[0])) return bad();
    for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1), weight /= 10) {
      nanos += (rest[0] - '0') * weight;
    }
  }
  int zone_minutes = 0;
  if (!take_char(rest, 'Z', 'z')) {
    const bool west = !rest.empty() && rest[0] == '-';
    int zone_hour = 0, zone_minute = 0;
    if (!take_char(rest, '+', '-') || !take_number(rest, 2, zone_hour) ||
        !take_char(rest, ':', ':') || !take_number(rest, 2, zone_minute)) {
      return bad();
    }
    zone_minutes = (zone_hour * 60 + zone_minute) * (west ? -1 : 1);
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) return bad();
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  const auto in_day = std::chrono::hours(hour) + std::chrono::minutes(minute - zone_minutes) +
                      std::chrono::seconds(second);
  return WallTime(Nanos(days) + Nanos(in_day) + Nanos(nanos));
}

}  // namespace spokelab
