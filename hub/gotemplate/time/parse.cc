// Reading times by Go's layouts.
#include <algorithm>
#include <chrono>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/time/layout.h"
#include "hub/gotemplate/time_format.h"

namespace spokelab::hub::gotemplate {

namespace {

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
    if (part == "01") return number(month_, 2, 2) && within(month_, 1, 12, "month");
    if (part == "1") return number(month_, 1, 2) && within(month_, 1, 12, "month");
    if (part == "02") return number(day_, 2, 2);
    if (part == "2") return number(day_, 1, 2);
    if (part == "_2") {
      if (at_ < text_.size() && text_[at_] == ' ') ++at_;
      return number(day_, 1, 2);
    }
    if (part == "002") return number(yearday_, 3, 3);
    if (part == "__2") {
      for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] == ' '; ++i) ++at_;
      return number(yearday_, 1, 3);
    }
    if (part == "15") return number(hour_, 1, 2) && within(hour_, 0, 23, "hour");
    if (part == "03") return number(hour_, 2, 2) && within(hour_, 0, 12, "hour");
    if (part == "3") return number(hour_, 1, 2) && within(hour_, 0, 12, "hour");
    if (part == "04") return number(minute_, 2, 2) && within(minute_, 0, 59, "minute");
    if (part == "4") return number(minute_, 1, 2) && within(minute_, 0, 59, "minute");
    if (part == "05") return number(second_, 2, 2) && seconds();
    if (part == "5") return number(second_, 1, 2) && seconds();
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
  /// Text that stands for itself; a run of blanks matches any other, even none at the end.
  bool literal(std::string_view prefix) {
    while (!prefix.empty()) {
      if (prefix[0] == ' ') {
        if (at_ < text_.size() && text_[at_] != ' ') return false;
        prefix.remove_prefix(std::min(prefix.find_first_not_of(' '), prefix.size()));
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
        continue;
      }
      if (!symbol(prefix[0])) return false;
      prefix.remove_prefix(1);
    }
    return true;
  }
  std::string_view rest() const { return text_.substr(at_); }
  /// "month" when a number was out of its range.
  std::string_view out_of_range() const { return out_of_range_; }
  std::optional<Time> finish() {
    if (pm_ && hour_ < 12) hour_ += 12;
    if (am_ && hour_ == 12) hour_ = 0;
    using namespace std::chrono;
    year_month_day date{year(year_), month(static_cast<unsigned>(month_)),
                        day(static_cast<unsigned>(day_))};
    if (yearday_ >= 0) {
      date = sys_days(year(year_) / January / 1) + days(yearday_ - 1);
      if (yearday_ < 1 || date.year() != year(year_)) out_of_range_ = "day-of-year";
    } else if (!date.ok()) {
      out_of_range_ = "day";
    }
    if (!out_of_range_.empty()) return std::nullopt;
    Time out;
    out.seconds = sys_days(date).time_since_epoch().count() * 86400LL + hour_ * 3600 +
                  minute_ * 60 + second_ - offset_;
    out.nanos = nanos_;
    out.offset_seconds = offset_;
    out.zone = offset_ == 0 && (zone_.empty() || zone_ == "UTC") ? "UTC" : std::string(zone_);
    return out;
  }

 private:
  bool symbol(char c) { return at_ < text_.size() && text_[at_] == c ? (++at_, true) : false; }
  bool within(int value, int low, int high, std::string_view what) {
    if (value < low || value > high) out_of_range_ = what;
    return out_of_range_.empty();
  }
  bool seconds() { return within(second_, 0, 59, "second") && implied_fraction(); }
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
    if (part[0] == 'Z' && symbol('Z')) return true;
    if (at_ >= text_.size() || (text_[at_] != '+' && text_[at_] != '-')) return false;
    const int sign = text_[at_++] == '-' ? -1 : 1;
    const bool colon = part.find(':') != std::string_view::npos;
    int hours = 0, minutes = 0;
    if (!number(hours, 2, 2)) return false;
    if (part.size() > 3 && ((colon && !symbol(':')) || !number(minutes, 2, 2))) return false;
    offset_ = sign * (hours * 3600 + minutes * 60);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int year_ = 0, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0, nanos_ = 0, offset_ = 0,
      ignored_ = 0, yearday_ = -1;
  bool pm_ = false, am_ = false, fraction_seen_ = false;
  std::string_view zone_, out_of_range_;
};

}  // namespace

Result<Time> parse_time(std::string_view layout, std::string_view text) {
  TimeReader reader(text);
  const auto failure = [&](const std::string& what) {
    return Error(Errc::bad_input, "parsing time " + quoted_bytes(text) + what);
  };
  const auto mismatch = [&](std::string_view rest, std::string_view element) {
    return failure(" as " + quoted_bytes(layout) + ": cannot parse " + quoted_bytes(rest) + " as " +
                   quoted_bytes(element));
  };
  const auto out_of_range = [&] {
    return failure(": " + std::string(reader.out_of_range()) + " out of range");
  };
  for (std::size_t at = 0; at < layout.size();) {
    std::size_t end = at;
    while (end < layout.size() && part_at(layout, end).empty()) ++end;
    const std::string_view prefix = layout.substr(at, end - at);
    if (!reader.literal(prefix)) return mismatch(reader.rest(), prefix);
    if (end >= layout.size()) break;
    const std::string_view element = part_at(layout, end);
    const std::string_view rest = reader.rest();
    if (!reader.part(element))
      return reader.out_of_range().empty() ? mismatch(rest, element) : out_of_range();
    at = end + element.size();
  }
  if (!reader.rest().empty()) return failure(": extra text: " + quoted_bytes(reader.rest()));
  const auto time = reader.finish();
  if (!time) return out_of_range();
  return *time;
}

}  // namespace spokelab::hub::gotemplate
