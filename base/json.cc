#include "base/json.h"

#include <fmt/format.h>

namespace spokelab {

namespace {

constexpr int kDepthMax = 500;

}  // namespace

JsonRef freeze(Json document) { return std::make_shared<const Json>(std::move(document)); }

const Json* find(const Json& document, std::initializer_list<std::string_view> path) {
  const Json* at = &document;
  for (const auto key : path) {
    if (!at->is_object()) return nullptr;
    const auto hit = at->find(key);
    if (hit == at->end()) return nullptr;
    at = &*hit;
  }
  return at;
}

std::string text_at(const Json& document, std::initializer_list<std::string_view> path,
                    std::string_view fallback) {
  const Json* value = find(document, path);
  if (value == nullptr || !value->is_string()) return std::string(fallback);
  return value->get_ref<const std::string&>();
}

std::int64_t int_at(const Json& document, std::initializer_list<std::string_view> path,
                    std::int64_t fallback) {
  const Json* value = find(document, path);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : fallback;
}

bool bool_at(const Json& document, std::initializer_list<std::string_view> path, bool fallback) {
  const Json* value = find(document, path);
  return value != nullptr && value->is_boolean() ? value->get<bool>() : fallback;
}

void set_at(Json& document, std::initializer_list<std::string_view> path, Json value) {
  Json* at = &document;
  for (const auto key : path) {
    if (!at->is_object()) *at = Json::object();
    at = &(*at)[std::string(key)];
  }
  *at = std::move(value);
}

Result<Json> parse_json(std::string_view text) {
  bool too_deep = false;
  const auto guard = [&too_deep](int depth, Json::parse_event_t, Json&) {
    if (depth > kDepthMax) too_deep = true;
    return !too_deep;
  };
  try {
    Json document = Json::parse(text, guard);
    if (too_deep) return Error(Errc::limit, fmt::format("JSON nested deeper than {}", kDepthMax));
    return document;
  } catch (const Json::exception& failure) {
    return Error(Errc::bad_input, failure.what());
  }
}

}  // namespace spokelab
