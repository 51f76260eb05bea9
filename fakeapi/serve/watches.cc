// Event streams: who gets which event, bookmarks, timeouts.
#include "fakeapi/serve/watches.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "kube/protobuf.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// The last bookmark of a kind, which stays true while the revision stands.
struct Watches::Bookmark {
  JsonRef event;
  Revision revision = 0;
};

struct Watches::Watcher {
  Id id = 0;
  std::shared_ptr<ChunkPipe> pipe;
  WatchRequest want;
  ServedKind kind;    // a copy: definitions come and go
  bool first = true;  // no event has been shown yet
  std::string resource;
  Revision sent = 0;  // everything up to here is dealt with
  bool dead = false;
  Timer timeout;
  std::shared_ptr<Bookmark> bookmark;  // shared by all who watch the kind in this version

  bool sees(const Json& object) const {
    if (!want.ns.empty() && text_at(object, {"metadata", "namespace"}) != want.ns) return false;
    return (want.labels.empty() || want.labels.matches_object(object)) &&
           (want.fields.empty() || want.fields.matches(object));
  }
  bool selective() const { return !want.labels.empty() || !want.fields.empty(); }
};

namespace {

JsonRef added_event(const JsonRef& object) {
  return freeze(Json{{"type", "ADDED"}, {"object", *object}});
}

JsonRef error_event(const kube::Status& status) {
  return freeze(Json{{"type", "ERROR"}, {"object", status.to_json()}});
}

}  // namespace

Watches::Watches(Clock& clock, Rng rng, Store& store, WatchSettings settings)
    : clock_(&clock), rng_(rng), store_(&store), settings_(settings) {}

Watches::~Watches() = default;

bool Watches::Scope::covers(std::string_view resource) const {
  return on && (resources.empty() ||
                std::find(resources.begin(), resources.end(), resource) != resources.end());
}

bool Watches::push(Watcher& watcher, JsonRef event) {
  if (watcher.dead) return false;
  if (watcher.want.presenter && text_at(*event, {"type"}) != "ERROR") {
    Json shown = Json::object();
    shown["type"] = (*event)["type"];
    shown["object"] =
        watcher.want.presenter->show_event(JsonRef(event, &(*event)["object"]), clock_->wall_now(),
                                           std::exchange(watcher.first, false));
    event = freeze(std::move(shown));
  }
  Body body = watcher.want.protobuf ? encoded(event) : Body(std::move(event));
  if (watcher.pipe->push(std::move(body))) return true;
  // Either the reader has left, or it is too slow to be waited for.
  watcher.pipe->end(Error(Errc::closed, "watch ended: the reader is too slow"));
  watcher.dead = true;
  swept_ = false;
  return false;
}

/// Most events go to many: the last one is kept.
Body Watches::encoded(const JsonRef& event) {
  if (event == last_encoded_) return last_bytes_;
  auto bytes = kube::encode_watch_event(*event);
  if (!bytes) {  // an object that does not fit its type; clients take an ERROR for such
    const auto status = kube::internal_error(bytes.error().message());
    bytes = kube::encode_watch_event(*error_event(status));
  }
  last_encoded_ = event;
  last_bytes_ = bytes ? Body(std::move(*bytes)) : Body();
  return last_bytes_;
}

void Watches::deliver(Watcher& watcher, const Record& record) {
  if (record.revision <= watcher.sent) return;
  watcher.sent = record.revision;
  for (auto& [name, loss] : losses_) {
    if (!loss.scope.covers(watcher.resource) || !rng_.chance(loss.millionths)) continue;
    ++loss.lost;
    return;
  }
  const JsonRef object = record.object();
  if (!watcher.selective()) {
    if (watcher.sees(*object)) push(watcher, record.event);
    return;
  }
  // A deleted object's last state may differ from what was stored: what counts is what was seen.
  const bool before = record.before && watcher.sees(*record.before);
  const bool after = record.type != EventType::deleted && watcher.sees(*object);
  if (before && after)
    push(watcher, record.event);
  else if (after)
    push(watcher, record.event_as_added());
  else if (before)
    push(watcher, record.event_as_deleted());
}

