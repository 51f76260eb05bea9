// Go's time layouts.
#include <fmt/format.h>

#include "base/time_zone.h"
#include "hub/gotemplate/time/civil.h"
#include "hub/gotemplate/time/layout.h"
#include "hub/gotemplate/time_format.h"

namespace spokelab::hub::gotemplate {

namespace {

std::string offset_text(int offset, std::string_view part) {
  if (part[0] == 'Z' && offset == 0) return "Z";
  const char sign = offset < 0 ? '-' : '+';
  const int size = offset < 0 ? -offset : offset;
  const bool colon = part.find(':') != std::string_view::npos;
  std::string out = fmt::format("{}{:02}", sign, size / 3600);
  if (part.size() > 3) out += fmt::format("{}{:02}", colon ? ":" : "", size / 60 % 60);
  if (part.size() > 6) out += fmt::format(":{:02}", size % 60);
  return out;
}

std::string format_part(const Time& time, const Civil& at, std::string_view part) {
  const int hour12 = at.hour % 12 == 0 ? 12 : at.hour % 12;
  if (part == "2006") return fmt::format("{:04}", at.year);
  if (part == "06") return fmt::format("{:02}", at.year % 100);
  if (part == "January") return std::string(kMonths[static_cast<std::size_t>(at.month - 1)]);
  if (part == "Jan")
    return std::string(kMonths[static_cast<std::size_t>(at.month - 1)].substr(0, 3));
  if (part == "01") return fmt::format("{:02}", at.month);
  if (part == "1") return fmt::format("{}", at.month);
  if (part == "Monday") return std::string(kDays[static_cast<std::size_t>(at.weekday)]);
  if (part == "Mon") return std::string(kDays[static_cast<std::size_t>(at.weekday)].substr(0, 3));
  if (part == "02") return fmt::format("{:02}", at.day);
  if (part == "_2") return fmt::format("{:2}", at.day);
  if (part == "2") return fmt::format("{}", at.day);
  if (part == "002") return fmt::format("{:03}", at.yearday);
  if (part == "__2") return fmt::format("{:3}", at.yearday);
  if (part == "15") return fmt::format("{:02}", at.hour);
  if (part == "03") return fmt::format("{:02}", hour12);
  if (part == "3") return fmt::format("{}", hour12);
  if (part == "04") return fmt::format("{:02}", at.minute);
  if (part == "4") return fmt::format("{}", at.minute);
  if (part == "05") return fmt::format("{:02}", at.second);
  if (part == "5") return fmt::format("{}", at.second);
  if (part == "PM") return at.hour >= 12 ? "PM" : "AM";
  if (part == "pm") return at.hour >= 12 ? "pm" : "am";
  if (part == "MST")
    return time.zone.empty() ? offset_text(time.offset_seconds, "-0700") : time.zone;
  if (part[0] == '.' || part[0] == ',') {
    const std::string digits = fmt::format("{:09}", time.nanos).substr(0, part.size() - 1);
    if (part[1] == '0') return std::string(part.substr(0, 1)) + digits;
    const std::size_t end = digits.find_last_not_of('0');
    return end == std::string::npos ? ""
                                    : std::string(part.substr(0, 1)) + digits.substr(0, end + 1);
  }
  return offset_text(time.offset_seconds, part);
}

}  // namespace

std::string format_time(const Time& time, std::string_view layout) {
  const Civil at = civil_of(time);
  std::string out;
  for (std::size_t i = 0; i < layout.size();) {
    const std::string_view part = part_at(layout, i);
    if (part.empty()) {
      out += layout[i++];
    } else {
      out += format_part(time, at, part);
      i += part.size();
    }
  }
  return out;
}

std::string go_time_string(const Time& time) {
  return format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST");
}

Time in_zone(Time time, std::string_view name) {
  const auto zone = TimeZone::load(name == "Local" ? "UTC" : name);
  const TimeZone::Local local = zone ? zone->local_at(time.seconds) : TimeZone::Local{0, "UTC"};
  time.offset_seconds = static_cast<std::int32_t>(local.offset_seconds);
  time.zone = std::string(local.name);
  return time;
}

}  // namespace spokelab::hub::gotemplate
