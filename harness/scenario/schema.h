// The table of the scenario format: every key, what it takes, what it means. The validator, the
// JSON Schema, `spokelab explain` and the reference page are all made from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"

namespace spokelab::harness {

/// What a key takes.
enum class Type : std::uint8_t {
  object,        ///< A map with the keys that the table lists.
  map,           ///< A map whose keys the author chooses.
  list,          ///< A list; a single item may stand for a list of one.
  duration,      ///< 250ms, 10s, 1m30s.
  offset,        ///< A duration that may be negative.
  percent,       ///< 30%, 99.9%.
  rate,          ///< 200/s, 5/m, 1/30s.
  bytes,         ///< 64MiB.
  byte_rate,     ///< 1MiB/s.
  count,         ///< A whole number of things.
  seed,          ///< A whole number below 2^64.
  boolean,       ///< true or false.
  choice,        ///< One of the words listed.
  name,          ///< An RFC 1123 label: lower-case letters, digits, '-'.
  text,          ///< Any text.
  scalar,        ///< Any single value, judged by whoever takes it.
  path,          ///< A path relative to the file it stands in.
  url,           ///< A repository URL.
  service,       ///< NAMESPACE/NAME.
  object_ref,    ///< KIND NAMESPACE/NAME, or KIND NAME for what has no namespace.
  place,         ///< Where a fault strikes: cluster, region, hub, hub-0, traffic, repository.
  link,          ///< A <-> B.
  cluster,       ///< A cluster of this world.
  target,        ///< A cluster of this world, or hub.
  replica,       ///< hub (all replicas) or hub-0, hub-1, ...
  repo,          ///< A URL of world.repos.
  fault,         ///< A fault of this file.
  event,         ///< start, end, NAME.start, NAME.end, each also with "+ 30s".
  expression,    ///< A condition on named values.
  label_key,     ///< A Kubernetes label or annotation key.
  label_value,   ///< Text: true, false and numbers need quotes.
  label_change,  ///< As label_value; null removes the label.
  json,          ///< Any YAML value.
  file_change,   ///< New content as text, null to delete, or a map that says what to change.
};
std::string_view name_of(Type type) noexcept;
/// What to write for a type, in words: "a span of time: 250ms, 10s, 5m".
std::string_view describe(Type type) noexcept;

/// One row. Paths are written with '/'; '*' stands for a name the author chooses, '[]' for an item.
struct Field {
  std::string_view path;
  Type type = Type::object;
  bool required = false;
  std::string_view default_text;  ///< As one would write it; empty: none.
  std::string_view limits;        ///< "LOW..HIGH", both included; lengths for lists and maps.
  /// "a|b|c"; "@faults", "@routers" and "@clients" take them from those tables.
  std::string_view choices;
  std::string_view doc;
  std::string_view example;
  Type keys = Type::text;  ///< What the keys of a map are.
  bool fixed = false;      ///< May not be drawn (LOW..HIGH, any[...]).
};
std::span<const Field> fields();

/// One value of an object's discriminator (`what` of a fault, `kind` of a router), or, for steps
/// and expectations, the one key that says what they are. Keys of the object that no kind names are
/// common to all.
struct Kind {
  std::string_view object;    ///< "faults/*"
  std::string_view name;      ///< "latency"
  std::string_view required;  ///< Further keys it needs, separated by spaces.
  std::string_view optional;  ///< Further keys it takes.
  std::string_view
      on;             ///< Faults: what `on` may name ("cluster region"); empty: `on` is not taken.
  bool link = false;  ///< Faults: takes `between`, or `from` and `to`.
  std::string_view doc;
  std::string_view defaults = {};  ///< "key=text key=text": defaults that hold for this kind.
};
std::span<const Kind> kinds();
/// The kinds of one object path, in the order of the table.
std::vector<const Kind*> kinds_of(std::string_view object);
/// The key that tells the kinds of an object apart ("what", "kind"); empty where the kind is itself
/// a key; `nullopt`-like "-" where an object has no kinds.
std::string_view discriminator_of(std::string_view object);

/// The rows as a tree. Nodes live for the whole program.
struct SchemaNode {
  const Field* field = nullptr;             ///< Null for the root only.
  std::string path;                         ///< "world/hub"; empty for the root.
  std::string name;                         ///< Last segment.
  std::vector<const SchemaNode*> children;  ///< Named keys, in the order of the table.
  const SchemaNode* any = nullptr;          ///< What a map's values are.
  const SchemaNode* item = nullptr;         ///< What a list's items are.
  const SchemaNode* child(std::string_view key) const;
  Type type() const { return field == nullptr ? Type::object : field->type; }
};
const SchemaNode& schema_root();
/// By path in '/' notation; nullptr when there is none.
const SchemaNode* schema_at(std::string_view path);
/// The words a choice allows, tables resolved.
std::vector<std::string> choices_of(const Field& field);
/// The default of `key` in an object of that kind ("" when neither the kind nor the key has one).
std::string default_of(const SchemaNode& object, std::string_view kind, std::string_view key);

/// Text for `spokelab explain PATH`. Paths as people write them: "faults.at",
/// "world.clusters.*.region", "faults.prod-lost.at", "expect.within", "faults.latency" (a kind).
/// Empty path: the whole format. With `recursive`, all keys below. An unknown path is answered by
/// the nearest ones.
std::string explain(std::string_view path, bool recursive = false);

/// The reference page in Markdown.
std::string reference_markdown();

/// JSON Schema, draft-07, of scenario and module files.
Json json_schema();
/// The same as text, as editors and scenarios/scenario.schema.json have it.
std::string json_schema_text();

}  // namespace spokelab::harness
