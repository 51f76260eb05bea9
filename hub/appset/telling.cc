// What the ApplicationSet controller tells the history.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hub/appset/controller_state.h"

namespace spokelab::hub {

namespace {

const Json* error_condition(const Json& status) {
  const Json* conditions = find(status, {"conditions"});
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const Json& condition : *conditions) {
    if (text_at(condition, {"type"}) == "ErrorOccurred") return &condition;
  }
  return nullptr;
}

}  // namespace

void AppSetController::State::tell(const std::string& subject, EventKind kind,
                                   const std::string& value, const std::string& message,
                                   std::vector<std::pair<std::string, std::int64_t>> numbers) {
  Event event;
  event.kind = kind;
  event.who = ports.who;
  event.subject = subject;
  event.value = value;
  event.message = message;
  event.numbers = std::move(numbers);
  ports.history.add(std::move(event));
}

void AppSetController::State::tell_generated(const Reconcile& run) {
  std::set<std::string> names;
  for (const Json& app : *run.wanted) names.insert(name_in(app));
  std::set<std::string> before;
  if (const auto known = generated.find(run.set.name); known != generated.end()) {
    before = known->second;
  } else {
    for (const auto& [name, app] : run.owned) before.insert(name);
  }
  generated[run.set.name] = names;
  if (names == before) return;
  tell("appset." + run.set.name, EventKind::fact, "generated",
       fmt::format("{} Applications: {}", names.size(), fmt::join(names, ", ")),
       {{"applications", static_cast<std::int64_t>(names.size())},
        {"before", static_cast<std::int64_t>(before.size())}});
}

/// Each Application that has moved on, and the step that is worked on.
void AppSetController::State::tell_rollout(const Reconcile& run,
                                           const std::vector<RolloutStatus>& before) {
  const RolloutNews& news = *run.outcome.rollout;
  bool moved = news.statuses.size() != before.size();
  for (const RolloutStatus& now : news.statuses) {
    const auto old = std::find_if(before.begin(), before.end(), [&](const RolloutStatus& one) {
      return one.application == now.application;
    });
    if (old != before.end() && old->status == now.status) continue;
    moved = true;
    tell("app." + now.application + ".rollout", EventKind::state, now.status, now.message);
  }
  if (!moved) return;
  tell("appset." + run.set.name + ".rollout", EventKind::state,
       news.progressing_step.empty() ? "complete" : "step " + news.progressing_step, "");
}

void AppSetController::State::tell_error(const std::string& set, const Json& before,
                                         const AppSetOutcome& outcome) {
  const Json* old = error_condition(before);
  const bool was = old != nullptr && text_at(*old, {"status"}) == "True";
  const std::string reason = was ? text_at(*old, {"reason"}) : "";
  const std::string message = was ? text_at(*old, {"message"}) : "";
  if (reason == outcome.reason && message == outcome.message) return;
  tell("appset." + set + ".error", EventKind::state,
       outcome.reason.empty() ? "none" : outcome.reason, outcome.message);
}

/// What the spec asks for in vain, once each time it begins to.
void AppSetController::State::tell_spec(const ApplicationSet& set) {
  std::set<std::string> warnings;
  const auto unknown = unrecognized_generators(set.generators());
  if (!unknown.empty()) {
    warnings.insert(fmt::format("ApplicationSet {} contains unrecognized generators: {}", set.name,
                                fmt::join(unknown, ", ")));
  }
  if (set.strategy.is_rolling() && !ports.profile.progressive_syncs) {
    warnings.insert(
        "strategy RollingSync has no effect: progressive syncs are off "
        "(applicationsetcontroller.enable.progressive.syncs)");
  }
  auto& before = told[set.name];
  for (const std::string& warning : warnings) {
    if (before.contains(warning)) continue;
    tell("appset." + set.name, EventKind::fact, "without-effect", warning);
  }
  before = std::move(warnings);
}

}  // namespace spokelab::hub
