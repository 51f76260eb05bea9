// Set algebra on field trees, and the typed merge.
#include "fakeapi/apply/fields.h"

#include <algorithm>
#include <set>

#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

const Json* item_with(const Json& list, const TypeView& type, const std::string& element) {
  for (const Json& item : list) {
    if (type.element(item) == element) return &item;
  }
  return nullptr;
}

void collect_paths(const Json& set, const std::string& path, std::vector<std::string>& paths) {
  if (set.empty()) {
    paths.push_back(path);
    return;
  }
  for (const auto& [element, below] : set.items()) {
    if (element == ".") continue;
    std::string next = path;
    if (element.compare(0, 2, "f:") == 0) {
      next += "." + element.substr(2);
    } else if (element.compare(0, 2, "k:") == 0) {
      const Json keys = Json::parse(element.substr(2));
      next += "[";
      for (const auto& [key, value] : keys.items())
        next += (next.back() == '[' ? "" : ",") + key + "=" + value.dump();
      next += "]";
    } else {
      next += "[" + element.substr(2) + "]";
    }
    collect_paths(below, next, paths);
  }
  if (set.size() == 1 && set.contains(".")) paths.push_back(path);
}

}  // namespace

TypeView TypeView::of(const ServedKind& kind) {
  TypeView view;
  view.type_ = kind.info.schema;
  if (kind.custom) view.schema_ = kind.custom->schema;
  return view;
}

std::vector<std::string> TypeView::keys() const {
  if (field_ != nullptr) return field_->map_keys;
  std::vector<std::string> names;
  const Json* list = schema_ != nullptr ? find(*schema_, {"x-kubernetes-list-map-keys"}) : nullptr;
  if (list != nullptr && list->is_array()) {
    for (const Json& one : *list) names.push_back(one.is_string() ? one.get<std::string>() : "");
  }
  return names;
}

TypeView::Merge TypeView::merge(const Json& value) const {
  if (value.is_object()) {
    const bool atomic =
        (type_ != nullptr && type_->atomic) || (field_ != nullptr && !item_ && field_->atomic) ||
        (schema_ != nullptr && text_at(*schema_, {"x-kubernetes-map-type"}) == "atomic");
    return atomic ? Merge::whole : Merge::fields;
  }
  if (!value.is_array()) return Merge::whole;
  std::string kind;
  if (field_ != nullptr) {
    if (field_->list_kind == kube::ListKind::keyed) kind = "map";
    if (field_->list_kind == kube::ListKind::set) kind = "set";
  } else if (schema_ != nullptr) {
    kind = text_at(*schema_, {"x-kubernetes-list-type"});
  }
  if (kind == "set") return Merge::set;
  const bool keyed = kind == "map" && std::all_of(value.begin(), value.end(),
                                                  [](const Json& one) { return one.is_object(); });
  return keyed ? Merge::keyed : Merge::whole;
}

TypeView TypeView::child(const std::string& key) const {
  TypeView view;
  if (type_ == nullptr && schema_ != nullptr && key == "metadata") {
    view.type_ = kube::schema_named("meta.ObjectMeta");
  } else if (field_ != nullptr && field_->plurality == kube::Plurality::map && !item_) {
    view.type_ = field_->type;
  } else if (type_ != nullptr) {
    view.field_ = type_->field(key);
    if (view.field_ != nullptr && view.field_->plurality == kube::Plurality::one)
      view.type_ = view.field_->type;
  } else if (schema_ != nullptr) {
    view.schema_ = find(*schema_, {"properties", key});
    if (view.schema_ == nullptr) view.schema_ = find(*schema_, {"additionalProperties"});
  }
  return view;
}

TypeView TypeView::item() const {
  TypeView view;
  if (field_ != nullptr) view.type_ = field_->type;
  if (schema_ != nullptr) view.schema_ = find(*schema_, {"items"});
  view.item_ = true;
  return view;
}

std::string TypeView::element(const Json& item) const {
  if (!item.is_object()) return "v:" + item.dump();
  Json key = Json::object();
  for (const std::string& name : keys()) {
    if (const Json* value = find(item, {name}))
      key[name] = *value;
    else if (name == "protocol")
      key[name] = "TCP";  // the one key with a default among built-in types
  }
  return "k:" + key.dump();
}

Json fields_of(const Json& value, const TypeView& type) {
  Json set = Json::object();
  switch (type.merge(value)) {
    case TypeView::Merge::whole:
      break;
    case TypeView::Merge::fields:
      for (const auto& [key, child] : value.items())
        set["f:" + key] = fields_of(child, type.child(key));
      break;
    case TypeView::Merge::keyed:
      for (const Json& item : value) {
        Json& below = set[type.element(item)] = fields_of(item, type.item());
        below["."] = Json::object();
      }
      break;
    case TypeView::Merge::set:
      for (const Json& item : value) set["v:" + item.dump()] = Json::object();
      break;
  }
  return set;
}

