#include "hub/notifications/config/config.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/check.h"
#include "base/json.h"
#include "base/yaml.h"
#include "hub/notifications/message/render.h"

namespace spokelab::hub::notifications {

namespace {

constexpr std::size_t kEntriesMax = 2'000;
constexpr std::size_t kConditionsMax = 100;

constexpr std::array<std::string_view, 22> kServiceTypes{
    "alertmanager", "awssqs",     "email",      "gcppubsub", "github",   "googlechat",
    "grafana",      "mattermost", "nats",       "newrelic",  "opsgenie", "pagerduty",
    "pagerdutyv2",  "pushover",   "rocketchat", "slack",     "teams",    "teams-workflows",
    "telegram",     "webex",      "webhook",    "kafka"};

Error bad(std::string message) { return Error(Errc::bad_input, std::move(message)); }

/// Base64 of the SHA-1, as notifications-engine names a condition.
std::string hash(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const int done = EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  SPOKELAB_CHECK(done == 1);
  return base64_url(std::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

/// A scalar where a text is asked for: YAML's `true` and `5` are meant as they are written.
std::optional<std::string> text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean() || value.is_number()) return value.dump();
  return std::nullopt;
}

Result<std::string> text_in(const Json& object, std::string_view key) {
  const Json* value = find(object, {key});
  if (value == nullptr || value->is_null()) return std::string();
  auto text = text_of(*value);
  if (!text) return bad(fmt::format("{} must be a text", key));
  return *text;
}

Result<std::vector<std::string>> texts_of(const Json& list, std::string_view what) {
  std::vector<std::string> out;
  if (list.is_null()) return out;
  if (!list.is_array()) return bad(fmt::format("{} must be a list of texts", what));
  for (const Json& item : list) {
    auto text = text_of(item);
    if (!text) return bad(fmt::format("{} must be a list of texts", what));
    out.push_back(std::move(*text));
  }
  return out;
}

Result<std::vector<std::string>> texts_in(const Json& object, std::string_view key) {
  const Json* value = find(object, {key});
  return texts_of(value == nullptr ? Json() : *value, key);
}

Result<Json> yaml(const std::string& text) { return parse_yaml(text, YamlDuplicates::last_wins); }

class Reader {
 public:
  Reader(const Texts& data, const Texts& secrets) : data_(data) { config_.secrets = secrets; }

  Result<Config> run() {
    if (data_.size() > kEntriesMax) {
      return Error(Errc::limit,
                   fmt::format("argocd-notifications-cm has more than {} entries", kEntriesMax));
    }
    for (const auto& [key, value] : data_) {
      auto read = entry(key, value);
      if (!read) return read.error().within(key);
    }
    return std::move(config_);
  }

 private:
  Result<void> entry(const std::string& key, const std::string& value) {
    const auto dot = key.find('.');
    const auto kind = key.substr(0, dot);
    const auto name = dot == std::string::npos ? std::string() : key.substr(dot + 1);
    if (key == "subscriptions") return subscriptions(value);
    if (key == "context") return context(value);
    if (key == "defaultTriggers") {
      auto names = names_in(value);
      if (!names) return names.error();
      config_.default_triggers = std::move(*names);
    } else if (key == "config.yaml") {
      config_.problems.push_back(
          "config.yaml: the form of old releases is not read; write trigger.*, template.* and "
          "service.*");
    } else if (kind == "trigger" && dot != std::string::npos) {
      return trigger(name, value);
    } else if (kind == "template" && dot != std::string::npos) {
      return message(name, value);
    } else if (kind == "service" && dot != std::string::npos) {
      return service(key, name, value);
    } else if (kind == "defaultTriggers" && dot != std::string::npos) {
      auto names = names_in(value);
      if (!names) return names.error();
      config_.service_default_triggers[name] = std::move(*names);
    }
    return {};
  }

  static Result<std::vector<std::string>> names_in(const std::string& text) {
    auto list = yaml(text);
    if (!list) return list.error();
    return texts_of(*list, "this");
  }

  Result<void> context(const std::string& text) {
    auto map = yaml(text);
    if (!map) return map.error();
    if (map->is_null()) return {};
    if (!map->is_object()) return bad("must be a map of texts");
    for (const auto& [key, value] : map->items()) {
      auto words = text_of(value);
      if (!words) return bad(fmt::format("{} must be a text", key));
      config_.context[key] = std::move(*words);
    }
    return {};
  }

  Result<void> subscriptions(const std::string& text) {
    auto list = yaml(text);
    if (!list) return list.error();
    if (list->is_null()) return {};
    if (!list->is_array()) return bad("must be a list");
    for (const Json& item : *list) {
      if (!item.is_object()) return bad("each entry must be a map with recipients");
      DefaultSubscription one;
      auto recipients = texts_in(item, "recipients");
      if (!recipients) return recipients.error();
      auto triggers = texts_in(item, "triggers");
      if (!triggers) return triggers.error();
      auto selector = text_in(item, "selector");
      if (!selector) return selector.error();
      auto parsed = kube::LabelSelector::parse(*selector);
      if (!parsed) return parsed.error().within("selector");
      one.recipients = std::move(*recipients);
      one.triggers = std::move(*triggers);
      one.selector = std::move(*parsed);
      config_.subscriptions.push_back(std::move(one));
    }
    return {};
  }

