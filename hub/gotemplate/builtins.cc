// text/template's own functions.
#include <fmt/format.h>

#include <array>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/runtime.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

enum class Basic { none, boolean, whole, real, text };

Basic basic_of(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean:
      return Basic::boolean;
    case Kind::integer:
    case Kind::int64:
    case Kind::uint64:
      return Basic::whole;
    case Kind::real:
      return Basic::real;
    case Kind::string:
      return Basic::text;
    default:
      return Basic::none;
  }
}

int compare_whole(const Value& left, const Value& right) {
  const bool lu = left.is(Kind::uint64), ru = right.is(Kind::uint64);
  const std::int64_t a = left.whole(), b = right.whole();
  if (lu != ru) {
    if (lu && (b < 0 || a < 0)) return 1;
    if (ru && (a < 0 || b < 0)) return -1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/// A number with a named type, such as a month, compares as a number.
const Value& plain(const Value& value, Value& storage) {
  if (!value.is(Kind::object)) return value;
  storage = value.object().underlying();
  return storage.is_whole() ? storage : value;
}

std::string incompatible(const Value& left, const Value& right) {
  return fmt::format("incompatible types for comparison: {} and {}", type_name(left),
                     type_name(right));
}

/// Whether left equals right; fails for types that cannot be compared.
bool equal(Call& call, const Value& given, const Value& other) {
  Value first, second;
  const Value &left = plain(given, first), &right = plain(other, second);
  const Basic kind = basic_of(left);
  if (left.is_nil() || right.is_nil()) return left.is_nil() && right.is_nil();
  if (kind != basic_of(right)) {
    call.fail(incompatible(left, right));
    return false;
  }
  switch (kind) {
    case Basic::boolean:
      return left.boolean() == right.boolean();
    case Basic::whole:
      return compare_whole(left, right) == 0;
    case Basic::real:
      return left.real() == right.real();
    case Basic::text:
      return left.text() == right.text();
    default:
      break;
  }
  if (left.kind() != right.kind()) {
    call.fail(fmt::format("non-comparable types {}: {}, {}: {}", sprintf("%s", std::span(&left, 1)),
                          type_name(left), type_name(right), print(right)));
    return false;
  }
  if (right.is(Kind::list) || right.is(Kind::map) || right.is(Kind::bytes)) {
    call.fail(fmt::format("non-comparable type {}: {}", sprintf("%s", std::span(&right, 1)),
                          type_name(right)));
    return false;
  }
  return deep_equal(left, right);
}

Value eq(Call& call) {
  if (call.size() < 2) return call.fail("missing argument for comparison");
  for (std::size_t i = 1; i < call.size(); ++i) {
    if (equal(call, call[0], call[i])) return true;
    if (call.runtime.failed()) return {};
  }
  return false;
}

Value ne(Call& call) { return !equal(call, call[0], call[1]); }

/// -1, 0 or 1 for two ordered values; fails for others.
int order(Call& call) {
  Value first, second;
  const Value &left = plain(call[0], first), &right = plain(call[1], second);
  const Basic kind = basic_of(left);
  const Basic other = basic_of(right);
  if (kind == Basic::none || other == Basic::none || (kind == other && kind == Basic::boolean)) {
    call.fail("invalid type for comparison");
    return 0;
  }
  if (kind != other) {
    call.fail(incompatible(call[0], call[1]));
    return 0;
  }
  if (kind == Basic::whole) return compare_whole(left, right);
  if (kind == Basic::text) return left.text().compare(right.text());
  return left.real() < right.real() ? -1 : left.real() > right.real() ? 1 : 0;
}

Value lt(Call& call) { return order(call) < 0; }
Value le(Call& call) { return order(call) <= 0; }
Value gt(Call& call) { return order(call) > 0; }
Value ge(Call& call) { return order(call) >= 0; }

Value underlying(const Value& value) {
  return value.is(Kind::object) ? value.object().underlying() : value;
}

Value len(Call& call) {
  const Value value = underlying(call[0]);
  switch (value.kind()) {
    case Kind::string:
    case Kind::bytes:
      return Value::integer(static_cast<std::int64_t>(value.text().size()));
    case Kind::list:
      return Value::integer(static_cast<std::int64_t>(value.list().items.size()));
    case Kind::map:
      return Value::integer(static_cast<std::int64_t>(value.map().entries.size()));
    case Kind::none:
      return call.fail("reflect: call of reflect.Value.Type on zero Value");
    case Kind::nil:
      return call.fail("len of nil pointer");
    default:
      return call.fail("len of type " + type_name(call[0]));
  }
}

Value index_one(Call& call, const Value& from, const Value& key) {
  const bool whole = key.is_whole();
  switch (from.kind()) {
    case Kind::none:
    case Kind::nil:
      return call.fail("index of nil pointer");
    case Kind::list:
    case Kind::string:
    case Kind::bytes: {
      if (key.is_nil()) return call.fail("cannot index slice/array with nil");
      if (!whole) return call.fail("cannot index slice/array with type " + type_name(key));
      const std::size_t size = from.is(Kind::list) ? from.list().items.size() : from.text().size();
      if (key.whole() < 0 || static_cast<std::size_t>(key.whole()) >= size) {
        return call.fail(fmt::format("index out of range: {}", key.whole()));
      }
      const auto at = static_cast<std::size_t>(key.whole());
      if (from.is(Kind::list)) return from.list().items[at];
      return Value::uint64(static_cast<unsigned char>(from.text()[at]));
    }
    case Kind::map: {
      if (key.is_nil()) return call.fail("value is nil; should be of type string");
      if (!key.is(Kind::string))
        return call.fail(fmt::format("value has type {}; should be string", type_name(key)));
      if (const Value* hit = from.map().find(key.text())) return *hit;
      return from.map().of == Map::Of::string ? Value("") : Value::nil();
    }
    default:
      // Only a byte of a text is an uint64 here.
      return call.fail("can't index item of type " +
                       (from.is(Kind::uint64) ? "uint8" : type_name(from)));
  }
}

Value index(Call& call) {
  if (call[0].is_nil()) return call.fail("index of untyped nil");
  Value at = underlying(call[0]);
  for (std::size_t i = 1; i < call.size(); ++i) {
    at = index_one(call, at, call[i]);
    if (call.runtime.failed()) return {};
  }
  return at;
}

std::string escaped(std::string_view text, std::string_view from,
                    std::initializer_list<std::string_view> to) {
  std::string out;
  for (const char c : text) {
    const std::size_t hit = from.find(c);
    if (hit == std::string_view::npos)
      out += c;
    else
      out += *(to.begin() + hit);
  }
  return out;
}

/// The arguments as one text; nil shows as an absent value does.
std::string joined(Call& call) {
  for (Value& arg : call.args) {
    if (arg.is_nil()) arg = Value("<no value>");
  }
  return sprint(call.args);
}

Value html(Call& call) {
  return escaped(joined(call), "\"'&<>", {"&#34;", "&#39;", "&amp;", "&lt;", "&gt;"});
}

Value js(Call& call) {
  std::string out;
  for (const char c : joined(call)) {
    const std::size_t hit = std::string_view("\\'\"<>&=\n\r\t").find(c);
    constexpr std::array<std::string_view, 10> kTo = {"\\\\",    "\\'",     "\\\"",    "\\u003C",
                                                      "\\u003E", "\\u0026", "\\u003D", "\\u000A",
                                                      "\\u000D", "\\u0009"};
    if (hit != std::string_view::npos)
      out += kTo[hit];
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out;
}

Value urlquery(Call& call) {
  std::string out;
  for (const char c : joined(call)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else if (c == ' ')
      out += '+';
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Value checked(Call& call, std::string text) {
  if (!call.runtime.allow_bytes(text.size())) return {};
  return text;
}

Value printf_(Call& call) {
  return checked(call, sprintf(call.text(0), std::span(call.args).subspan(1)));
}

Value slice_(Call& call) {
  const Value from = call[0];
  if (from.is_nil()) return call.fail("slice of untyped nil");
  if (call.size() > 4) return call.fail(fmt::format("too many slice indexes: {}", call.size() - 1));
  const bool text = from.is(Kind::string);
  if (!text && !from.is(Kind::list))
    return call.fail("can't slice item of type " + type_name(from));
  const std::size_t size = text ? from.text().size() : from.list().items.size();
  if (text && call.size() > 3) return call.fail("cannot 3-index slice a string");
  std::array<std::size_t, 3> bounds = {0, size, size};
  for (std::size_t i = 1; i < call.size(); ++i) {
    if (!call[i].is_whole())
      return call.fail("cannot index slice/array with type " + type_name(call[i]));
    if (call.whole(i) < 0 || static_cast<std::size_t>(call.whole(i)) > size) {
      return call.fail(fmt::format("index out of range: {}", call.whole(i)));
    }
    bounds[i - 1] = static_cast<std::size_t>(call.whole(i));
  }
  if (bounds[0] > bounds[1])
    return call.fail(fmt::format("invalid slice index: {} > {}", bounds[0], bounds[1]));
  if (call.size() > 3 && bounds[1] > bounds[2])
    return call.fail(fmt::format("invalid slice index: {} > {}", bounds[1], bounds[2]));
  if (text) return from.text().substr(bounds[0], bounds[1] - bounds[0]);
  const auto& items = from.list().items;
  return make_list({items.begin() + static_cast<std::ptrdiff_t>(bounds[0]),
                    items.begin() + static_cast<std::ptrdiff_t>(bounds[1])},
                   from.list().of);
}

}  // namespace

void add_builtins(FunctionTable& table) {
  const auto unused = +[](Call&) { return Value(); };
  table.add("and", "vv*", unused, Function::Special::logical_and);
  table.add("or", "vv*", unused, Function::Special::logical_or);
  table.add("not", "v", [](Call& call) { return Value(!truth(call[0])); });
  table.add("eq", "vv*", eq);
  table.add("ne", "vv", ne);
  table.add("lt", "vv", lt);
  table.add("le", "vv", le);
  table.add("gt", "vv", gt);
  table.add("ge", "vv", ge);
  table.add("len", "v", len);
  table.add("index", "vv*", index);
  table.add("slice", "vv*", slice_);
  table.add("print", "a*", [](Call& call) { return checked(call, sprint(call.args)); });
  table.add("println", "a*", [](Call& call) { return checked(call, sprintln(call.args)); });
  table.add("printf", "sa*", printf_);
  table.add("html", "a*", html);
  table.add("js", "a*", js);
  table.add("urlquery", "a*", urlquery);
  table.add("call", "va*", unused, Function::Special::call);
}

}  // namespace spokelab::hub::gotemplate
