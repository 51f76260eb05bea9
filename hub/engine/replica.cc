// Replica: the parts of one hub process, wired together.
#include "hub/engine/replica.h"

#include <boost/asio/this_coro.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/task_group.h"
#include "hub/app/controller.h"
#include "hub/app/manifest_source.h"
#include "hub/app/project/project_watch.h"
#include "hub/appset/controller.h"
#include "hub/engine/cluster_set_impl.h"
#include "hub/settings/settings_watch.h"

namespace spokelab::hub {

namespace {

/// A repository as the ApplicationSet controller reaches it: through the repo-server.
class ServedRepo final : public Repo {
 public:
  ServedRepo(Repo& repo, Components& components) : repo_(&repo), components_(&components) {}

  Task<Result<std::string>> resolve(std::string revision) override {
    if (const auto down = is_down()) co_return *down;
    const auto lives = components_->deaths(Component::repo_server);
    auto commit = co_await repo_->resolve(std::move(revision));
    if (components_->deaths(Component::repo_server) != lives) co_return repo_server_died();
    co_return commit;
  }
  Task<Result<std::shared_ptr<const FileTree>>> files(std::string commit) override {
    if (const auto down = is_down()) co_return *down;
    const auto lives = components_->deaths(Component::repo_server);
    auto tree = co_await repo_->files(std::move(commit));
    if (components_->deaths(Component::repo_server) != lives) co_return repo_server_died();
    co_return tree;
  }

 private:
  std::optional<Error> is_down() {
    if (components_->up(Component::repo_server)) return std::nullopt;
    components_->miss(Component::repo_server);
    return repo_server_down();
  }

  Repo* repo_;
  Components* components_;
};

class ServedRepos final : public Repos {
 public:
  ServedRepos(Repos& repos, Components& components) : repos_(&repos), components_(&components) {}
  Repo* find(const std::string& url) override {
    Repo* repo = repos_->find(url);
    if (repo == nullptr) return nullptr;
    auto& served = served_[repo];
    if (!served) served = std::make_unique<ServedRepo>(*repo, *components_);
    return served.get();
  }

 private:
  Repos* repos_;
  Components* components_;
  std::map<Repo*, std::unique_ptr<ServedRepo>> served_;
};

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

/// Runs the ApplicationSet controller for as long as this replica leads.
Task<void> lead(ControllerPorts ports, ClusterSetImpl& clusters, Rng rng, HttpDialer& dialer) {
  const auto executor = co_await asio::this_coro::executor;
  co_await clusters.wait_ready();
  for (;;) {
    co_await clusters.wait_leadership_change(false);
    AppSetController controller(ports, rng, &dialer);
    TaskGroup tasks(executor);
    tasks.spawn(controller.run());
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

}  // namespace

Task<void> run_replica(Clock& clock, HttpDialer& dialer, Repos& repos, History& history, Rng rng,
                       ReplicaConfig config) {
  const auto executor = co_await asio::this_coro::executor;
  Components all_up;
  Components& components = config.components != nullptr ? *config.components : all_up;
  kube::Client hub(clock, dialer, config.hub_access);
  SettingsWatch settings(clock, rng.stream("settings"), hub, history, config.ns, config.name);
  ProjectWatch projects(clock, rng.stream("projects"), hub, history, config.ns, config.name);
  ClusterSetImpl::Ports set_ports{clock,          dialer,    history,     hub,
                                  config.profile, config.ns, config.name, config.replicas,
                                  &components,    &settings};
  ClusterSetImpl clusters(std::move(set_ports), rng.stream("clusters"));
  ServedRepos served_repos(repos, components);
  ManifestSource manifests(clock, rng.stream("manifests"), config.profile, repos, &components);
  const ControllerPorts ports{clock,        history,        hub,       clusters,    manifests,
                              served_repos, config.profile, config.ns, config.name, &settings,
                              &projects};
  AppController applications(ports, rng.stream("applications"));
  TaskGroup tasks(executor);
  tasks.spawn(hub.keep_alive());
  tasks.spawn(clusters.run());
  tasks.spawn(settings.run());
  tasks.spawn(projects.run());
  tasks.spawn(run_applications(applications, clusters, settings, projects));
  const Rng appset_rng = rng.stream("applicationsets");
  std::function<Task<void>()> lead_now = [&] { return lead(ports, clusters, appset_rng, dialer); };
  tasks.spawn(while_up(components, Component::applicationset_controller, lead_now));
  co_await tasks.join();
}

}  // namespace spokelab::hub
