// Sprig: dictionaries. `set`, `unset` and `merge` change their argument in place, as in Go.
#include <fmt/format.h>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;
constexpr int kDepthMax = 500;

Value absent_or(Value value) { return value.is(Kind::none) ? Value::nil() : value; }

Value dict(Call& call) {
  Map::Entries out;
  for (std::size_t i = 0; i < call.size(); i += 2) {
    out[to_string(call[i])] = i + 1 < call.size() ? absent_or(call[i + 1]) : Value("");
  }
  return make_map(std::move(out));
}

/// The map of an argument, or nullptr for nil.
Map* map_of(const Value& value) { return value.is(Kind::map) ? &value.map() : nullptr; }

/// Go's nil map: what a nil argument is to a parameter that is a map.
Value nil_map() {
  auto out = std::make_shared<Map>();
  out->null = true;
  return Value(std::move(out));
}

Value get(Call& call) {
  const Map* map = map_of(call[0]);
  const Value* hit = map == nullptr ? nullptr : map->find(call.text(1));
  return hit == nullptr ? Value("") : *hit;
}

Value set(Call& call) {
  Map* map = map_of(call[0]);
  if (map == nullptr || map->null) return call.fail("assignment to entry in nil map");
  if (call[2].is(Kind::map) || call[2].is(Kind::list)) call.runtime.changed(call[0].map_ref());
  map->entries[call.text(1)] = absent_or(call[2]);
  return call[0];
}

Value unset(Call& call) {
  Map* map = map_of(call[0]);
  if (map == nullptr) return nil_map();
  map->entries.erase(call.text(1));
  return call[0];
}

Value pluck(Call& call) {
  std::vector<Value> out;
  for (std::size_t i = 1; i < call.size(); ++i) {
    const Map* map = map_of(call[i]);
    if (const Value* hit = map == nullptr ? nullptr : map->find(call.text(0))) out.push_back(*hit);
  }
  return make_list(std::move(out));
}

Value dig(Call& call) {
  if (call.size() < 3) return call.fail("dig needs at least three arguments");
  Value at = call.args.back();
  const Value& fallback = call[call.size() - 2];
  const auto is_dict = [&at] {
    return at.is(Kind::map) && at.map().of == Map::Of::any && !at.helm_values();
  };
  for (std::size_t i = 0; i + 2 < call.size() && is_dict(); ++i) {
    if (call[i].is(Kind::string)) continue;
    return call.fail(fmt::format("interface conversion: interface {{}} is {}, not string",
                                 call[i].is_nil() ? "nil" : type_name(call[i])));
  }
  for (std::size_t i = 0; i + 2 < call.size(); ++i) {
    if (!is_dict()) {
      return call.fail(
          fmt::format("interface conversion: interface {{}} is {}, not map[string]interface {{}}",
                      at.is_nil() ? "nil" : type_name(at)));
    }
    const Value* hit = at.map().find(call.text(i));
    if (hit == nullptr) return fallback;
    const Value next = *hit;
    at = next;
  }
  return at;
}

/// Counts the entries of a map that is gone through.
bool spend_on(Call& call, const Value& map) {
  return call.runtime.spend(static_cast<std::int64_t>(map.map().entries.size() / 4));
}

Value keys(Call& call) {
  std::vector<std::string> out;
  for (const Value& arg : call.args) {
    if (!arg.is(Kind::map)) continue;
    if (!spend_on(call, arg)) return {};
    for (const auto& [key, value] : arg.map().entries) out.push_back(key);
  }
  return make_strings(out);
}

Value values(Call& call) {
  std::vector<Value> out;
  if (call[0].is(Kind::map)) {
    if (!spend_on(call, call[0])) return {};
    for (const auto& [key, value] : call[0].map().entries) out.push_back(value);
  }
  return make_list(std::move(out));
}

Value pick(Call& call) {
  Map::Entries out;
  const Map* map = map_of(call[0]);
  for (std::size_t i = 1; map != nullptr && i < call.size(); ++i) {
    if (const Value* hit = map->find(call.text(i))) out[call.text(i)] = *hit;
  }
  return make_map(std::move(out));
}

