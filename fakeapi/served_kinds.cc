// The registry of served kinds.
#include "fakeapi/served_kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "kube/names.h"

namespace spokelab::fakeapi {

namespace {

std::string joined(std::string_view a, std::string_view b, std::string_view c) {
  std::string text;
  text.reserve(a.size() + b.size() + c.size() + 2);
  return text.append(a).append("/").append(b).append("/").append(c);
}

/// Kinds whose objects are stored under another resource's name: one set of objects, two views.
std::string bucket_name(const kube::ResourceType& type) {
  if (type.group == "events.k8s.io") return "events";
  return type.group_resource();
}

std::string storage_version(const kube::ResourceType& type) {
  if (type.group == "events.k8s.io") return "v1";
  if (type.group == "autoscaling") return "autoscaling/v2";
  return type.api_version();
}

std::vector<std::string> texts(const Json* list) {
  std::vector<std::string> result;
  if (list == nullptr || !list->is_array()) return result;
  for (const Json& item : *list) {
    if (item.is_string()) result.push_back(item.get<std::string>());
  }
  return result;
}

}  // namespace

ServedKinds::ServedKinds(Store& store) : store_(&store) {
  for (const kube::KindInfo& info : kube::builtin_kinds()) {
    auto kind = std::make_unique<ServedKind>();
    kind->info = info;
    kind->stored_as = storage_version(info.type);
    kind->preferred = !(info.type.group == "autoscaling" && info.type.version == "v1");
    kind->bucket = &store.bucket(bucket_name(info.type));
    all_.push_back(std::move(kind));
  }
  index();
}

void ServedKinds::index() {
  paths_.clear();
  kinds_.clear();
  resources_.clear();
  ++generation_;
  for (const auto& kind : all_) {
    const auto& type = kind->type();
    paths_.emplace(joined(type.group, type.version, type.plural), kind.get());
    kinds_.emplace(joined(type.group, type.version, type.kind), kind.get());
    auto& slot = resources_[type.group_resource()];
    if (slot == nullptr || kind->stored_as == type.api_version()) slot = kind.get();
  }
}

const ServedKind* ServedKinds::by_path(std::string_view group, std::string_view version,
                                       std::string_view plural) const {
  const auto hit = paths_.find(joined(group, version, plural));
  return hit == paths_.end() ? nullptr : hit->second;
}

const ServedKind* ServedKinds::by_kind(std::string_view group, std::string_view version,
                                       std::string_view kind) const {
  const auto hit = kinds_.find(joined(group, version, kind));
  return hit == kinds_.end() ? nullptr : hit->second;
}

const ServedKind* ServedKinds::by_resource(std::string_view group_resource) const {
  const auto hit = resources_.find(group_resource);
  return hit == resources_.end() ? nullptr : hit->second;
}

bool ServedKinds::has_group(std::string_view group) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const auto& kind) { return kind->type().group == group; });
}

namespace {

/// As apiextensions-apiserver warns of a version: with the first one that is better.
std::string deprecation_of(const Json& version, const std::vector<const Json*>& ranked,
                           const std::string& group, const std::string& kind) {
  if (!bool_at(version, {"deprecated"})) return "";
  const std::string own = text_at(version, {"deprecationWarning"});
  if (!own.empty()) return own;
  std::string text = fmt::format("{}/{} {} is deprecated", group, text_at(version, {"name"}), kind);
  for (const Json* better : ranked) {
    if (better == &version) break;
    if (bool_at(*better, {"deprecated"})) continue;
    return text + fmt::format("; use {}/{} {}", group, text_at(*better, {"name"}), kind);
  }
  return text;
}

}  // namespace

void ServedKinds::define(const JsonRef& crd) {
  const std::string name = text_at(*crd, {"metadata", "name"});
  std::erase_if(all_, [&](const auto& kind) { return kind->custom && kind->custom->crd == name; });
  const Json* versions = find(*crd, {"spec", "versions"});
  const std::string group = text_at(*crd, {"spec", "group"});
  std::string stored_as;
  if (versions == nullptr || !versions->is_array()) return index();
  for (const Json& version : *versions) {
    if (bool_at(version, {"storage"})) stored_as = group + "/" + text_at(version, {"name"});
  }
  // Discovery names the versions by their rank, however the definition lists them.
  std::vector<const Json*> ranked;
  for (const Json& version : *versions) {
    if (bool_at(version, {"served"})) ranked.push_back(&version);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const Json* a, const Json* b) {
    return kube::version_before(text_at(*a, {"name"}), text_at(*b, {"name"}));
  });
  bool first = true;
  for (const Json* one : ranked) {
    const Json& version = *one;
    auto kind = std::make_unique<ServedKind>();
    kube::KindInfo& info = kind->info;
    info.type = {group, text_at(version, {"name"}), text_at(*crd, {"spec", "names", "plural"}),
                 text_at(*crd, {"spec", "names", "kind"}),
                 text_at(*crd, {"spec", "scope"}) == "Namespaced"};
    info.singular = text_at(*crd, {"spec", "names", "singular"}, kube::lower(info.type.kind));
    info.list_kind = text_at(*crd, {"spec", "names", "listKind"}, info.type.kind + "List");
    info.short_names = texts(find(*crd, {"spec", "names", "shortNames"}));
    info.categories = texts(find(*crd, {"spec", "names", "categories"}));
    info.verbs = {"create", "delete", "deletecollection", "get",
                  "list",   "patch",  "update",           "watch"};
    auto custom = std::make_unique<CustomVersion>();
    custom->crd = name;
    custom->definition = crd;
    custom->schema = find(version, {"schema", "openAPIV3Schema"});
    custom->status_subresource = find(version, {"subresources", "status"}) != nullptr;
    custom->scale_spec_path = text_at(version, {"subresources", "scale", "specReplicasPath"});
    custom->scale_status_path = text_at(version, {"subresources", "scale", "statusReplicasPath"});
    custom->scale_selector_path = text_at(version, {"subresources", "scale", "labelSelectorPath"});
    custom->deprecation = deprecation_of(version, ranked, group, info.type.kind);
    const std::vector<std::string> verbs = {"get", "patch", "update"};
    if (custom->status_subresource)
      info.subresources.push_back({"status", "", "", info.type.kind, verbs});
    if (!custom->scale_spec_path.empty())
      info.subresources.push_back({"scale", "autoscaling", "v1", "Scale", verbs});
    info.generation = custom->status_subresource ? kube::Generation::all_but_status
                                                 : kube::Generation::all_but_metadata;
    kind->stored_as = stored_as;
    kind->preferred = std::exchange(first, false);
    kind->bucket = &store_->bucket(info.type.group_resource());
    kind->custom = std::move(custom);
    all_.push_back(std::move(kind));
  }
  index();
}

void ServedKinds::undefine(std::string_view crd_name) {
  std::erase_if(all_,
                [&](const auto& kind) { return kind->custom && kind->custom->crd == crd_name; });
  index();
}

}  // namespace spokelab::fakeapi
