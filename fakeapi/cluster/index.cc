// Index: folding changes into sorted sets.
#include "fakeapi/cluster/index.h"

#include <algorithm>

#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

kube::Quantity quantity_at(const Json& container, std::string_view name) {
  const Json* found = find(container, {"resources", "requests", name});
  // Limits stand in for requests that are left out.
  if (found == nullptr) found = find(container, {"resources", "limits", name});
  if (found == nullptr) return {};
  const auto parsed =
      kube::Quantity::parse(found->is_string() ? found->get<std::string>() : found->dump());
  return parsed ? *parsed : kube::Quantity{};
}

const std::set<Name>& none() {
  static const std::set<Name> empty;
  return empty;
}

template <class Map, class Key>
const std::set<Name>& names_in(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found != map.end() ? found->second : none();
}

template <class Map>
void put(Map& map, const std::string& key, const Name& name, bool present) {
  if (present) {
    map[key].insert(name);
    return;
  }
  const auto found = map.find(key);
  if (found == map.end()) return;
  found->second.erase(name);
  if (found->second.empty()) map.erase(found);
}

std::string pair_key(const std::string& ns, const std::string& key, const Json& value) {
  return ns + '\n' + key + '=' +
         (value.is_string() ? value.get_ref<const std::string&>() : value.dump());
}

}  // namespace

NodeLoad requests_of(const Json& pod) {
  NodeLoad load{1, 0, 0};
  for (const Json& container : array_at(pod, {"spec", "containers"})) {
    if (!container.contains("resources")) continue;
    load.cpu_milli += quantity_at(container, "cpu").milli();
    load.memory_bytes += quantity_at(container, "memory").value();
  }
  for (const Json& container : array_at(pod, {"spec", "initContainers"})) {
    load.cpu_milli = std::max(load.cpu_milli, quantity_at(container, "cpu").milli());
    load.memory_bytes = std::max(load.memory_bytes, quantity_at(container, "memory").value());
  }
  return load;
}

void Index::note(const std::string& group_resource, const Json& object, bool present) {
  const Name name = name_of(object);
  for (const Json& owner : array_at(object, {"metadata", "ownerReferences"})) {
    const std::string uid = text_at(owner, {"uid"});
    put(owned_[uid], group_resource, name, present);
    if (owned_[uid].empty()) owned_.erase(uid);
  }
  if (group_resource == "pods") {
    pods_ += present ? 1 : std::size_t(-1);
    const std::string node = text_at(object, {"spec", "nodeName"});
    if (!node.empty()) put(on_node_, node, name, present);
    if (!node.empty() && !is_finished(object)) {
      const NodeLoad load = requests_of(object);
      NodeLoad& total = loads_[node];
      const std::int64_t sign = present ? 1 : -1;
      total.pods += sign * load.pods;
      total.cpu_milli += sign * load.cpu_milli;
      total.memory_bytes += sign * load.memory_bytes;
    }
    for (const auto& [key, value] : labels_of(object).items()) {
      put(labelled_, pair_key(name.ns, key, value), name, present);
    }
  } else if (group_resource == "services") {
    const Json& selector = object_at(object, {"spec", "selector"});
    if (selector.empty()) return;
    put(services_, pair_key(name.ns, selector.begin().key(), selector.begin().value()), name,
        present);
  }
}

void Index::apply(const Change& change) {
  const bool pod = change.group_resource == "pods";
  if (change.before && change.after) {
    // Most changes touch only the status: then there is nothing to move.
    const auto same = [&](std::initializer_list<std::string_view> path) {
      const Json* before = find(*change.before, path);
      const Json* after = find(*change.after, path);
      return before == after || (before != nullptr && after != nullptr && *before == *after);
    };
    if (same({"metadata", "ownerReferences"}) && same({"metadata", "labels"}) &&
        (pod ? same({"spec"}) && is_finished(*change.before) == is_finished(*change.after)
             : same({"spec", "selector"}))) {
      return;
    }
  }
  if (change.before) note(change.group_resource, *change.before, false);
  if (change.after) note(change.group_resource, *change.after, true);
}

const std::set<Name>& Index::owned(const std::string& uid, std::string_view group_resource) const {
  const auto found = owned_.find(uid);
  return found != owned_.end() ? names_in(found->second, group_resource) : none();
}

const std::set<Name>& Index::pods_on(const std::string& node) const {
  return names_in(on_node_, node);
}

const std::set<Name>& Index::pods_labelled(const std::string& ns, const Json& map_selector) const {
  if (!map_selector.is_object() || map_selector.empty()) return none();
  return names_in(labelled_,
                  pair_key(ns, map_selector.begin().key(), map_selector.begin().value()));
}

NodeLoad Index::load_of(const std::string& node) const {
  const auto found = loads_.find(node);
  return found != loads_.end() ? found->second : NodeLoad{};
}

std::vector<Name> Index::services_near(const Json& pod) const {
  std::vector<Name> near;
  const std::string ns = text_at(pod, {"metadata", "namespace"});
  for (const auto& [key, value] : labels_of(pod).items()) {
    const auto& found = names_in(services_, pair_key(ns, key, value));
    near.insert(near.end(), found.begin(), found.end());
  }
  return near;
}

}  // namespace spokelab::fakeapi
