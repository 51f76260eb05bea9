// Methods of time.Time, and the named numbers that some of them give.
#include "hub/gotemplate/methods.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "hub/gotemplate/time/civil.h"
#include "hub/gotemplate/time/layout.h"
#include "hub/gotemplate/time_format.h"

namespace spokelab::hub::gotemplate {

namespace {

using Args = std::vector<Value>;

/// A whole number of a type with a name: a time.Month prints as one and counts as a number.
class NamedWhole : public Object {
 public:
  NamedWhole(std::string type, std::string_view kind, Value number, std::string text)
      : type_(std::move(type)), kind_(kind), number_(std::move(number)), text_(std::move(text)) {}
  std::string type_name() const override { return type_; }
  std::string_view kind_name() const override { return kind_; }
  std::optional<Value> get(std::string_view) const override { return std::nullopt; }
  int method_arity(std::string_view name) const override { return name == "String" ? 0 : -1; }
  Value call(Runtime&, std::string_view, Args) const override { return text_; }
  std::string print() const override { return text_; }
  Value underlying() const override { return number_; }
  bool truth() const override { return number_.whole() != 0; }

 protected:
  std::int64_t number() const { return number_.whole(); }

 private:
  std::string type_;
  std::string_view kind_;
  Value number_;
  std::string text_;
};

class Duration final : public NamedWhole {
 public:
  explicit Duration(std::int64_t nanos)
      : NamedWhole("time.Duration", "int64", Value::int64(nanos), print_go_duration(nanos)) {}
  int method_arity(std::string_view name) const override {
    const bool known = name == "Hours" || name == "Minutes" || name == "Seconds" ||
                       name == "Milliseconds" || name == "Microseconds" || name == "Nanoseconds";
    return known ? 0 : NamedWhole::method_arity(name);
  }
  Value call(Runtime& runtime, std::string_view name, Args args) const override {
    if (name == "Hours") return in(3'600'000'000'000);
    if (name == "Minutes") return in(60'000'000'000);
    if (name == "Seconds") return in(1'000'000'000);
    if (name == "Milliseconds") return Value::int64(number() / 1'000'000);
    if (name == "Microseconds") return Value::int64(number() / 1'000);
    if (name == "Nanoseconds") return Value::int64(number());
    return NamedWhole::call(runtime, name, std::move(args));
  }

 private:
  Value in(std::int64_t unit) const {
    return static_cast<double>(number() / unit) +
           static_cast<double>(number() % unit) / static_cast<double>(unit);
  }
};

Value object(std::shared_ptr<const Object> made) { return Value(std::move(made)); }

Value named(const char* type, int number, std::string_view text) {
  return object(
      std::make_shared<NamedWhole>(type, "int", Value::integer(number), std::string(text)));
}

/// `seconds` in units of `1/parts` seconds; what is too long wraps around, as in Go.
Value epoch(const Time& time, std::int64_t parts) {
  const auto whole = static_cast<std::uint64_t>(time.seconds) * static_cast<std::uint64_t>(parts);
  return Value::int64(static_cast<std::int64_t>(
      whole + static_cast<std::uint64_t>(time.nanos / (1'000'000'000 / parts))));
}

int order(const Value& left, const Value& right) {
  const Time &a = left.time(), &b = right.time();
  const auto key = [](const Time& time) { return std::pair(time.seconds, time.nanos); };
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

Value difference(const Time& later, const Time& earlier) {
  std::int64_t out = 0;
  const bool fits = !__builtin_sub_overflow(later.seconds, earlier.seconds, &out) &&
                    !__builtin_mul_overflow(out, std::int64_t{1'000'000'000}, &out) &&
                    !__builtin_add_overflow(out, std::int64_t{later.nanos} - earlier.nanos, &out);
  using Limits = std::numeric_limits<std::int64_t>;
  if (!fits) out = later.seconds < earlier.seconds ? Limits::min() : Limits::max();
  return object(std::make_shared<Duration>(out));
}

constexpr std::int64_t kZeroTime = -62135596800;  // the year 1

const std::array<Method, 25> kTimeMethods = {{
    {"Add", "I",
     [](Runtime&, const Value& at, Args& args) {
       return Value(add_nanos(at.time(), args[0].whole()));
     }},
    {"AddDate", "iii",
     [](Runtime&, const Value& at, Args& args) {
       return Value(add_date(at.time(), args[0].whole(), args[1].whole(), args[2].whole()));
     }},
    {"After", "t",
     [](Runtime&, const Value& at, Args& args) { return Value(order(at, args[0]) > 0); }},
    {"Before", "t",
     [](Runtime&, const Value& at, Args& args) { return Value(order(at, args[0]) < 0); }},
    {"Compare", "t",
     [](Runtime&, const Value& at, Args& args) { return Value::integer(order(at, args[0])); }},
    {"Day", "",
     [](Runtime&, const Value& at, Args&) { return Value::integer(civil_of(at.time()).day); }},
    {"Equal", "t",
     [](Runtime&, const Value& at, Args& args) { return Value(order(at, args[0]) == 0); }},
    {"Format", "s",
     [](Runtime&, const Value& at, Args& args) {
       return Value(format_time(at.time(), args[0].text()));
     }},
    {"Hour", "",
     [](Runtime&, const Value& at, Args&) { return Value::integer(civil_of(at.time()).hour); }},
    {"IsZero", "",
     [](Runtime&, const Value& at, Args&) {
       return Value(at.time().seconds == kZeroTime && at.time().nanos == 0);
     }},
    {"Local", "",
     [](Runtime&, const Value& at, Args&) { return Value(in_zone(at.time(), "Local")); }},
    {"Minute", "",
     [](Runtime&, const Value& at, Args&) { return Value::integer(civil_of(at.time()).minute); }},
    {"Month", "",
     [](Runtime&, const Value& at, Args&) {
       const int month = civil_of(at.time()).month;
       return named("time.Month", month, kMonths[static_cast<std::size_t>(month - 1)]);
     }},
    {"Nanosecond", "",
     [](Runtime&, const Value& at, Args&) { return Value::integer(at.time().nanos); }},
    {"Second", "",
     [](Runtime&, const Value& at, Args&) { return Value::integer(civil_of(at.time()).second); }},
    {"String", "",
     [](Runtime&, const Value& at, Args&) { return Value(go_time_string(at.time())); }},
    {"Sub", "t",
     [](Runtime&, const Value& at, Args& args) { return difference(at.time(), args[0].time()); }},
    {"UTC", "", [](Runtime&, const Value& at, Args&) { return Value(in_zone(at.time(), "UTC")); }},
    {"Unix", "", [](Runtime&, const Value& at, Args&) { return epoch(at.time(), 1); }},
    {"UnixMicro", "", [](Runtime&, const Value& at, Args&) { return epoch(at.time(), 1'000'000); }},
    {"UnixMilli", "", [](Runtime&, const Value& at, Args&) { return epoch(at.time(), 1'000); }},
    {"UnixNano", "",
     [](Runtime&, const Value& at, Args&) { return epoch(at.time(), 1'000'000'000); }},
    {"Weekday", "",
     [](Runtime&, const Value& at, Args&) {
       const int day = civil_of(at.time()).weekday;
       return named("time.Weekday", day, kDays[static_cast<std::size_t>(day)]);
     }},
    {"Year", "",
     [](Runtime&, const Value& at, Args&) { return Value::integer(civil_of(at.time()).year); }},
    {"YearDay", "",
     [](Runtime&, const Value& at, Args&) { return Value::integer(civil_of(at.time()).yearday); }},
}};

}  // namespace

std::span<const Method> time_methods() { return kTimeMethods; }

}  // namespace spokelab::hub::gotemplate