void Watches::send_present_state(Watcher& watcher, const Bucket& bucket) {
  bucket.each(watcher.want.ns, [&](const std::string&, const JsonRef& object) {
    if (!watcher.sees(*object)) return true;
    return push(watcher, added_event(object));
  });
  watcher.sent = store_->revision();
  if (watcher.want.initial_end_bookmark) send_bookmark(watcher, true);
}

void Watches::send_bookmark(Watcher& watcher, bool initial_end) {
  if (watcher.dead) return;
  const Revision revision = std::max(watcher.sent, store_->revision());
  Bookmark& last = *watcher.bookmark;
  if (!initial_end && last.event && last.revision == revision) {
    push(watcher, last.event);
    return;
  }
  // Made by moves: braces would copy every value.
  Json metadata = Json::object();
  metadata["resourceVersion"] = std::to_string(revision);
  metadata["creationTimestamp"] = nullptr;
  if (initial_end) metadata["annotations"]["k8s.io/initial-events-end"] = "true";
  Json event = Json::object();
  event["type"] = "BOOKMARK";
  Json& object = event["object"];
  object["kind"] = watcher.kind.type().kind;
  object["apiVersion"] = watcher.kind.type().api_version();
  object["metadata"] = std::move(metadata);
  JsonRef made = freeze(std::move(event));
  if (!initial_end) {
    last.event = made;
    last.revision = revision;
  }
  push(watcher, std::move(made));
}

void Watches::catch_up(Watcher& watcher, const Bucket& bucket) {
  if (watcher.sent < bucket.compacted()) {
    push(watcher, error_event(kube::expired(fmt::format("too old resource version: {} ({})",
                                                        watcher.sent, bucket.compacted()))));
    watcher.pipe->end(Error(Errc::closed, "watch ended: its revision is compacted"));
    watcher.dead = true;
    swept_ = false;
    return;
  }
  for (const Record& record : bucket.log()) deliver(watcher, record);
}

HttpResponse Watches::open(const ServedKind& kind, WatchRequest request) {
  HttpResponse response;
  sweep();
  if (live_.size() >= settings_.watches_max) return response;
  auto made = std::make_unique<Watcher>();
  Watcher& watcher = *made;
  watcher.id = next_id_++;
  watcher.pipe = std::make_shared<ChunkPipe>();
  watcher.want = std::move(request);
  watcher.kind.info = kind.info;
  watcher.kind.stored_as = kind.stored_as;
  if (watcher.want.presenter) watcher.want.presenter->rebind(watcher.kind);
  watcher.resource = kind.bucket->group_resource();
  auto& bookmark = bookmarks_[{kind.type().api_version(), kind.type().kind}];
  if (!bookmark) bookmark = std::make_shared<Bookmark>();
  watcher.bookmark = bookmark;
  response.stream = watcher.pipe;
  response.headers.set("Content-Type", watcher.want.protobuf
                                           ? std::string(kube::kProtobufType) + ";stream=watch"
                                           : "application/json");
  response.headers.set("Cache-Control", "no-cache, private");
  by_resource_[watcher.resource].push_back(&watcher);
  const Id id = watcher.id;
  live_.emplace(id, std::move(made));
  for (auto& [stall, one] : stalls_) one.streams += one.scope.covers(watcher.resource) ? 1 : 0;
  watcher.sent = watcher.want.from.value_or(0);
  if (!watcher.want.from)
    send_present_state(watcher, *kind.bucket);
  else if (!is_stalled(watcher.resource))
    catch_up(watcher, *kind.bucket);
  Nanos span = watcher.want.timeout;
  if (span <= Nanos{0}) span = rng_.between(settings_.timeout_min, settings_.timeout_max);
  watcher.timeout = Timer(*clock_, clock_->now() + span,
                          [this, id] { end(id, Error(Errc::closed, "watch ended: timeout")); });
  arm_bookmarks();
  return response;
}

