// Client: version and discovery.
#include <algorithm>
#include <map>
#include <utility>

#include "base/json.h"
#include "kube/client.h"
#include "kube/client_answer.h"

namespace spokelab::kube {

// ---- Client: version and discovery ----

namespace {

Result<std::string> version_of(const JsonRef& document) {
  auto version = document ? text_at(*document, {"gitVersion"}) : "";
  if (version.empty()) return Error(Errc::bad_input, "the answer to /version has no gitVersion");
  return version;
}

bool has_verb(const Json& verbs, std::string_view verb) {
  return verbs.is_array() && std::find(verbs.begin(), verbs.end(), Json(verb)) != verbs.end();
}

/// Gathers what discovery documents say; the first version seen of a kind of a group is the
/// preferred one.
class Gathering {
 public:
  void group_version(const std::string& group, const std::string& version) {
    api_versions_.push_back(group.empty() ? version : group + "/" + version);
  }
  void resource(ResourceType type, const Json& verbs) {
    api_versions_.push_back(type.api_version() + "/" + type.kind);
    if (!has_verb(verbs, "list") || !has_verb(verbs, "watch")) return;
    preferred_.try_emplace(type.group_resource(), std::move(type));
  }
  Discovery take() && {
    Discovery out;
    for (auto& [name, type] : preferred_) out.types.push_back(std::move(type));
    std::sort(out.types.begin(), out.types.end());
    std::sort(api_versions_.begin(), api_versions_.end());
    api_versions_.erase(std::unique(api_versions_.begin(), api_versions_.end()),
                        api_versions_.end());
    out.api_versions = std::move(api_versions_);
    return out;
  }

 private:
  std::map<std::string, ResourceType> preferred_;
  std::vector<std::string> api_versions_;
};

const Json& array_at(const Json& document, std::initializer_list<std::string_view> path) {
  static const Json kEmpty = Json::array();
  const auto* hit = find(document, path);
  return hit != nullptr && hit->is_array() ? *hit : kEmpty;
}

std::string or_else(std::string text, const std::string& fallback) {
  return text.empty() ? fallback : text;
}

void gather_aggregated(const Json& document, Gathering& into) {
  for (const auto& item : array_at(document, {"items"})) {
    const auto group = text_at(item, {"metadata", "name"});
    for (const auto& served : array_at(item, {"versions"})) {
      const auto version = text_at(served, {"version"});
      if (text_at(served, {"freshness"}) == "Stale") continue;
      into.group_version(group, version);
      for (const auto& resource : array_at(served, {"resources"})) {
        if (find(resource, {"responseKind"}) == nullptr) continue;
        ResourceType type;
        type.group = group;
        type.version = version;
        type.plural = text_at(resource, {"resource"});
        type.kind = text_at(resource, {"responseKind", "kind"});
        type.namespaced = text_at(resource, {"scope"}) == "Namespaced";
        into.resource(std::move(type), array_at(resource, {"verbs"}));
      }
    }
  }
}

void gather_legacy(const Json& list, const std::string& group, const std::string& version,
                   Gathering& into) {
  into.group_version(group, version);
  for (const auto& resource : array_at(list, {"resources"})) {
    ResourceType type;
    type.plural = text_at(resource, {"name"});
    if (type.plural.find('/') != std::string::npos) continue;
    type.group = or_else(text_at(resource, {"group"}), group);
    type.version = or_else(text_at(resource, {"version"}), version);
    type.kind = text_at(resource, {"kind"});
    type.namespaced = bool_at(resource, {"namespaced"});
    into.resource(std::move(type), array_at(resource, {"verbs"}));
  }
}

/// Versions of an APIGroup, the preferred one first.
std::vector<std::string> versions_of(const Json& group) {
  std::vector<std::string> versions;
  const auto preferred = text_at(group, {"preferredVersion", "version"});
  if (!preferred.empty()) versions.push_back(preferred);
  for (const auto& one : array_at(group, {"versions"})) {
    const auto version = text_at(one, {"version"});
    if (!version.empty() && version != preferred) versions.push_back(version);
  }
  return versions;
}

constexpr const char* kDiscoveryAccept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

}  // namespace

Task<Result<std::string>> Client::server_version() {
  auto document = co_await fetch("/version", "application/json");
  if (!document) co_return document.error();
  co_return version_of(*document);
}

Task<Result<std::string>> Client::probe(RunTime deadline) {
  HttpRequest request;
  request.target = "/version?timeout=32s";
  request.headers.set("Accept", "application/json");
  auto answer = co_await exchange(std::move(request), deadline);
  if (!answer) co_return answer.error();
  if (answer->status >= 400) co_return error_of(*answer, "get", "");
  co_return version_of(detail::document_of(answer->body));
}

Task<Result<std::vector<ResourceType>>> Client::discover() {
  auto found = co_await discovery();
  if (!found) co_return found.error();
  co_return std::move(found->types);
}

Task<Result<Discovery>> Client::discovery() {
  const std::string accept = kDiscoveryAccept;
  auto core = co_await fetch("/api", accept);
  if (!core) co_return core.error();
  auto groups = co_await fetch("/apis", accept);
  if (!groups) co_return groups.error();
  const JsonRef core_document = *core;
  const JsonRef group_document = *groups;
  if (text_at(*core_document, {"kind"}) != "APIGroupDiscoveryList" ||
      text_at(*group_document, {"kind"}) != "APIGroupDiscoveryList") {
    auto legacy = co_await legacy_discovery(core_document, group_document);
    co_return legacy;
  }
  Gathering gathering;
  gather_aggregated(*core_document, gathering);
  gather_aggregated(*group_document, gathering);
  co_return std::move(gathering).take();
}

Task<Result<Discovery>> Client::legacy_discovery(JsonRef core, JsonRef groups) {
  struct Wanted {
    std::string group;
    std::string version;
    std::string target;
  };
  std::vector<Wanted> wanted;
  for (const auto& version : array_at(*core, {"versions"})) {
    if (!version.is_string()) continue;
    const auto text = version.get<std::string>();
    wanted.push_back(Wanted{"", text, "/api/" + text});
  }
  for (const auto& group : array_at(*groups, {"groups"})) {
    const auto name = text_at(group, {"name"});
    for (const auto& version : versions_of(group)) {
      wanted.push_back(Wanted{name, version, "/apis/" + name + "/" + version});
    }
  }
  Gathering gathering;
  std::optional<Error> failure;
  bool any = false;
  for (const auto& one : wanted) {
    auto list = co_await fetch(one.target, "application/json");
    if (!list) {
      if (!failure) failure = list.error();
      continue;
    }
    any = true;
    gather_legacy(**list, one.group, one.version, gathering);
  }
  if (!any && failure) co_return *failure;
  co_return std::move(gathering).take();
}

}  // namespace spokelab::kube
