// CronSchedule: parsing fields into bits, and walking the calendar.
#include "base/cron_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/duration.h"

namespace spokelab {

namespace {

struct Field {
  int low;
  int high;
  std::vector<std::string_view> names;  // of low, low + 1, ...
};

Error refuse(std::string message) { return Error(Errc::bad_input, std::move(message)); }

Result<int> number_of(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    const bool big = error == std::errc::result_out_of_range;
    return refuse(fmt::format("failed to parse int from {0}: strconv.Atoi: parsing \"{0}\": {1}",
                              text, big ? "value out of range" : "invalid syntax"));
  }
  if (value < 0) return refuse(fmt::format("negative number ({}) not allowed: {}", value, text));
  return value;
}

Result<int> value_of(std::string_view text, const Field& field) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
  }
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (field.names[i] == lower) return field.low + static_cast<int>(i);
  }
  return number_of(text);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  std::vector<std::string_view> words;
  for (;;) {
    const auto from = text.find_first_not_of(kSpace);
    if (from == std::string_view::npos) return words;
    text.remove_prefix(from);
    const auto to = std::min(text.find_first_of(kSpace), text.size());
    words.push_back(text.substr(0, to));
    text.remove_prefix(to);
  }
}

/// One part of a list: "*", "5", "1-5", "*/15", "3/4", "1-9/2".
template <class Bits>
Result<void> add_part(std::string_view part, const Field& field, Bits& bits) {
  const auto pieces = split(part, '/');
  const auto ends = split(pieces[0], '-');
  int low = field.low, high = field.high;
  if (ends[0] != "*" && ends[0] != "?") {
    const auto first = value_of(ends[0], field);
    if (!first) return first.error();
    low = *first;
    if (ends.size() > 2) return refuse(fmt::format("too many hyphens: {}", part));
    if (ends.size() == 2) {
      const auto last = value_of(ends[1], field);
      if (!last) return last.error();
      high = *last;
    } else if (pieces.size() == 1) {
      high = low;
    }
  }
  int step = 1;
  if (pieces.size() > 2) return refuse(fmt::format("too many slashes: {}", part));
  if (pieces.size() == 2) {
    const auto read = number_of(pieces[1]);
    if (!read) return read.error();
    step = *read;
  }
  if (low < field.low) {
    return refuse(
        fmt::format("beginning of range ({}) below minimum ({}): {}", low, field.low, part));
  }
  if (high > field.high)
    return refuse(fmt::format("end of range ({}) above maximum ({}): {}", high, field.high, part));
  if (low > high) {
    return refuse(
        fmt::format("beginning of range ({}) beyond end of range ({}): {}", low, high, part));
  }
  if (step == 0) return refuse(fmt::format("step of range should be a positive number: {}", part));
  step = std::min(step, field.high + 1);
  for (int value = low; value <= high; value += step) bits.set(static_cast<std::size_t>(value));
  return {};
}

template <class Bits>
Result<void> add_field(std::string_view text, const Field& field, Bits& bits) {
  for (const std::string_view part : split(text, ',')) {
    if (part.empty()) continue;
    if (auto added = add_part(part, field, bits); !added) return added.error();
  }
  return {};
}

/// The fields that a descriptor stands for; "" for none.
std::string_view meaning_of(std::string_view descriptor) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kDescriptors = {
      {{"@hourly", "0 * * * *"},
       {"@daily", "0 0 * * *"},
       {"@midnight", "0 0 * * *"},
       {"@weekly", "0 0 * * 0"},
       {"@monthly", "0 0 1 * *"},
       {"@yearly", "0 0 1 1 *"},
       {"@annually", "0 0 1 1 *"}}};
  for (const auto& [name, meaning] : kDescriptors) {
    if (name == descriptor) return meaning;
  }
  return "";
}

}  // namespace