Json changed_fields(const Json& before, const Json& after, const TypeView& type) {
  const auto how = type.merge(after);
  if (how == TypeView::Merge::whole || before.type() != after.type()) return fields_of(after, type);
  Json set = Json::object();
  const auto compare = [&](const std::string& element, const Json* old, const Json& now,
                           const TypeView& below) {
    if (old == nullptr) {
      set[element] = fields_of(now, below);
      if (how == TypeView::Merge::keyed) set[element]["."] = Json::object();
    } else if (*old != now) {
      set[element] = changed_fields(*old, now, below);
    }
  };
  if (how == TypeView::Merge::fields) {
    for (const auto& [key, child] : after.items())
      compare("f:" + key, find(before, {key}), child, type.child(key));
  } else {
    for (const Json& item : after) {
      const std::string element =
          how == TypeView::Merge::set ? "v:" + item.dump() : type.element(item);
      const Json* old =
          how == TypeView::Merge::set
              ? (std::find(before.begin(), before.end(), item) != before.end() ? &item : nullptr)
              : item_with(before, type, element);
      compare(element, old, item, type.item());
    }
  }
  // A node without any change below is no leaf.
  for (auto it = set.begin(); it != set.end();) {
    const bool nothing =
        it->empty() && how == TypeView::Merge::fields &&
        find(before, {it.key().substr(2)}) != nullptr &&
        type.child(it.key().substr(2)).merge(after[it.key().substr(2)]) != TypeView::Merge::whole;
    it = nothing ? set.erase(it) : std::next(it);
  }
  return set;
}

Json unite(Json a, const Json& b) {
  for (const auto& [element, below] : b.items()) {
    const auto hit = a.find(element);
    if (hit == a.end())
      a[element] = below;
    else
      *hit = unite(std::move(*hit), below);
  }
  return a;
}

Json subtract(const Json& a, const Json& b) {
  Json rest = Json::object();
  for (const auto& [element, below] : a.items()) {
    const auto hit = b.find(element);
    if (hit == b.end()) {
      rest[element] = below;
    } else if (!below.empty() && !hit->empty()) {
      Json inner = subtract(below, *hit);
      if (!inner.empty()) rest[element] = std::move(inner);
    } else if (!below.empty()) {
      rest[element] = below;
    }
  }
  return rest;
}

Json intersect(const Json& a, const Json& b) {
  Json both = Json::object();
  for (const auto& [element, below] : a.items()) {
    const auto hit = b.find(element);
    if (hit == b.end()) continue;
    if (below.empty() && hit->empty()) {
      both[element] = Json::object();
    } else {
      Json inner = intersect(below, *hit);
      if (!inner.empty()) both[element] = std::move(inner);
    }
  }
  return both;
}

void remove_fields(Json& value, const Json& set, const TypeView& type) {
  for (const auto& [element, below] : set.items()) {
    if (element == ".") continue;
    const std::string name = element.substr(2);
    if (element[0] == 'f' && value.is_object()) {
      const auto hit = value.find(name);
      if (hit == value.end()) continue;
      if (!below.empty()) remove_fields(*hit, below, type.child(name));
      if (below.empty() || (hit->is_structured() && hit->empty())) value.erase(hit);
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string own = element[0] == 'v' ? "v:" + value[i].dump() : type.element(value[i]);
        if (own != element) continue;
        if (element[0] == 'v' || below.contains("."))
          value.erase(i);
        else
          remove_fields(value[i], below, type.item());
        break;
      }
    }
  }
}

Json merge_applied(const Json& live, const Json& config, const TypeView& type) {
  const auto how = type.merge(config);
  if (how == TypeView::Merge::whole || live.type() != config.type()) return config;
  if (how == TypeView::Merge::fields) {
    Json merged = live;
    for (const auto& [key, value] : config.items()) {
      const auto old = merged.find(key);
      merged[key] = old == merged.end() ? value : merge_applied(*old, value, type.child(key));
    }
    return merged;
  }
  // Applied items stand in the applied order; items of others keep their place in front of what
  // follows.
  std::set<std::string> applied;
  for (const Json& item : config) applied.insert(type.element(item));
  Json merged = Json::array();
  std::size_t at = 0;
  for (const Json& item : config) {
    const std::string element = type.element(item);
    const Json* old = item_with(live, type, element);
    while (old != nullptr && at < live.size() && !applied.contains(type.element(live[at])))
      merged.push_back(live[at++]);
    merged.push_back(old != nullptr ? merge_applied(*old, item, type.item()) : item);
    while (at < live.size() && applied.contains(type.element(live[at]))) ++at;
  }
  for (; at < live.size(); ++at) {
    if (!applied.contains(type.element(live[at]))) merged.push_back(live[at]);
  }
  return merged;
}

std::vector<std::string> paths_of(const Json& set) {
  std::vector<std::string> paths;
  if (!set.empty()) collect_paths(set, "", paths);
  return paths;
}

std::string duplicate_in(const Json& config, const TypeView& type) {
  const auto how = type.merge(config);
  if (how == TypeView::Merge::fields) {
    for (const auto& [key, value] : config.items()) {
      const std::string below = duplicate_in(value, type.child(key));
      if (!below.empty()) return "." + key + below;
    }
  } else if (how == TypeView::Merge::keyed || how == TypeView::Merge::set) {
    std::set<std::string> seen;
    for (const Json& item : config) {
      const std::string element = type.element(item);
      if (!seen.insert(element).second) return ": duplicate entries for key " + element.substr(2);
      const std::string below =
          how == TypeView::Merge::keyed ? duplicate_in(item, type.item()) : "";
      if (!below.empty()) return "[" + element.substr(2) + "]" + below;
    }
  }
  return "";
}

}  // namespace spokelab::fakeapi
