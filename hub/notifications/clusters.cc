#include "hub/notifications/clusters.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/duration.h"
#include "base/json.h"
#include "base/task_group.h"

namespace spokelab::hub::notifications {

namespace {

const kube::ResourceType kSecret{"", "v1", "secrets", "Secret", true};

Json object_of(const std::map<std::string, std::string>& texts) {
  JsonMembers members;
  for (const auto& [key, value] : texts) members.emplace_back(key, value);
  return json_object(std::move(members));
}

JsonRef describe(const ServedCluster& cluster, const Clock& clock) {
  const auto& info = cluster.info;
  const auto age = clock.now() - cluster.connection.attempted_at;
  Json connection{{"status", std::string(name_of(cluster.connection.status))},
                  {"message", cluster.connection.message},
                  {"attemptedAt", format_rfc3339(clock.wall_now() - age)}};
  return freeze(Json{{"name", info.name},
                     {"server", info.server},
                     {"project", info.project},
                     {"labels", object_of(info.labels)},
                     {"annotations", object_of(info.annotations)},
                     {"connection", std::move(connection)}});
}

}  // namespace

ClusterNotifications::ClusterNotifications(Ports ports, Rng rng)
    : ports_(std::move(ports)),
      notifier_(ports_, rng.stream("templates")),
      queue_(ports_.clock),
      self_(std::make_shared<ClusterNotifications*>(this)) {
  if (ports_.profile.notify_clusters) listen();
}

ClusterNotifications::~ClusterNotifications() = default;

void ClusterNotifications::listen() {
  const std::weak_ptr<ClusterNotifications*> weak = self_;
  const auto look = [weak](const std::string& server) {
    if (const auto self = weak.lock()) (*self)->queue_.add(server);
  };
  ClusterSet::Listener listener;
  listener.serving_started = look;
  listener.serving_stopped = [weak](const std::string& server) {
    if (const auto self = weak.lock()) (*self)->written_.erase(server);
  };
  listener.connection_changed = [look](const std::string& server, bool) { look(server); };
  ports_.clusters.listen(std::move(listener));
}

Task<void> ClusterNotifications::run() {
  if (!ports_.profile.notify_clusters) co_return;
  const auto executor = co_await asio::this_coro::executor;
  add_all();
  TaskGroup tasks(executor);
  tasks.spawn(work());
  tasks.spawn(resync());
  co_await tasks.join();
}

Task<void> ClusterNotifications::work() {
  for (;;) {
    co_await ports_.config.wait_present(true);
    const std::string server = co_await queue_.get();
    co_await process(server);
    queue_.done(server);
  }
}

Task<void> ClusterNotifications::resync() {
  for (;;) {
    co_await ports_.config.wait_present(true);
    co_await sleep_for(ports_.clock, kResyncEvery);
    add_all();
  }
}

void ClusterNotifications::add_all() {
  for (const auto* info : ports_.clusters.all()) {
    if (ports_.clusters.served(info->server) != nullptr) queue_.add(info->server);
  }
}

Task<void> ClusterNotifications::process(std::string server) {
  const auto* cluster = ports_.clusters.served(server);
  const std::shared_ptr<const Config> config = ports_.config.now();
  if (cluster == nullptr || !config || !ports_.clusters.may_write(server)) co_return;

  Destinations destinations;
  merge(destinations, default_destinations(*config, object_of(cluster->info.labels)));
  merge(destinations, annotated_destinations(*config, object_of(cluster->info.annotations)));
  std::erase_if(destinations, [&](const auto& one) {
    return config->triggers.contains(one.first) && !config->is_about_clusters(one.first);
  });
  if (destinations.empty()) co_return;

  const std::string secret = cluster->info.secret_name;
  const auto kept = cluster->info.annotations.find(std::string(kNotifiedAnnotation));
  const std::string in_secret = kept == cluster->info.annotations.end() ? "" : kept->second;
  const auto own = written_.find(server);
  Subject subject;
  subject.name = subject.cluster = cluster->info.name;
  subject.variable = "cluster";
  subject.object = describe(*cluster, ports_.clock);
  subject.notified = own == written_.end() ? in_secret : own->second;
  if (own != written_.end() && own->second == in_secret) written_.erase(own);
  const std::string before = subject.notified;
  const std::string after =
      co_await notifier_.process(std::move(subject), config, std::move(destinations));
  if (after == before) co_return;
  // Another replica may have taken over meanwhile: what it keeps is not ours.
  if (ports_.clusters.served(server) == nullptr) co_return;
  written_[server] = after;
  if (secret.empty()) co_return;

  Json change = Json::object();
  change[std::string(kNotifiedAnnotation)] = after.empty() ? Json() : Json(after);
  const JsonRef patch = freeze(Json{{"metadata", {{"annotations", std::move(change)}}}});
  kube::WriteOptions options;
  const std::string no_subresource;
  co_await ports_.hub.patch(kSecret, ports_.ns, secret, kube::PatchType::merge, patch,
                            no_subresource, options);
}

}  // namespace spokelab::hub::notifications