Value omit(Call& call) {
  Map::Entries out;
  if (call[0].is(Kind::map)) {
    if (!spend_on(call, call[0])) return {};
    out = call[0].map().entries;
  }
  for (std::size_t i = 1; i < call.size(); ++i) out.erase(call.text(i));
  return make_map(std::move(out));
}

/// mergo.Merge: fills `into` from `from`. Nested maps merge; others keep what they have unless it
/// is empty, or are replaced when `overwrite`.
void merge_into(Call& call, const Value& into, const Value& from, bool overwrite, int depth) {
  if (depth > kDepthMax) {
    call.runtime.fail(fmt::format("maps nested deeper than {}", kDepthMax), Errc::limit);
    return;
  }
  if (into.identity() == from.identity()) return;
  if (!call.runtime.spend(static_cast<std::int64_t>(from.map().entries.size()))) return;
  call.runtime.changed(into.map_ref());
  const Map::Entries source = from.map().entries;  // it may be the same map further down
  for (const auto& [key, value] : source) {
    if (value.is_nil() && !overwrite) continue;
    Value& place = into.map().entries[key];
    if (place.is(Kind::map) && value.is(Kind::map)) {
      const Value nested = place;
      merge_into(call, nested, value, overwrite, depth + 1);
      if (call.runtime.failed()) return;
    } else if (place.is(Kind::none) || overwrite || is_empty(place)) {
      place = value;
    }
  }
}

Value merge(Call& call, bool overwrite) {
  // A nil map becomes one as soon as there is something to merge.
  Value into = call[0].is(Kind::map) ? call[0] : nil_map();
  for (std::size_t i = 1; i < call.size(); ++i) {
    if (!call[i].is(Kind::map) || call[i].map().null) continue;
    if (into.map().null) into = make_map({});
    merge_into(call, into, call[i], overwrite, 0);
    if (call.runtime.failed()) return {};
  }
  return into;
}

Value copy_deep(Call& call, const Value& value, int depth) {
  if (depth > kDepthMax || !call.runtime.spend(1)) {
    if (!call.runtime.failed())
      call.runtime.fail(fmt::format("values nested deeper than {}", kDepthMax), Errc::limit);
    return {};
  }
  if (value.is(Kind::list)) {
    auto out = std::make_shared<List>();
    out->of = value.list().of;
    out->null = value.list().null;
    for (const Value& item : value.list().items) {
      out->items.push_back(copy_deep(call, item, depth + 1));
      if (call.runtime.failed()) return {};
    }
    return out;
  }
  if (value.is(Kind::map)) {
    auto out = std::make_shared<Map>();
    out->of = value.map().of;
    out->null = value.map().null;
    for (const auto& [key, item] : value.map().entries) {
      out->entries.emplace_hint(out->entries.end(), key, copy_deep(call, item, depth + 1));
      if (call.runtime.failed()) return {};
    }
    return Value(out).as_helm_values(value.helm_values());
  }
  return value;
}

}  // namespace

void add_sprig_dicts(FunctionTable& table) {
  table.add("dict", "a*", dict);
  table.add("get", "ms", get);
  table.add("set", "msa", set);
  table.add("unset", "ms", unset);
  table.add("hasKey", "ms", [](Call& c) {
    const Map* map = map_of(c[0]);
    return Value(map != nullptr && map->find(c.text(1)) != nullptr);
  });
  table.add("pluck", "sm*", pluck);
  table.add("dig", "a*", dig);
  table.add("keys", "m*", keys);
  table.add("values", "m", values);
  table.add("pick", "ms*", pick);
  table.add("omit", "ms*", omit);
  const auto fill = +[](Call& c) { return merge(c, false); };
  const auto overwrite = +[](Call& c) { return merge(c, true); };
  table.add("merge", "mm*", fill);
  table.add("mustMerge", "mm*", fill);
  table.add("mergeOverwrite", "mm*", overwrite);
  table.add("mustMergeOverwrite", "mm*", overwrite);
  const auto copy = +[](Call& c) {
    if (c[0].is_nil()) return c.fail("reflect: call of reflect.Value.Type on zero Value");
    return copy_deep(c, c[0], 0);
  };
  table.add("deepCopy", "a", copy);
  table.add("mustDeepCopy", "a", copy);
}

}  // namespace spokelab::hub::gotemplate
