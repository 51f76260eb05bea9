// The object store.
#include "fakeapi/store.h"

#include "base/check.h"
#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

JsonRef make_event(EventType type, Json object) {
  Json event = Json::object();
  event["object"] = std::move(object);
  event["type"] = name_of(type);
  return freeze(std::move(event));
}

/// A share of the event that points at its object.
JsonRef object_in(const JsonRef& event) { return JsonRef(event, &(*event)["object"]); }

}  // namespace

const char* name_of(EventType type) noexcept {
  switch (type) {
    case EventType::added:
      return "ADDED";
    case EventType::modified:
      return "MODIFIED";
    default:
      return "DELETED";
  }
}

std::string store_key(std::string_view ns, std::string_view name) {
  std::string key;
  key.reserve(ns.size() + name.size() + 1);
  if (!ns.empty()) key.append(ns).append("/");
  return key.append(name);
}

JsonRef Record::object() const { return object_in(event); }

JsonRef Record::event_as_added() const {
  if (!as_added_)
    as_added_ = type == EventType::added ? event : make_event(EventType::added, *object());
  return as_added_;
}

JsonRef Record::event_as_deleted() const {
  if (as_deleted_) return as_deleted_;
  if (type == EventType::deleted) {
    as_deleted_ = event;
  } else {
    Json old = *before;  // the last state that matched, at the revision of the change
    old["metadata"]["resourceVersion"] = std::to_string(revision);
    as_deleted_ = make_event(EventType::deleted, std::move(old));
  }
  return as_deleted_;
}

Bucket::Bucket(Store& store, std::string group_resource)
    : store_(&store), group_resource_(std::move(group_resource)) {}

JsonRef Bucket::get(std::string_view ns, std::string_view name) const {
  const auto hit = objects_.find(store_key(ns, name));
  return hit == objects_.end() ? nullptr : hit->second;
}

void Bucket::each(std::string_view ns,
                  const std::function<bool(const std::string& key, const JsonRef&)>& visit,
                  std::string_view after_key) const {
  const std::string prefix = ns.empty() ? "" : std::string(ns) + "/";
  auto at = after_key.empty() ? objects_.lower_bound(prefix) : objects_.upper_bound(after_key);
  for (; at != objects_.end() && at->first.compare(0, prefix.size(), prefix) == 0; ++at) {
    if (!visit(at->first, at->second)) return;
  }
}

void Bucket::compact() {
  log_.clear();
  compacted_ = store_->revision();
}

Store::Store(const Clock& clock, StoreLimits limits) : clock_(&clock), limits_(limits) {}

Bucket& Store::bucket(std::string_view group_resource) {
  const auto hit = buckets_.find(group_resource);
  if (hit != buckets_.end()) return *hit->second;
  std::string name(group_resource);
  return *buckets_.emplace(name, std::make_unique<Bucket>(*this, name)).first->second;
}

const Bucket* Store::find_bucket(std::string_view group_resource) const {
  const auto hit = buckets_.find(group_resource);
  return hit == buckets_.end() ? nullptr : hit->second.get();
}

JsonRef Store::put(Bucket& bucket, Json object) {
  const std::string key =
      store_key(text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"}));
  auto& slot = bucket.objects_[key];
  JsonRef before = slot;
  const auto type = before ? EventType::modified : EventType::added;
  if (!before) ++size_;
  ++revision_;
  object["metadata"]["resourceVersion"] = std::to_string(revision_);
  const JsonRef event = make_event(type, std::move(object));
  slot = object_in(event);
  JsonRef stored = slot;
  bucket.revision_ = revision_;
  Record record;
  record.revision = revision_;
  record.at = clock_->now();
  record.type = type;
  record.event = event;
  record.before = std::move(before);
  bucket.log_.push_back(record);
  trim(bucket);
  for (const auto& watcher : watchers_) watcher(bucket, record);
  return stored;
}

JsonRef Store::erase(Bucket& bucket, std::string_view ns, std::string_view name, Json last) {
  const auto hit = bucket.objects_.find(store_key(ns, name));
  SPOKELAB_CHECK(hit != bucket.objects_.end());
  Record record;
  record.before = hit->second;
  bucket.objects_.erase(hit);
  --size_;
  ++revision_;
  last["metadata"]["resourceVersion"] = std::to_string(revision_);
  record.revision = bucket.revision_ = revision_;
  record.at = clock_->now();
  record.type = EventType::deleted;
  record.event = make_event(EventType::deleted, std::move(last));
  bucket.log_.push_back(record);
  trim(bucket);
  for (const auto& watcher : watchers_) watcher(bucket, record);
  return record.object();
}

void Store::trim(Bucket& bucket) {
  const RunTime now = clock_->now();
  auto& log = bucket.log_;
  while (log.size() > limits_.window_events_min &&
         (log.size() > limits_.window_events_max || now - log.front().at > limits_.window_span)) {
    bucket.compacted_ = log.front().revision;
    log.pop_front();
  }
}

void Store::compact() {
  for (auto& [name, bucket] : buckets_) bucket->compact();
}

std::shared_ptr<const StoreSnapshot> Store::snapshot() const {
  auto state = std::make_shared<StoreSnapshot>();
  state->revision = revision_;
  for (const auto& [name, bucket] : buckets_)
    state->tables[name] = {bucket->revision_, bucket->objects_};
  return state;
}

void Store::show(const StoreSnapshot& state) {
  revision_ = state.revision;
  for (auto& [name, bucket] : buckets_) {
    const auto found = state.tables.find(name);
    // A resource that is newer than the state was empty then.
    bucket->objects_ =
        found == state.tables.end() ? decltype(bucket->objects_){} : found->second.objects;
    bucket->revision_ = found == state.tables.end() ? 0 : found->second.revision;
  }
}

Store::LookBack::LookBack(Store& store, const std::shared_ptr<const StoreSnapshot>& past) {
  if (!past) return;
  store_ = &store;
  present_ = store.snapshot();
  store.show(*past);
}

Store::LookBack::~LookBack() {
  if (store_ != nullptr) store_->show(*present_);
}

}  // namespace spokelab::fakeapi
