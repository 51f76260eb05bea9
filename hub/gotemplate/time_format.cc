// Go's time layouts.
#include "hub/gotemplate/time_format.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace spokelab::hub::gotemplate {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

// Longest first where one begins another.
constexpr std::array<std::string_view, 32> kParts = {
    "January", "Monday", "-07:00:00", "Z07:00:00", "-07:00", "Z07:00", "-0700", "Z0700",
    "2006",    "Jan",    "Mon",       "MST",       "-07",    "Z07",    "002",   "__2",
    "01",      "02",     "03",        "04",        "05",     "06",     "15",    "_2",
    "PM",      "pm",     "1",         "2",         "3",      "4",      "5",     ".000"};

struct Civil {
  int year, month, day, hour, minute, second, weekday, yearday;
};

Civil civil_of(const Time& time) {
  const std::int64_t local = time.seconds + time.offset_seconds;
  const std::int64_t days = local >= 0 ? local / 86400 : -((-local + 86399) / 86400);
  const auto rest = static_cast<int>(local - days * 86400);
  const std::chrono::sys_days date{std::chrono::days(days)};
  const std::chrono::year_month_day ymd{date};
  const std::chrono::sys_days first{ymd.year() / std::chrono::January / 1};
  return {static_cast<int>(ymd.year()),
          static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day())),
          rest / 3600,
          rest / 60 % 60,
          rest % 60,
          static_cast<int>(std::chrono::weekday{date}.c_encoding()),
          static_cast<int>((date - first).count()) + 1};
}

/// The layout element at `at`, empty when the text there stands for itself.
std::string_view part_at(std::string_view layout, std::size_t at) {
  const std::string_view rest = layout.substr(at);
  if (rest.starts_with(".0") || rest.starts_with(",0") || rest.starts_with(".9") ||
      rest.starts_with(",9")) {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] == rest[1]) ++end;
    if (end >= rest.size() || rest[end] < '0' || rest[end] > '9') return rest.substr(0, end);
  }
  for (const std::string_view part : kParts) {
    if (part != ".000" && rest.starts_with(part)) {
      if (part == "Jan" && rest.size() > 3 && rest.starts_with("January")) continue;
      return rest.substr(0, part.size());
    }
  }
  return {};
}

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

/// Reads one text by one layout.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : text_(text) {}

  bool part(std::string_view part) {
    if (part == "2006") return number(year_, 4, 4);
    if (part == "06") {
      if (!number(year_, 2, 2)) return false;
      year_ += year_ >= 69 ? 1900 : 2000;
      return true;
    }
    if (part == "January") return name(kMonths, month_, 0);
    if (part == "Jan") return name(kMonths, month_, 3);
    if (part == "Monday") return name(kDays, ignored_, 0);
    if (part == "Mon") return name(kDays, ignored_, 3);
    if (part == "01") return number(month_, 2, 2);
    if (part == "1") return number(month_, 1, 2);
    if (part == "02") return number(day_, 2, 2);
    if (part == "2") return number(day_, 1, 2);
    if (part == "_2") {
      if (at_ < text_.size() && text_[at_] == ' ') ++at_;
      return number(day_, 1, 2);
    }
    if (part == "15") return number(hour_, 2, 2);
    if (part == "03") return number(hour_, 2, 2);
    if (part == "3") return number(hour_, 1, 2);
    if (part == "04") return number(minute_, 2, 2);
    if (part == "4") return number(minute_, 1, 2);
    if (part == "05") return number(second_, 2, 2) && implied_fraction();
    if (part == "5") return number(second_, 1, 2) && implied_fraction();
    if (part == "PM" || part == "pm") {
      const std::string_view got = text_.substr(at_, 2);
      if (got != "AM" && got != "PM" && got != "am" && got != "pm") return false;
      pm_ = (got[0] | 0x20) == 'p';
      am_ = !pm_;
      at_ += 2;
      return true;
    }
    if (part == "MST") {
      const std::size_t from = at_;
      while (at_ < text_.size() && text_[at_] >= 'A' && text_[at_] <= 'Z' && at_ - from < 4) ++at_;
      zone_ = text_.substr(from, at_ - from);
      return at_ - from >= 3;
    }
    if (part[0] == '.' || part[0] == ',')
      return part[1] == '9' ? implied_fraction() : fraction_seen_ || fraction();
    if (part[0] == 'Z' || part[0] == '-') return zone(part);
    return false;
  }
  bool literal(char c) { return at_ < text_.size() && text_[at_] == c ? (++at_, true) : false; }
  std::optional<Time> finish() {
    if (at_ != text_.size() || month_ < 1 || month_ > 12 || hour_ > 23 || minute_ > 59 ||
        second_ > 59)
      return std::nullopt;
    if (pm_ && hour_ < 12) hour_ += 12;
    if (am_ && hour_ == 12) hour_ = 0;
    const std::chrono::year_month_day date{std::chrono::year(year_),
                                           std::chrono::month(static_cast<unsigned>(month_)),
                                           std::chrono::day(static_cast<unsigned>(day_))};
    if (!date.ok()) return std::nullopt;
    Time out;
    out.seconds = std::chrono::sys_days(date).time_since_epoch().count() * 86400LL + hour_ * 3600 +
                  minute_ * 60 + second_ - offset_;
    out.nanos = nanos_;
    out.offset_seconds = offset_;
    out.zone = offset_ == 0 && (zone_.empty() || zone_ == "UTC") ? "UTC" : std::string(zone_);
    return out;
  }

 private:
  bool number(int& out, std::size_t least, std::size_t most) {
    const std::size_t from = at_;
    out = 0;
    while (at_ < text_.size() && at_ - from < most && text_[at_] >= '0' && text_[at_] <= '9')
      out = out * 10 + (text_[at_++] - '0');
    return at_ - from >= least;
  }
  template <std::size_t N>
  bool name(const std::array<std::string_view, N>& names, int& out, std::size_t length) {
    for (std::size_t i = 0; i < N; ++i) {
      const std::string_view want = length == 0 ? names[i] : names[i].substr(0, length);
      if (!text_.substr(at_).starts_with(want)) continue;
      at_ += want.size();
      out = static_cast<int>(i) + 1;
      return true;
    }
    return false;
  }
  bool fraction() {
    if (at_ >= text_.size() || (text_[at_] != '.' && text_[at_] != ',')) return false;
    ++at_;
    int scale = 100'000'000;
    const std::size_t from = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, scale /= 10)
      nanos_ += (text_[at_] - '0') * scale;
    fraction_seen_ = true;
    return at_ > from;
  }
  bool implied_fraction() {
    if (at_ + 1 < text_.size() && text_[at_] == '.' && text_[at_ + 1] >= '0' &&
        text_[at_ + 1] <= '9')
      return fraction();
    return true;
  }
  bool zone(std::string_view part) {
    if (part[0] == 'Z' && literal('Z')) return true;
    if (at_ >= text_.size() || (text_[at_] != '+' && text_[at_] != '-')) return false;
    const int sign = text_[at_++] == '-' ? -1 : 1;
    const bool colon = part.find(':') != std::string_view::npos;
    int hours = 0, minutes = 0;
    if (!number(hours, 2, 2)) return false;
    if (part.size() > 3 && ((colon && !literal(':')) || !number(minutes, 2, 2))) return false;
    offset_ = sign * (hours * 3600 + minutes * 60);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int year_ = 0, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0, nanos_ = 0, offset_ = 0,
      ignored_ = 0;
  bool pm_ = false, am_ = false, fraction_seen_ = false;
  std::string_view zone_;
};

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

