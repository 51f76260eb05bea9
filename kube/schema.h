// Types of the built-in API objects: fields, list types and merge keys. One table serves decoding,
// strategic merge and server-side apply.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokelab::kube {

struct SchemaType;

/// What a value is on the wire.
enum class Shape : std::uint8_t {
  text,
  bytes,  ///< Base64 text.
  integer,
  boolean,
  number,
  time,
  micro_time,
  quantity,
  int_or_text,
  message,  ///< An object with the fields of `type`.
  any,      ///< Whatever JSON.
};

/// How often a value occurs in its field.
enum class Plurality : std::uint8_t { one, list, map };

/// Ownership of a list's items in server-side apply.
enum class ListKind : std::uint8_t { atomic, set, keyed };

/// One field of a type.
struct SchemaField {
  int number = 0;  ///< Of the protobuf message.
  Plurality plurality = Plurality::one;
  Shape shape = Shape::any;
  const SchemaType* type = nullptr;  ///< Of the value or item, for Shape::message.
  bool wide = false;                 ///< A whole number of 64 bits, not 32.
  bool optional = false;             ///< A pointer in Go: absent and zero differ.
  bool always = false;               ///< Written even when empty.
  bool inlined = false;              ///< Belongs to one of the type's inlined types.
  bool text_lists = false;           ///< The values of this map are lists of text.
  bool wrapped = false;              ///< In protobuf this list of text is a message of its own.
  bool merge = false;                ///< Strategic merge merges the list.
  bool retain_keys = false;
  bool replace = false;
  bool atomic = false;  ///< Server-side apply: one owner for the whole map or object.
  bool granular =
      false;  ///< Server-side apply: an owner for each field, though the type is atomic.
  bool required = false;            ///< OpenAPI asks for it.
  std::vector<std::string> values;  ///< The only ones that OpenAPI tells of; empty: any.
  std::string fallback;             ///< The default that OpenAPI tells, where it is not empty.
  std::string merge_key;            ///< Empty: a list of primitives.
  ListKind list_kind = ListKind::atomic;
  std::vector<std::string> map_keys;
};

/// A message of its own on a protobuf wire whose fields are its parent's in JSON.
struct InlinedType {
  int number = 0;
  const SchemaType* type = nullptr;
};

struct SchemaType {
  std::string name;     ///< "apps.v1.DeploymentSpec".
  bool atomic = false;  ///< Server-side apply: one owner for the whole object.
  std::map<std::string, SchemaField, std::less<>> fields;
  /// Those that Go writes even when empty: structs held by value, and fields without omitempty.
  std::vector<std::pair<const std::string*, const SchemaField*>> filled;
  std::vector<InlinedType> inlined;  ///< Their fields stand in `fields`, too.

  /// nullptr when the type has no such field.
  const SchemaField* field(std::string_view name) const;
};

/// The type of a built-in kind, or nullptr. Lives as long as the program.
const SchemaType* schema_of(std::string_view group, std::string_view version,
                            std::string_view kind);
/// By the table's own name, for instance "core.v1.PodSpec".
const SchemaType* schema_named(std::string_view name);
/// Every type of the table, by name.
const std::map<std::string, SchemaType, std::less<>>& all_schema_types();

}  // namespace spokelab::kube
