// What binary operators make of two values.
#include <fmt/format.h>
#include <re2/re2.h>

#include <cmath>
#include <limits>
#include <optional>

#include "hub/notifications/expr/access.h"
#include "hub/notifications/expr/functions.h"

namespace spokelab::hub::expr {

namespace {

constexpr std::int64_t kRangeMax = 100'000;

Error undefined(const std::string& op, const Value& a, const Value& b) {
  return Error(Errc::bad_input,
               fmt::format("invalid operation: {} {} {}", type_name(a), op, type_name(b)));
}

std::optional<double> real_of(const Value& value) {
  if (const auto* whole = value.as<std::int64_t>()) return static_cast<double>(*whole);
  if (const auto* real = value.as<double>()) return *real;
  return std::nullopt;
}

std::int64_t wrap(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// As Go: whole numbers wrap around.
Result<Value> whole(const std::string& op, std::int64_t a, std::int64_t b) {
  const auto x = static_cast<std::uint64_t>(a);
  const auto y = static_cast<std::uint64_t>(b);
  if (op == "+") return Value(wrap(x + y));
  if (op == "-") return Value(wrap(x - y));
  if (op == "*") return Value(wrap(x * y));
  if (op == "/") return Value(static_cast<double>(a) / static_cast<double>(b));
  if (op == "%") {
    if (b == 0) return Error(Errc::bad_input, "integer divide by zero");
    return Value(b == -1 ? std::int64_t{0} : a % b);
  }
  return Value(std::pow(static_cast<double>(a), static_cast<double>(b)));
}

Result<Value> real(const std::string& op, double a, double b) {
  if (op == "+") return Value(a + b);
  if (op == "-") return Value(a - b);
  if (op == "*") return Value(a * b);
  if (op == "/") return Value(a / b);
  return Value(std::pow(a, b));
}

std::int64_t clamp(__int128 nanos) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  return nanos > kMax ? kMax : nanos < kMin ? kMin : static_cast<std::int64_t>(nanos);
}

__int128 nanos_of(const gotemplate::Time& time) {
  return static_cast<__int128>(time.seconds) * 1'000'000'000 + time.nanos;
}

gotemplate::Time later(gotemplate::Time time, std::int64_t by) {
  const auto nanos = nanos_of(time) + by;
  auto seconds = nanos / 1'000'000'000;
  auto rest = nanos % 1'000'000'000;
  if (rest < 0) {
    rest += 1'000'000'000;
    --seconds;
  }
  time.seconds = static_cast<std::int64_t>(seconds);
  time.nanos = static_cast<std::int32_t>(rest);
  return time;
}

Result<Value> arithmetic(const std::string& op, const Value& a, const Value& b) {
  const auto* x = a.as<std::int64_t>();
  const auto* y = b.as<std::int64_t>();
  if (x != nullptr && y != nullptr) return whole(op, *x, *y);
  const auto p = real_of(a);
  const auto q = real_of(b);
  if (p && q && op != "%") return real(op, *p, *q);
  const auto* left = a.as<std::string>();
  const auto* right = b.as<std::string>();
  if (op == "+" && left != nullptr && right != nullptr) {
    if (left->size() + right->size() > 1'000'000)
      return Error(Errc::limit, "a text of more than 1,000,000 bytes");
    return Value(*left + *right);
  }
  const auto* at = a.as<gotemplate::Time>();
  const auto* other = b.as<gotemplate::Time>();
  const auto* span = a.as<Nanos>();
  const auto* by = b.as<Nanos>();
  if (op == "-" && at != nullptr && other != nullptr)
    return Value(Nanos(clamp(nanos_of(*at) - nanos_of(*other))));
  if (op == "+" && at != nullptr && by != nullptr) return Value(later(*at, by->count()));
  if (op == "+" && span != nullptr && other != nullptr) return Value(later(*other, span->count()));
  if (op == "-" && at != nullptr && by != nullptr)
    return Value(later(*at, clamp(-static_cast<__int128>(by->count()))));
  if (span != nullptr && by != nullptr && (op == "+" || op == "-")) {
    const auto sum = static_cast<__int128>(span->count()) +
                     (op == "+" ? 1 : -1) * static_cast<__int128>(by->count());
    return Value(Nanos(clamp(sum)));
  }
  if (op == "*" && span != nullptr && y != nullptr)
    return Value(Nanos(clamp(static_cast<__int128>(span->count()) * *y)));
  if (op == "*" && x != nullptr && by != nullptr)
    return Value(Nanos(clamp(static_cast<__int128>(*x) * by->count())));
  return undefined(op, a, b);
}

template <class T>
bool compare(const std::string& op, const T& a, const T& b) {
  if (op == "<") return a < b;
  if (op == ">") return a > b;
  if (op == "<=") return a <= b;
  return a >= b;
}

Result<Value> comparison(const std::string& op, const Value& a, const Value& b) {
  const auto* x = a.as<std::int64_t>();
  const auto* y = b.as<std::int64_t>();
  if (x != nullptr && y != nullptr) return Value(compare(op, *x, *y));
  const auto p = real_of(a);
  const auto q = real_of(b);
  if (p && q) return Value(compare(op, *p, *q));
  const auto* left = a.as<std::string>();
  const auto* right = b.as<std::string>();
  if (left != nullptr && right != nullptr) return Value(compare(op, *left, *right));
  const auto* at = a.as<gotemplate::Time>();
  const auto* other = b.as<gotemplate::Time>();
  if (at != nullptr && other != nullptr) return Value(compare(op, nanos_of(*at), nanos_of(*other)));
  const auto* span = a.as<Nanos>();
  const auto* limit = b.as<Nanos>();
  if (span != nullptr && limit != nullptr) return Value(compare(op, span->count(), limit->count()));
  return undefined(op, a, b);
}

Result<Value> contained(const Value& what, const Value& in) {
  if (in.is_nil()) return Value(false);
  if (is_list(in)) {
    const auto size = *length(in);
    for (std::size_t i = 0; i < size; ++i) {
      if (equal(element(in, i), what)) return Value(true);
    }
    return Value(false);
  }
  if (is_map(in)) {
    if (what.is_nil()) return Value(false);
    const auto* key = what.as<std::string>();
    if (key == nullptr) {
      return Error(Errc::bad_input,
                   fmt::format("cannot use {} as type string in map key", type_name(what)));
    }
    return Value(member(in, *key).has_value());
  }
  return Error(Errc::bad_input, fmt::format("operator \"in\" not defined on {}", type_name(in)));
}

Result<Value> texts(const std::string& op, const Value& a, const Value& b) {
  const auto* left = a.as<std::string>();
  const auto* right = b.as<std::string>();
  if (left == nullptr || right == nullptr) {
    return Error(Errc::bad_input,
                 fmt::format("interface conversion: interface {{}} is {}, not string",
                             type_name(left == nullptr ? a : b)));
  }
  if (op == "contains") return Value(left->find(*right) != std::string::npos);
  if (op == "startsWith") return Value(left->starts_with(*right));
  if (op == "endsWith") return Value(left->ends_with(*right));
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  const RE2 pattern(*right, options);
  if (!pattern.ok()) {
    return Error(Errc::bad_input,
                 fmt::format("error parsing regexp: {}: `{}`", pattern.error(), *right));
  }
  return Value(RE2::PartialMatch(*left, pattern));
}

Result<Value> range(const Value& a, const Value& b) {
  const auto* from = a.as<std::int64_t>();
  const auto* to = b.as<std::int64_t>();
  if (from == nullptr || to == nullptr) return undefined("..", a, b);
  if (static_cast<__int128>(*to) - *from > kRangeMax)
    return Error(Errc::limit, fmt::format("a range of more than {} numbers", kRangeMax));
  List out;
  for (auto n = *from; n <= *to; ++n) out.push_back(Value(n));
  return of_list(std::move(out));
}

}  // namespace

Result<Value> operate(const std::string& op, const Value& left, const Value& right) {
  if (op == "==") return Value(equal(left, right));
  if (op == "!=") return Value(!equal(left, right));
  if (op == "in") return contained(left, right);
  if (op == "..") return range(left, right);
  if (op == "<" || op == ">" || op == "<=" || op == ">=") return comparison(op, left, right);
  if (op == "matches" || op == "contains" || op == "startsWith" || op == "endsWith")
    return texts(op, left, right);
  return arithmetic(op, left, right);
}

}  // namespace spokelab::hub::expr
