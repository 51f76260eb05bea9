// Following argocd-cm.
#include "hub/settings/settings_watch.h"

#include <map>
#include <utility>

#include "base/json.h"

namespace spokelab::hub {
namespace {

const kube::ResourceType kConfigMap{"", "v1", "configmaps", "ConfigMap", true};

kube::ReflectorOptions options_for(std::string ns) {
  kube::ReflectorOptions options;
  options.ns = std::move(ns);
  options.field_selector = "metadata.name=argocd-cm";
  return options;
}

}  // namespace

SettingsWatch::SettingsWatch(Clock& clock, Rng rng, kube::Client& hub, History& history,
                             std::string ns, std::string who)
    : history_(history),
      who_(std::move(who)),
      reflector_(clock, rng, hub, kConfigMap, options_for(std::move(ns)),
                 kube::Reflector::Handler{[this](const JsonRef& now) { take(now); },
                                          [this](const JsonRef&, const JsonRef& now) { take(now); },
                                          [this](const JsonRef&) { take(nullptr); },
                                          {}}) {}

Task<void> SettingsWatch::run() { return reflector_.run(); }
Task<void> SettingsWatch::wait_ready() { return reflector_.wait_synced(); }

void SettingsWatch::take(const JsonRef& config_map) {
  std::map<std::string, std::string> data;
  const Json* entries = config_map ? find(*config_map, {"data"}) : nullptr;
  if (entries != nullptr && entries->is_object()) {
    for (const auto& [key, value] : entries->items()) {
      if (value.is_string()) data.emplace(key, value.get<std::string>());
    }
  }
  settings_ = std::make_shared<HubSettings>(read_settings(data));
  for (const std::string& problem : settings_->problems) {
    Event event;
    event.kind = EventKind::fact;
    event.who = who_;
    event.subject = "hub.settings";
    event.value = "unsupported";
    event.message = problem;
    history_.add(std::move(event));
  }
  for (const auto& changed : listeners_) changed();
}

}  // namespace spokelab::hub
