// FakeLocalApi: an API server's store in a hundred lines, for tests of the controllers alone.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/local_api.h"

namespace spokelab::fakeapi::testing {

class FakeLocalApi final : public LocalApi {
 public:
  explicit FakeLocalApi(Clock& clock) : clock_(&clock) {}

  JsonRef get(std::string_view table, std::string_view ns, std::string_view name) const override {
    const auto found = tables_.find(table);
    if (found == tables_.end()) return nullptr;
    const auto object = found->second.find({std::string(ns), std::string(name)});
    return object != found->second.end() ? object->second : nullptr;
  }
  std::vector<JsonRef> list(std::string_view table, std::string_view ns = "") const override {
    std::vector<JsonRef> objects;
    const auto found = tables_.find(table);
    if (found == tables_.end()) return objects;
    for (const auto& [key, object] : found->second) {
      if (ns.empty() || key.first == ns) objects.push_back(object);
    }
    return objects;
  }
  Result<JsonRef> create(std::string_view, Json object) override {
    const std::string table = table_of(object);
    if (refuse && refuse(object)) return Error(Errc::forbidden, "refused by the test");
    Json& metadata = object["metadata"];
    if (!metadata.contains("name")) {
      metadata["name"] =
          metadata["generateName"].get<std::string>() + std::to_string(10000 + ++names_);
    }
    const Key key = key_of(object);
    if (get(table, key.first, key.second)) {
      return Error(Errc::already_exists, table + " \"" + key.second + "\" already exists");
    }
    metadata["uid"] = "uid-" + std::to_string(++uids_);
    metadata["creationTimestamp"] = format_rfc3339(clock_->wall_now());
    metadata["generation"] = 1;
    if (table == "pods") object["status"] = {{"phase", "Pending"}};
    return commit(table, nullptr, std::move(object));
  }
  Result<JsonRef> update(std::string_view, Json object,
                         std::string_view subresource = "") override {
    const std::string table = table_of(object);
    const Key key = key_of(object);
    const JsonRef old = get(table, key.first, key.second);
    if (!old) return Error(Errc::not_found, table + " \"" + key.second + "\" not found");
    const std::string version = text_at(object, {"metadata", "resourceVersion"});
    if (!version.empty() && version != text_at(*old, {"metadata", "resourceVersion"})) {
      return Error(Errc::conflict, "the object has been modified");
    }
    Json next = *old;
    if (subresource == "status") {
      next["status"] = object["status"];
    } else {
      const Json status = next.contains("status") ? next["status"] : Json();
      next = std::move(object);
      if (!status.is_null()) next["status"] = status;
      const bool same_spec = (next.contains("spec") ? next["spec"] : Json()) ==
                             (old->contains("spec") ? (*old)["spec"] : Json());
      if (!same_spec) next["metadata"]["generation"] = int_at(*old, {"metadata", "generation"}) + 1;
    }
    if (next == *old) return old;
    return finish(table, old, std::move(next));
  }
  Result<JsonRef> merge_patch(std::string_view user, std::string_view table, std::string_view ns,
                              std::string_view name, const Json& patch,
                              std::string_view subresource = "") override {
    const JsonRef old = get(table, ns, name);
    if (!old)
      return Error(Errc::not_found,
                   std::string(table) + " \"" + std::string(name) + "\" not found");
    Json next = *old;
    next.merge_patch(patch);
    return update(user, std::move(next), subresource);
  }
  Result<JsonRef> remove(std::string_view, std::string_view table, std::string_view ns,
                         std::string_view name, std::string_view = "Background",
                         int grace_seconds = -1) override {
    const JsonRef old = get(table, ns, name);
    if (!old)
      return Error(Errc::not_found,
                   std::string(table) + " \"" + std::string(name) + "\" not found");
    int grace = 0;
    if (table == "pods" && !text_at(*old, {"spec", "nodeName"}).empty()) {
      grace = grace_seconds >= 0
                  ? grace_seconds
                  : static_cast<int>(int_at(*old, {"spec", "terminationGracePeriodSeconds"}, 30));
    }
    Json next = *old;
    if (grace > 0 && next["metadata"].contains("deletionTimestamp")) return old;
    if (grace == 0 && !next["metadata"].contains("finalizers"))
      return take_away(std::string(table), old);
    next["metadata"]["deletionTimestamp"] =
        format_rfc3339(clock_->wall_now() + std::chrono::seconds(grace));
    next["metadata"]["deletionGracePeriodSeconds"] = grace;
    return commit(std::string(table), old, std::move(next));
  }
  void subscribe(std::function<void(const Change&)> watcher) override {
    watchers_.push_back(std::move(watcher));
  }

  std::size_t writes() const { return version_; }
  /// Makes creations fail.
  std::function<bool(const Json&)> refuse;

 private:
  using Key = std::pair<std::string, std::string>;
  static Key key_of(const Json& object) {
    return {text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})};
  }
  static std::string table_of(const Json& object) {
    std::string kind = text_at(object, {"kind"});
    const std::string version = text_at(object, {"apiVersion"});
    for (char& letter : kind)
      letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    if (kind == "ingress" || kind == "storageclass")
      kind += "es";
    else if (kind != "endpoints")
      kind += "s";
    if (kind == "networkpolicys") kind = "networkpolicies";
    const std::size_t slash = version.find('/');
    return slash == std::string::npos ? kind : kind + "." + version.substr(0, slash);
  }
  Result<JsonRef> finish(const std::string& table, const JsonRef& old, Json next) {
    const bool over = next["metadata"].contains("deletionTimestamp") &&
                      !next["metadata"].contains("finalizers") &&
                      old->at("metadata").contains("finalizers");
    return over ? take_away(table, old) : commit(table, old, std::move(next));
  }
  Result<JsonRef> take_away(const std::string& table, const JsonRef& old) {
    const std::string uid = text_at(*old, {"metadata", "uid"});
    tables_[table].erase(key_of(*old));
    ++version_;
    tell({table, old, nullptr});
    std::vector<std::pair<std::string, JsonRef>> dependents;
    for (const auto& [name, objects] : tables_) {
      for (const auto& [key, object] : objects) {
        const Json* owners = find(*object, {"metadata", "ownerReferences"});
        if (owners == nullptr) continue;
        for (const Json& owner : *owners) {
          if (text_at(owner, {"uid"}) == uid) dependents.emplace_back(name, object);
        }
      }
    }
    for (const auto& [name, object] : dependents) {
      const Key key = key_of(*object);
      (void)remove("gc", name, key.first, key.second);
    }
    return old;
  }
  Result<JsonRef> commit(const std::string& table, JsonRef before, Json object) {
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    const Key key = key_of(object);
    JsonRef after = freeze(std::move(object));
    tables_[table][key] = after;
    tell({table, std::move(before), after});
    return after;
  }
  void tell(const Change& change) {
    for (const auto& watcher : watchers_) watcher(change);
  }

  Clock* clock_;
  std::map<std::string, std::map<Key, JsonRef>, std::less<>> tables_;
  std::vector<std::function<void(const Change&)>> watchers_;
  std::size_t version_ = 0;
  std::size_t uids_ = 0;
  std::size_t names_ = 0;
};

}  // namespace spokelab::fakeapi::testing
