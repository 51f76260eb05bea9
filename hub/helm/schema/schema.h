// A JSON Schema, ready to hold values against it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"

namespace re2 {
class RE2;
}

namespace spokelab::hub::helm {

/// Drafts 4, 6, 7, 2019-09 and 2020-12; the last where `$schema` names none. `$ref` reaches what
/// the document holds (pointers, anchors, identifiers); one to elsewhere allows everything and is
/// listed by remote_references, since there is no network.
class Schema {
 public:
  /// Errors: bad_input for what is no JSON, a reference that leads nowhere, a pattern that does not
  /// compile, or a keyword of the wrong type.
  static Result<Schema> compile(std::string_view json);

  /// Errors: bad_input with a line for each failure, worded as Helm's validator words them
  /// ("- at '/age': minimum: got -5, want 0"); limit.
  Result<void> check(const Json& value) const;

  const std::vector<std::string>& remote_references() const noexcept { return remote_; }

  // For the validator.
  const Json& root() const noexcept { return *document_; }
  int draft() const noexcept { return draft_; }
  /// What a node's reference leads to; nullptr: elsewhere. `resources`: the identifiers of those
  /// entered on the way to the node, outermost first. The first of them that has the dynamic anchor
  /// which `$dynamicRef` or `$recursiveRef` leads to is where it leads.
  const Json* target(const Json& node, std::string_view keyword,
                     const std::vector<const std::string*>& resources) const;
  /// The identifier of the resource that a node is part of; nullptr when no reference asks for it.
  const std::string* resource(const Json& node) const;
  const re2::RE2& pattern(const std::string& text) const { return *patterns_.at(text); }

 private:
  friend class SchemaCompiler;
  Schema() = default;
  std::shared_ptr<const Json> document_;
  int draft_ = 2020;
  std::map<std::pair<const Json*, std::string>, const Json*, std::less<>> targets_;
  /// Only of schemas with dynamic references.
  std::map<const Json*, std::string> resources_;
  std::map<const Json*, std::string> dynamic_names_;  // of nodes that have a dynamic anchor
  std::map<std::pair<std::string, std::string>, const Json*> dynamic_anchors_;  // resource, name
  std::map<std::string, std::shared_ptr<const re2::RE2>> patterns_;
  std::vector<std::string> remote_;
};

}  // namespace spokelab::hub::helm
