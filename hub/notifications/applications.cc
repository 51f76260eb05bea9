#include "hub/notifications/applications.h"

#include <boost/asio/this_coro.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/duration.h"
#include "base/json.h"
#include "base/task_group.h"
#include "hub/app/compare/tracking.h"
#include "hub/app/namespaces.h"
#include "kube/reflector.h"
#include "kube/work_queue.h"

namespace spokelab::hub::notifications {

namespace {

const kube::ResourceType kApplication{"argoproj.io", "v1alpha1", "applications", "Application",
                                      true};
const kube::ResourceType kProject{"argoproj.io", "v1alpha1", "appprojects", "AppProject", true};

/// Namespace and name.
std::pair<std::string, std::string> place_of(const Json& object) {
  return {text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})};
}
std::string version_of(const JsonRef& object) {
  return text_at(*object, {"metadata", "resourceVersion"});
}

/// Whole numbers of any length.
bool older(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Json annotations_of(const Json& object) {
  const Json* found = find(object, {"metadata", "annotations"});
  return found == nullptr ? Json::object() : *found;
}

std::optional<WallTime> time_at(const Json& object, std::initializer_list<std::string_view> path) {
  const auto time = parse_rfc3339(text_at(object, path));
  if (!time) return std::nullopt;
  return *time;
}

}  // namespace

/// What is kept while the ConfigMap is there.
struct AppNotifications::Session {
  Session(const Ports& ports, const Rng& rng)
      : queue(ports.clock),
        apps(ports.clock, rng.stream("applications"), ports.hub, kApplication,
             in(ports.profile.application_namespaces.empty() ? ports.ns : ""),
             kube::Reflector::Handler{
                 [this](const JsonRef& now) { seen(now); },
                 [this](const JsonRef&, const JsonRef& now) { seen(now); },
                 [this](const JsonRef& last) { written.erase(place_of(*last)); },
                 {}}),
        projects(ports.clock, rng.stream("projects"), ports.hub, kProject, in(ports.ns), {}) {}

  static kube::ReflectorOptions in(const std::string& ns) {
    kube::ReflectorOptions options;
    options.ns = ns;
    return options;
  }

  void seen(const JsonRef& now) {
    const auto place = place_of(*now);
    const auto own = written.find(place);
    if (own != written.end() && !older(version_of(now), version_of(own->second)))
      written.erase(own);
    queue.add(place);
  }

  JsonRef newest(const Place& place) const {
    const auto own = written.find(place);
    return own != written.end() ? own->second : apps.get(place.first, place.second);
  }

  kube::WorkQueue<Place> queue;
  // Answers to our own writes that the watch has not brought yet.
  std::map<Place, JsonRef> written;
  kube::Reflector apps;
  kube::Reflector projects;
};

AppNotifications::AppNotifications(Ports ports, Rng rng)
    : ports_(std::move(ports)), rng_(rng), notifier_(ports_, rng.stream("templates")) {}

Task<void> AppNotifications::run() {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    co_await ports_.config.wait_present(true);
    TaskGroup tasks(executor);
    tasks.spawn(serve());
    auto stop_without_config = [](ConfigWatch& config, TaskGroup& group) -> Task<void> {
      co_await config.wait_present(false);
      group.cancel();
    };
    tasks.spawn(stop_without_config(ports_.config, tasks));
    co_await tasks.join();
  }
}

Task<void> AppNotifications::serve() {
  const auto executor = co_await asio::this_coro::executor;
  Session session(ports_, rng_);
  TaskGroup tasks(executor);
  tasks.spawn(session.apps.run());
  tasks.spawn(session.projects.run());
  auto work = [](AppNotifications& self, Session& shared) -> Task<void> {
    co_await shared.apps.wait_synced();
    co_await shared.projects.wait_synced();
    for (;;) {
      const Place place = co_await shared.queue.get();
      co_await self.process(shared, place);
      shared.queue.done(place);
    }
  };
  auto resync = [](Clock& clock, Session& shared) -> Task<void> {
    for (;;) {
      co_await sleep_for(clock, kResyncEvery);
      for (const auto& [key, object] : shared.apps.store()) shared.queue.add(key);
    }
  };
  tasks.spawn(work(*this, session));
  tasks.spawn(resync(ports_.clock, session));
  co_await tasks.join();
}

Task<void> AppNotifications::process(Session& session, Place place) {
  const JsonRef app = session.newest(place);
  const std::string ns = place.first;
  const std::string name = place.second;
  if (ns != ports_.ns && !matches_namespace(ports_.profile.application_namespaces, ns)) co_return;
  const std::shared_ptr<const Config> config = ports_.config.now();
  if (!app || !config || !is_sync_status_refreshed(*app)) co_return;

  Destinations destinations;
  const Json* labels = find(*app, {"metadata", "labels"});
  merge(destinations, default_destinations(*config, labels == nullptr ? Json::object() : *labels));
  const Json annotations = annotations_of(*app);
  merge(destinations, annotated_destinations(*config, annotations));
  const JsonRef project = session.projects.get(ports_.ns, text_at(*app, {"spec", "project"}));
  if (project) merge(destinations, annotated_destinations(*config, annotations_of(*project)));
  if (ports_.profile.notify_clusters) {
    std::erase_if(destinations,
                  [&](const auto& one) { return config->is_about_clusters(one.first); });
  }
  if (destinations.empty()) co_return;

  Subject subject;
  subject.name = instance_name(ns, name, ports_.ns);
  const auto cluster = ports_.clusters.resolve(text_at(*app, {"spec", "destination", "server"}),
                                               text_at(*app, {"spec", "destination", "name"}));
  if (cluster) subject.cluster = (*cluster)->name;
  subject.variable = "app";
  subject.object = app;
  subject.notified = text_at(annotations, {kNotifiedAnnotation});
  const std::string before = subject.notified;
  const std::string after =
      co_await notifier_.process(std::move(subject), config, std::move(destinations));
  if (after == before) co_return;

  Json change = Json::object();
  change[std::string(kNotifiedAnnotation)] = after.empty() ? Json() : Json(after);
  const JsonRef patch = freeze(Json{{"metadata", {{"annotations", std::move(change)}}}});
  kube::WriteOptions options;
  const std::string no_subresource;
  auto written = co_await ports_.hub.patch(kApplication, ns, name, kube::PatchType::merge, patch,
                                           no_subresource, options);
  // When that fails, the next round tells again: better twice than never.
  if (written) session.written[place] = *written;
}

bool is_sync_status_refreshed(const Json& application) {
  const auto phase = text_at(application, {"status", "operationState", "phase"});
  if (phase != "Failed" && phase != "Error" && phase != "Succeeded") return true;
  const auto finished = time_at(application, {"status", "operationState", "finishedAt"});
  if (!finished) return false;
  const auto reconciled = time_at(application, {"status", "reconciledAt"});
  const auto observed = time_at(application, {"status", "observedAt"});
  return (reconciled && *finished <= *reconciled) || (observed && *finished <= *observed);
}

}  // namespace spokelab::hub::notifications
