// What the parts of the ApplicationSet controller share. Not for others.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "hub/appset/application_set.h"
#include "hub/appset/controller.h"
#include "hub/appset/generators/generator.h"
#include "hub/appset/last_generation.h"
#include "hub/appset/plan.h"
#include "hub/appset/rendering/render.h"
#include "hub/appset/rollout/progress.h"
#include "hub/appset/status.h"
#include "kube/reflector.h"
#include "kube/work_queue.h"

namespace spokelab::hub {

inline constexpr std::string_view kAppSetManager = "argocd-applicationset-controller";
inline constexpr std::string_view kAppSetRefresh = "argocd.argoproj.io/application-set-refresh";

kube::ResourceType application_set_type();
kube::ResourceType application_type();

const Json& at_or_null(const Json& object, std::initializer_list<std::string_view> path);
std::string name_in(const Json& object);

struct AppSetController::State {
  State(ControllerPorts given, Rng chance, HttpDialer* dialer);

  Task<void> run();
  void registrations_changed();
  void collect(metrics::Exposition& page) const;

  ControllerPorts ports;
  Rng rng;
  HttpDialer* outside;
  AppSetDefaults defaults;
  GeneratorSettings generator_settings;
  std::shared_ptr<State*> self = std::make_shared<State*>(this);  // dies with us: for listeners
  std::optional<kube::WorkQueue<std::string>> queue;
  std::optional<kube::Reflector> sets;
  std::optional<kube::Reflector> apps;
  std::map<std::string, std::set<std::string>> generated;  // names each set made last
  std::map<std::string, LastGeneration> generations;       // of each set
  std::map<std::string, JsonRef> written;             // each set as our last status write left it
  std::map<std::string, std::set<std::string>> told;  // warnings about each set's spec

 private:
  struct Reconcile {
    ApplicationSet set;
    GeneratedApps wanted;            // null before they are made
    SettledApps* settled = nullptr;  // of `wanted`, where it is as it was generated
    AppSetOutcome outcome;
    std::map<std::string, JsonRef> owned;  // Applications it owns, as far as known after the writes
    Nanos again{0};                        // when to look again; 0: on events only
    bool retry = false;                    // a write failed: again soon, ever less often
  };

  // controller.cc
  void watch_sets();
  void watch_apps();
  Task<void> work();
  Task<void> reconcile(std::string name);
  Task<void> carry_out(Reconcile& run);
  Task<std::optional<GenerationFailure>> make(Reconcile& run);
  Task<std::set<std::string>> missing_projects(const std::vector<Json>& made);
  Task<bool> roll(Reconcile& run);
  bool rolls(const ApplicationSet& set) const;
  JsonRef newest(const std::string& name);
  std::vector<JsonRef> live_apps() const;

  // writing.cc
  kube::WriteOptions write_options() const;
  Task<void> write_all(Reconcile& run, std::set<std::string> withheld);
  Task<void> write_each(Reconcile& run, const std::vector<AppChange>& changes, const char* reason,
                        std::map<std::string, std::pair<std::string, std::string>>& failed);
  Task<Result<JsonRef>> write(const ApplicationSet& set, AppChange change);
  Task<bool> write_status(std::string name, Json after);
  Task<bool> write_outcome(Reconcile& run);
  Task<void> clear_refresh(const ApplicationSet& set);
  Task<Result<void>> keep_finalizer(const ApplicationSet& set);
  void hold(Reconcile& run, const AppPlan& plan);

  // deletion.cc
  Task<Result<Nanos>> finalize(JsonRef object);
  Task<Result<void>> release_apps(const ApplicationSet& set);
  Task<Result<Nanos>> delete_in_reverse(const ApplicationSet& set);

  // telling.cc
  void tell_generated(const Reconcile& run);
  void tell_rollout(const Reconcile& run, const std::vector<RolloutStatus>& before);
  void tell_error(const std::string& set, const Json& before, const AppSetOutcome& outcome);
  void tell_spec(const ApplicationSet& set);
  void tell(const std::string& subject, EventKind kind, const std::string& value,
            const std::string& message,
            std::vector<std::pair<std::string, std::int64_t>> numbers = {});
};

}  // namespace spokelab::hub
