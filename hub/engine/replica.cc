// Replica: the parts of one hub process, wired together.
#include "hub/engine/replica.h"

#include <boost/asio/this_coro.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "base/task_group.h"
#include "hub/app/controller.h"
#include "hub/app/manifest_source.h"
#include "hub/app/project/project_watch.h"
#include "hub/appset/controller.h"
#include "hub/engine/cluster_set_impl.h"
#include "hub/engine/served_repos.h"
#include "hub/metrics/client_requests.h"
#include "hub/metrics/hub_metrics.h"
#include "hub/notifications/applications.h"
#include "hub/notifications/clusters.h"
#include "hub/notifications/config/config_watch.h"
#include "hub/settings/settings_watch.h"
#include "hub/settings/start_settings.h"

namespace spokelab::hub {

namespace {

/// Runs what `start` makes while a component is up, anew in each of its lives.
Task<void> while_up(Components& components, Component component,
                    std::function<Task<void>()> start) {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    co_await components.wait(component, true);
    TaskGroup tasks(executor);
    tasks.spawn(start());
    auto stop_when_down = [](Components& all, Component one, TaskGroup& group) -> Task<void> {
      co_await all.wait(one, false);
      group.cancel();
    };
    tasks.spawn(stop_when_down(components, component, tasks));
    co_await tasks.join();
  }
}

/// Runs a controller made by `make` for as long as this replica leads, anew each time.
template <class Controller>
Task<void> while_leading(ClusterSetImpl& clusters,
                         std::function<std::unique_ptr<Controller>()> make) {
  const auto executor = co_await asio::this_coro::executor;
  co_await clusters.wait_ready();
  for (;;) {
    co_await clusters.wait_leadership_change(false);
    const auto controller = make();
    TaskGroup tasks(executor);
    tasks.spawn(controller->run());
    auto stop_with_leadership = [](ClusterSetImpl& set, TaskGroup& group) -> Task<void> {
      co_await set.wait_leadership_change(true);
      group.cancel();
    };
    tasks.spawn(stop_with_leadership(clusters, tasks));
    co_await tasks.join();
  }
}

Task<void> run_applications(AppController& controller, ClusterSetImpl& clusters,
                            SettingsWatch& settings, ProjectWatch& projects) {
  co_await clusters.wait_ready();  // or every destination would be unknown
  co_await settings.wait_ready();  // or differences would show that are to be ignored
  co_await projects.wait_ready();  // or no application would have a project
  co_await controller.run();
}

/// Open for as long as the replica's frame stands.
class OpenWindow final : public ReplicaView {
 public:
  OpenWindow(Window* window, ClusterSetImpl& clusters, const AppController& applications,
             const HubMetrics& metrics, const kube::Client& hub)
      : window_(window),
        clusters_(clusters),
        applications_(applications),
        metrics_(metrics),
        hub_(hub) {
    if (window_ != nullptr) window_->view = this;
  }
  ~OpenWindow() override {
    if (window_ != nullptr && window_->view == this) window_->view = nullptr;
  }
  OpenWindow(const OpenWindow&) = delete;

  std::vector<const ClusterInfo*> registered() const override { return clusters_.all(); }
  const ServedCluster* served(const std::string& server) const override {
    return clusters_.served(server);
  }
  const CompareMemo* compared(const std::string& app) const override {
    return applications_.compared(app);
  }
  void collect(metrics::Exposition& page) const override {
    applications_.collect(page);
    clusters_.collect(page);
    collect_requests(hub_, page);
    metrics_.collect(page);
  }

 private:
  Window* window_;
  ClusterSetImpl& clusters_;
  const AppController& applications_;
  const HubMetrics& metrics_;
  const kube::Client& hub_;
};

Task<void> run_cluster_alerts(notifications::Ports ports, Rng rng) {
  notifications::ClusterNotifications alerts(ports, rng);
  co_await alerts.run();
}

}  // namespace

Task<void> run_replica(Clock& clock, HttpDialer& dialer, Repos& repos, History& history, Rng rng,
                       ReplicaConfig config) {
  const auto executor = co_await asio::this_coro::executor;
  Components all_up;
  Components& components = config.components != nullptr ? *config.components : all_up;
  HubMetrics metrics(config.name);
  kube::Client hub(clock, dialer, config.hub_access);
  {
    const std::string ns = config.ns;
    const std::string name = config.name;
    const Profile given = config.profile;
    config.profile = co_await start_settings(clock, hub, history, ns, name, given);
  }
  SettingsWatch settings(clock, rng.stream("settings"), hub, history, config.ns, config.name);
  ProjectWatch projects(clock, rng.stream("projects"), hub, history, config.ns, config.name);
  ClusterSetImpl::Ports set_ports{clock,          dialer,    history,     hub,
                                  config.profile, config.ns, config.name, config.replicas,
                                  &components,    &settings, &metrics};
  ClusterSetImpl clusters(std::move(set_ports), rng.stream("clusters"));
  ServedRepos served_repos(repos, components);
  ManifestSource manifests(clock, rng.stream("manifests"), config.profile, repos, &components,
                           &metrics, config.kustomize);
  const ControllerPorts ports{clock,        history,        hub,       clusters,    manifests,
                              served_repos, config.profile, config.ns, config.name, &settings,
                              &projects,    &metrics,       &dialer};
  AppController applications(ports, rng.stream("applications"));
  const OpenWindow open(config.window, clusters, applications, metrics, hub);
  const auto alert_rng = rng.stream("notifications");
  notifications::ConfigWatch alert_config(clock, alert_rng.stream("config"), hub, history,
                                          config.ns, config.name);
  const notifications::Ports alert_ports{clock,       dialer,       history,        hub,
                                         clusters,    alert_config, config.profile, config.ns,
                                         config.name, &metrics};
  TaskGroup tasks(executor);
  tasks.spawn(hub.keep_alive());
  tasks.spawn(clusters.run());
  tasks.spawn(settings.run());
  tasks.spawn(projects.run());
  tasks.spawn(run_applications(applications, clusters, settings, projects));
  const Rng appset_rng = rng.stream("applicationsets");
  std::function<std::unique_ptr<AppSetController>()> make_appsets = [&] {
    return std::make_unique<AppSetController>(ports, appset_rng, &dialer);
  };
  std::function<Task<void>()> lead_appsets = [&] { return while_leading(clusters, make_appsets); };
  tasks.spawn(while_up(components, Component::applicationset_controller, lead_appsets));
  const Rng app_alert_rng = alert_rng.stream("applications");
  std::function<std::unique_ptr<notifications::AppNotifications>()> make_alerts = [&] {
    return std::make_unique<notifications::AppNotifications>(alert_ports, app_alert_rng);
  };
  std::function<Task<void>()> lead_alerts = [&] { return while_leading(clusters, make_alerts); };
  tasks.spawn(alert_config.run());
  tasks.spawn(while_up(components, Component::notifications_controller, lead_alerts));
  const Rng cluster_alert_rng = alert_rng.stream("clusters");
  std::function<Task<void>()> tell_of_clusters = [&] {
    return run_cluster_alerts(alert_ports, cluster_alert_rng);
  };
  tasks.spawn(while_up(components, Component::notifications_controller, tell_of_clusters));
  co_await tasks.join();
}

}  // namespace spokelab::hub
