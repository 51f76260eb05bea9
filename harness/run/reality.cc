#include "harness/run/reality.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "hub/app/finalizers.h"
#include "hub/cluster/cluster_set.h"
#include "hub/cluster/secret.h"

namespace spokelab::harness {

namespace {

constexpr Nanos kDeletes = std::chrono::minutes(5);

}  // namespace

void Reality::tell(std::string_view rule, const std::string& what) {
  if (!told_.insert(what).second) return;
  complain_(fmt::format("{}: at {} {}", rule, format_run_time(lab_.world().now()), what));
}

Reality::Reality(Lab& lab, Complain complain)
    : lab_(lab),
      complain_(std::move(complain)),
      claims_(lab, [this](const std::string& what) { tell("truthfulness", what); }) {}

void Reality::look(Nanos quiet) {
  if (!lab_.sites().contains("hub")) return;
  look_at_owners();
  claims_.look(quiet);
  for (const JsonRef& object :
       lab_.site("hub").api->list("applications.argoproj.io", lab_.scenario().world.hub.ns)) {
    if (find(*object, {"metadata", "deletionTimestamp"}) != nullptr) look_at_deletion(*object);
  }
}

/// A deletion that could have come to its end long ago.
void Reality::look_at_deletion(const Json& object) {
  const auto since = parse_rfc3339(text_at(object, {"metadata", "deletionTimestamp"}));
  if (!since || lab_.world().wall_now() - *since < kDeletes) return;
  const auto any = [&object](std::initializer_list<std::string_view> path, const auto& test) {
    const Json* list = find(object, path);
    return list != nullptr && list->is_array() && std::any_of(list->begin(), list->end(), test);
  };
  const auto waits_by = [&any](const auto& test) {
    return any({"metadata", "finalizers"}, [&test](const Json& one) {
      return one.is_string() && test(one.get_ref<const std::string&>());
    });
  };
  const auto cascades = [](const std::string& one) {
    return one.starts_with(hub::kResourcesFinalizer);
  };
  const auto runs_hooks = [](const std::string& one) { return one == hub::kPreDeleteFinalizer; };
  // Its hooks take as long as they take, and people as long as they take to agree.
  if (!waits_by(cascades) || waits_by(runs_hooks) ||
      any({"status", "resources"},
          [](const Json& one) { return bool_at(one, {"requiresDeletionConfirmation"}); }))
    return;
  const bool says_why = any({"status", "conditions"}, [](const Json& one) {
    return text_at(one, {"type"}) == "DeletionError";
  });
  if (says_why) return;
  tell("stuck deletion", fmt::format("app.{} was still there, {} after somebody had deleted it",
                                     text_at(object, {"metadata", "name"}),
                                     format_duration(lab_.world().wall_now() - *since)));
}

/// Each replica knows the clusters that are registered, and no others.
void Reality::look_at_registry(const std::string& replica, const hub::ReplicaView& view) {
  std::map<std::string, std::string> real;  // server -> name
  for (const JsonRef& secret :
       lab_.site("hub").api->list("secrets", lab_.scenario().world.hub.ns)) {
    if (text_at(*secret, {"metadata", "labels", hub::kSecretTypeLabel}) != "cluster") continue;
    const auto info = hub::read_cluster_secret(*secret, lab_.profile());
    if (info) real.emplace(info->server, info->name);
  }
  std::set<std::string> known;
  for (const auto* info : view.registered()) {
    known.insert(info->server);
    if (info->secret_name.empty() || real.contains(info->server)) continue;
    tell("truthfulness",
         fmt::format("{} knew a cluster {}, which nobody has registered", replica, info->name));
  }
  for (const auto& [server, name] : real) {
    if (!known.contains(server))
      tell("truthfulness", fmt::format("{} did not know the cluster {}", replica, name));
  }
}

/// Who should serve a cluster is known for certain only where replicas take over from each other.
void Reality::look_at_owners() {
  std::map<std::string, std::vector<std::string>> owners;
  bool complete = true;
  std::map<std::string, std::string> registered;  // server -> name
  for (const auto& [name, process] : lab_.replicas()) {
    if (!process->running() || process->paused()) continue;
    const auto* view = lab_.view_of(name);
    if (view == nullptr) {
      complete = false;
      continue;
    }
    look_at_registry(name, *view);
    for (const auto* info : view->registered()) {
      if (info->skips_reconcile()) continue;
      registered[info->server] = info->name;
      if (view->served(info->server) != nullptr) owners[info->server].push_back(name);
    }
  }
  if (!complete || !lab_.profile().takeover) return;
  for (const auto& [server, name] : registered) {
    const auto& of = owners[server];
    if (of.size() == 1) continue;
    tell("ownership",
         of.empty() ? fmt::format("no running replica looked after {}", name)
                    : fmt::format("{} looked after {} at once", fmt::join(of, " and "), name));
  }
}

}  // namespace spokelab::harness
