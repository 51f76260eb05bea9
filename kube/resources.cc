// Sums over containers.
#include "kube/resources.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/json.h"
#include "kube/quantity.h"

namespace spokelab::kube {

namespace {

using Amounts = std::map<std::string, Quantity>;

Amounts amounts_of(const Json& container, std::string_view list) {
  Amounts amounts;
  const Json* given = find(container, {"resources", list});
  if (given == nullptr || !given->is_object()) return amounts;
  for (auto it = given->begin(); it != given->end(); ++it) {
    if (!it->is_string()) continue;
    if (auto amount = Quantity::parse(it->get_ref<const std::string&>()))
      amounts.emplace(it.key(), *amount);
  }
  return amounts;
}

void add(Amounts& into, const Amounts& more) {
  for (const auto& [name, amount] : more) {
    const auto [hit, fresh] = into.emplace(name, amount);
    if (!fresh) hit->second = hit->second + amount;
  }
}

void raise(Amounts& into, const Amounts& other) {
  for (const auto& [name, amount] : other) {
    const auto [hit, fresh] = into.emplace(name, amount);
    if (!fresh && hit->second < amount) hit->second = amount;
  }
}

template <class Visit>
void each_container(const Json& pod, std::string_view list, Visit visit) {
  const Json* containers = find(pod, {"spec", list});
  if (containers == nullptr || !containers->is_array()) return;
  for (const Json& container : *containers) visit(container);
}

}  // namespace

Json pod_resources(const Json& pod, std::string_view list) {
  Amounts sum;
  each_container(pod, "containers", [&](const Json& one) { add(sum, amounts_of(one, list)); });
  Amounts sidecars;
  Amounts starting;  // the most that is needed while init containers run
  each_container(pod, "initContainers", [&](const Json& one) {
    Amounts own = amounts_of(one, list);
    if (text_at(one, {"restartPolicy"}) == "Always") {
      add(sum, own);
      add(sidecars, own);
      own = sidecars;
    } else {
      add(own, sidecars);
    }
    raise(starting, own);
  });
  raise(sum, starting);
  const Json* overhead = find(pod, {"spec", "overhead"});
  if (overhead != nullptr && (list == "requests" || !sum.empty()))
    add(sum, amounts_of(Json{{"resources", {{list, *overhead}}}}, list));
  Json result = Json::object();
  for (const auto& [name, amount] : sum) result[name] = amount.text();
  return result;
}

}  // namespace spokelab::kube
