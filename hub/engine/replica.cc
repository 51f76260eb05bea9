// Replica: the parts of one hub process, wired together.
#include "hub/engine/replica.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/task_group.h"
#include "hub/app/controller.h"
#include "hub/app/manifest_source.h"
#include "hub/appset/controller.h"
#include "hub/engine/cluster_set_impl.h"
#include "hub/notifications/applications.h"
#include "hub/notifications/clusters.h"
#include "hub/notifications/config/config_watch.h"
#include "hub/settings/settings_watch.h"

namespace spokelab::hub {

namespace {

/// Runs the ApplicationSet controller and the notifications controller for as long as this replica leads.
Task<void> lead(ControllerPorts ports, notifications::Ports notification_ports,
                ClusterSetImpl& clusters, Rng rng, Rng notification_rng) {
  const auto executor = co_await asio::this_coro::executor;
  co_await clusters.wait_ready();
  for (;;) {
    co_await clusters.wait_leadership_change(false);
    AppSetController controller(ports, rng);
    notifications::AppNotifications alerts(notification_ports, notification_rng);
    TaskGroup tasks(executor);
    tasks.spawn(controller.run());
    tasks.spawn(alerts.run());
    auto stop_with_leadership = [](ClusterSetImpl& set, TaskGroup& group) -> Task<void> {
      co_await set.wait_leadership_change(true);
      group.cancel();
    };
    tasks.spawn(stop_with_leadership(clusters, tasks));
    co_await tasks.join();
  }
}

Task<void> run_applications(AppController& controller, ClusterSetImpl& clusters,
                            SettingsWatch& settings) {
  co_await clusters.wait_ready();  // or every destination would be unknown
  co_await settings.wait_ready();  // or differences would show that are to be ignored
  co_await controller.run();
}

}  // namespace

Task<void> run_replica(Clock& clock, HttpDialer& dialer, Repos& repos, History& history, Rng rng,
                       ReplicaConfig config) {
  const auto executor = co_await asio::this_coro::executor;
  kube::Client hub(clock, dialer, config.hub_access);
  ClusterSetImpl::Ports set_ports{clock,          dialer,    history,     hub,
                                  config.profile, config.ns, config.name, config.replicas};
  ClusterSetImpl clusters(std::move(set_ports), rng.stream("clusters"));
  ManifestSource manifests(clock, rng.stream("manifests"), config.profile, repos);
  SettingsWatch settings(clock, rng.stream("settings"), hub, history, config.ns, config.name);
  const ControllerPorts ports{clock, history,        hub,       clusters,    manifests,
                              repos, config.profile, config.ns, config.name, &settings};
  AppController applications(ports, rng.stream("applications"));
  const auto alert_rng = rng.stream("notifications");
  notifications::ConfigWatch alert_config(clock, alert_rng.stream("config"), hub, history, config.ns,
                                          config.name);
  const notifications::Ports alert_ports{clock,    dialer,       history,        hub,
                                         clusters, alert_config, config.profile, config.ns,
                                         config.name};
  notifications::ClusterNotifications cluster_alerts(alert_ports, alert_rng.stream("clusters"));
  TaskGroup tasks(executor);
  tasks.spawn(hub.keep_alive());
  tasks.spawn(clusters.run());
  tasks.spawn(settings.run());
  tasks.spawn(run_applications(applications, clusters, settings));
  tasks.spawn(alert_config.run());
  tasks.spawn(cluster_alerts.run());
  tasks.spawn(lead(ports, alert_ports, clusters, rng.stream("applicationsets"),
                   alert_rng.stream("applications")));
  co_await tasks.join();
}

}  // namespace spokelab::hub
