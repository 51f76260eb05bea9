// Sprig: numbers.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "hub/gotemplate/sprig/cast.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;
constexpr std::int64_t kCountMax = 1'000'000;

std::int64_t wrap(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t bits(const Value& value) { return static_cast<std::uint64_t>(to_int64(value)); }

Value add(Call& call) {
  std::uint64_t sum = 0;
  for (const Value& arg : call.args) sum += bits(arg);
  return Value::int64(wrap(sum));
}
Value mul(Call& call) {
  std::uint64_t product = 1;
  for (const Value& arg : call.args) product *= bits(arg);
  return Value::int64(wrap(product));
}
Value divide(Call& call, bool remainder) {
  const std::int64_t left = to_int64(call[0]), right = to_int64(call[1]);
  if (right == 0) return call.fail("runtime error: integer divide by zero");
  if (right == -1) return Value::int64(remainder ? 0 : wrap(0 - static_cast<std::uint64_t>(left)));
  return Value::int64(remainder ? left % right : left / right);
}
Value extreme(Call& call, bool largest) {
  std::int64_t out = to_int64(call[0]);
  for (const Value& arg : call.args)
    out = largest ? std::max(out, to_int64(arg)) : std::min(out, to_int64(arg));
  return Value::int64(out);
}

/// The decimal number that a float's shortest text says, which is what Sprig's "f" functions count
/// with: 0.1 + 0.2 is 0.3.
long double decimal_of(const Value& value) {
  const double real = to_float64(value);
  if (!std::isfinite(real)) return real;
  return std::strtold(fmt::format("{}", real).c_str(), nullptr);
}

Value to_double(const std::string& text) {
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out + 0.0 == 0 ? 0.0 : out;  // decimals have no negative zero
}

Value fold(Call& call, long double (*step)(long double, long double)) {
  long double out = decimal_of(call[0]);
  for (std::size_t i = 1; i < call.size(); ++i) out = step(out, decimal_of(call[i]));
  return to_double(fmt::format("{:.17g}", out));
}

/// Quotients keep sixteen decimals.
Value divide_decimals(Call& call) {
  long double out = decimal_of(call[0]);
  for (std::size_t i = 1; i < call.size(); ++i) {
    const long double by = decimal_of(call[i]);
    if (by == 0) return call.fail("decimal division by 0");
    out = std::strtold(fmt::format("{:.16f}", out / by).c_str(), nullptr);
  }
  return to_double(fmt::format("{:.17g}", out));
}

/// Go's math.Pow(10, n), which squares its way up and so may differ from C's in the last place.
double power_of_ten(std::int64_t exponent) {
  constexpr std::int64_t kOverflow = 1 << 12;
  double out = 1;
  int base_exponent = 0;
  std::int64_t out_exponent = 0;
  double base = std::frexp(10.0, &base_exponent);
  std::int64_t scale = base_exponent;
  for (std::uint64_t left = exponent < 0 ? -static_cast<std::uint64_t>(exponent)
                                         : static_cast<std::uint64_t>(exponent);
       left != 0; left >>= 1) {
    if (scale < -kOverflow || scale > kOverflow) {
      out_exponent += scale;
      break;
    }
    if ((left & 1) != 0) {
      out *= base;
      out_exponent += scale;
    }
    base *= base;
    scale *= 2;
    if (base < 0.5) {
      base += base;
      --scale;
    }
  }
  if (exponent < 0) {
    out = 1 / out;
    out_exponent = -out_exponent;
  }
  return std::ldexp(out, static_cast<int>(out_exponent));
}

Value round(Call& call) {
  const double value = to_float64(call[0]);
  const double limit = call.size() > 2 ? to_float64(call[2]) : 0.5;
  const double scale = power_of_ten(call.whole(1));
  const double shifted = value * scale;
  double whole = 0;
  const double part = std::modf(shifted, &whole);
  return (part >= limit ? std::ceil(shifted) : std::floor(shifted)) / scale;
}

Value steps(Call& call, std::int64_t start, std::int64_t stop, std::int64_t step) {
  std::vector<Value> out;
  const bool down = stop < start;
  if ((down && step >= 0) || (!down && step <= 0)) return make_list({}, List::Of::integer);
  for (std::int64_t at = start; down ? at > stop : at < stop;) {
    out.push_back(Value::integer(at));
    if (static_cast<std::int64_t>(out.size()) > kCountMax || !call.runtime.spend(1)) {
      if (!call.runtime.failed())
        call.runtime.fail(fmt::format("more than {} numbers", kCountMax), Errc::limit);
      return {};
    }
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return make_list(std::move(out), List::Of::integer);
}

Value seq(Call& call) {
  if (call.size() == 0 || call.size() > 3) return Value("");
  const std::int64_t first = call.size() == 1 ? 1 : call.whole(0);
  const std::int64_t last = call.whole(call.size() - 1);
  std::int64_t step = call.size() == 3 ? call.whole(1) : last < first ? -1 : 1;
  const std::int64_t end = last < first ? last - 1 : last + 1;
  if (call.size() == 3 && last < first && step > 0) return Value("");
  const Value list = steps(call, first, end, step);
  if (call.runtime.failed()) return {};
  std::string out;
  for (const Value& item : list.list().items)
    out += (out.empty() ? "" : " ") + std::to_string(item.whole());
  return out;
}

Value to_decimal(Call& call) {
  const std::string text = to_string(call[0]);
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  return Value::int64(failure == std::errc{} && end == text.data() + text.size() ? value : 0);
}

Value atoi(Call& call) {
  std::string_view text = call.text(0);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return Value::integer(failure == std::errc{} && end == text.data() + text.size() ? value : 0);
}

}  // namespace

void add_sprig_math(FunctionTable& table) {
  table.add("int", "a", [](Call& c) { return Value::integer(to_int64(c[0])); });
  table.add("int64", "a", [](Call& c) { return Value::int64(to_int64(c[0])); });
  table.add("float64", "a", [](Call& c) { return Value(to_float64(c[0])); });
  table.add("atoi", "s", atoi);
  table.add("toDecimal", "a", to_decimal);
  table.add("add", "a*", add);
  table.add("add1", "a", [](Call& c) { return Value::int64(wrap(bits(c[0]) + 1)); });
  table.add("sub", "aa", [](Call& c) { return Value::int64(wrap(bits(c[0]) - bits(c[1]))); });
  table.add("mul", "aa*", mul);
  table.add("div", "aa", [](Call& c) { return divide(c, false); });
  table.add("mod", "aa", [](Call& c) { return divide(c, true); });
  const auto largest = +[](Call& c) { return extreme(c, true); };
  table.add("max", "aa*", largest);
  table.add("biggest", "aa*", largest);
  table.add("min", "aa*", [](Call& c) { return extreme(c, false); });
  using Real = long double;
  table.add("addf", "a*", [](Call& c) {
    return c.size() == 0 ? Value(0.0) : fold(c, [](Real a, Real b) { return a + b; });
  });
  table.add("add1f", "a",
            [](Call& c) { return to_double(fmt::format("{:.17g}", decimal_of(c[0]) + 1)); });
  table.add("subf", "aa*", [](Call& c) { return fold(c, [](Real a, Real b) { return a - b; }); });
  table.add("mulf", "aa*", [](Call& c) { return fold(c, [](Real a, Real b) { return a * b; }); });
  table.add("divf", "aa*", divide_decimals);
  table.add("maxf", "aa*",
            [](Call& c) { return fold(c, [](Real a, Real b) { return std::max(a, b); }); });
  table.add("minf", "aa*",
            [](Call& c) { return fold(c, [](Real a, Real b) { return std::min(a, b); }); });
  table.add("floor", "a", [](Call& c) { return Value(std::floor(to_float64(c[0]))); });
  table.add("ceil", "a", [](Call& c) { return Value(std::ceil(to_float64(c[0]))); });
  table.add("round", "aif*", round);
  table.add("until", "i", [](Call& c) { return steps(c, 0, c.whole(0), c.whole(0) < 0 ? -1 : 1); });
  table.add("untilStep", "iii",
            [](Call& c) { return steps(c, c.whole(0), c.whole(1), c.whole(2)); });
  table.add("seq", "i*", seq);
  table.add("randInt", "ii", [](Call& c) {
    if (c.whole(1) <= c.whole(0)) return c.fail("invalid argument to Int31n");
    return Value::integer(c.runtime.rng().between(c.whole(0), c.whole(1) - 1));
  });
}

}  // namespace spokelab::hub::gotemplate
