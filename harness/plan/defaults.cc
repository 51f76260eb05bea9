// The defaults of a scenario, found by walking tree and table together.
#include <algorithm>

#include "harness/plan/plan.h"
#include "harness/scenario/schema.h"
#include "harness/scenario/tree/walk.h"

namespace spokelab::harness {

namespace {

bool lists(std::string_view words, std::string_view word) {
  const auto padded = " " + std::string(words) + " ";
  return padded.find(" " + std::string(word) + " ") != std::string::npos;
}

class Defaults {
 public:
  void object(const YamlNode* node, const SchemaNode& schema, const std::string& path,
              const std::string& outer_kind) {
    auto kind = kind_of(node, schema);
    for (const auto* child : schema.children) {
      const auto below = path_below(path, child->name);
      const auto* value = node == nullptr ? nullptr : node->value(child->name);
      if (value != nullptr) {
        visit(*value, *child, below, kind);
        continue;
      }
      if (!takes(schema, kind, child->name)) continue;
      auto text = default_of(schema, kind.empty() ? outer_kind : kind, child->name);
      if (child->type() == Type::object && text.empty()) {
        // The map as a whole is absent, and what it holds has defaults all the same.
        if (!is_kind(schema, child->name)) object(nullptr, *child, below, kind);
        continue;
      }
      if (!text.empty()) found_.emplace_back(below, std::move(text));
    }
  }

  std::vector<std::pair<std::string, std::string>> take() { return std::move(found_); }

 private:
  void visit(const YamlNode& node, const SchemaNode& schema, const std::string& path,
             const std::string& kind) {
    switch (schema.type()) {
      case Type::object:
      case Type::file_change:
        if (node.is_mapping()) object(&node, schema, path, kind);
        return;
      case Type::map:
        if (schema.any == nullptr) return;
        for (const auto& entry : node.entries)
          visit(entry.value, *schema.any, path_below(path, entry.key), kind);
        return;
      case Type::list:
        if (schema.item == nullptr) return;
        if (!node.is_sequence()) return visit(node, *schema.item, path, kind);
        for (std::size_t i = 0; i < node.items.size(); ++i)
          visit(node.items[i], *schema.item, path_below(path, i), kind);
        return;
      default:
        return;
    }
  }

  static std::string kind_of(const YamlNode* node, const SchemaNode& schema) {
    const auto discriminator = discriminator_of(schema.path);
    if (node == nullptr || discriminator == "-") return "";
    for (const auto* kind : kinds_of(schema.path)) {
      if (discriminator.empty()) {
        if (node->value(kind->name) != nullptr) return std::string(kind->name);
      } else if (const auto* value = node->value(discriminator);
                 value != nullptr && value->text == kind->name) {
        return std::string(kind->name);
      }
    }
    return "";
  }

  static bool is_kind(const SchemaNode& schema, std::string_view key) {
    const auto all = kinds_of(schema.path);
    return std::any_of(all.begin(), all.end(), [&](const Kind* one) { return one->name == key; });
  }

  /// Whether an object of that kind takes the key: all do, unless some kinds name it.
  static bool takes(const SchemaNode& schema, const std::string& kind, std::string_view key) {
    bool special = false;
    for (const auto* one : kinds_of(schema.path)) {
      const bool named = lists(one->required, key) || lists(one->optional, key);
      if (named && one->name == kind) return true;
      special |= named;
    }
    return !special;
  }

  std::vector<std::pair<std::string, std::string>> found_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> defaults_of(const YamlNode& tree) {
  Defaults defaults;
  defaults.object(&tree, schema_root(), "", "");
  return defaults.take();
}

}  // namespace spokelab::harness
