#include "harness/look/look.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "harness/look/hidden.h"
#include "harness/scenario/diagnostic.h"
#include "hub/app/application.h"
#include "hub/app/compare/tracking.h"
#include "hub/app/project/project.h"
#include "hub/app/project/sync_window.h"
#include "hub/cluster/secret.h"
#include "hub/metrics/exposition.h"
#include "hub/sync/hooks.h"
#include "kube/selector.h"

namespace spokelab::harness {

namespace {

constexpr std::size_t kNamesToldMax = 20;

Json wrong(std::string message) { return Json{{"error", std::move(message)}}; }

/// "no application "shob": did you mean shop?", or the names that there are.
Json no_such(std::string_view what, const std::string& name, std::vector<std::string> known) {
  std::string hint;
  const auto near = nearest(name, known);
  if (known.empty()) {
    hint = fmt::format("there is no {} at this time", what);
  } else if (!near.empty()) {
    hint = fmt::format("did you mean {}?", near);
  } else {
    const auto count = known.size();
    known.resize(std::min(count, kNamesToldMax));
    hint = fmt::format("there {} {}{}", count == 1 ? "is" : "are", fmt::join(known, ", "),
                       count > kNamesToldMax ? ", ..." : "");
  }
  return wrong(fmt::format("no {} \"{}\": {}", what, name, hint));
}

class Looking {
 public:
  Looking(Lab& lab, const LookRequest& request)
      : lab_(lab), request_(request), ns_(lab.scenario().world.hub.ns) {}

  Json answer() {
    if (!lab_.sites().contains("hub")) return wrong("this fleet has no hub (--no-hub)");
    const auto selector = kube::LabelSelector::parse(request_.selector);
    if (!selector) return wrong(selector.error().message());
    selector_ = *selector;
    Json out = Json::object();
    if (request_.what == "clusters") {
      out = listed("cluster", clusters());
    } else if (request_.what == "apps") {
      out = listed("application", objects("applications.argoproj.io"));
      if (out.contains("items")) {
        for (auto& app : out["items"]) add_health(app);
      }
    } else if (request_.what == "appsets") {
      out = listed("applicationset", objects("applicationsets.argoproj.io"));
    } else if (request_.what == "app" || request_.what == "diff") {
      out = of_one_app();
    } else if (request_.what == "metrics") {
      out = metrics();
    } else {
      return wrong(fmt::format("nobody knows what \"{}\" are", request_.what));
    }
    if (out.contains("error")) return out;
    out["now"] = format_rfc3339(lab_.world().wall_now());
    out["time"] = format_run_time(lab_.world().now());
    return out;
  }

 private:
  const fakeapi::Store& store() const { return lab_.sites().at("hub")->api->store(); }

  std::vector<Json> objects(std::string_view resource) const {
    std::vector<Json> all;
    const auto* bucket = store().find_bucket(resource);
    if (bucket == nullptr) return all;
    // Applications may be looked after in other namespaces, too.
    const std::string ns = resource == "applications.argoproj.io" ? "" : ns_;
    bucket->each(ns, [&](const std::string&, const JsonRef& object) {
      all.push_back(*object);
      all.back()["metadata"].erase("managedFields");
      return true;
    });
    return all;
  }

  static std::string name_of(const Json& item) {
    return text_at(item, {"metadata", "name"}, text_at(item, {"name"}));
  }

  /// A cluster may also be called by its server.
  bool is_called(const Json& item) const {
    if (name_of(item) == request_.name) return true;
    if (item.contains("server"))
      return text_at(item, {"server"}) == hub::trim_server_url(request_.name);
    return text_at(item, {"metadata", "namespace"}, ns_) + "/" + name_of(item) == request_.name;
  }

  /// Those that are asked for.
  Json listed(std::string_view what, std::vector<Json> all) const {
    Json items = Json::array();
    std::vector<std::string> names;
    for (auto& item : all) {
      names.push_back(name_of(item));
      if (!request_.name.empty() && !is_called(item)) continue;
      const Json* labels = find(item, {"metadata", "labels"});
      if (labels == nullptr) labels = find(item, {"labels"});
      if (!selector_.matches(labels != nullptr ? *labels : Json::object())) continue;
      items.push_back(std::move(item));
    }
    if (items.empty() && !request_.name.empty())
      return no_such(what, request_.name, std::move(names));
    return Json{{"items", std::move(items)}};
  }

