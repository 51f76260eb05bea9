// YamlNode: a YAML document in which every key and value knows where it was written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "harness/scenario/diagnostic.h"

namespace spokelab::harness {

struct YamlEntry;

/// One value. Scalars stay text as written; what they mean depends on where they stand, so that
/// `on` or `1:30` is never silently something else.
struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  bool quoted = false;  ///< A scalar in quotes or a block scalar.
  /// Holds a `$name` that stands for nothing, which is reported where it was looked for.
  bool undeclared = false;
  std::string text;  ///< A scalar's text.
  Position at;
  std::vector<YamlEntry> entries;  ///< A mapping's, in the order written.
  std::vector<YamlNode> items;     ///< A sequence's.

  bool is_mapping() const noexcept { return kind == Kind::mapping; }
  bool is_sequence() const noexcept { return kind == Kind::sequence; }
  bool is_scalar() const noexcept { return kind == Kind::scalar; }
  bool is_null() const noexcept { return kind == Kind::null; }
  /// The entry of that key, or nullptr. Lives as long as this node is not changed.
  const YamlEntry* find(std::string_view key) const;
  YamlEntry* find(std::string_view key);
  /// The value of that key, or nullptr.
  const YamlNode* value(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  bool key_quoted = false;
  Position key_at;
  YamlNode value;
};

/// How many nodes a tree has.
std::size_t size_of(const YamlNode& node);

/// Limits of one file; beyond them: SL1004.
inline constexpr std::size_t kYamlBytesMax = 1 << 20;
inline constexpr std::size_t kYamlDepthMax = 60;
inline constexpr std::size_t kYamlNodesMax = 100'000;

/// Reads file number `file` of `sources`. Anchors, aliases and merge keys (<<) work. What is wrong
/// goes to `diagnostics` (SL1xxx); nullopt when there is nothing to go on with.
std::optional<YamlNode> parse_yaml_tree(const Sources& sources, std::uint32_t file,
                                        Diagnostics& diagnostics);

/// The node as JSON: plain scalars by YAML 1.2's core schema (true, null, 3, 1.5), quoted ones as
/// text. Words that YAML 1.1 reads as booleans, and numbers with leading zeros, are SL2007 unless
/// quoted.
Json to_json(const YamlNode& node, Diagnostics& diagnostics);

/// What YAML 1.1 makes of a plain scalar that looks like plain text, or empty: "the boolean true"
/// for yes, "the number 90" for 1:30, "the number 8" for 010.
std::string yaml11_meaning(std::string_view plain);

}  // namespace spokelab::harness
