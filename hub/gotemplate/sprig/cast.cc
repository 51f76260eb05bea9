// Sprig's conversions.
#include "hub/gotemplate/sprig/cast.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "hub/gotemplate/format.h"

namespace spokelab::hub::gotemplate::sprig {

namespace {

std::int64_t parse_whole(std::string_view text) {
  // "1.0" and "1.00" count as whole.
  if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
    if (dot + 1 == text.size() || text.find_first_not_of('0', dot + 1) != std::string_view::npos)
      return 0;
    text = text.substr(0, dot);
  }
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.starts_with('-') || failure != std::errc{} || end != text.data() + text.size()) return 0;
  return negative ? -value : value;
}

}  // namespace

std::string to_string(const Value& value) {
  if (value.is(Kind::string) || value.is(Kind::bytes)) return value.text();
  return print(value);
}

std::int64_t to_int64(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean:
      return value.boolean() ? 1 : 0;
    case Kind::integer:
    case Kind::int64:
    case Kind::uint64:
      return value.whole();
    case Kind::real: {
      const double real = value.real();
      // What amd64 gives for a float beyond int64.
      if (!(real > -9.3e18 && real < 9.2233720368547748e18))
        return std::numeric_limits<std::int64_t>::min();
      return static_cast<std::int64_t>(real);
    }
    case Kind::string:
      return parse_whole(value.text());
    default:
      return 0;
  }
}

double to_float64(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean:
      return value.boolean() ? 1 : 0;
    case Kind::integer:
    case Kind::int64:
      return static_cast<double>(value.whole());
    case Kind::uint64:
      return static_cast<double>(static_cast<std::uint64_t>(value.whole()));
    case Kind::real:
      return value.real();
    case Kind::string: {
      std::string_view text = value.text();
      if (text.starts_with('+')) text.remove_prefix(1);
      double out = 0;
      const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
      return failure == std::errc{} && end == text.data() + text.size() ? out : 0;
    }
    default:
      return 0;
  }
}

bool is_empty(const Value& value) {
  if (value.is(Kind::object)) {
    const Value inner = value.object().underlying();
    return !inner.is(Kind::none) && !truth(inner);
  }
  return !truth(value);
}

std::vector<std::string> to_strings(const Value& value) {
  std::vector<std::string> out;
  if (value.is(Kind::list)) {
    for (const Value& item : value.list().items) {
      if (!item.is_nil()) out.push_back(to_string(item));
    }
  } else if (!value.is_nil()) {
    out.push_back(to_string(value));
  }
  return out;
}

Value unwrap(const Value& value) {
  if (!value.is(Kind::object)) return value;
  Value inner = value.object().underlying();
  return inner.is(Kind::none) ? value : inner;
}

Value text_result(const Call& call, std::string text) {
  if (!call.runtime.allow_bytes(text.size())) return {};
  call.runtime.spend(static_cast<std::int64_t>(text.size() / 64));
  return text;
}

}  // namespace spokelab::hub::gotemplate::sprig
