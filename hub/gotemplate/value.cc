// Template values: sharing, truth, equality, and the way to and from JSON.
#include "hub/gotemplate/value.h"

#include <cmath>
#include <limits>

#include "base/json.h"

namespace spokelab::hub::gotemplate {

namespace {

constexpr int kCompareDepthMax = 1000;
constexpr int kComparisonsMax = 1'000'000;
constexpr int kJsonDepthMax = 500;
constexpr std::size_t kJsonValuesMax = 1'000'000;

/// Takes nested containers apart one by one, since a chain of a million of them must not overflow
/// the stack when it is freed.
class Undertaker {
 public:
  void take(Value value) {
    if (!value.is(Kind::list) && !value.is(Kind::map)) return;
    pending_.push_back(std::move(value));
    if (busy_) return;
    busy_ = true;
    while (!pending_.empty()) {
      const Value next = std::move(pending_.back());
      pending_.pop_back();
    }
    busy_ = false;
    pending_.shrink_to_fit();
  }

 private:
  std::vector<Value> pending_;
  bool busy_ = false;
};

thread_local Undertaker undertaker;

}  // namespace

List::~List() {
  for (Value& item : items) undertaker.take(std::move(item));
}

Map::~Map() {
  for (auto& [key, value] : entries) undertaker.take(std::move(value));
}

const Value* Map::find(std::string_view key) const {
  const auto hit = entries.find(key);
  return hit == entries.end() ? nullptr : &hit->second;
}

Value::Value(std::shared_ptr<List> list) : kind_(Kind::list), ref_(std::move(list)) {}
Value::Value(std::shared_ptr<Map> map) : kind_(Kind::map), ref_(std::move(map)) {}
Value::Value(std::shared_ptr<const Object> object) : kind_(Kind::object), ref_(std::move(object)) {}
Value::Value(Time time) : kind_(Kind::time), ref_(std::make_shared<const Time>(std::move(time))) {}

Value Value::nil() {
  Value out;
  out.kind_ = Kind::nil;
  return out;
}

Value Value::bytes(std::string data) {
  Value out(std::move(data));
  out.kind_ = Kind::bytes;
  return out;
}

List& Value::list() const noexcept { return *static_cast<List*>(mutable_ref().get()); }
Map& Value::map() const noexcept { return *static_cast<Map*>(mutable_ref().get()); }
const Object& Value::object() const noexcept { return *static_cast<const Object*>(ref_.get()); }
const Time& Value::time() const noexcept { return *static_cast<const Time*>(ref_.get()); }

Value Object::call(Runtime&, std::string_view, std::vector<Value>) const { return {}; }

std::string type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::none:
    case Kind::nil:
      return "<nil>";
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return "int";
    case Kind::int64:
      return "int64";
    case Kind::uint64:
      return "uint64";
    case Kind::real:
      return "float64";
    case Kind::string:
      return "string";
    case Kind::bytes:
      return "[]uint8";
    case Kind::list: {
      const List::Of of = value.list().of;
      return of == List::Of::any      ? "[]interface {}"
             : of == List::Of::string ? "[]string"
             : of == List::Of::list   ? "[][]interface {}"
                                      : "[]int";
    }
    case Kind::map: {
      if (value.helm_values()) return "chartutil.Values";
      return value.map().of == Map::Of::any ? "map[string]interface {}" : "map[string]string";
    }
    case Kind::time:
      return "time.Time";
    case Kind::object:
      return value.object().type_name();
  }
  return "";
}

std::string kind_name(const Value& value) {
  switch (value.kind()) {
    case Kind::none:
    case Kind::nil:
      return "invalid";
    case Kind::list:
    case Kind::bytes:
      return "slice";
    case Kind::map:
      return "map";
    case Kind::time:
      return "struct";
    case Kind::object:
      return std::string(value.object().kind_name());
    default:
      return type_name(value);
  }
}

bool truth(const Value& value) {
  switch (value.kind()) {
    case Kind::none:
    case Kind::nil:
      return false;
    case Kind::boolean:
      return value.boolean();
    case Kind::integer:
    case Kind::int64:
    case Kind::uint64:
      return value.whole() != 0;
    case Kind::real:
      return value.real() != 0;
    case Kind::string:
    case Kind::bytes:
      return !value.text().empty();
    case Kind::list:
      return !value.list().items.empty();
    case Kind::map:
      return !value.map().entries.empty();
    case Kind::time:
      return true;
    case Kind::object:
      return value.object().truth();
  }
  return false;
}

