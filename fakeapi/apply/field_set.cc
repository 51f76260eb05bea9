// Set algebra on trees.
#include "fakeapi/apply/field_set.h"

#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kSelf = ".";

/// Walks the elements of a node without the mark of the node itself.
template <class Visit>
void each_below(const Json& node, Visit visit) {
  for (auto it = node.begin(); it != node.end(); ++it) {
    if (it.key() != kSelf) visit(it.key(), *it);
  }
}

const Json* below(const Json& node, const std::string& element) {
  const auto hit = node.find(element);
  return hit == node.end() ? nullptr : &*hit;
}

void put(Json& into, const std::string& element, Json node) {
  if (!node.is_null()) into[element] = std::move(node);
}

enum class Op { subtract, subtract_below, intersect };

Json combine(const Json& a, const Json& b, Op op);

Json combine_nodes(const Json& a, const Json& b, Op op) {
  const bool in_both = is_member(a) && is_member(b);
  if (op == Op::subtract_below && is_member(b)) return nullptr;
  const bool member = op == Op::intersect ? in_both : is_member(a) && !in_both;
  return make_node(member, combine(a, b, op));
}

Json combine(const Json& a, const Json& b, Op op) {
  Json result = Json::object();
  each_below(a, [&](const std::string& element, const Json& node) {
    const Json* other = below(b, element);
    if (other != nullptr)
      put(result, element, combine_nodes(node, *other, op));
    else if (op != Op::intersect)
      result[element] = node;
  });
  return result;
}

std::string text_of(const std::string& element) {
  const std::string rest = element.substr(2);
  if (element[0] == 'f') return "." + rest;
  if (element[0] == 'i') return "[" + rest + "]";
  if (element[0] == 'v') return "[=" + rest + "]";
  std::string text = "[";
  const auto keys = parse_json(rest);
  if (!keys || !keys->is_object()) return "[" + rest + "]";
  for (const auto& [key, value] : keys->items())
    text.append(text.size() == 1 ? "" : ",").append(key).append("=").append(value.dump());
  return text + "]";
}

void list_paths(const Json& node, const std::string& path, std::vector<std::string>& paths) {
  each_below(node, [&](const std::string& element, const Json& child) {
    if (is_member(child)) paths.push_back(path + text_of(element));
  });
  each_below(node, [&](const std::string& element, const Json& child) {
    if (!child.empty()) list_paths(child, path + text_of(element), paths);
  });
}

}  // namespace

bool is_member(const Json& node) { return node.empty() || node.contains(kSelf); }

Json make_node(bool member, Json below) {
  if (below.empty()) return member ? Json(Json::object()) : Json(nullptr);
  if (member) below[kSelf] = Json::object();
  return below;
}

Json unite(Json a, const Json& b) {
  each_below(b, [&](const std::string& element, const Json& node) {
    const auto hit = a.find(element);
    if (hit == a.end()) {
      a[element] = node;
      return;
    }
    const bool member = is_member(*hit) || is_member(node);
    Json both = unite(std::move(*hit), node);
    both.erase(kSelf);
    *hit = make_node(member, std::move(both));
  });
  return a;
}

Json subtract(const Json& a, const Json& b) { return combine(a, b, Op::subtract); }
Json subtract_below(const Json& a, const Json& b) { return combine(a, b, Op::subtract_below); }
Json intersect(const Json& a, const Json& b) { return combine(a, b, Op::intersect); }

void add_path(Json& set, const std::vector<std::string>& elements) {
  Json path = Json::object();
  for (auto it = elements.rbegin(); it != elements.rend(); ++it)
    path = Json{{*it, std::move(path)}};
  set = unite(std::move(set), path);
}

std::vector<std::string> paths_of(const Json& set) {
  std::vector<std::string> paths;
  list_paths(set, "", paths);
  return paths;
}

}  // namespace spokelab::fakeapi
