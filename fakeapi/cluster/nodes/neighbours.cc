// Neighbours: affinity between pods, topology spread, host ports.
#include "fakeapi/cluster/nodes/neighbours.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "fakeapi/cluster/nodes/placement.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kRequired = "requiredDuringSchedulingIgnoredDuringExecution";

kube::LabelSelector selector_from(const Json& label_selector) {
  return selector_of(Json{{"spec", {{"selector", label_selector}}}});
}

/// A label selector that is absent selects nothing, an empty one everything.
bool selects(const Json* label_selector, const Json& pod) {
  if (label_selector == nullptr || !label_selector->is_object()) return false;
  if (label_selector->empty()) return true;
  return selector_from(*label_selector).matches_object(pod);
}

std::string domain_of(const Json& node, const std::string& topology_key) {
  return text_at(node, {"metadata", "labels", topology_key});
}

/// (protocol, address, port) of each host port.
std::set<std::tuple<std::string, std::string, std::int64_t>> host_ports(const Json& pod) {
  std::set<std::tuple<std::string, std::string, std::int64_t>> ports;
  for (const Json& container : array_at(pod, {"spec", "containers"})) {
    for (const Json& port : array_at(container, {"ports"})) {
      const std::int64_t number = int_at(port, {"hostPort"});
      if (number > 0)
        ports.emplace(text_at(port, {"protocol"}, "TCP"), text_at(port, {"hostIP"}), number);
    }
  }
  return ports;
}

}  // namespace

Neighbours::Neighbours(const Cluster& cluster, const Json& pod, const std::vector<JsonRef>& nodes)
    : cluster_(cluster), pod_(pod), nodes_(nodes) {
  const Json& affinity = object_at(pod, {"spec", "affinity"});
  const Json& near = array_at(affinity, {"podAffinity", kRequired});
  const Json& away = array_at(affinity, {"podAntiAffinity", kRequired});
  const Json& spread = array_at(pod, {"spec", "topologySpreadConstraints"});
  if (near.empty() && away.empty() && spread.empty() && cluster.index.shy_pods().empty()) return;
  for (const JsonRef& node : nodes_) by_name_[name_of(*node).name] = node;
  for (const Json& term : near) count_affinity(term, near_);
  for (const Json& term : away) count_affinity(term, away_);
  for (const Json& constraint : spread) {
    if (text_at(constraint, {"whenUnsatisfiable"}, "DoNotSchedule") == "DoNotSchedule")
      count_spread(constraint);
  }
  count_shy();
}

std::vector<std::string> Neighbours::spaces_of(const Json& term) const {
  std::vector<std::string> spaces;
  for (const Json& each : array_at(term, {"namespaces"})) {
    if (each.is_string()) spaces.push_back(each.get<std::string>());
  }
  if (const Json* selector = find(term, {"namespaceSelector"}); selector != nullptr) {
    for (const JsonRef& space : cluster_.api.list("namespaces")) {
      if (selects(selector, *space)) spaces.push_back(name_of(*space).name);
    }
  } else if (spaces.empty()) {
    spaces.push_back(name_of(pod_).ns);
  }
  return spaces;
}

std::vector<JsonRef> Neighbours::pods_meant(const Json& selector,
                                            const std::vector<std::string>& spaces) const {
  std::vector<JsonRef> pods;
  const Json& pairs = object_at(selector, {"matchLabels"});
  const auto take = [&](JsonRef pod) {
    if (pod && !is_finished(*pod) && !text_at(*pod, {"spec", "nodeName"}).empty() &&
        selects(&selector, *pod)) {
      pods.push_back(std::move(pod));
    }
  };
  for (const std::string& space : spaces) {
    if (!pairs.empty()) {
      for (const Name& name : cluster_.index.pods_labelled(space, pairs))
        take(cluster_.get("pods", name));
    } else {
      for (JsonRef& pod : cluster_.api.list("pods", space)) take(std::move(pod));
    }
  }
  return pods;
}

void Neighbours::count_affinity(const Json& term, std::vector<Count>& counts) {
  Count count;
  count.topology_key = text_at(term, {"topologyKey"});
  const Json& selector = object_at(term, {"labelSelector"});
  const std::vector<std::string> spaces = spaces_of(term);
  count.counts_itself = std::find(spaces.begin(), spaces.end(), name_of(pod_).ns) != spaces.end() &&
                        selects(&selector, pod_);
  for (const JsonRef& pod : pods_meant(selector, spaces)) {
    const auto node = by_name_.find(text_at(*pod, {"spec", "nodeName"}));
    if (node == by_name_.end()) continue;
    const std::string domain = domain_of(*node->second, count.topology_key);
    if (!domain.empty()) ++count.by_domain[domain];
  }
  counts.push_back(std::move(count));
}

