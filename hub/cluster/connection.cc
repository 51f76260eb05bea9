// Connection: probing, and believing.
#include "hub/cluster/connection.h"

#include <utility>

namespace spokelab::hub {

ConnectionBelief::ConnectionBelief(Clock& clock, ServedCluster& cluster, History& history,
                                   std::string who, std::function<void(bool returned)> changed)
    : clock_(&clock),
      cluster_(&cluster),
      history_(&history),
      who_(std::move(who)),
      changed_(std::move(changed)) {}

void ConnectionBelief::set(ConnectionStatus status, std::string message, int failures) {
  auto& state = cluster_->connection;
  const auto before = state.status;
  state.attempted_at = clock_->now();
  state.message = std::move(message);
  state.status = status;
  if (before == status) return;
  Event event;
  event.kind = EventKind::belief;
  event.who = who_;
  event.subject = "cluster." + cluster_->info.name + ".connection";
  event.value = name_of(status);
  event.cluster = cluster_->info.name;
  event.message = state.message;
  event.numbers = {{"failures", failures}};
  history_->add(std::move(event));
  if (changed_)
    changed_(before == ConnectionStatus::failed && status == ConnectionStatus::successful);
}

void ConnectionBelief::set_unmonitored(std::string why) {
  auto& state = cluster_->connection;
  state.attempted_at = clock_->now();
  state.status = ConnectionStatus::unknown;
  state.message = std::move(why);
  if (unmonitored_ == state.message) return;
  unmonitored_ = state.message;
  Event event;
  event.kind = EventKind::belief;
  event.who = who_;
  event.subject = "cluster." + cluster_->info.name + ".connection";
  event.value = name_of(ConnectionStatus::unknown);
  event.cluster = cluster_->info.name;
  event.message = state.message;
  event.numbers = {{"monitored", 0}};
  history_->add(std::move(event));
}

Task<void> probe_connection(Clock& clock, Rng rng, const Profile& profile, ServedCluster& cluster,
                            ConnectionBelief& belief, History& history, std::string who) {
  int failures = 0;
  // The phase is uniform, yet the second probe is never right behind the first.
  auto next = clock.now() + rng.between(profile.probe_every / 2, profile.probe_every * 3 / 2);
  for (;;) {
    const auto deadline = clock.now() + profile.probe_timeout;
    auto version = co_await cluster.client->probe(deadline);
    if (version) {
      failures = 0;
      const bool stuck = profile.plants.has(Plant::stuck_breaker) &&
                         cluster.connection.status == ConnectionStatus::failed;
      if (!stuck) belief.set(ConnectionStatus::successful, "", 0);
    } else {
      ++failures;
      if (failures <= profile.probe_failures) {
        Event event;
        event.kind = EventKind::fact;
        event.who = who;
        event.subject = "cluster." + cluster.info.name + ".probe";
        event.value = "failed";
        event.cluster = cluster.info.name;
        event.message = version.error().message();
        event.numbers = {{"failures", failures}};
        history.add(std::move(event));
      }
      if (failures >= profile.probe_failures && !profile.plants.has(Plant::deaf_probe)) {
        belief.set(ConnectionStatus::failed, version.error().message(), failures);
      }
    }
    while (next <= clock.now()) next += profile.probe_every;
    co_await sleep_until(clock, next);
  }
}

void follow_cache_syncs(const ServedCluster& cluster, ConnectionBelief& belief) {
  const auto& attempt = cluster.cache->last_attempt();
  if (!cluster.cache->monitored()) {
    belief.set_unmonitored("Cluster has no applications and is not being monitored.");
  } else if (!attempt.tried) {
    belief.set(ConnectionStatus::unknown, "", 0);
  } else if (attempt.error) {
    belief.set(ConnectionStatus::failed, attempt.error->message(), 1);
  } else {
    belief.set(ConnectionStatus::successful, "", 0);
  }
}

}  // namespace spokelab::hub
