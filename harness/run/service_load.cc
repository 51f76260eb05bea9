#include "harness/run/service_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <utility>

#include "base/json.h"
#include "fakeapi/local_api.h"
#include "harness/run/lab.h"
#include "harness/run/traffic_site.h"

namespace spokelab::harness {

namespace traffic = sim::traffic;

namespace {

constexpr Nanos kLook = std::chrono::seconds(1);

traffic::CapacitySpec capacity_of(const CapacitySpec& spec) {
  traffic::CapacitySpec out;
  out.per_pod.count = static_cast<std::uint64_t>(spec.per_pod.count);
  out.per_pod.per = spec.per_pod.per;
  out.overload = spec.overload == "queue" ? traffic::Overload::queue : traffic::Overload::shed;
  out.queue = static_cast<std::uint64_t>(spec.queue);
  out.warm_up = spec.warm_up;
  out.cold = spec.cold.millionths;
  return out;
}

const Json* below(const Json& object, std::initializer_list<const char*> path) {
  const Json* at = &object;
  for (const char* key : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(key);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

/// Whether every pair of a Service's selector is a label of the pods of a Deployment's template.
bool selects(const Json& service, const Json& deployment) {
  const Json* selector = below(service, {"spec", "selector"});
  const Json* labels = below(deployment, {"spec", "template", "metadata", "labels"});
  if (selector == nullptr || labels == nullptr || !selector->is_object() || selector->empty())
    return false;
  for (const auto& [key, value] : selector->items()) {
    const auto found = labels->find(key);
    if (found == labels->end() || *found != value) return false;
  }
  return true;
}

/// The utilisation, in percent of the request, that an autoscaler aims at; 100 where it aims at
/// something else.
std::int64_t aim_of(const Json& autoscaler) {
  const Json* metrics = below(autoscaler, {"spec", "metrics"});
  if (metrics == nullptr || !metrics->is_array()) return 100;
  for (const auto& metric : *metrics) {
    const Json* aim = below(metric, {"resource", "target", "averageUtilization"});
    if (aim != nullptr && aim->is_number_integer())
      return std::max<std::int64_t>(1, aim->get<std::int64_t>());
  }
  return 100;
}

}  // namespace

void ServiceLoad::start(TrafficSite& site, Lab& lab) {
  site_ = &site;
  lab_ = &lab;
  for (const auto& target : site.targets) {
    targets_.emplace(target, Target{traffic::Capacity(capacity_of(*site.spec->capacity)), {}, {}});
  }
  look();
}

void ServiceLoad::weigh(const std::string& target, traffic::Service& service) const {
  const auto found = targets_.find(target);
  if (found == targets_.end()) return;
  const auto& pressure = found->second.pressure;
  const std::uint64_t kept =
      std::uint64_t{1'000'000 - service.errors} * (1'000'000 - pressure.shed) / 1'000'000;
  service.errors = static_cast<std::uint32_t>(1'000'000 - kept);
  service.think += pressure.wait;
}

void ServiceLoad::look() {
  timer_ = Timer(lab_->world(), lab_->world().now() + kLook, [this] { look(); });
  if (!site_->population) return;
  const auto load = asked();
  for (std::size_t i = 0; i < site_->targets.size(); ++i) {
    const auto& cluster = site_->targets[i];
    auto& target = targets_.at(cluster);
    const auto& service = site_->spec->service;
    const auto pods =
        lab_->site(cluster).controllers->endpoints(service.ns, service.name).answering;
    const auto pressure = target.capacity.look(lab_->world().now(), pods, load[i]);
    tell(cluster, target, pods);
    scale(cluster, target);
    if (pressure == target.pressure) continue;
    target.pressure = pressure;
    site_->feed(*lab_, cluster);
    for (const auto& [name, other] : lab_->traffic()) {
      if (other.get() != site_ && !other->spec->capacity &&
          other->spec->service == site_->spec->service && other->has_target(cluster))
        other->feed(*lab_, cluster);
    }
  }
}

std::vector<std::uint64_t> ServiceLoad::asked() const {
  std::vector<std::uint64_t> sums(site_->targets.size(), 0);
  for (const auto& [name, other] : lab_->traffic()) {
    if (!other->population || other->spec->service != site_->spec->service) continue;
    const auto load = other->population->load();
    for (std::size_t i = 0; i < other->targets.size(); ++i) {
      const auto mine = std::find(site_->targets.begin(), site_->targets.end(), other->targets[i]);
      if (mine != site_->targets.end())
        sums[static_cast<std::size_t>(mine - site_->targets.begin())] += load[i];
    }
  }
  return sums;
}

void ServiceLoad::tell(const std::string& cluster, Target& target, std::int64_t pods) {
  const std::string word = target.capacity.overloaded() && pods > 0 ? "short" : "enough";
  if (word == target.told) return;
  const bool news = !target.told.empty() || word != "enough";
  target.told = word;
  const auto per_second = [](std::uint64_t in_thousand) { return (in_thousand + 500) / 1000; };
  Event event;
  event.kind = EventKind::state;
  event.who = "users." + site_->name;
  event.subject = fmt::format("traffic.{}.capacity.{}", site_->name, cluster);
  event.value = word;
  event.cluster = cluster;
  if (news)
    event.message = fmt::format("{} requests a second for {} ready pods that carry {}",
                                per_second(target.capacity.load()), pods,
                                per_second(target.capacity.carries()));
  event.numbers.emplace_back("load", static_cast<std::int64_t>(target.capacity.load()));
  event.numbers.emplace_back("carries", static_cast<std::int64_t>(target.capacity.carries()));
  event.numbers.emplace_back("pods", pods);
  lab_->history().add(std::move(event));
}

/// Pods at their limit use what they request and no more, so an autoscaler sees what is served, not
/// what is asked for.
void ServiceLoad::scale(const std::string& cluster, const Target& target) {
  auto& site = lab_->site(cluster);
  const auto& name = site_->spec->service;
  const fakeapi::LocalApi& api = *site.api;
  const auto autoscalers = api.list("horizontalpodautoscalers.autoscaling", name.ns);
  if (autoscalers.empty()) return;
  const auto service = api.get("services", name.ns, name.name);
  if (!service) return;
  for (const auto& autoscaler : autoscalers) {
    const Json* scaled = below(*autoscaler, {"spec", "scaleTargetRef", "name"});
    if (scaled == nullptr || !scaled->is_string()) continue;
    const auto deployment = api.get("deployments.apps", name.ns, scaled->get<std::string>());
    if (!deployment || !selects(*service, *deployment)) continue;
    // In percent of what one replica carries when it is on target; 0 would mean "just right".
    const auto on_target =
        target.capacity.per_pod() * static_cast<std::uint64_t>(aim_of(*autoscaler));
    const auto percent =
        on_target == 0 ? 0
                       : static_cast<std::int64_t>(target.capacity.served() * 10'000 / on_target);
    site.controllers->set_load(name.ns, (*autoscaler)["metadata"]["name"].get<std::string>(),
                               std::max<std::int64_t>(1, percent));
  }
}

}  // namespace spokelab::harness
