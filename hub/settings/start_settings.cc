#include "hub/settings/start_settings.h"

#include <chrono>
#include <utility>
#include <vector>

#include "base/json.h"

namespace spokelab::hub {

namespace {

constexpr Nanos kAskAgain = std::chrono::seconds(1);

}  // namespace

Task<Profile> start_settings(Clock& clock, kube::Client& hub, History& history, std::string ns,
                             std::string who, Profile given) {
  const kube::ResourceType type{"", "v1", "configmaps", "ConfigMap", true};
  ConfigMaps maps{{"argocd-cm", {}}, {"argocd-cmd-params-cm", {}}};
  for (auto& [name, data] : maps) {
    const std::string wanted = name;
    for (;;) {
      const auto stored = co_await hub.get(type, ns, wanted);
      if (stored) {
        const Json* found = find(**stored, {"data"});
        const Json entries = found != nullptr && found->is_object() ? *found : Json::object();
        for (const auto& [key, value] : entries.items()) {
          if (value.is_string()) data.emplace(key, value.get<std::string>());
        }
      }
      if (stored || stored.error().code() == Errc::not_found) break;
      co_await sleep_for(clock, kAskAgain);
    }
  }
  std::vector<std::string> problems;
  auto profile = with_config_maps(given, maps, problems);
  for (auto& problem : problems) {
    Event event;
    event.kind = EventKind::fact;
    event.who = who;
    event.subject = "hub.settings";
    event.value = "unsupported";
    event.message = std::move(problem);
    history.add(std::move(event));
  }
  co_return profile;
}

}  // namespace spokelab::hub
