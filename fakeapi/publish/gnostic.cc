// A Swagger document in gnostic's protobuf form.
#include <string>
#include <string_view>

#include "base/json.h"
#include "fakeapi/publish/openapi.h"

namespace spokelab::fakeapi {

namespace {

/// A message under construction; empty ones stay.
class Message {
 public:
  void text(int number, std::string_view value) {
    key(number, 2);
    varint(value.size());
    bytes_ += value;
  }
  void message(int number, const Message& inner) { text(number, inner.bytes_); }
  void flag(int number, bool value) {
    key(number, 0);
    varint(value ? 1 : 0);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void key(int number, int wire) { varint(static_cast<std::uint64_t>(number) << 3 | wire); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

/// Any.yaml carries a value as YAML text, and JSON is that.
Message any(const Json& value) {
  Message message;
  message.text(2, value.dump());
  return message;
}

void add_extensions(Message& into, int number, const Json& object) {
  for (const auto& [name, value] : object.items()) {
    if (!name.starts_with("x-")) continue;
    Message named;
    named.text(1, name);
    named.message(2, any(value));
    into.message(number, named);
  }
}

Message schema_message(const Json& schema);

Message named_schemas(const Json& schemas) {
  Message all;
  for (const auto& [name, schema] : schemas.items()) {
    Message named;
    named.text(1, name);
    named.message(2, schema_message(schema));
    all.message(1, named);
  }
  return all;
}

Message schema_message(const Json& schema) {
  Message message;
  if (!schema.is_object()) return message;
  static constexpr std::pair<const char*, int> kTexts[] = {
      {"$ref", 1}, {"format", 2}, {"title", 3}, {"description", 4}};
  for (const auto& [name, number] : kTexts) {
    const auto given = schema.find(name);
    if (given != schema.end() && given->is_string())
      message.text(number, given->get_ref<const std::string&>());
  }
  if (const auto* required = find(schema, {"required"})) {
    for (const auto& name : *required) message.text(19, name.get_ref<const std::string&>());
  }
  if (const auto* choices = find(schema, {"enum"})) {
    for (const auto& choice : *choices) message.message(20, any(choice));
  }
  if (const auto* more = find(schema, {"additionalProperties"})) {
    Message item;
    if (more->is_boolean())
      item.flag(2, more->get<bool>());
    else
      item.message(1, schema_message(*more));
    message.message(21, item);
  }
  if (const auto* type = find(schema, {"type"}); type != nullptr && type->is_string()) {
    Message item;
    item.text(1, type->get_ref<const std::string&>());
    message.message(22, item);
  }
  if (const auto* items = find(schema, {"items"})) {
    Message item;
    item.message(1, schema_message(*items));
    message.message(23, item);
  }
  if (const auto* properties = find(schema, {"properties"}))
    message.message(25, named_schemas(*properties));
  add_extensions(message, 31, schema);
  return message;
}

Message patch_operation(const Json& operation) {
  Message message;
  for (const auto& parameter : operation["parameters"]) {
    Message query;
    query.text(2, "query");
    query.text(3, text_at(parameter, {"description"}));
    query.text(4, text_at(parameter, {"name"}));
    query.text(6, text_at(parameter, {"type"}));
    Message non_body;
    non_body.message(3, query);
    Message either;
    either.message(2, non_body);
    Message item;
    item.message(1, either);
    message.message(8, item);
  }
  if (const auto* consumes = find(operation, {"consumes"})) {
    for (const auto& type : *consumes) message.text(7, type.get_ref<const std::string&>());
  }
  add_extensions(message, 13, operation);
  return message;
}

}  // namespace

std::string gnostic_protobuf(const Json& document) {
  Message info;
  info.text(1, text_at(document, {"info", "title"}));
  info.text(2, text_at(document, {"info", "version"}));
  Message paths;
  for (const auto& [path, item] : document["paths"].items()) {
    if (!item.contains("patch")) continue;
    Message operations;
    operations.message(8, patch_operation(item["patch"]));
    Message named;
    named.text(1, path);
    named.message(2, operations);
    paths.message(2, named);
  }
  Message all;
  all.text(1, text_at(document, {"swagger"}));
  all.message(2, info);
  all.message(8, paths);
  all.message(9, named_schemas(document["definitions"]));
  return all.bytes();
}

}  // namespace spokelab::fakeapi
