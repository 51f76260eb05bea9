// Reads the type table once, on first use.
#include "kube/schema.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "kube/schema_data.h"

namespace spokelab::kube {

namespace {

using Types = std::map<std::string, SchemaType, std::less<>>;

std::string_view take_word(std::string_view& line) {
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

bool strip(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Shape shape_named(std::string_view word) {
  static constexpr std::pair<std::string_view, Shape> kShapes[] = {
      {"string", Shape::text},
      {"bytes", Shape::bytes},
      {"int", Shape::integer},
      {"long", Shape::integer},
      {"bool", Shape::boolean},
      {"number", Shape::number},
      {"time", Shape::time},
      {"microtime", Shape::micro_time},
      {"quantity", Shape::quantity},
      {"intorstring", Shape::int_or_text},
      {"any", Shape::any}};
  for (const auto& [name, shape] : kShapes) {
    if (name == word) return shape;
  }
  return Shape::message;
}

/// "A,B_C" -> "A", "B C".
std::vector<std::string> values_of(std::string_view list) {
  std::vector<std::string> values;
  for (std::size_t from = 0; from <= list.size();) {
    const auto end = std::min(list.find(',', from), list.size());
    std::string& value = values.emplace_back(list.substr(from, end - from));
    std::replace(value.begin(), value.end(), '_', ' ');
    from = end + 1;
  }
  return values;
}

void read_flag(std::string_view flag, SchemaField& field) {
  if (flag == "optional")
    field.optional = true;
  else if (flag == "always")
    field.always = field.required = true;
  else if (flag == "retainkeys")
    field.retain_keys = true;
  else if (flag == "replace")
    field.replace = true;
  else if (flag == "atomic")
    field.atomic = true;
  else if (flag == "set")
    field.list_kind = ListKind::set;
  else if (flag == "wrapped")
    field.wrapped = true;
  else if (flag == "granular")
    field.granular = true;
  else if (flag == "required")
    field.required = true;
  else if (flag == "omissible")
    field.required = false;
  else if (strip(flag, "enum="))
    field.values = values_of(flag);
  else if (strip(flag, "default="))
    field.fallback = std::string(flag);
  else if (strip(flag, "map=")) {
    field.list_kind = ListKind::keyed;
    field.map_keys = values_of(flag);
  } else {
    SPOKELAB_CHECK(strip(flag, "merge"));
    field.merge = true;
    if (strip(flag, "=")) field.merge_key = std::string(flag);
  }
}

struct Reader {
  Types types;
  struct Inlining {
    SchemaType* into;
    int number;
    std::string name;
  };
  std::vector<Inlining> inlined;
  SchemaType* open = nullptr;

  void line(std::string_view text) {
    if (strip(text, "type ")) {
      const auto name = take_word(text);
      open = &types[std::string(name)];
      open->name = std::string(name);
      open->atomic = take_word(text) == "atomic";
      return;
    }
    SchemaField field;
    const auto number = take_word(text);
    std::from_chars(number.data(), number.data() + number.size(), field.number);
    const auto name = take_word(text);
    auto type = take_word(text);
    if (name == "~") {
      inlined.push_back({open, field.number, std::string(type)});
      return;
    }
    if (strip(type, "[]"))
      field.plurality = Plurality::list;
    else if (strip(type, "{}"))
      field.plurality = Plurality::map;
    field.text_lists = field.plurality == Plurality::map && strip(type, "[]");
    field.shape = shape_named(type);
    field.wide = type == "long";
    if (field.shape == Shape::message) field.type = &types[std::string(type)];
    while (!text.empty()) read_flag(take_word(text), field);
    open->fields.emplace(std::string(name), std::move(field));
  }

  void finish() {
    // An inlined type may itself inline another; two rounds settle what the table holds.
    for (int round = 0; round < 2; ++round) {
      for (auto& [into, number, name] : inlined) {
        const auto from = types.find(name);
        SPOKELAB_CHECK(from != types.end());
        if (round == 0) into->inlined.push_back({number, &from->second});
        for (auto [key, field] : from->second.fields) {
          field.inlined = true;
          into->fields.emplace(key, std::move(field));
        }
      }
    }
    for (auto& [name, type] : types) {
      SPOKELAB_CHECK(type.name == name);
      for (const auto& [key, field] : type.fields) {
        const bool by_value = (field.shape == Shape::message || field.shape == Shape::time ||
                               field.shape == Shape::micro_time) &&
                              field.plurality == Plurality::one && !field.optional;
        if (field.always || by_value) type.filled.emplace_back(&key, &field);
      }
    }
  }
};

const Types& types() {
  static const Types table = [] {
    Reader reader;
    for (std::string_view text : kSchemaText) {
      while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > 0) reader.line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
      }
    }
    reader.finish();
    return std::move(reader.types);
  }();
  return table;
}

}  // namespace

const SchemaField* SchemaType::field(std::string_view name) const {
  const auto hit = fields.find(name);
  return hit == fields.end() ? nullptr : &hit->second;
}

const SchemaType* schema_named(std::string_view name) {
  const auto hit = types().find(name);
  return hit == types().end() ? nullptr : &hit->second;
}

const std::map<std::string, SchemaType, std::less<>>& all_schema_types() { return types(); }

const SchemaType* schema_of(std::string_view group, std::string_view version,
                            std::string_view kind) {
  std::string name(group.empty() ? "core" : group.substr(0, group.find('.')));
  name.append(".").append(version).append(".").append(kind);
  return schema_named(name);
}

}  // namespace spokelab::kube
