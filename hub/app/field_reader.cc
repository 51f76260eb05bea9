// FieldReader: the schema's type checks, one function a type.
#include "hub/app/field_reader.h"

#include <fmt/format.h>

#include "base/json.h"

namespace spokelab::hub {

namespace {

std::string_view type_name(const Json& value) {
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  return value.type_name();
}

const Json& empty_object() {
  static const Json empty = Json::object();
  return empty;
}

}  // namespace

FieldReader::FieldReader(const Json& object, std::string path, std::optional<Error>& fault)
    : object_(&object), path_(std::move(path)), fault_(&fault) {
  if (object.is_object()) return;
  wrong_type(path_, object, "object");
  object_ = &empty_object();
}

const Json* FieldReader::value(std::string_view key) const {
  const auto hit = object_->find(key);
  return hit == object_->end() || hit->is_null() ? nullptr : &*hit;
}

bool FieldReader::has(std::string_view key) const { return value(key) != nullptr; }

std::string FieldReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void FieldReader::fail(std::string_view key, std::string_view problem) {
  if (!*fault_) fault_->emplace(Errc::invalid, fmt::format("{}: {}", path_of(key), problem));
}

void FieldReader::wrong_type(const std::string& path, const Json& value, std::string_view wanted) {
  if (*fault_) return;
  fault_->emplace(Errc::invalid,
                  fmt::format("{}: Invalid value: \"{}\": must be of type {}: \"{}\"", path,
                              type_name(value), wanted, type_name(value)));
}

std::string FieldReader::text(std::string_view key, std::string_view fallback) {
  const Json* found = value(key);
  if (found == nullptr) return std::string(fallback);
  if (found->is_string()) return found->get<std::string>();
  wrong_type(path_of(key), *found, "string");
  return std::string(fallback);
}

std::int64_t FieldReader::integer(std::string_view key, std::int64_t fallback) {
  const Json* found = value(key);
  if (found == nullptr) return fallback;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  wrong_type(path_of(key), *found, "integer");
  return fallback;
}

bool FieldReader::truth(std::string_view key, bool fallback) {
  const Json* found = value(key);
  if (found == nullptr) return fallback;
  if (found->is_boolean()) return found->get<bool>();
  wrong_type(path_of(key), *found, "boolean");
  return fallback;
}

std::vector<std::string> FieldReader::texts(std::string_view key) {
  std::vector<std::string> all;
  const Json* items = list(key);
  if (items == nullptr) return all;
  for (std::size_t at = 0; at < items->size(); ++at) {
    const Json& item = (*items)[at];
    if (item.is_string()) {
      all.push_back(item.get<std::string>());
    } else {
      wrong_type(fmt::format("{}[{}]", path_of(key), at), item, "string");
    }
  }
  return all;
}

std::map<std::string, std::string> FieldReader::text_map(std::string_view key) {
  std::map<std::string, std::string> all;
  const Json* entries = object(key);
  if (entries == nullptr) return all;
  for (const auto& [name, item] : entries->items()) {
    if (item.is_string()) {
      all.emplace(name, item.get<std::string>());
    } else {
      wrong_type(fmt::format("{}.{}", path_of(key), name), item, "string");
    }
  }
  return all;
}

const Json* FieldReader::object(std::string_view key) {
  const Json* found = value(key);
  if (found == nullptr || found->is_object()) return found;
  wrong_type(path_of(key), *found, "object");
  return nullptr;
}

const Json* FieldReader::list(std::string_view key) {
  const Json* found = value(key);
  if (found == nullptr || found->is_array()) return found;
  wrong_type(path_of(key), *found, "array");
  return nullptr;
}

void FieldReader::within(std::string_view key, const std::function<void(FieldReader&)>& read) {
  const Json* found = object(key);
  if (found == nullptr) return;
  FieldReader inner(*found, path_of(key), *fault_);
  read(inner);
}

void FieldReader::each(std::string_view key, const std::function<void(FieldReader&)>& read) {
  const Json* items = list(key);
  if (items == nullptr) return;
  for (std::size_t at = 0; at < items->size(); ++at) {
    FieldReader inner((*items)[at], fmt::format("{}[{}]", path_of(key), at), *fault_);
    read(inner);
  }
}

}  // namespace spokelab::hub
