// Go structs as templates see them: .Chart, .Capabilities.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/gotemplate/value.h"

namespace spokelab::hub::helm {

/// A struct's members as the map that range, len and index see.
gotemplate::Value map_of(const gotemplate::Object::Members& members);

/// Puts a struct together, field by field, in the order in which Go declares them.
class StructMaker {
 public:
  /// A field that JSON shows under `key` when `in_json`.
  void put(std::string name, std::string key, gotemplate::Value value, bool in_json = true);
  /// Fields with `omitempty`.
  void text(std::string name, std::string key, const std::string& value);
  void texts(std::string name, std::string key, const std::vector<std::string>& values);
  void truth(std::string name, std::string key, bool value);
  /// The embedded struct: its fields are the outer one's as well, and JSON does not tell them
  /// apart.
  void embed(std::string name, gotemplate::Value inner);
  /// The struct; `type` as %T prints it.
  gotemplate::Value made(std::string type);

 private:
  std::vector<std::pair<std::string, gotemplate::Value>> fields_;
  gotemplate::Object::Members members_;
  gotemplate::Value embedded_;
};

}  // namespace spokelab::hub::helm