std::optional<Time> parse_time(std::string_view layout, std::string_view text) {
  TimeReader reader(text);
  for (std::size_t i = 0; i < layout.size();) {
    const std::string_view part = part_at(layout, i);
    if (part.empty() ? !reader.literal(layout[i]) : !reader.part(part)) return std::nullopt;
    i += part.empty() ? 1 : part.size();
  }
  return reader.finish();
}

std::string go_time_string(const Time& time) {
  return format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST");
}

Time in_zone(Time time, std::string_view zone) {
  time.offset_seconds = 0;
  time.zone = "UTC";
  if (const auto fixed = parse_time("-07:00", zone)) {
    time.offset_seconds = fixed->offset_seconds;
    time.zone = "";
  }
  return time;
}

std::optional<std::int64_t> parse_go_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double value = 0, scale = 1;
    bool any = false, point = false;
    while (!text.empty() && ((text[0] >= '0' && text[0] <= '9') || (text[0] == '.' && !point))) {
      if (text[0] == '.') {
        point = true;
      } else {
        any = true;
        value = value * 10 + (text[0] - '0');
        if (point) scale *= 10;
      }
      text.remove_prefix(1);
    }
    if (!any) return std::nullopt;
    struct Unit {
      std::string_view name;
      double nanos;
    };
    constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                             {"us", 1e3},
                                             {"µs", 1e3},
                                             {"ms", 1e6},
                                             {"s", 1e9},
                                             {"h", 3.6e12},
                                             {"m", 6e10},
                                             {"μs", 1e3}}};
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (text.starts_with(candidate.name) &&
          (unit == nullptr || candidate.name.size() > unit->name.size()))
        unit = &candidate;
    }
    if (unit == nullptr) return std::nullopt;
    text.remove_prefix(unit->name.size());
    total += value / scale * unit->nanos;
    if (total > 9.2e18) return std::nullopt;
  }
  return static_cast<std::int64_t>(negative ? -total : total);
}

std::string print_go_duration(std::int64_t nanos) {
  if (nanos == 0) return "0s";
  const std::string sign = nanos < 0 ? "-" : "";
  auto size =
      nanos < 0 ? ~static_cast<std::uint64_t>(nanos) + 1 : static_cast<std::uint64_t>(nanos);
  const auto fraction = [](std::uint64_t value, std::uint64_t unit) {
    std::string out = fmt::format("{}", value / unit);
    if (value % unit != 0) {
      std::string part = fmt::format("{}", unit + value % unit).substr(1);
      part.erase(part.find_last_not_of('0') + 1);
      out += "." + part;
    }
    return out;
  };
  if (size < 1000) return fmt::format("{}{}ns", sign, size);
  if (size < 1000000) return sign + fraction(size, 1000) + "µs";
  if (size < 1000000000) return sign + fraction(size, 1000000) + "ms";
  const std::uint64_t seconds = size / 1000000000;
  std::string out = sign;
  if (seconds >= 3600) out += fmt::format("{}h", seconds / 3600);
  if (seconds >= 60) out += fmt::format("{}m", seconds / 60 % 60);
  return out + fraction(size - seconds / 60 * 60000000000ULL, 1000000000) + "s";
}

}  // namespace spokelab::hub::gotemplate
