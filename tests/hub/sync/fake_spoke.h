// A cluster in memory that a sync works on: what it was told is kept as a list of words.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "hub/sync/spoke.h"
#include "kube/patch.h"

namespace spokelab::hub {

/// Serves every kind but those named. Names in `refused` cannot be written, those in `stuck` cannot
/// be patched.
class FakeSpoke final : public Spoke {
 public:
  std::map<kube::ObjectKey, JsonRef> objects;
  std::vector<std::string> calls;     ///< "create Pod/a", "delete Pod/a Foreground", ...
  std::vector<std::string> managers;  ///< Of patches in others' names.
  std::set<std::string> refused;
  std::set<std::string> stuck;
  std::set<std::string> unserved_groups;
  std::set<std::string> unserved_kinds;
  std::set<std::string> vanished;  ///< Shown as live; the server has them no more.

  void put(Json object) {
    const kube::ObjectKey key = kube::key_of(object);
    objects[key] = freeze(std::move(object));
  }
  std::size_t count(const std::string& start) const {
    std::size_t n = 0;
    for (const std::string& call : calls) n += call.starts_with(start) ? 1 : 0;
    return n;
  }

  Task<Result<kube::ResourceType>> type_of(std::string group, std::string version,
                                           std::string kind) override {
    if (unserved_groups.contains(group)) {
      co_return Error(Errc::not_found, "the server could not find the requested resource");
    }
    if (unserved_kinds.contains(kind)) {
      co_return Error(Errc::not_found, kind + "." + group + " \"\" not found");
    }
    const bool cluster_wide =
        kind == "Namespace" || kind == "ClusterRole" || kind == "CustomResourceDefinition";
    kube::ResourceType type{group, version, kind + "s", kind, !cluster_wide};
    co_return type;
  }
  JsonRef live(const kube::ObjectKey& key) const override {
    const auto found = objects.find(key);
    return found == objects.end() ? nullptr : found->second;
  }
  Task<Result<JsonRef>> get(kube::ResourceType type, std::string ns, std::string name) override {
    auto found = find_one(type, ns, name);
    co_return found;
  }
  Task<Result<JsonRef>> create(kube::ResourceType type, std::string ns, JsonRef object) override {
    auto written = write("create", type, ns, object);
    co_return written;
  }
  Task<Result<JsonRef>> update(kube::ResourceType type, std::string ns, std::string,
                               JsonRef object) override {
    auto written = write("replace", type, ns, object);
    co_return written;
  }
  Task<Result<JsonRef>> patch(kube::ResourceType type, std::string ns, std::string name,
                              kube::PatchType kind, JsonRef patch, bool) override {
    calls.push_back("patch " + type.kind + "/" + name);
    if (stuck.contains(name)) co_return Error(Errc::server_error, "update failed");
    if (refused.contains(name)) co_return Error(Errc::invalid, name + " is refused");
    auto found = find_one(type, ns, name);
    if (kind == kube::PatchType::apply && !found) found = patch;
    if (!found) co_return found.error();
    Json object = **found;
    kube::apply_merge_patch(object, *patch);
    put(object);
    auto now = find_one(type, ns, name);
    co_return now;
  }
  Task<Result<JsonRef>> patch_as(std::string manager, kube::ResourceType type, std::string ns,
                                 std::string name, kube::PatchType kind, JsonRef patch) override {
    managers.push_back(manager);
    auto written = co_await this->patch(type, ns, name, kind, patch, false);
    co_return written;
  }
  Task<Result<JsonRef>> remove(kube::ResourceType type, std::string ns, std::string name,
                               kube::DeleteOptions options) override {
    calls.push_back("delete " + type.kind + "/" + name + " " + options.propagation);
    if (refused.contains(name)) co_return Error(Errc::forbidden, name + " may not be deleted");
    auto found = find_one(type, ns, name);
    if (found) objects.erase(kube::key_of(**found));
    co_return found;
  }

 private:
  Result<JsonRef> find_one(const kube::ResourceType& type, const std::string& ns,
                           const std::string& name) const {
    const std::string where = type.namespaced ? ns : "";
    const auto found = objects.find(kube::ObjectKey{type.group, type.kind, where, name});
    if (found == objects.end() || vanished.contains(name))
      return Error(Errc::not_found, name + " not found");
    return found->second;
  }
  Result<JsonRef> write(const std::string& verb, const kube::ResourceType& type, const std::string&,
                        const JsonRef& object) {
    const std::string name = text_at(*object, {"metadata", "name"});
    calls.push_back(verb + " " + type.kind + "/" + name);
    if (refused.contains(name)) return Error(Errc::invalid, name + " is refused");
    Json stored = *object;
    stored["metadata"]["uid"] = "uid-" + name;
    vanished.erase(name);
    put(std::move(stored));
    return live(kube::key_of(*object));
  }
};

}  // namespace spokelab::hub
