// Discovery, version, health, and an OpenAPI document that names what is served.
#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/serve/context.h"

namespace spokelab::fakeapi {

namespace {

Json resource_entry(const ServedKind& kind) {
  Json entry{{"name", kind.type().plural},
             {"singularName", kind.info.singular},
             {"namespaced", kind.type().namespaced},
             {"kind", kind.type().kind},
             {"verbs", kind.info.verbs}};
  if (!kind.info.short_names.empty()) entry["shortNames"] = kind.info.short_names;
  if (!kind.info.categories.empty()) entry["categories"] = kind.info.categories;
  return entry;
}

Json resource_list(const ServedKinds& kinds, std::string_view group, std::string_view version) {
  Json resources = Json::array();
  std::string api_version;
  for (const auto& kind : kinds.all()) {
    const auto& type = kind->type();
    if (type.group != group || type.version != version) continue;
    api_version = type.api_version();
    resources.push_back(resource_entry(*kind));
    for (const auto& sub : kind->info.subresources) {
      Json entry{{"name", type.plural + "/" + sub.name},
                 {"singularName", ""},
                 {"namespaced", type.namespaced},
                 {"kind", sub.kind},
                 {"verbs", sub.verbs}};
      if (!sub.version.empty()) {
        entry["group"] = sub.group;
        entry["version"] = sub.version;
      }
      resources.push_back(std::move(entry));
    }
  }
  if (api_version.empty()) return nullptr;
  return Json{{"kind", "APIResourceList"},
              {"apiVersion", "v1"},
              {"groupVersion", api_version},
              {"resources", std::move(resources)}};
}

/// Groups in discovery's order, each with its versions, the preferred one first.
std::vector<std::pair<std::string, std::vector<std::string>>> groups_of(const ServedKinds& kinds) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const auto& kind : kinds.all()) {
    const auto& type = kind->type();
    auto hit = std::find_if(groups.begin(), groups.end(),
                            [&](const auto& one) { return one.first == type.group; });
    if (hit == groups.end()) hit = groups.insert(groups.end(), {type.group, {}});
    auto& versions = hit->second;
    if (std::find(versions.begin(), versions.end(), type.version) == versions.end())
      versions.push_back(type.version);
  }
  return groups;
}

Json group_entry(const std::string& group, const std::vector<std::string>& versions) {
  Json list = Json::array();
  for (const auto& version : versions)
    list.push_back({{"groupVersion", group + "/" + version}, {"version", version}});
  return Json{{"name", group}, {"versions", list}, {"preferredVersion", list[0]}};
}

Json aggregated(const ServedKinds& kinds, bool core, const std::string& version_of_document) {
  Json items = Json::array();
  for (const auto& [group, versions] : groups_of(kinds)) {
    if (group.empty() != core) continue;
    Json item{{"metadata", {{"creationTimestamp", nullptr}}}, {"versions", Json::array()}};
    if (!group.empty()) item["metadata"]["name"] = group;
    for (const auto& version : versions) {
      Json resources = Json::array();
      for (const auto& kind : kinds.all()) {
        const auto& type = kind->type();
        if (type.group != group || type.version != version) continue;
        Json entry{{"resource", type.plural},
                   {"responseKind",
                    {{"group", type.group}, {"version", type.version}, {"kind", type.kind}}},
                   {"scope", type.namespaced ? "Namespaced" : "Cluster"},
                   {"singularResource", kind->info.singular},
                   {"verbs", kind->info.verbs}};
        if (!kind->info.short_names.empty()) entry["shortNames"] = kind->info.short_names;
        if (!kind->info.categories.empty()) entry["categories"] = kind->info.categories;
        for (const auto& sub : kind->info.subresources) {
          entry["subresources"].push_back(
              {{"subresource", sub.name},
               {"responseKind",
                {{"group", sub.version.empty() ? type.group : sub.group},
                 {"version", sub.version.empty() ? type.version : sub.version},
                 {"kind", sub.kind}}},
               {"verbs", sub.verbs}});
        }
        resources.push_back(std::move(entry));
      }
      item["versions"].push_back(
          {{"version", version}, {"freshness", "Current"}, {"resources", std::move(resources)}});
    }
    items.push_back(std::move(item));
  }
  return Json{{"kind", "APIGroupDiscoveryList"},
              {"apiVersion", "apidiscovery.k8s.io/" + version_of_document},
              {"metadata", Json::object()},
              {"items", std::move(items)}};
}

/// The version of the aggregated document that the client prefers over plain JSON; "": none.
std::string asked_aggregated(const HttpRequest& request) {
  const auto* accept = request.headers.find("Accept");
  if (accept == nullptr) return "";
  std::string_view rest = *accept;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto clause = rest.substr(0, end);
    if (clause.find("as=APIGroupDiscoveryList") != std::string_view::npos) {
      return clause.find("v=v2beta1") != std::string_view::npos ? "v2beta1" : "v2";
    }
    if (clause.find("application/json") != std::string_view::npos) return "";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return "";
}