  Result<void> trigger(const std::string& name, const std::string& text) {
    auto list = yaml(text);
    if (!list) return list.error();
    auto& conditions = config_.triggers[name];
    if (list->is_null()) return {};
    if (!list->is_array()) return bad("must be a list of conditions, each with `when` and `send`");
    if (list->size() > kConditionsMax)
      return Error(Errc::limit, fmt::format("has more than {} conditions", kConditionsMax));
    for (const Json& item : *list) {
      auto condition = condition_of(item, conditions.size());
      if (!condition) return condition.error();
      conditions.push_back(std::move(*condition));
    }
    return {};
  }

  static Result<Condition> condition_of(const Json& item, std::size_t n) {
    if (!item.is_object()) return bad("each condition must be a map with `when` and `send`");
    Condition one;
    for (const auto& [key, into] :
         {std::pair{"when", &one.when}, std::pair{"oncePer", &one.once_per},
          std::pair{"description", &one.description}}) {
      auto text = text_in(item, key);
      if (!text) return text.error();
      *into = std::move(*text);
    }
    auto send = texts_in(item, "send");
    if (!send) return send.error();
    one.send = std::move(*send);
    auto when = expr::Program::parse(one.when.empty() ? "false" : one.when);
    if (!when) return when.error().within(fmt::format("condition {}: when", n + 1));
    one.when_program = std::move(*when);
    if (!one.once_per.empty()) {
      auto once = expr::Program::parse(one.once_per);
      if (!once) return once.error().within(fmt::format("condition {}: oncePer", n + 1));
      one.once_program = std::move(*once);
    }
    one.key = fmt::format("[{}].{}", n, hash(one.when));
    return one;
  }

  Result<void> message(const std::string& name, const std::string& text) {
    auto map = yaml(text);
    if (!map) return map.error();
    if (!map->is_null() && !map->is_object()) return bad("must be a map with `message`");
    Template one;
    auto words = map->is_null() ? Result<std::string>(std::string()) : text_in(*map, "message");
    if (!words) return words.error();
    one.message = std::move(*words);
    if (map->is_object()) {
      for (const auto& [key, value] : map->items()) {
        if (key != "message" && !value.is_null()) one.sections.emplace(key, value);
      }
    }
    auto valid = check_template(name, one);
    if (!valid) return valid.error();
    config_.templates[name] = std::move(one);
    return {};
  }

  Result<void> service(const std::string& key, const std::string& rest, const std::string& text) {
    Service one;
    const auto dot = rest.find('.');
    one.type = rest.substr(0, dot);
    one.name = dot == std::string::npos ? one.type : rest.substr(dot + 1);
    if (one.name.find('.') != std::string::npos) {
      return bad(
          fmt::format("invalid service key; expected 'service.<type>(.<name>)' but got '{}'", key));
    }
    if (!is_service_type(one.type))
      return bad(fmt::format("service type '{}' is not supported", one.type));
    auto options = yaml(text);
    if (!options) return options.error();
    one.options = std::move(*options);
    put_secrets(one.options, key);
    config_.services[one.name] = std::move(one);
    return {};
  }

  void put_secrets(Json& value, const std::string& key) {
    if (value.is_string()) {
      value = with_secrets(value.get_ref<const std::string&>(), key);
    } else if (value.is_structured()) {
      for (auto& inner : value) put_secrets(inner, key);
    }
  }

  /// Puts in what the Secret has for each "$name".
  std::string with_secrets(const std::string& text, const std::string& key) {
    const auto is_word = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
    };
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      auto end = at + 1;
      if (text[at] == '$') {
        while (end < text.size() && is_word(text[end])) ++end;
      }
      if (end == at + 1) {
        out += text[at++];
        continue;
      }
      const auto name = text.substr(at + 1, end - at - 1);
      const auto secret = config_.secrets.find(name);
      if (secret != config_.secrets.end()) {
        out += secret->second;
      } else {
        out += text.substr(at, end - at);
        config_.problems.push_back(
            fmt::format("{}: argocd-notifications-secret has no key '{}'", key, name));
      }
      at = end;
    }
    return out;
  }

  const Texts& data_;
  Config config_;
};

}  // namespace

bool is_service_type(std::string_view type) {
  return std::find(kServiceTypes.begin(), kServiceTypes.end(), type) != kServiceTypes.end();
}

bool Config::is_about_clusters(std::string_view trigger) const {
  const auto hit = triggers.find(std::string(trigger));
  if (hit == triggers.end()) return false;
  return std::any_of(hit->second.begin(), hit->second.end(),
                     [](const Condition& one) { return one.when_program.mentions("cluster"); });
}

Result<Config> read_config(const Texts& data, const Texts& secrets) {
  return Reader(data, secrets).run();
}

}  // namespace spokelab::hub::notifications
