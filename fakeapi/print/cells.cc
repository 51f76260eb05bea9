// Shared cells.
#include "fakeapi/print/cells.h"

#include <fmt/format.h>

#include "fakeapi/print/table.h"
#include "kube/selector.h"

namespace spokelab::fakeapi {

const Json& items_at(const Json& object, Path path) {
  static const Json none = Json::array();
  const Json* list = find(object, path);
  return list != nullptr && list->is_array() ? *list : none;
}

std::string text_or(const Json& object, Path path, std::string_view fallback) {
  const std::string text = text_at(object, path);
  return text.empty() ? std::string(fallback) : text;
}

std::size_t count_at(const Json& object, Path path) {
  const Json* value = find(object, path);
  return value != nullptr && value->is_structured() ? value->size() : 0;
}

std::string own_age(const Json& object, WallTime now) {
  return age_at(object, {"metadata", "creationTimestamp"}, now);
}

std::string age_at(const Json& object, Path path, WallTime now) {
  return age_of(text_at(object, path), now);
}

std::string labels_text(const Json& object, Path path) {
  const Json* labels = find(object, path);
  std::string text;
  if (labels != nullptr && labels->is_object()) {
    for (auto it = labels->begin(); it != labels->end(); ++it) {
      text.append(text.empty() ? "" : ",").append(it.key()).append("=");
      if (it->is_string()) text += it->get_ref<const std::string&>();
    }
  }
  return text.empty() ? "<none>" : text;
}

std::string selector_text(const Json& object, Path path) {
  const Json* selector = find(object, path);
  if (selector == nullptr) return "<none>";
  const auto parsed = kube::LabelSelector::from_json(*selector);
  if (!parsed) return "<error>";
  const std::string text = parsed->text();
  return text.empty() ? "<none>" : text;
}

std::string joined(const Json& list, std::string_view field) {
  std::vector<std::string> parts;
  for (const Json& item : list) parts.push_back(text_at(item, {field}));
  return joined(parts, ",");
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string first_few(const std::vector<std::string>& parts, std::size_t most,
                      std::string_view separator) {
  if (parts.size() <= most) return joined(parts, separator);
  const std::vector<std::string> some(parts.begin(),
                                      parts.begin() + static_cast<std::ptrdiff_t>(most));
  return fmt::format("{} + {} more...", joined(some, separator), parts.size() - most);
}

void add_containers(Json& cells, const Json& object, Path pod_spec) {
  static const Json none = Json::object();
  const Json* spec = find(object, pod_spec);
  const Json& containers = items_at(spec != nullptr ? *spec : none, {"containers"});
  cells.push_back(joined(containers, "name"));
  cells.push_back(joined(containers, "image"));
}

void add(Json& cells, std::initializer_list<Json> more) {
  for (const Json& cell : more) cells.push_back(cell);
}

}  // namespace spokelab::fakeapi