Result<CronSchedule> CronSchedule::parse(std::string_view text, CronSyntax syntax) {
  if (text.empty()) return refuse("empty spec string");
  std::string_view fields_text = text;
  if (text.starts_with('@')) {
    if (syntax == CronSyntax::fields_only)
      return refuse(fmt::format("parser does not accept descriptors: {}", text));
    if (text.starts_with("@every ")) {
      const auto span = parse_duration(text.substr(7));
      if (!span || *span < Nanos{0})
        return refuse(fmt::format("failed to parse duration {}", text));
      CronSchedule schedule;
      schedule.every_ =
          std::max<Nanos>(std::chrono::floor<std::chrono::seconds>(*span), std::chrono::seconds(1));
      return schedule;
    }
    fields_text = meaning_of(text);
    if (fields_text.empty()) return refuse(fmt::format("unrecognized descriptor: {}", text));
  }
  const std::vector<std::string_view> fields = words_of(fields_text);
  if (fields.size() != 5) {
    return refuse(fmt::format("expected exactly 5 fields, found {}: [{}]", fields.size(),
                              fmt::join(fields, " ")));
  }
  CronSchedule schedule;
  const auto starred = [](std::string_view field) {
    const auto parts = split(field, ',');
    return std::any_of(parts.begin(), parts.end(), [](std::string_view part) {
      return part == "*" || part == "?" || part == "*/1" || part == "?/1";
    });
  };
  schedule.any_day_ = starred(fields[2]);
  schedule.any_weekday_ = starred(fields[4]);
  const std::array<Field, 5> known = {
      {{0, 59, {}},
       {0, 23, {}},
       {1, 31, {}},
       {1,
        12,
        {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
       {0, 6, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}}};
  for (const auto& done : {add_field(fields[0], known[0], schedule.minutes_),
                           add_field(fields[1], known[1], schedule.hours_),
                           add_field(fields[2], known[2], schedule.days_),
                           add_field(fields[3], known[3], schedule.months_),
                           add_field(fields[4], known[4], schedule.weekdays_)}) {
    if (!done) return done.error();
  }
  return schedule;
}

std::optional<WallTime> CronSchedule::next(WallTime time, const TimeZone& zone) const {
  if (every_ > Nanos{0})
    return WallTime(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch())) + every_;
  for (int changes = 0; changes < 20; ++changes) {
    const Nanos offset = zone.offset_at(time);
    const auto change = zone.next_change(time);
    const auto local = next_by_calendar(time + offset);
    if (local && (!change || *local - offset < *change)) return *local - offset;
    if (!change) return std::nullopt;
    // From the change on the clocks show something else; that very minute may fit already.
    const Nanos after = zone.offset_at(*change);
    const auto first = next_by_calendar(*change + after - std::chrono::minutes(1));
    if (first && *first - after == *change) return *change;
    time = *change;
  }
  return std::nullopt;
}

std::optional<WallTime> CronSchedule::next_by_calendar(WallTime time) const {
  using namespace std::chrono;
  const auto since_epoch = floor<minutes>(time.time_since_epoch()) + minutes(1);
  auto day = floor<days>(since_epoch);
  auto minute_of_day = since_epoch - day;
  for (int tried = 0; tried < 5 * 366; ++tried, day += days(1), minute_of_day = minutes(0)) {
    const sys_days date{day};
    const year_month_day calendar(date);
    if (!months_[unsigned(calendar.month())]) continue;
    const bool day_fits = days_[unsigned(calendar.day())];
    const bool weekday_fits = weekdays_[weekday(date).c_encoding()];
    if (any_day_ || any_weekday_ ? !(day_fits && weekday_fits) : !(day_fits || weekday_fits))
      continue;
    for (auto minute = minute_of_day; minute < days(1); minute += minutes(1)) {
      const auto of_day = static_cast<std::size_t>(minute.count());
      if (hours_[of_day / 60] && minutes_[of_day % 60]) return WallTime(nanoseconds(day + minute));
    }
  }
  return std::nullopt;
}

}  // namespace spokelab
