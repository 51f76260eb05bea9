// Index: folding changes into sorted sets.
#include "fakeapi/cluster/index.h"

#include <algorithm>

#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

void add_quantities(const Json& quantities, NodeLoad& load) {
  for (const auto& [name, value] : quantities.items()) {
    const auto parsed =
        kube::Quantity::parse(value.is_string() ? value.get<std::string>() : value.dump());
    if (!parsed) continue;
    if (name == "cpu") {
      load.cpu_milli += parsed->milli();
    } else if (name == "memory") {
      load.memory_bytes += parsed->value();
    } else {
      load.others[name] += parsed->value();
    }
  }
}

NodeLoad requests_of_container(const Json& container) {
  NodeLoad load;
  const Json& limits = object_at(container, {"resources", "limits"});
  const Json& requests = object_at(container, {"resources", "requests"});
  if (limits.empty()) {
    add_quantities(requests, load);
    return load;
  }
  // Limits stand in for requests that are left out.
  Json all = limits;
  all.update(requests);
  add_quantities(all, load);
  return load;
}

void raise(NodeLoad& load, const NodeLoad& other) {
  load.cpu_milli = std::max(load.cpu_milli, other.cpu_milli);
  load.memory_bytes = std::max(load.memory_bytes, other.memory_bytes);
  for (const auto& [name, value] : other.others)
    load.others[name] = std::max(load.others[name], value);
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

void NodeLoad::add(const NodeLoad& load, std::int64_t sign) {
  pods += sign * load.pods;
  cpu_milli += sign * load.cpu_milli;
  memory_bytes += sign * load.memory_bytes;
  for (const auto& [name, value] : load.others) others[name] += sign * value;
}

NodeLoad requests_of(const Json& pod) {
  NodeLoad load, sidecars, most;
  for (const Json& container : array_at(pod, {"spec", "containers"})) {
    if (container.contains("resources")) load.add(requests_of_container(container), 1);
  }
  for (const Json& container : array_at(pod, {"spec", "initContainers"})) {
    NodeLoad one = requests_of_container(container);
    if (text_at(container, {"restartPolicy"}) == "Always") {
      sidecars.add(one, 1);
    } else {
      one.add(sidecars, 1);
      raise(most, one);
    }
  }
  load.add(sidecars, 1);
  raise(load, most);
  add_quantities(object_at(pod, {"spec", "overhead"}), load);
  load.pods = 1;
  return load;
}

void Index::note(const std::string& group_resource, const Json& object, bool present) {
  const Name name = name_of(object);
  for (const Json& owner : array_at(object, {"metadata", "ownerReferences"})) {
    const std::string uid = text_at(owner, {"uid"});
    put(owned_[uid], group_resource, name, present);
    if (owned_[uid].empty()) owned_.erase(uid);
  }
  if (group_resource == "pods" || group_resource == "replicasets.apps" ||
      group_resource == "controllerrevisions.apps") {
    if (controller_of(object) == nullptr) put(orphans_, group_resource, name, present);
  }
  if (group_resource == "pods") {
    if (!array_at(object, {"metadata", "finalizers"}).empty()) {
      const Json* owner = controller_of(object);
      if (owner != nullptr && text_at(*owner, {"kind"}) == "Job")
        put(tracked_, name.ns + '\n' + text_at(*owner, {"name"}), name, present);
    }
    pods_ += present ? 1 : std::size_t(-1);
    const std::string node = text_at(object, {"spec", "nodeName"});
    if (!node.empty()) put(on_node_, node, name, present);
    const bool shy = !node.empty() && !is_finished(object) &&
                     !array_at(object, {"spec", "affinity", "podAntiAffinity",
                                        "requiredDuringSchedulingIgnoredDuringExecution"})
                          .empty();
    if (shy && present) shy_.insert(name);
    if (shy && !present) shy_.erase(name);
    if (!node.empty() && !is_finished(object)) {
      loads_[node].add(requests_of(object), present ? 1 : -1);
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
        same({"metadata", "finalizers"}) &&
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

const std::set<Name>& Index::orphans(std::string_view group_resource) const {
  return names_in(orphans_, group_resource);
}

const std::set<Name>& Index::tracked_pods(const Name& job) const {
  return names_in(tracked_, job.ns + '\n' + job.name);
}

const std::set<Name>& Index::pods_on(const std::string& node) const {
  return names_in(on_node_, node);
}

const std::set<Name>& Index::pods_labelled(const std::string& ns, const Json& map_selector) const {
  if (!map_selector.is_object() || map_selector.empty()) return none();
  return names_in(labelled_,
                  pair_key(ns, map_selector.begin().key(), map_selector.begin().value()));
}

const NodeLoad& Index::load_of(const std::string& node) const {
  static const NodeLoad nothing;
  const auto found = loads_.find(node);
  return found != loads_.end() ? found->second : nothing;
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
