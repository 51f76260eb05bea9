// The values that expressions can ask for by name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spokelab::harness {

/// What kind of thing a value is.
enum class ValueType : std::uint8_t { text, number, duration, share, boolean };
std::string_view name_of(ValueType type) noexcept;

/// One family of values. In `pattern`, upper-case segments stand for names: CLUSTER (or hub), APP,
/// TRAFFIC, FAULT, REPLICA, OBJECT, TRIGGER and NS, KIND, NAME; a last FIELD stands for one or more
/// further segments.
struct ValueName {
  std::string_view pattern;  ///< "app.APP.health"
  ValueType type;
  std::string_view words;  ///< All texts it can have, "a|b|c"; empty: any text.
  std::string_view doc;
};
std::span<const ValueName> value_names();

/// How a name (split in segments, which may hold '*') fits the table.
struct NameMatch {
  const ValueName* value = nullptr;  ///< Null: nothing of that form.
  std::vector<std::string_view>
      kinds;               ///< For each segment its kind ("CLUSTER"), or "" where literal.
  std::string suggestion;  ///< When null: the nearest full form, or empty.
};
NameMatch match_value_name(const std::vector<std::string>& segments);

/// A Markdown table of all names.
std::string value_names_markdown();

}  // namespace spokelab::harness
