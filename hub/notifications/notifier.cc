#include "hub/notifications/notifier.h"

#include <fmt/format.h>

#include <utility>

#include "base/json.h"
#include "hub/notifications/delivery/deliver.h"
#include "hub/notifications/expr/program.h"
#include "hub/notifications/message/render.h"

namespace spokelab::hub::notifications {

namespace {

constexpr std::size_t kComplaintsMax = 200;

expr::Map names_of(const Subject& subject, const Config& config, const Destination& to) {
  expr::Map names;
  names.emplace(subject.variable, expr::of_json(subject.object));
  Json context{{"notificationType", to.service}};
  for (const auto& [key, value] : config.context) context[key] = value;
  names.emplace("context", expr::of_json(freeze(std::move(context))));
  expr::Map secrets;
  for (const auto& [key, value] : config.secrets) secrets.emplace(key, expr::Value(value));
  names.emplace("secrets", expr::of_map(std::move(secrets)));
  for (const char* module : {"time", "strings", "repo"})
    names.emplace(module, expr::Value(expr::Module{module}));
  return names;
}

std::string shown(const Destination& to, const std::string& type) {
  const auto service = to.service == type ? type : type + " " + to.service;
  return to.recipient.empty() ? service : service + " to " + to.recipient;
}

}  // namespace

/// What stays the same while one object is looked at.
struct Notifier::Round {
  Subject subject;
  std::shared_ptr<const Config> config;
  NotifiedState state;
  expr::Map names;
};

Task<std::string> Notifier::process(Subject subject, std::shared_ptr<const Config> config,
                                    Destinations destinations) {
  Round round{std::move(subject), std::move(config), {}, {}};
  round.state = NotifiedState::read(round.subject.notified);
  round.names = names_of(round.subject, *round.config, {});
  bool any = false;
  for (const auto& [trigger, receivers] : destinations) {
    if (receivers.empty()) continue;
    any = true;
    const auto known = round.config->triggers.find(trigger);
    if (known == round.config->triggers.end()) {
      complain(trigger, fmt::format("trigger '{}' is not configured", trigger));
      continue;
    }
    for (const auto& condition : known->second) {
      const auto found = ask(round, trigger, condition);
      if (ports_.metrics != nullptr)
        ports_.metrics->evaluations.add({trigger, truth_text(found.holds)});
      for (const auto& to : receivers) {
        if (!found.holds) {
          round.state.end(trigger, condition.key, found.once_per, to);
        } else if (round.state.begin(trigger, condition.key, found.once_per, to,
                                     ports_.clock.wall_now())) {
          co_await tell(round, trigger, condition, found.once_per, to);
        }
      }
    }
  }
  if (!any) co_return round.subject.notified;
  co_return round.state.write();
}

Notifier::Found Notifier::ask(const Round& round, const std::string& trigger,
                              const Condition& condition) {
  Found found;
  const expr::Environment environment{&round.names, ports_.clock.wall_now()};
  const auto holds = condition.when_program.run(environment);
  if (!holds) {
    // A status that is not there yet is no news.
    if (holds.error().message().find(" from <nil>") == std::string::npos)
      complain(trigger, "failed to execute when condition: " + holds.error().message());
    return found;
  }
  const auto* yes = holds->as<bool>();
  found.holds = yes != nullptr && *yes;
  if (!found.holds || condition.once_per.empty()) return found;
  const auto once = condition.once_program.run(environment);
  if (once) {
    found.once_per = expr::print(*once);
  } else {
    complain(trigger, "failed to execute oncePer condition: " + once.error().message());
  }
  return found;
}

Task<void> Notifier::tell(Round& round, std::string trigger, const Condition& condition,
                          std::string once_per, Destination to) {
  const auto began = ports_.clock.now();
  Delivery delivery;
  std::string type = to.service;
  std::string headline;
  const auto service = round.config->services.find(to.service);
  if (service == round.config->services.end()) {
    delivery.error = Error(Errc::bad_input,
                           fmt::format("notification service '{}' is not supported", to.service));
  } else {
    type = service->second.type;
    RenderInputs inputs;
    inputs.objects.emplace(round.subject.variable, round.subject.object);
    inputs.destination = to;
    inputs.now = ports_.clock.wall_now();
    inputs.rng = &rng_;
    auto notification = render(*round.config, condition.send, inputs);
    if (!notification) {
      delivery.error = notification.error();
    } else {
      headline = notification->headline(type);
      Service through = service->second;
      delivery = co_await deliver(ports_.clock, ports_.dialer, std::move(through),
                                  std::move(*notification), to);
    }
  }
  if (ports_.metrics != nullptr)
    ports_.metrics->deliveries.add({trigger, to.service, truth_text(!delivery.error)});
  Event event;
  event.kind = EventKind::fact;
  event.who = ports_.who;
  event.subject = "alert." + round.subject.name + "." + trigger;
  event.value = delivery.error ? "failed" : "delivered";
  event.cluster = round.subject.cluster;
  event.message =
      delivery.error
          ? fmt::format("not sent through {}: {}", shown(to, type), delivery.error->message())
          : fmt::format("{} through {}: {}", delivery.carried ? "sent" : "would be sent",
                        shown(to, type), headline);
  event.numbers = {{"sent", began.time_since_epoch().count()}, {"attempts", delivery.attempts}};
  ports_.history.add(std::move(event));
  if (delivery.error) round.state.end(trigger, condition.key, once_per, to);
}

/// Each complaint is told once.
void Notifier::complain(const std::string& trigger, const std::string& message) {
  if (complaints_.size() >= kComplaintsMax || !complaints_.insert(trigger + ": " + message).second)
    return;
  Event event;
  event.kind = EventKind::fact;
  event.who = ports_.who;
  event.subject = "hub.notifications";
  event.value = "trigger-failed";
  event.message = fmt::format("trigger {}: {}", trigger, message);
  ports_.history.add(std::move(event));
}

}  // namespace spokelab::hub::notifications
