#include "harness/fleet/injected.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/json.h"
#include "harness/run/director.h"
#include "harness/scenario/load.h"

namespace spokelab::harness {

namespace {

/// A value as a scenario file would have it: lists stay lists, all else is quoted.
std::string yaml_value(const std::string& value) {
  if (value.starts_with("[")) return value;
  return Json(value).dump();
}

/// The world as the fault's words need it: who is there, and where.
std::string world_text(const Scenario& scenario) {
  std::string text =
      fmt::format("world:\n  hub: {{region: {}, replicas: {}}}\n  clusters:\n",
                  Json(scenario.world.hub.region).dump(), std::max(1, scenario.world.hub.replicas));
  for (const auto& [name, spec] : scenario.world.clusters)
    text += fmt::format("    {}: {{region: {}}}\n", Json(name).dump(), Json(spec.region).dump());
  return text;
}

}  // namespace

Result<Fault> InjectedFaults::read(const FaultOrder& order, const std::string& name) const {
  const auto& known = lab_.scenario().faults;
  if (order.on.empty()) {
    const auto told = known.find(order.what);
    if (told != known.end()) return told->second;
    return Error(Errc::bad_input,
                 fmt::format("where? Name a cluster, \"hub\" or a region: spokelab inject {} prod",
                             order.what));
  }
  std::string fault =
      fmt::format("  {}: {{what: {}, on: {}, at: 0s, for: {}", name, Json(order.what).dump(),
                  Json(order.on).dump(), Json(order.lasts).dump());
  for (const auto& [key, value] : order.parameters)
    fault += fmt::format(", {}: {}", Json(key).dump(), yaml_value(value));
  const auto text = fmt::format(
      "scenario: inject\nbecause: somebody asked for it\nlasts: 1000h\n{}faults:\n{}}}\n",
      world_text(lab_.scenario()), fault);
  const auto loaded = load_scenario_text("inject", text);
  if (!loaded.ok() || loaded.cases.empty()) {
    std::string all;
    for (const auto& one : loaded.diagnostics.all()) {
      if (one.severity == Severity::error) all += render(one, *loaded.sources);
    }
    return Error(Errc::bad_input, all);
  }
  const auto resolved = loaded.cases.front().resolve(lab_.stream("inject/" + name));
  return resolved.scenario.faults.begin()->second;
}

void InjectedFaults::tell(const Fault& fault, std::string value, std::string message) {
  Event event;
  event.kind = EventKind::fault;
  event.who = "operator";
  event.subject = "fault." + fault.name;
  event.value = std::move(value);
  event.message = std::move(message);
  lab_.history().add(std::move(event));
}

Result<std::string> InjectedFaults::begin(const FaultOrder& order) {
  if (in_force_.size() >= kFaultsMax) {
    return Error(Errc::limit, fmt::format("{} faults are in force: heal some first", kFaultsMax));
  }
  auto fault = read(order, fmt::format("fault-{}", begun_ + 1));
  if (!fault) return fault.error();
  if (in_force_.contains(fault->name))
    return Error(Errc::bad_input, fmt::format("{} is in force already", fault->name));
  const auto& kinds = fault_kinds();
  if (std::none_of(kinds.begin(), kinds.end(),
                   [&](const FaultKind& one) { return one.what == fault->what; }))
    return Error(Errc::bad_input, fmt::format("'{}' cannot be played", fault->what));
  ++begun_;
  const std::string name = fault->name;
  auto& one = in_force_[name];
  one.fault = std::move(*fault);
  one.until = lab_.world().now() + one.fault.lasts;
  tell(one.fault, "active",
       fmt::format("{} {} for {}", one.fault.what, scope_of(one.fault),
                   format_duration(one.fault.lasts)));
  one.active = begin_fault(one.fault, FaultContext{lab_, truths_});
  truths_.update();
  one.timer = Timer(lab_.world(), one.until, [this, name] { end(name); });
  return name;
}

bool InjectedFaults::end(const std::string& name) {
  auto one = in_force_.extract(name);
  if (one.empty()) return false;
  auto& ended = one.mapped();
  const auto hits = ended.active->hits();
  ended.active.reset();  // heals
  tell(ended.fault, "healed",
       fmt::format("{} {} is over; hits: {}", ended.fault.what, scope_of(ended.fault), hits));
  truths_.update();
  return true;
}

std::vector<InjectedFaults::InForce> InjectedFaults::list() const {
  std::vector<InForce> all;
  for (const auto& [name, one] : in_force_) {
    all.push_back({name, one.fault.what, scope_of(one.fault), one.until - lab_.world().now(),
                   one.active->hits()});
  }
  return all;
}

}  // namespace spokelab::harness
