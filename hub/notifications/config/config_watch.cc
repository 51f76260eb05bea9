#include "hub/notifications/config/config_watch.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "base/task_group.h"

namespace spokelab::hub::notifications {

namespace {

const kube::ResourceType kConfigMap{"", "v1", "configmaps", "ConfigMap", true};
const kube::ResourceType kSecret{"", "v1", "secrets", "Secret", true};

kube::ReflectorOptions named(std::string ns, const std::string& name) {
  kube::ReflectorOptions options;
  options.ns = std::move(ns);
  options.field_selector = "metadata.name=" + name;
  return options;
}

Texts texts_at(const JsonRef& object, bool encoded) {
  Texts out;
  const Json* data = object ? find(*object, {"data"}) : nullptr;
  if (data == nullptr || !data->is_object()) return out;
  for (const auto& [key, value] : data->items()) {
    if (!value.is_string()) continue;
    const auto& text = value.get_ref<const std::string&>();
    out[key] = encoded ? from_base64(text).value_or("") : text;
  }
  return out;
}

}  // namespace

ConfigWatch::ConfigWatch(Clock& clock, Rng rng, kube::Client& hub, History& history, std::string ns,
                         std::string who)
    : history_(history),
      who_(std::move(who)),
      maps_(clock, rng.stream("configmap"), hub, kConfigMap, named(ns, "argocd-notifications-cm"),
            kube::Reflector::Handler{[this](const JsonRef& now) { take_map(now); },
                                     [this](const JsonRef&, const JsonRef& now) { take_map(now); },
                                     [this](const JsonRef&) { take_map(nullptr); },
                                     {}}),
      secrets_(clock, rng.stream("secret"), hub, kSecret, named(ns, "argocd-notifications-secret"),
               kube::Reflector::Handler{
                   [this](const JsonRef& now) { take_secret(now); },
                   [this](const JsonRef&, const JsonRef& now) { take_secret(now); },
                   [this](const JsonRef&) { take_secret(nullptr); }, [this] { read(); }}) {}

Task<void> ConfigWatch::run() {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup tasks(executor);
  tasks.spawn(maps_.run());
  tasks.spawn(watch_secret());
  co_await tasks.join();
}

/// The Secret is of use to nobody before there is a ConfigMap.
Task<void> ConfigWatch::watch_secret() {
  co_await wait_present(true);
  co_await secrets_.run();
}

Task<void> ConfigWatch::wait_present(bool present) {
  while (this->present() != present) co_await changed_.wait();
}

void ConfigWatch::take_map(const JsonRef& config_map) {
  config_map_ = config_map;
  read();
  changed_.notify();
}

void ConfigWatch::take_secret(const JsonRef& secret) {
  secret_ = secret;
  if (secrets_.synced()) read();
}

void ConfigWatch::read() {
  config_.reset();
  if (!config_map_) {
    if (!told_.empty() && told_ != "off") tell(EventKind::state, "off", "");
    return;
  }
  if (!secrets_.synced()) return;
  auto config = read_config(texts_at(config_map_, false), texts_at(secret_, true));
  if (!config) {
    return tell(EventKind::state, "invalid",
                "argocd-notifications-cm: " + config.error().message());
  }
  tell(EventKind::state, "on", "");
  for (const auto& problem : config->problems) tell(EventKind::fact, "unsupported", problem);
  config_ = std::make_shared<const Config>(std::move(*config));
}

void ConfigWatch::tell(EventKind kind, std::string value, std::string message) {
  if (kind == EventKind::state) {
    const auto now = value + message;
    if (now == told_) return;
    told_ = now;
  }
  Event event;
  event.kind = kind;
  event.who = who_;
  event.subject = "hub.notifications";
  event.value = std::move(value);
  event.message = std::move(message);
  history_.add(std::move(event));
}

}  // namespace spokelab::hub::notifications