void Neighbours::count_spread(const Json& constraint) {
  Count count;
  count.topology_key = text_at(constraint, {"topologyKey"});
  count.skew_max = int_at(constraint, {"maxSkew"}, 1);
  count.domains_min = int_at(constraint, {"minDomains"}, 1);
  Json selector = object_at(constraint, {"labelSelector"});
  for (const Json& key : array_at(constraint, {"matchLabelKeys"})) {
    const Json& labels = labels_of(pod_);
    if (const auto found = key.is_string() ? labels.find(key.get<std::string>()) : labels.end();
        found != labels.end()) {
      selector["matchLabels"][key.get<std::string>()] = *found;
    }
  }
  count.counts_itself = selects(&selector, pod_);
  const bool taints = text_at(constraint, {"nodeTaintsPolicy"}, "Ignore") == "Honor";
  const bool affinity = text_at(constraint, {"nodeAffinityPolicy"}, "Honor") == "Honor";
  const Json& spec = object_at(pod_, {"spec"});
  for (const JsonRef& node : nodes_) {
    const std::string domain = domain_of(*node, count.topology_key);
    if (domain.empty() || (affinity && !affinity_holds(spec, *node))) continue;
    if (taints && !fakeapi::why_not_on(spec, *node).empty()) continue;
    count.by_domain[domain];
  }
  for (const JsonRef& pod : pods_meant(selector, {name_of(pod_).ns})) {
    if (is_deleting(*pod)) continue;
    const auto node = by_name_.find(text_at(*pod, {"spec", "nodeName"}));
    if (node == by_name_.end()) continue;
    const auto domain = count.by_domain.find(domain_of(*node->second, count.topology_key));
    if (domain != count.by_domain.end()) ++domain->second;
  }
  spread_.push_back(std::move(count));
}

void Neighbours::count_shy() {
  const std::string ns = name_of(pod_).ns;
  for (const Name& name : cluster_.index.shy_pods()) {
    const JsonRef pod = cluster_.get("pods", name);
    if (!pod) continue;
    const auto node = by_name_.find(text_at(*pod, {"spec", "nodeName"}));
    if (node == by_name_.end()) continue;
    for (const Json& term : array_at(*pod, {"spec", "affinity", "podAntiAffinity", kRequired})) {
      const Json& spaces = array_at(term, {"namespaces"});
      const bool here = spaces.empty()
                            ? name.ns == ns
                            : std::find(spaces.begin(), spaces.end(), Json(ns)) != spaces.end();
      if (!here || !selects(find(term, {"labelSelector"}), pod_)) continue;
      Count count;
      count.topology_key = text_at(term, {"topologyKey"});
      const std::string domain = domain_of(*node->second, count.topology_key);
      if (domain.empty()) continue;
      count.by_domain[domain] = 1;
      shy_.push_back(std::move(count));
    }
  }
}

bool Neighbours::ports_taken(const std::string& node) const {
  const auto wanted = host_ports(pod_);
  if (wanted.empty()) return false;
  for (const Name& name : cluster_.index.pods_on(node)) {
    const JsonRef pod = cluster_.get("pods", name);
    if (!pod || is_finished(*pod)) continue;
    for (const auto& [protocol, address, port] : host_ports(*pod)) {
      for (const auto& [own_protocol, own_address, own_port] : wanted) {
        const bool same_address = address.empty() || own_address.empty() || address == "0.0.0.0" ||
                                  own_address == "0.0.0.0" || address == own_address;
        if (protocol == own_protocol && port == own_port && same_address) return true;
      }
    }
  }
  return false;
}

std::string Neighbours::why_not_on(const Json& node) const {
  if (ports_taken(name_of(node).name))
    return "node(s) didn't have free ports for the requested pod ports";
  const auto held = [&](const Count& count) -> std::int64_t {
    const auto found = count.by_domain.find(domain_of(node, count.topology_key));
    return found == count.by_domain.end() ? 0 : found->second;
  };
  for (const Count& count : spread_) {
    if (domain_of(node, count.topology_key).empty()) {
      return "node(s) didn't match pod topology spread constraints (missing required label)";
    }
    std::int64_t least = count.by_domain.empty() ? 0 : held(count);
    for (const auto& [domain, number] : count.by_domain) least = std::min(least, number);
    if (static_cast<std::int64_t>(count.by_domain.size()) < count.domains_min) least = 0;
    if (held(count) + (count.counts_itself ? 1 : 0) - least > count.skew_max)
      return "node(s) didn't match pod topology spread constraints";
  }
  // The first of a group that wants to be together goes anywhere.
  const bool first = std::all_of(near_.begin(), near_.end(), [](const Count& count) {
    return count.by_domain.empty() && count.counts_itself;
  });
  for (const Count& count : near_) {
    if (domain_of(node, count.topology_key).empty() || (!first && held(count) == 0))
      return "node(s) didn't match pod affinity rules";
  }
  for (const Count& count : away_) {
    if (held(count) > 0) return "node(s) didn't match pod anti-affinity rules";
  }
  for (const Count& count : shy_) {
    if (held(count) > 0) return "node(s) didn't satisfy existing pods anti-affinity rules";
  }
  return "";
}

}  // namespace spokelab::fakeapi