void Watches::on_commit(Bucket& bucket, const Record& record) {
  if (is_stalled(bucket.group_resource())) return;
  const auto hit = by_resource_.find(bucket.group_resource());
  if (hit == by_resource_.end()) return;
  for (Watcher* watcher : hit->second) deliver(*watcher, record);
  sweep();
}

void Watches::end(Id id, Error reason) {
  const auto hit = live_.find(id);
  if (hit == live_.end()) return;
  if (hit->second->want.bookmarks && !is_stalled(hit->second->resource))
    send_bookmark(*hit->second, false);
  hit->second->pipe->end(std::move(reason));
  hit->second->dead = true;
  swept_ = false;
  sweep();
}

void Watches::sweep() {
  if (swept_) return;
  swept_ = true;
  for (auto& [resource, list] : by_resource_) {
    std::erase_if(list, [](const Watcher* watcher) { return watcher->dead; });
  }
  std::erase_if(live_, [](const auto& one) { return one.second->dead; });
}

std::size_t Watches::open_count(const std::vector<std::string>& resources) const {
  const Scope scope{true, resources};
  return static_cast<std::size_t>(std::count_if(live_.begin(), live_.end(), [&](const auto& one) {
    // Whose reader has left is swept out with the next event only.
    return one.second->pipe->open() && scope.covers(one.second->resource);
  }));
}

void Watches::cut_all() {
  for (auto& [id, watcher] : live_) {
    watcher->pipe->end(Error(Errc::reset, "connection reset by peer"));
    watcher->dead = true;
  }
  swept_ = false;
  sweep();
}

void Watches::end_all(bool expired, const std::vector<std::string>& resources) {
  const Scope scope{true, resources};
  for (auto& [id, watcher] : live_) {
    if (!scope.covers(watcher->resource)) continue;
    if (expired)
      push(*watcher,
           error_event(kube::expired("The resourceVersion for the provided watch is too old.")));
    watcher->pipe->end(Error(Errc::closed, "watch ended by the server"));
    watcher->dead = true;
  }
  swept_ = false;
  sweep();
}

Watches::StallId Watches::stall(const std::vector<std::string>& resources) {
  stalls_[++last_stall_] = Stall{Scope{true, resources}, open_count(resources)};
  return last_stall_;
}

bool Watches::is_stalled(std::string_view resource) const {
  return std::any_of(stalls_.begin(), stalls_.end(),
                     [&](const auto& one) { return one.second.scope.covers(resource); });
}

void Watches::resume(StallId id) {
  const auto over = stalls_.extract(id);
  if (over.empty()) return;
  for (auto& [watch, watcher] : live_) {
    if (!over.mapped().scope.covers(watcher->resource) || is_stalled(watcher->resource)) continue;
    if (const Bucket* bucket = store_->find_bucket(watcher->resource)) catch_up(*watcher, *bucket);
  }
  sweep();
}

void Watches::lose(const std::string& name, std::uint32_t millionths,
                   std::vector<std::string> resources) {
  Loss& loss = losses_[name];
  loss.millionths = millionths;
  loss.scope = Scope{millionths > 0, std::move(resources)};
}

std::uint64_t Watches::lost(const std::string& name) const {
  const auto found = losses_.find(name);
  return found == losses_.end() ? 0 : found->second.lost;
}

void Watches::arm_bookmarks() {
  if (bookmarks_armed_) return;
  bookmarks_armed_ = true;
  bookmark_timer_ = Timer(*clock_, clock_->now() + settings_.bookmark_interval, [this] {
    bookmarks_armed_ = false;
    for (auto& [id, watcher] : live_) {
      if (!watcher->pipe->open()) {
        watcher->dead = true;
        swept_ = false;
      } else if (watcher->want.bookmarks && !is_stalled(watcher->resource)) {
        send_bookmark(*watcher, false);
      }
    }
    sweep();
    if (!live_.empty()) arm_bookmarks();
  });
}

}  // namespace spokelab::fakeapi
