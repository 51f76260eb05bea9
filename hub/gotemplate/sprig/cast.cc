// Sprig's conversions.
#include "hub/gotemplate/sprig/cast.h"

#include <fmt/format.h>

#include <limits>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate::sprig {

namespace {

std::int64_t parse_whole(std::string_view text) {
  // "1.0" and "1.00" count as whole.
  if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
    if (dot + 1 == text.size() || text.find_first_not_of('0', dot + 1) != std::string_view::npos)
      return 0;
    text = text.substr(0, dot);
  }
  return go_parse_int(text, 0).value_or(0);
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
    case Kind::object: {
      const Value inner = value.object().underlying();
      return inner.is_whole() ? inner.whole() : 0;
    }
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
    case Kind::string:
      return go_parse_float(value.text()).value_or(0);
    case Kind::object: {
      const Value inner = value.object().underlying();
      return inner.is_whole() ? static_cast<double>(inner.whole()) : 0;
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

bool allow_items(Call& call, std::size_t count) {
  constexpr std::size_t kListMax = 1'000'000;
  if (count <= kListMax) return call.runtime.spend(static_cast<std::int64_t>(count / 4));
  call.runtime.fail(fmt::format("list longer than {}", kListMax), Errc::limit);
  return false;
}

std::vector<std::string> to_strings(Call& call, const Value& given) {
  std::vector<std::string> out;
  const Value inner = unwrap(given);
  const Value& value = inner.is(Kind::list) ? inner : given;
  if (value.is(Kind::list)) {
    std::size_t bytes = 0;
    for (const Value& item : value.list().items) {
      if (item.is_nil()) continue;
      out.push_back(to_string(item));
      bytes += out.back().size();
      if (!call.runtime.spend(1) || !call.runtime.allow_bytes(bytes)) return {};
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
  return text;
}

}  // namespace spokelab::hub::gotemplate::sprig
