// Mirror: objects and indexes.
#include "hub/cluster/mirror.h"

#include <algorithm>

#include "base/json.h"

namespace spokelab::hub {

namespace {

Mirror::Name name_of_object(const Json& object) {
  return {text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})};
}

/// Calls `use` with the uid of every owner.
template <class Use>
void each_owner(const Json& object, const Use& use) {
  const auto* owners = find(object, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return;
  for (const auto& owner : *owners) {
    const auto uid = text_at(owner, {"uid"});
    if (!uid.empty()) use(uid);
  }
}

}  // namespace

Mirror::Kind& Mirror::kind(const kube::ResourceType& type) {
  const auto number = static_cast<std::uint32_t>(kinds_.size());
  const auto [hit, fresh] = numbers_.try_emplace({type.group, type.kind}, number);
  if (fresh) {
    kinds_.push_back(std::make_unique<Kind>());
    kinds_.back()->number = number;
  }
  auto& found = *kinds_[hit->second];
  found.type = type;
  return found;
}

const Mirror::Kind* Mirror::find_kind(const std::string& group, const std::string& kind) const {
  const auto hit = numbers_.find({group, kind});
  return hit == numbers_.end() ? nullptr : kinds_[hit->second].get();
}

void Mirror::replace(Kind& kind, const std::string& ns, const kube::ObjectList& list, bool tell) {
  std::set<Name> seen;
  for (const auto& item : list.items) seen.insert(name_of_object(*item));
  std::vector<Name> vanished;
  for (const auto& [name, entry] : kind.objects) {
    if ((ns.empty() || name.first == ns) && !seen.contains(name)) vanished.push_back(name);
  }
  for (const auto& name : vanished) drop(kind, name, tell);
  for (const auto& item : list.items) put(kind, item, tell);
}

void Mirror::put(Kind& kind, JsonRef object, bool tell) {
  auto name = name_of_object(*object);
  const auto [hit, fresh] = kind.objects.try_emplace(name);
  auto& entry = hit->second;
  const Place place{kind.number, std::move(name)};
  std::string before;
  if (fresh) {
    ++objects_;
  } else {
    if (text_at(*entry.object, {"metadata", "resourceVersion"}) ==
        text_at(*object, {"metadata", "resourceVersion"})) {
      entry.object = std::move(object);  // the same: yet let the older document go
      return;
    }
    unlink(place, entry);
    before = std::move(entry.app);
  }
  entry.app = tracked_app(*object, tracking_);
  entry.object = std::move(object);
  link(place, entry);
  if (!tell) return;
  const std::string after = entry.app;
  this->tell(kind, place.name, before, after);
}

void Mirror::drop(Kind& kind, const Name& name, bool tell) {
  const auto hit = kind.objects.find(name);
  if (hit == kind.objects.end()) return;
  const Place place{kind.number, name};
  unlink(place, hit->second);
  const std::string before = std::move(hit->second.app);
  kind.objects.erase(hit);
  --objects_;
  if (tell) this->tell(kind, place.name, before, "");
}

void Mirror::drop_all(Kind& kind, bool tell) {
  while (!kind.objects.empty()) {
    const Name name = kind.objects.begin()->first;
    drop(kind, name, tell);
  }
}

void Mirror::clear() {
  for (const auto& kind : kinds_) {
    kind->objects.clear();
    kind->followed = false;
  }
  tracked_.clear();
  owned_.clear();
  objects_ = 0;
}

JsonRef Mirror::get(const kube::ObjectKey& key) const {
  const auto* kind = find_kind(key.group, key.kind);
  if (kind == nullptr) return nullptr;
  const auto hit = kind->objects.find(Name(key.ns, key.name));
  return hit == kind->objects.end() ? nullptr : hit->second.object;
}

std::vector<JsonRef> Mirror::tracked_by(const std::string& app) const { return at(tracked_, app); }

std::vector<JsonRef> Mirror::children_of(const std::string& uid) const { return at(owned_, uid); }

std::vector<JsonRef> Mirror::top_level(const std::string& ns) const {
  std::vector<JsonRef> found;
  for (const auto& kind : kinds_) {
    auto at = kind->objects.lower_bound(Name(ns, ""));
    for (; at != kind->objects.end() && at->first.first == ns; ++at) {
      const auto* owners = find(*at->second.object, {"metadata", "ownerReferences"});
      const bool owned = owners != nullptr && owners->is_array() && !owners->empty();
      if (!owned) found.push_back(at->second.object);
    }
  }
  return found;
}

std::size_t Mirror::followed() const {
  return static_cast<std::size_t>(
      std::count_if(kinds_.begin(), kinds_.end(), [](const auto& kind) { return kind->followed; }));
}

void Mirror::index(Index& into, const std::string& key, const Place& place) {
  into[key].insert(place);
}

void Mirror::unindex(Index& from, const std::string& key, const Place& place) {
  const auto hit = from.find(key);
  if (hit == from.end()) return;
  hit->second.erase(place);
  if (hit->second.empty()) from.erase(hit);
}

void Mirror::link(const Place& place, const Entry& entry) {
  if (!entry.app.empty()) index(tracked_, entry.app, place);
  each_owner(*entry.object, [&](const std::string& uid) { index(owned_, uid, place); });
}

void Mirror::unlink(const Place& place, const Entry& entry) {
  if (!entry.app.empty()) unindex(tracked_, entry.app, place);
  each_owner(*entry.object, [&](const std::string& uid) { unindex(owned_, uid, place); });
}

void Mirror::tell(const Kind& kind, const Name& name, const std::string& before,
                  const std::string& after) {
  if (!changed_) return;
  const kube::ObjectKey key{kind.type.group, kind.type.kind, name.first, name.second};
  changed_(key, before, after);
}

std::vector<JsonRef> Mirror::at(const Index& index, const std::string& key) const {
  std::vector<JsonRef> found;
  const auto hit = index.find(key);
  if (hit == index.end()) return found;
  found.reserve(hit->second.size());
  for (const auto& place : hit->second)
    found.push_back(kinds_[place.kind]->objects.at(place.name).object);
  return found;
}

}  // namespace spokelab::hub
