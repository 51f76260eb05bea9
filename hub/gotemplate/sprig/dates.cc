// Sprig: dates. "Now" is the rendering's wall time.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "hub/gotemplate/sprig/cast.h"
#include "hub/gotemplate/text.h"
#include "hub/gotemplate/time/civil.h"
#include "hub/gotemplate/time_format.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;

Time now_of(Call& call) {
  const std::int64_t nanos = call.runtime.now().time_since_epoch().count();
  Time out;
  out.seconds = nanos / 1'000'000'000;
  out.nanos = static_cast<std::int32_t>(nanos % 1'000'000'000);
  return out;
}

/// Times as they are, whole numbers as epoch seconds, all else is now.
Time time_of(Call& call, std::size_t i) {
  if (call[i].is(Kind::time)) return call[i].time();
  if (call[i].is(Kind::integer) || call[i].is(Kind::int64)) {
    Time out;
    out.seconds = call.whole(i);
    return out;
  }
  return now_of(call);
}

Value modify(Call& call, bool must) {
  const auto nanos = parse_go_duration(call.text(0));
  if (!nanos) return must ? call.fail(nanos.error().message()) : call[1];
  return add_nanos(time_of(call, 1), *nanos);
}

Value to_date(Call& call, bool must) {
  const auto out = parse_time(call.text(0), call.text(1));
  if (out) return *out;
  if (must) return call.fail(out.error().message());
  Time zero;
  zero.seconds = -62135596800;  // Go's zero time: the year 1
  return zero;
}

/// As time.Since, by the second: what is too long ago is as long ago as a duration can say.
std::int64_t nanos_since(Call& call, const Time& time) {
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
  std::int64_t seconds = 0;
  if (__builtin_sub_overflow(now_of(call).seconds, time.seconds, &seconds))
    seconds = time.seconds < 0 ? kSecondsMax : -kSecondsMax;
  return std::clamp(seconds, -kSecondsMax, kSecondsMax) * 1'000'000'000;
}

Value ago(Call& call) { return print_go_duration(nanos_since(call, time_of(call, 0))); }

std::int64_t duration_nanos(Call& call) {
  if (call[0].is(Kind::string)) {
    const auto nanos = parse_go_duration(call.text(0));
    return nanos ? *nanos : 0;
  }
  if (call[0].is(Kind::time)) return nanos_since(call, call[0].time());
  return call[0].is(Kind::int64) ? call.whole(0) : 0;
}

Value duration_round(Call& call) {
  const std::int64_t nanos = duration_nanos(call);
  const auto seconds = (nanos < 0 ? -nanos : nanos) / 1'000'000'000;
  struct Unit {
    std::int64_t seconds;
    std::string_view mark;
  };
  constexpr std::array<Unit, 6> kUnits = {
      {{31536000, "y"}, {2592000, "mo"}, {86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}};
  for (const Unit& unit : kUnits) {
    if (seconds > unit.seconds || (unit.seconds == 1 && seconds >= 1))
      return fmt::format("{}{}", seconds / unit.seconds, unit.mark);
  }
  return "0s";
}

}  // namespace

void add_sprig_dates(FunctionTable& table) {
  table.add("now", "", [](Call& c) { return Value(now_of(c)); });
  table.add("date", "sa",
            [](Call& c) { return Value(format_time(in_zone(time_of(c, 1), "Local"), c.text(0))); });
  for (const char* name : {"dateInZone", "date_in_zone"}) {
    table.add(name, "sas", [](Call& c) {
      return Value(format_time(in_zone(time_of(c, 1), c.text(2)), c.text(0)));
    });
  }
  table.add("htmlDate", "a", [](Call& c) {
    return Value(format_time(in_zone(time_of(c, 0), "Local"), "2006-01-02"));
  });
  table.add("htmlDateInZone", "as", [](Call& c) {
    return Value(format_time(in_zone(time_of(c, 0), c.text(1)), "2006-01-02"));
  });
  for (const char* name : {"dateModify", "date_modify"})
    table.add(name, "st", [](Call& c) { return modify(c, false); });
  for (const char* name : {"mustDateModify", "must_date_modify"})
    table.add(name, "st", [](Call& c) { return modify(c, true); });
  table.add("toDate", "ss", [](Call& c) { return to_date(c, false); });
  table.add("mustToDate", "ss", [](Call& c) { return to_date(c, true); });
  table.add("unixEpoch", "t", [](Call& c) { return Value(std::to_string(time_of(c, 0).seconds)); });
  table.add("ago", "a", ago);
  table.add("duration", "a", [](Call& c) {
    const std::int64_t seconds = c[0].is(Kind::int64)    ? c.whole(0)
                                 : c[0].is(Kind::string) ? go_parse_int(c.text(0), 10).value_or(0)
                                                         : 0;
    if (seconds > 9'000'000'000 || seconds < -9'000'000'000) return Value("0s");
    return Value(print_go_duration(seconds * 1'000'000'000));
  });
  table.add("durationRound", "a", duration_round);
}

}  // namespace spokelab::hub::gotemplate