  Json metrics() const {
    hub::metrics::Exposition page;
    std::vector<std::string> names;
    for (const auto& [name, process] : lab_.replicas()) {
      names.push_back(name);
      const bool one = request_.name == name;
      if (!request_.name.empty() && !one) continue;
      const auto* view = lab_.view_of(name);
      if (view == nullptr && one) return wrong(fmt::format("replica {} is dead", name));
      if (view == nullptr) continue;
      page.label_all(one ? hub::metrics::Labels{} : hub::metrics::Labels{{"pod", name}});
      view->collect(page);
    }
    const bool known = std::find(names.begin(), names.end(), request_.name) != names.end();
    if (!request_.name.empty() && !known)
      return no_such("hub replica", request_.name, std::move(names));
    return Json{{"text", page.text()}};
  }

  // Clusters.

  std::vector<hub::ClusterInfo> registrations() const {
    std::vector<hub::ClusterInfo> all;
    for (const auto& [name, process] : lab_.replicas()) {
      const auto* view = lab_.view_of(name);
      if (view == nullptr || view->registered().empty()) continue;
      for (const auto* info : view->registered()) all.push_back(*info);
      return all;
    }
    // Nobody runs who could say: as the Secrets have it.
    const auto* secrets = store().find_bucket("secrets");
    if (secrets == nullptr) return all;
    secrets->each(ns_, [&](const std::string&, const JsonRef& secret) {
      if (text_at(*secret, {"metadata", "labels", hub::kSecretTypeLabel}) != "cluster") return true;
      if (auto info = hub::read_cluster_secret(*secret, lab_.profile()))
        all.push_back(std::move(*info));
      return true;
    });
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
  }

  std::string calendar(RunTime at) const {
    return format_rfc3339(lab_.world().wall_now() - (lab_.world().now() - at));
  }

  std::int64_t applications_of(const hub::ClusterInfo& info) const {
    std::int64_t count = 0;
    const auto* bucket = store().find_bucket("applications.argoproj.io");
    if (bucket == nullptr) return 0;
    bucket->each("", [&](const std::string&, const JsonRef& app) {
      const auto server = text_at(*app, {"spec", "destination", "server"});
      const auto name = text_at(*app, {"spec", "destination", "name"});
      const bool here =
          server.empty() ? name == info.name : hub::trim_server_url(server) == info.server;
      if (here) ++count;
      return true;
    });
    return count;
  }

  Json cluster(const hub::ClusterInfo& info) const {
    Json state{{"status", "Unknown"}, {"message", "No hub replica serves this cluster."}};
    Json cache{{"resourcesCount", 0}, {"apisCount", 0}};
    Json out{{"name", info.name}, {"server", info.server}, {"serverVersion", ""}};
    if (!info.project.empty()) out["project"] = info.project;
    if (!info.namespaces.empty()) out["namespaces"] = info.namespaces;
    if (!info.labels.empty()) out["labels"] = info.labels;
    if (!info.annotations.empty()) out["annotations"] = info.annotations;
    for (const auto& [replica, process] : lab_.replicas()) {
      const auto* view = lab_.view_of(replica);
      const auto* served = view != nullptr ? view->served(info.server) : nullptr;
      if (served == nullptr) continue;
      out["owner"] = replica;
      out["serverVersion"] = served->cache->server_version();
      state["status"] = hub::name_of(served->connection.status);
      state["message"] = served->connection.message;
      if (served->connection.attempted_at != RunTime{})
        state["attemptedAt"] = calendar(served->connection.attempted_at);
      cache["resourcesCount"] = served->cache->resources();
      cache["apisCount"] = served->cache->apis();
      const auto& attempt = served->cache->last_attempt();
      if (attempt.tried && !attempt.error) cache["lastCacheSyncTime"] = calendar(attempt.ended);
      if (const auto seen = served->cache->evidence()) out["lastSeen"] = calendar(*seen);
      break;
    }
    Json about{{"serverVersion", text_at(out, {"serverVersion"})},
               {"applicationsCount", applications_of(info)}};
    about["cacheInfo"] = std::move(cache);
    about["connectionState"] = state;
    out["connectionState"] = std::move(state);
    out["info"] = std::move(about);
    return out;
  }

  std::vector<Json> clusters() const {
    std::vector<Json> all;
    for (const auto& info : registrations()) all.push_back(cluster(info));
    return all;
  }

  // Applications.

  const hub::CompareMemo* compared(const Json& object) const {
    const auto app =
        hub::instance_name(text_at(object, {"metadata", "namespace"}), name_of(object), ns_);
    for (const auto& [replica, process] : lab_.replicas()) {
      const auto* view = lab_.view_of(replica);
      const auto* memo = view != nullptr ? view->compared(app) : nullptr;
      if (memo != nullptr) return memo;
    }
    return nullptr;
  }

  static kube::ObjectKey key_of_entry(const Json& entry) {
    return {text_at(entry, {"group"}), text_at(entry, {"kind"}), text_at(entry, {"namespace"}),
            text_at(entry, {"name"})};
  }

