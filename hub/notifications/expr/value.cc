#include "hub/notifications/expr/value.h"

#include <fmt/format.h>

#include <optional>

#include "base/json.h"
#include "hub/gotemplate/time_format.h"
#include "hub/notifications/expr/access.h"

namespace spokelab::hub::expr {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::optional<double> number_of(const Value& value) {
  if (const auto* whole = value.as<std::int64_t>()) return static_cast<double>(*whole);
  if (const auto* real = value.as<double>()) return *real;
  return std::nullopt;
}

}  // namespace

Value of_member(const JsonRef& owner, const Json& member) {
  switch (member.type()) {
    case Json::value_t::boolean:
      return Value(member.get<bool>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return Value(member.get<std::int64_t>());
    case Json::value_t::number_float:
      return Value(member.get<double>());
    case Json::value_t::string:
      return Value(member.get<std::string>());
    case Json::value_t::array:
    case Json::value_t::object:
      return Value(JsonRef(owner, &member));
    default:
      return {};
  }
}

Value of_json(const JsonRef& document) {
  return document ? of_member(document, *document) : Value();
}

Value of_list(List items) { return Value(std::make_shared<const List>(std::move(items))); }
Value of_map(Map entries) { return Value(std::make_shared<const Map>(std::move(entries))); }

std::string type_name(const Value& value) {
  return std::visit(
      Overloaded{
          [](std::monostate) { return std::string("<nil>"); },
          [](bool) { return std::string("bool"); }, [](std::int64_t) { return std::string("int"); },
          [](double) { return std::string("float64"); },
          [](const std::string&) { return std::string("string"); },
          [](const JsonRef& json) {
            return std::string(json->is_array() ? "[]interface {}" : "map[string]interface {}");
          },
          [](const std::shared_ptr<const List>&) { return std::string("[]interface {}"); },
          [](const std::shared_ptr<const Map>&) { return std::string("map[string]interface {}"); },
          [](const gotemplate::Time&) { return std::string("time.Time"); },
          [](Nanos) { return std::string("time.Duration"); },
          [](const Module&) { return std::string("map[string]interface {}"); }},
      value.data);
}

std::string print(const Value& value) {
  if (const auto* truth = value.as<bool>()) return *truth ? "true" : "false";
  if (const auto* whole = value.as<std::int64_t>()) return std::to_string(*whole);
  if (const auto* real = value.as<double>()) return fmt::format("{}", *real);
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* time = value.as<gotemplate::Time>()) return gotemplate::go_time_string(*time);
  if (const auto* span = value.as<Nanos>()) return gotemplate::print_go_duration(span->count());
  if (const auto size = length(value); size && is_list(value)) {
    std::string out = "[";
    for (std::size_t i = 0; i < *size; ++i) out += (i > 0 ? " " : "") + print(element(value, i));
    return out + "]";
  }
  if (is_map(value)) {
    std::string out = "map[";
    for (const auto& key : keys(value)) {
      if (out.size() > 4) out += ' ';
      out += key + ":" + print(*member(value, key));
    }
    return out + "]";
  }
  return "<nil>";
}

bool equal(const Value& a, const Value& b) {
  const auto x = number_of(a);
  const auto y = number_of(b);
  if (x && y) return *x == *y;
  if (is_list(a) && is_list(b)) {
    const auto size = *length(a);
    if (size != *length(b)) return false;
    for (std::size_t i = 0; i < size; ++i) {
      if (!equal(element(a, i), element(b, i))) return false;
    }
    return true;
  }
  if (is_map(a) && is_map(b)) {
    const auto names = keys(a);
    if (names != keys(b)) return false;
    for (const auto& key : names) {
      if (!equal(*member(a, key), *member(b, key))) return false;
    }
    return true;
  }
  if (a.data.index() != b.data.index()) return false;
  if (a.is_nil()) return true;
  if (const auto* truth = a.as<bool>()) return *truth == *b.as<bool>();
  if (const auto* text = a.as<std::string>()) return *text == *b.as<std::string>();
  if (const auto* span = a.as<Nanos>()) return *span == *b.as<Nanos>();
  if (const auto* at = a.as<gotemplate::Time>()) {
    const auto* other = b.as<gotemplate::Time>();
    return at->seconds == other->seconds && at->nanos == other->nanos;
  }
  return false;
}

}  // namespace spokelab::hub::expr
