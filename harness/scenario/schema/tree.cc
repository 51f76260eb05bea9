// The table as a tree, and what follows from it: choices, defaults, kinds.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/check.h"
#include "harness/scenario/schema.h"

namespace spokelab::harness {

namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find(at);
    if (end != 0) out.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

/// All nodes of the tree, kept for the life of the program.
struct Tree {
  std::vector<std::unique_ptr<SchemaNode>> nodes;
  SchemaNode* root = nullptr;

  SchemaNode* make(std::string path, std::string name, const Field* field) {
    nodes.push_back(std::make_unique<SchemaNode>());
    auto* node = nodes.back().get();
    node->path = std::move(path);
    node->name = std::move(name);
    node->field = field;
    return node;
  }

  SchemaNode* at(std::string_view path) const {
    for (const auto& node : nodes) {
      if (node->path == path) return node.get();
    }
    return nullptr;
  }

  Tree() {
    root = make("", "", nullptr);
    for (const auto& field : fields()) {
      const auto slash = field.path.rfind('/');
      const bool top = slash == std::string_view::npos;
      auto* parent = top ? root : at(field.path.substr(0, slash));
      SPOKELAB_CHECK(parent != nullptr);  // the table lists parents first
      const std::string name(top ? field.path : field.path.substr(slash + 1));
      auto* node = make(std::string(field.path), name, &field);
      if (name == "*") {
        parent->any = node;
      } else if (name == "[]") {
        parent->item = node;
      } else {
        parent->children.push_back(node);
      }
    }
  }
};

const Tree& tree() {
  static const Tree one;
  return one;
}

}  // namespace

std::string_view name_of(Type type) noexcept {
  switch (type) {
    case Type::object:
      return "object";
    case Type::map:
      return "map";
    case Type::list:
      return "list";
    case Type::duration:
      return "duration";
    case Type::offset:
      return "offset";
    case Type::percent:
      return "percent";
    case Type::rate:
      return "rate";
    case Type::bytes:
      return "bytes";
    case Type::byte_rate:
      return "byte_rate";
    case Type::count:
      return "count";
    case Type::seed:
      return "seed";
    case Type::boolean:
      return "boolean";
    case Type::choice:
      return "choice";
    case Type::name:
      return "name";
    case Type::text:
      return "text";
    case Type::scalar:
      return "scalar";
    case Type::path:
      return "path";
    case Type::url:
      return "url";
    case Type::service:
      return "service";
    case Type::object_ref:
      return "object";
    case Type::place:
      return "place";
    case Type::link:
      return "path between places";
    case Type::cluster:
      return "cluster";
    case Type::target:
      return "cluster or hub";
    case Type::replica:
      return "hub replica";
    case Type::repo:
      return "repository";
    case Type::fault:
      return "fault";
    case Type::event:
      return "event";
    case Type::expression:
      return "expression";
    case Type::label_key:
      return "label key";
    case Type::label_value:
      return "label value";
    case Type::label_change:
      return "label value or null";
    case Type::json:
      return "any value";
    case Type::file_change:
      return "file change";
  }
  return "";
}

std::string_view describe(Type type) noexcept {
  switch (type) {
    case Type::object:
      return "a map";
    case Type::map:
      return "a map of your own keys";
    case Type::list:
      return "a list";
    case Type::duration:
      return "a span of time: 250ms, 10s, 5m, 1h30m";
    case Type::offset:
      return "a span of time that may be negative: -10m";
    case Type::percent:
      return "a share: 30%, 99.9%";
    case Type::rate:
      return "a rate: 200/s, 5/m, 1/30s";
    case Type::bytes:
      return "a size: 64MiB";
    case Type::byte_rate:
      return "a bandwidth: 1MiB/s";
    case Type::count:
      return "a whole number: 3";
    case Type::seed:
      return "a whole number below 2^64: 7";
    case Type::boolean:
      return "true or false";
    case Type::choice:
      return "one word of a few";
    case Type::name:
      return "a name: lower-case letters, digits and '-'";
    case Type::text:
      return "a text";
    case Type::scalar:
      return "a single value";
    case Type::path:
      return "a path, relative to this file";
    case Type::url:
      return "a repository's URL";
    case Type::service:
      return "a service: NAMESPACE/NAME";
    case Type::object_ref:
      return "an object: KIND NAMESPACE/NAME";
    case Type::place:
      return "a place: a cluster, a region, hub, hub-0, ...";
    case Type::link:
      return "a path between two places: hub <-> prod";
    case Type::cluster:
      return "a cluster's name";
    case Type::target:
      return "a cluster's name, or hub";
    case Type::replica:
      return "a hub replica: hub-0, or hub for all";
    case Type::repo:
      return "a repository's URL";
    case Type::fault:
      return "a fault's name";
    case Type::event:
      return "an event: start, end, NAME.start, NAME.end, NAME.start + 30s";
    case Type::expression:
      return "a condition: app.shop.health == Healthy";
    case Type::label_key:
      return "a label's key";
    case Type::label_value:
      return "a text; numbers and true need quotes";
    case Type::label_change:
      return "a text, or null to remove";
    case Type::json:
      return "any value";
    case Type::file_change:
      return "a text, null, or a map with replace, set or copy";
  }
  return "";
}

const SchemaNode* SchemaNode::child(std::string_view key) const {
  for (const auto* one : children) {
    if (one->name == key) return one;
  }
  return nullptr;
}

const SchemaNode& schema_root() { return *tree().root; }
const SchemaNode* schema_at(std::string_view path) { return tree().at(path); }

std::vector<const Kind*> kinds_of(std::string_view object) {
  std::vector<const Kind*> out;
  for (const auto& kind : kinds()) {
    if (kind.object == object) out.push_back(&kind);
  }
  return out;
}

std::string_view discriminator_of(std::string_view object) {
  if (object == "faults/*") return "what";
  if (object == "world/traffic/*/by") return "kind";
  if (object == "world/traffic/*/populations/*") return "like";
  return kinds_of(object).empty() ? "-" : "";
}

std::vector<std::string> choices_of(const Field& field) {
  if (field.choices.empty() || field.choices[0] != '@') return split(field.choices, '|');
  std::vector<std::string> out;
  const auto object = field.choices == "@faults"    ? "faults/*"
                      : field.choices == "@clients" ? "world/traffic/*/populations/*"
                                                    : "world/traffic/*/by";
  for (const auto* kind : kinds_of(object)) out.emplace_back(kind->name);
  return out;
}

std::string default_of(const SchemaNode& object, std::string_view kind, std::string_view key) {
  // A probe's defaults are those of the router it belongs to.
  const auto slash = object.path.rfind('/');
  for (const auto& one : kinds()) {
    const bool fits =
        one.object == object.path || (slash != std::string::npos &&
                                      one.object == std::string_view(object.path).substr(0, slash));
    if (!fits || one.name != kind) continue;
    for (const auto& pair : split(one.defaults, ' ')) {
      const auto equals = pair.find('=');
      if (pair.substr(0, equals) == key) return pair.substr(equals + 1);
    }
  }
  const auto* child = object.child(key);
  return child == nullptr ? "" : std::string(child->field->default_text);
}

}  // namespace spokelab::harness