HttpResponse serve_roots(ServeContext& context, const Exchange& exchange, bool core) {
  if (const auto version = asked_aggregated(exchange.http); !version.empty()) {
    const std::string etag =
        fmt::format("\"{}-{}\"", context.kinds.generation(), core ? "api" : "apis");
    HttpResponse response;
    const auto* known = exchange.http.headers.find("If-None-Match");
    if (known != nullptr && *known == etag) {
      response.status = 304;
    } else {
      response = answer_json(200, freeze(aggregated(context.kinds, core, version)));
      response.headers.set("Content-Type", "application/json;g=apidiscovery.k8s.io;v=" + version +
                                               ";as=APIGroupDiscoveryList");
    }
    response.headers.set("ETag", etag);
    response.headers.set("Vary", "Accept");
    return response;
  }
  if (core) {
    return answer_json(200, freeze(Json{{"kind", "APIVersions"},
                                        {"versions", {"v1"}},
                                        {"serverAddressByClientCIDRs", Json::array()}}));
  }
  Json groups = Json::array();
  for (const auto& [group, versions] : groups_of(context.kinds)) {
    if (!group.empty()) groups.push_back(group_entry(group, versions));
  }
  return answer_json(
      200,
      freeze(Json{{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}}));
}

Json version_document(const std::string& version) {
  const auto first = version.find('.');
  const auto second = version.find('.', first == std::string::npos ? first : first + 1);
  const std::string major = version.substr(1, first == std::string::npos ? first : first - 1);
  const std::string minor =
      first == std::string::npos ? "" : version.substr(first + 1, second - first - 1);
  return Json{{"major", major},           {"minor", minor},
              {"gitVersion", version},    {"gitCommit", "0000000000000000000000000000000000000000"},
              {"gitTreeState", "clean"},  {"buildDate", "2024-12-11T00:00:00Z"},
              {"goVersion", "go1.23.3"},  {"compiler", "gc"},
              {"platform", "linux/amd64"}};
}

/// OpenAPI v2: one definition a kind, with the type's name and no more than clients need to find
/// it.
Json openapi(const ServedKinds& kinds, const std::string& version) {
  Json definitions = Json::object();
  Json paths = Json::object();
  for (const auto& kind : kinds.all()) {
    const auto& type = kind->type();
    const Json gvk{{"group", type.group}, {"version", type.version}, {"kind", type.kind}};
    const std::string name =
        fmt::format("{}.{}.{}", type.group.empty() ? "core" : type.group, type.version, type.kind);
    definitions[name] = {{"type", "object"},
                         {"x-kubernetes-group-version-kind", Json::array({gvk})}};
    if (kind->custom && kind->custom->schema != nullptr)
      definitions[name].update(*kind->custom->schema);
    if (!kind->info.can("patch")) continue;
    paths[type.path(type.namespaced ? "{namespace}" : "", "{name}")] = {
        {"patch", {{"x-kubernetes-group-version-kind", gvk}, {"x-kubernetes-action", "patch"}}}};
  }
  return Json{{"swagger", "2.0"},
              {"info", {{"title", "Kubernetes"}, {"version", version}}},
              {"paths", std::move(paths)},
              {"definitions", std::move(definitions)}};
}

bool starts(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

HttpResponse serve_path(ServeContext& context, const Exchange& exchange) {
  std::string path = exchange.info.path;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (exchange.http.method != "GET" && exchange.http.method != "HEAD")
    return answer_text(405, "Method Not Allowed");
  if (path == "/version")
    return answer_json(200, freeze(version_document(context.settings.version)));
  for (const char* health : {"/healthz", "/livez", "/readyz"}) {
    if (path == health || starts(path, std::string(health) + "/")) return answer_text(200, "ok");
  }
  if (path == "/api") return serve_roots(context, exchange, true);
  if (path == "/apis") return serve_roots(context, exchange, false);
  if (path == "/openapi/v2")
    return answer_json(200, freeze(openapi(context.kinds, context.settings.version)));
  if (path == "/") {
    return answer_json(200, freeze(Json{{"paths",
                                         {"/api", "/apis", "/healthz", "/livez", "/openapi/v2",
                                          "/readyz", "/version"}}}));
  }
  const bool core = starts(path, "/api/");
  if (core || starts(path, "/apis/")) {
    std::string rest = path.substr(core ? 5 : 6);
    const auto slash = rest.find('/');
    const std::string group = core ? "" : rest.substr(0, slash);
    const std::string version = core                         ? rest
                                : slash == std::string::npos ? ""
                                                             : rest.substr(slash + 1);
    if (!core && version.empty()) {
      for (const auto& [name, versions] : groups_of(context.kinds)) {
        if (name != group || name.empty()) continue;
        Json entry = group_entry(name, versions);
        entry["kind"] = "APIGroup";
        entry["apiVersion"] = "v1";
        return answer_json(200, freeze(std::move(entry)));
      }
    } else if (Json list = resource_list(context.kinds, group, version); !list.is_null()) {
      return answer_json(200, freeze(std::move(list)));
    }
  }
  return answer_text(404, "404 page not found\n");
}

}  // namespace spokelab::fakeapi
