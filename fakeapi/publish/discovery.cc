#include "fakeapi/publish/discovery.h"

#include <openssl/sha.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

/// As apiserver's discovery.StorageVersionHash; "" for kinds that are only asked.
std::string storage_hash(const ServedKind& kind) {
  if (!kind.info.can("watch")) return "";
  const auto [group, version] = kube::split_api_version(kind.stored_as);
  const std::string text = group + "/" + version + "/" + kind.type().kind;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return base64(std::string_view(reinterpret_cast<const char*>(digest), 8));
}

/// Verbs of a custom resource stand in the order of apiextensions-apiserver.
std::vector<std::string> shown_verbs(const ServedKind& kind) {
  if (!kind.custom) return kind.info.verbs;
  return {"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"};
}

Json resource_entry(const ServedKind& kind) {
  Json entry{{"name", kind.type().plural},
             {"singularName", kind.info.singular},
             {"namespaced", kind.type().namespaced},
             {"kind", kind.type().kind},
             {"verbs", shown_verbs(kind)}};
  if (const auto hash = storage_hash(kind); !hash.empty()) entry["storageVersionHash"] = hash;
  if (!kind.info.short_names.empty()) entry["shortNames"] = kind.info.short_names;
  if (!kind.info.categories.empty()) entry["categories"] = kind.info.categories;
  return entry;
}

/// Of their own group and version, built-in kinds say nothing, and custom ones both.
Json response_kind(const ServedKind& kind, const std::string& group, const std::string& version,
                   const std::string& name) {
  return Json{
      {"group", kind.custom ? group : ""}, {"version", kind.custom ? version : ""}, {"kind", name}};
}

}  // namespace

Json resource_list_of(const ServedKinds& kinds, std::string_view group, std::string_view version) {
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
  Json list{{"kind", "APIResourceList"},
            {"groupVersion", api_version},
            {"resources", std::move(resources)}};
  if (!group.empty()) list["apiVersion"] = "v1";  // the legacy group does not say it
  return list;
}

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

Json aggregated_list(const ServedKinds& kinds, bool core, std::string_view form) {
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
                   {"responseKind", response_kind(*kind, type.group, type.version, type.kind)},
                   {"scope", type.namespaced ? "Namespaced" : "Cluster"},
                   {"singularResource", kind->info.singular},
                   {"verbs", shown_verbs(*kind)}};
        if (!kind->info.short_names.empty()) entry["shortNames"] = kind->info.short_names;
        if (!kind->info.categories.empty()) entry["categories"] = kind->info.categories;
        for (const auto& sub : kind->info.subresources) {
          entry["subresources"].push_back(
              {{"subresource", sub.name},
               {"responseKind",
                sub.version.empty()
                    ? response_kind(*kind, type.group, type.version, sub.kind)
                    : Json{{"group", sub.group}, {"version", sub.version}, {"kind", sub.kind}}},
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
              {"apiVersion", "apidiscovery.k8s.io/" + std::string(form)},
              {"metadata", Json::object()},
              {"items", std::move(items)}};
}

}  // namespace spokelab::fakeapi
