#include "hub/notifications/config/subscriptions.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/notifications/config/config.h"

namespace spokelab::hub::notifications {

namespace {

constexpr std::string_view kSubscribe = "notifications.argoproj.io/subscribe.";
constexpr std::string_view kSubscribeYaml = "notifications.argoproj.io/subscribe_yaml";

std::vector<std::string> recipients_in(std::string_view text) {
  // Without any, the service itself is the recipient.
  if (text.empty()) return {""};
  std::vector<std::string> out;
  for (;;) {
    const auto end = text.find(';');
    auto one = text.substr(0, end);
    const auto first = one.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos)
      out.emplace_back(one.substr(first, one.find_last_not_of(" \t\r\n") - first + 1));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

class Collector {
 public:
  explicit Collector(const Config& config) : config_(config) {}

  void add(const std::string& trigger, const std::string& service,
           const std::vector<std::string>& recipients) {
    for (const auto& recipient : recipients) {
      for (const auto& name : triggers_of(trigger, service))
        found_[name].push_back({service, recipient});
    }
  }

  void annotation(std::string_view key, const std::string& value) {
    auto rest = key.substr(kSubscribe.size());
    const auto dot = rest.find('.');
    if (dot == std::string_view::npos) return add("", std::string(rest), recipients_in(value));
    const auto trigger = rest.substr(0, dot);
    rest.remove_prefix(dot + 1);
    add(std::string(trigger), std::string(rest.substr(0, rest.find('.'))), recipients_in(value));
  }

  void list(const std::string& value) {
    const auto parsed = parse_yaml(value, YamlDuplicates::last_wins);
    if (!parsed || !parsed->is_array()) return;
    for (const Json& one : *parsed) {
      for (const auto& trigger : texts(one, "trigger")) {
        const Json* destinations = find(one, {"destinations"});
        if (destinations == nullptr || !destinations->is_array()) continue;
        for (const Json& destination : *destinations)
          add(trigger, text_at(destination, {"service"}), texts(destination, "recipients"));
      }
    }
  }

  Destinations take() { return std::move(found_); }

 private:
  static std::vector<std::string> texts(const Json& object, std::string_view key) {
    std::vector<std::string> out;
    const Json* list = find(object, {key});
    if (list == nullptr || !list->is_array()) return out;
    for (const Json& item : *list) {
      if (item.is_string()) out.push_back(item.get<std::string>());
    }
    return out;
  }

  std::vector<std::string> triggers_of(const std::string& trigger,
                                       const std::string& service) const {
    if (!trigger.empty()) return {trigger};
    const auto own = config_.service_default_triggers.find(service);
    return own != config_.service_default_triggers.end() ? own->second : config_.default_triggers;
  }

  const Config& config_;
  Destinations found_;
};

}  // namespace

Destinations default_destinations(const Config& config, const Json& labels) {
  Destinations out;
  for (const auto& one : config.subscriptions) {
    if (!one.selector.matches(labels)) continue;
    for (const auto& trigger : one.triggers.empty() ? config.default_triggers : one.triggers) {
      for (const auto& recipient : one.recipients) {
        Destination to;
        const auto colon = recipient.find(':');
        to.service = recipient.substr(0, colon);
        if (colon != std::string::npos) {
          const auto rest = recipient.substr(colon + 1);
          to.recipient = rest.substr(0, rest.find(':'));
        }
        out[trigger].push_back(std::move(to));
      }
    }
  }
  return out;
}

Destinations annotated_destinations(const Config& config, const Json& annotations) {
  Collector collector(config);
  if (!annotations.is_object()) return {};
  for (const auto& [key, value] : annotations.items()) {
    if (!value.is_string()) continue;
    const std::string_view name = key;
    if (name.starts_with(kSubscribe)) {
      collector.annotation(name, value.get<std::string>());
    } else if (name.starts_with(kSubscribeYaml)) {
      collector.list(value.get<std::string>());
    }
  }
  return collector.take();
}

void merge(Destinations& into, const Destinations& more) {
  for (const auto& [trigger, destinations] : more) {
    auto& known = into[trigger];
    for (const auto& one : destinations) {
      if (std::find(known.begin(), known.end(), one) == known.end()) known.push_back(one);
    }
  }
}

}  // namespace spokelab::hub::notifications