  void add_health(Json& app) const {
    const auto* memo = compared(app);
    if (memo == nullptr || find(app, {"status", "resources"}) == nullptr) return;
    for (auto& entry : app["status"]["resources"]) {
      const auto known = memo->entries().find(key_of_entry(entry));
      if (known == memo->entries().end() || !known->second.health) continue;
      const auto& health = *known->second.health;
      Json shown{{"status", hub::name_of(health.status)}};
      if (!health.message.empty()) shown["message"] = health.message;
      entry["health"] = std::move(shown);
    }
  }

  Json of_one_app() const {
    auto out = listed("application", objects("applications.argoproj.io"));
    if (out.contains("error")) return out;
    if (out["items"].size() != 1) return wrong("of which application?");
    Json app = std::move(out["items"][0]);
    if (request_.what == "diff") return differences(app);
    add_health(app);
    const auto windows = sync_windows(app);
    out = Json{{"items", Json::array({std::move(app)})}};
    if (!windows.is_null()) out["windows"] = windows;
    return out;
  }

  Json differences(const Json& app) const {
    const auto name = name_of(app);
    const auto* memo = compared(app);
    if (memo == nullptr) {
      return wrong(fmt::format(
          "application \"{}\": no hub replica looks after it now, so that nothing is compared",
          name));
    }
    if (memo->entries().empty() && find(app, {"status", "conditions"}) != nullptr) {
      std::string why;
      for (const auto& condition : *find(app, {"status", "conditions"}))
        why += fmt::format("\n  {}: {}", text_at(condition, {"type"}),
                           text_at(condition, {"message"}));
      return wrong(fmt::format("application \"{}\" could not be compared:{}", name, why));
    }
    Json items = Json::array();
    for (const auto& [key, entry] : memo->entries()) {
      const bool whole = entry.target == nullptr || entry.live == nullptr;
      if (!whole && !entry.modified && entry.error.empty()) continue;
      if (hub::is_hook(entry.live ? *entry.live : *entry.target)) continue;
      JsonRef live = entry.modified ? entry.normal : entry.live;
      JsonRef target = entry.modified ? entry.predicted : entry.target;
      Json item{
          {"group", key.group}, {"kind", key.kind}, {"namespace", key.ns}, {"name", key.name}};
      item["live"] = live ? *live : Json(nullptr);
      item["target"] = target ? *target : Json(nullptr);
      if (!entry.error.empty()) item["error"] = entry.error;
      if (key.group.empty() && key.kind == "Secret") hide_secret(item["live"], item["target"]);
      for (const char* side : {"live", "target"}) {
        if (item[side].is_object() && item[side].contains("metadata"))
          item[side]["metadata"].erase("managedFields");
      }
      items.push_back(std::move(item));
    }
    return Json{{"items", std::move(items)}};
  }

  /// {"state": "Sync Allowed", "assigned": ["allow:0 8 * * *:1h"]}; null without windows.
  Json sync_windows(const Json& app) const {
    const auto spec = hub::read_application_spec(app.value("spec", Json::object()));
    const auto* bucket = store().find_bucket("appprojects.argoproj.io");
    if (!spec || bucket == nullptr) return nullptr;
    const auto object = bucket->get(ns_, spec->project);
    if (!object) return nullptr;
    const auto project = hub::read_project(*object);
    if (!project) return nullptr;
    const auto windows = hub::windows_for(project->windows, name_of(app), spec->destination);
    if (windows.empty()) return nullptr;
    const auto now = lab_.world().wall_now();
    Json assigned = Json::array();
    for (const auto& window : windows)
      assigned.push_back(fmt::format("{}:{}:{}", window.denies ? "deny" : "allow", window.schedule,
                                     window.duration));
    const auto* state = hub::can_sync(windows, false, now).allowed  ? "Sync Allowed"
                        : hub::can_sync(windows, true, now).allowed ? "Manual Allowed"
                                                                    : "Sync Denied";
    return Json{{"state", state}, {"assigned", std::move(assigned)}};
  }

  Lab& lab_;
  const LookRequest& request_;
  std::string ns_;
  kube::LabelSelector selector_;
};

}  // namespace

Json to_json(const LookRequest& request) {
  return Json{{"what", request.what}, {"name", request.name}, {"selector", request.selector}};
}

LookRequest read_look_request(const Json& document) {
  LookRequest request;
  request.what = text_at(document, {"what"});
  request.name = text_at(document, {"name"});
  request.selector = text_at(document, {"selector"});
  return request;
}

Json look(Lab& lab, const LookRequest& request) {
  Looking looking(lab, request);
  return looking.answer();
}

}  // namespace spokelab::harness
