// Following the hub's AppProjects.
#include "hub/app/project/project_watch.h"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/json.h"
#include "base/task_group.h"

namespace spokelab::hub {
namespace {

constexpr Nanos kHubRetry = std::chrono::seconds(1);

const kube::ResourceType kProject{"argoproj.io", "v1alpha1", "appprojects", "AppProject", true};

kube::ReflectorOptions options_for(std::string ns) {
  kube::ReflectorOptions options;
  options.ns = std::move(ns);
  return options;
}

/// The server has spoken; asking again would change nothing.
bool is_final(Errc code) {
  return code == Errc::already_exists || code == Errc::forbidden || code == Errc::invalid ||
         code == Errc::unauthorized;
}

}  // namespace

ProjectWatch::ProjectWatch(Clock& clock, Rng rng, kube::Client& hub, History& history,
                           std::string ns, std::string who)
    : clock_(clock),
      hub_(hub),
      history_(history),
      ns_(std::move(ns)),
      who_(std::move(who)),
      reflector_(clock, rng, hub, kProject, options_for(ns_),
                 kube::Reflector::Handler{[this](const JsonRef& now) { take(now); },
                                          [this](const JsonRef&, const JsonRef& now) { take(now); },
                                          [this](const JsonRef& last) { drop(last); },
                                          {}}) {}

Task<void> ProjectWatch::run() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  TaskGroup tasks(executor);
  tasks.spawn(reflector_.run());
  tasks.spawn(ensure_default());
  co_await tasks.join();
}

Task<void> ProjectWatch::wait_ready() {
  while (!ready_) co_await became_ready_.wait();
}

Task<void> ProjectWatch::ensure_default() {
  co_await reflector_.wait_synced();
  const JsonRef wanted = freeze(default_project(ns_));
  while (!projects_.contains("default")) {
    kube::WriteOptions options;
    options.field_manager = "argocd-server";
    const auto made = co_await hub_.create(kProject, ns_, wanted, options);
    if (made) {
      take(*made);
      break;
    }
    if (is_final(made.error().code())) {
      if (made.error().code() != Errc::already_exists)
        tell("default", "not-made", made.error().message());
      break;
    }
    co_await sleep_for(clock_, kHubRetry);
  }
  ready_ = true;
  became_ready_.notify();
}

void ProjectWatch::take(const JsonRef& object) {
  const std::string name = text_at(*object, {"metadata", "name"});
  Known& known = projects_[name];
  if (known.object && text_at(*known.object, {"metadata", "resourceVersion"}) ==
                          text_at(*object, {"metadata", "resourceVersion"}))
    return;
  known.object = object;
  auto project = read_project(*object);
  known.problem = project ? "" : project.error().message();
  known.project = project ? std::make_shared<const AppProject>(std::move(*project)) : nullptr;
  if (!known.project) {
    tell(name, "invalid", known.problem);
  } else {
    for (const std::string& field : known.project->unsupported) tell(name, "unsupported", field);
  }
  for (const auto& changed : listeners_) changed(name);
}

void ProjectWatch::drop(const JsonRef& object) {
  const std::string name = text_at(*object, {"metadata", "name"});
  projects_.erase(name);
  for (const auto& changed : listeners_) changed(name);
}

Result<std::shared_ptr<const AppProject>> ProjectWatch::get(const std::string& name) const {
  const auto found = projects_.find(name);
  if (found == projects_.end()) {
    return Error(Errc::not_found, fmt::format("appproject.argoproj.io \"{}\" not found", name));
  }
  if (!found->second.project) return Error(Errc::invalid, found->second.problem);
  return found->second.project;
}

Json ProjectWatch::labels(const std::string& name) const {
  const auto found = projects_.find(name);
  if (found == projects_.end()) return Json::object();
  const Json* labels = find(*found->second.object, {"metadata", "labels"});
  return labels != nullptr && labels->is_object() ? *labels : Json::object();
}

void ProjectWatch::tell(const std::string& name, std::string value, std::string message) {
  Event event;
  event.kind = EventKind::fact;
  event.who = who_;
  event.subject = "project." + name;
  event.value = std::move(value);
  event.message = std::move(message);
  history_.add(std::move(event));
}

}  // namespace spokelab::hub