namespace {

bool same(const Value& left, const Value& right, int depth, int& left_over) {
  if (left.is_nil() || right.is_nil()) return left.is_nil() && right.is_nil();
  if (left.kind() != right.kind() || depth > kCompareDepthMax || --left_over < 0) return false;
  switch (left.kind()) {
    case Kind::boolean:
      return left.boolean() == right.boolean();
    case Kind::integer:
    case Kind::int64:
    case Kind::uint64:
      return left.whole() == right.whole();
    case Kind::real:
      return left.real() == right.real();
    case Kind::string:
    case Kind::bytes:
      return left.text() == right.text();
    case Kind::list: {
      const auto& a = left.list();
      const auto& b = right.list();
      if (a.of != b.of || a.null != b.null || a.items.size() != b.items.size()) return false;
      if (&a == &b) return true;
      for (std::size_t i = 0; i < a.items.size(); ++i) {
        if (!same(a.items[i], b.items[i], depth + 1, left_over)) return false;
      }
      return true;
    }
    case Kind::map: {
      const auto& a = left.map();
      const auto& b = right.map();
      if (left.helm_values() != right.helm_values() || a.of != b.of || a.null != b.null ||
          a.entries.size() != b.entries.size())
        return false;
      if (&a == &b) return true;
      for (auto x = a.entries.begin(), y = b.entries.begin(); x != a.entries.end(); ++x, ++y) {
        if (x->first != y->first || !same(x->second, y->second, depth + 1, left_over)) return false;
      }
      return true;
    }
    case Kind::time:
      return left.time().seconds == right.time().seconds && left.time().nanos == right.time().nanos;
    default:
      return left.identity() == right.identity();
  }
}

}  // namespace

bool deep_equal(const Value& left, const Value& right) {
  int left_over = kComparisonsMax;
  return same(left, right, 0, left_over);
}

Value from_json(const Json& document) {
  switch (document.type()) {
    case Json::value_t::boolean:
      return document.get<bool>();
    case Json::value_t::number_integer:
      return Value::int64(document.get<std::int64_t>());
    case Json::value_t::number_unsigned: {
      const auto value = document.get<std::uint64_t>();
      const bool fits =
          value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
      return fits ? Value::int64(static_cast<std::int64_t>(value)) : Value::uint64(value);
    }
    case Json::value_t::number_float:
      return document.get<double>();
    case Json::value_t::string:
      return document.get_ref<const std::string&>();
    case Json::value_t::array: {
      auto list = std::make_shared<List>();
      list->items.reserve(document.size());
      for (const Json& item : document) list->items.push_back(from_json(item));
      return list;
    }
    case Json::value_t::object: {
      auto map = std::make_shared<Map>();
      for (auto at = document.begin(); at != document.end(); ++at) {
        map->entries.emplace_hint(map->entries.end(), at.key(), from_json(at.value()));
      }
      return map;
    }
    default:
      return Value::nil();
  }
}

namespace {

bool fill_json(const Value& value, Json& out, int depth, std::size_t& count) {
  if (depth > kJsonDepthMax || ++count > kJsonValuesMax) return false;
  switch (value.kind()) {
    case Kind::none:
    case Kind::nil:
      out = nullptr;
      return true;
    case Kind::boolean:
      out = value.boolean();
      return true;
    case Kind::integer:
    case Kind::int64:
      out = value.whole();
      return true;
    case Kind::uint64:
      out = static_cast<std::uint64_t>(value.whole());
      return true;
    case Kind::real:
      out = value.real();
      return std::isfinite(value.real());
    case Kind::string:
    case Kind::bytes:
      out = value.text();
      return true;
    case Kind::list:
      if (value.list().null) return true;
      out = Json::array();
      for (const Value& item : value.list().items) {
        out.push_back(nullptr);
        if (!fill_json(item, out.back(), depth + 1, count)) return false;
      }
      return true;
    case Kind::map:
      if (value.map().null) return true;
      out = Json::object();
      for (const auto& [key, item] : value.map().entries) {
        if (!fill_json(item, out[key], depth + 1, count)) return false;
      }
      return true;
    case Kind::time:
      out = "";
      return true;
    case Kind::object: {
      const Value inner = value.object().underlying();
      if (inner.is(Kind::none)) {
        out = value.object().print();
        return true;
      }
      return fill_json(inner, out, depth + 1, count);
    }
  }
  return false;
}

}  // namespace

std::optional<Json> to_json(const Value& value) {
  Json out;
  std::size_t count = 0;
  if (!fill_json(value, out, 0, count)) return std::nullopt;
  return out;
}

Value make_list(std::vector<Value> items, List::Of of) {
  return std::make_shared<List>(std::move(items), of);
}

Value make_strings(const std::vector<std::string>& items) {
  auto list = std::make_shared<List>();
  list->of = List::Of::string;
  list->items.assign(items.begin(), items.end());
  return list;
}

Value make_null_list(List::Of of) {
  auto list = std::make_shared<List>();
  list->of = of;
  list->null = true;
  return list;
}

Value make_map(Map::Entries entries, Map::Of of) {
  return std::make_shared<Map>(std::move(entries), of);
}

}  // namespace spokelab::hub::gotemplate
