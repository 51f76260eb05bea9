// Reflector: list, watch, resume.
#include "kube/reflector.h"

#include <algorithm>

#include "base/json.h"

namespace spokelab::kube {

namespace {

constexpr Nanos kShortWatch = std::chrono::seconds(1);

Reflector::Key name_of_object(const Json& object) {
  return {text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})};
}

std::string version_of(const Json& object) {
  return text_at(object, {"metadata", "resourceVersion"});
}

}  // namespace

Reflector::Reflector(Clock& clock, Rng rng, Client& client, ResourceType type,
                     ReflectorOptions options, Handler handler)
    : clock_(&clock),
      rng_(rng),
      client_(&client),
      type_(std::move(type)),
      options_(std::move(options)),
      handler_(std::move(handler)) {}

JsonRef Reflector::get(const std::string& ns, const std::string& name) const {
  const auto hit = store_.find(Key(ns, name));
  return hit == store_.end() ? nullptr : hit->second;
}

Task<void> Reflector::wait_synced() {
  while (!synced_) co_await synced_signal_.wait();
}

Task<void> Reflector::run() {
  for (;;) {
    const bool listed = co_await list();
    if (!listed) continue;
    for (;;) {
      const bool go_on = co_await follow();
      if (!go_on) break;
    }
  }
}

/// One list; false after a failure and its wait.
Task<bool> Reflector::list() {
  ListOptions options;
  options.label_selector = options_.label_selector;
  options.field_selector = options_.field_selector;
  // Not older than what was seen before; the very first may come from the server's cache.
  options.resource_version = version_gone_ ? "" : version_.empty() ? "0" : version_;
  options.limit = options_.page;
  const auto ns = options_.ns;
  auto found = co_await client_->list(type_, ns, options);
  if (!found) {
    const auto error = found.error();
    const bool version_refused =
        error.code() == Errc::gone ||
        error.message().find("Too large resource version") != std::string::npos;
    if (version_refused && !version_gone_) {
      version_gone_ = true;  // at once again, for the most recent state
      co_return false;
    }
    co_await back_off(error);
    co_return false;
  }
  version_gone_ = false;
  listed_at_ = clock_->now();
  version_ = found->resource_version;
  replace(*found);
  co_return true;
}

/// One watch; false when a list must follow.
Task<bool> Reflector::follow() {
  ListOptions options;
  options.label_selector = options_.label_selector;
  options.field_selector = options_.field_selector;
  auto lasts = rng_.between(options_.watch_min, 2 * options_.watch_min);
  if (options_.list_every > Nanos{0}) {
    const auto left = listed_at_ + options_.list_every - clock_->now();
    if (left <= Nanos{0}) co_return false;
    lasts = std::min(lasts, left);
  }
  const auto ns = options_.ns;
  const auto from = version_;
  const auto began = clock_->now();
  auto watch = co_await client_->watch(type_, ns, from, options, lasts);
  if (!watch) {
    const auto error = watch.error();
    if (error.code() == Errc::gone) version_gone_ = true;
    const bool same_version = error.code() == Errc::refused || error.code() == Errc::throttled;
    co_await back_off(error);
    co_return same_version;
  }
  last_error_.reset();
  const auto stream = std::move(*watch);
  std::size_t events = 0;
  // A server that forgets the timeout it was given must not hold us for ever.
  const auto overdue = began + lasts + std::chrono::minutes(1);
  for (;;) {
    auto event = co_await stream->next(overdue);
    if (event) {
      ++events;
      apply(*event);
      continue;
    }
    const auto error = event.error();
    if (error.code() == Errc::gone) {
      version_gone_ = true;
      co_await back_off(error);
      co_return false;
    }
    const bool short_watch = events == 0 && clock_->now() - began < kShortWatch;
    const bool ended = error.code() == Errc::closed || error.code() == Errc::reset ||
                       error.code() == Errc::timeout;
    if (ended && !short_watch) co_return true;
    co_await back_off(error);
    co_return ended || error.code() == Errc::throttled;
  }
}

Task<void> Reflector::back_off(Error why) {
  const auto now = clock_->now();
  const bool calm = delay_.count() == 0 || now - failed_at_ >= options_.backoff_reset;
  delay_ = calm ? options_.backoff_first : std::min(delay_ * 2, options_.backoff_max);
  last_error_ = std::move(why);
  const auto jitter = rng_.between(Nanos{0}, delay_ - Nanos{1});
  co_await sleep_for(*clock_, delay_ + jitter);
  failed_at_ = clock_->now();
}

void Reflector::replace(const ObjectList& list) {
  Store fresh;
  for (const auto& item : list.items) fresh.insert_or_assign(name_of_object(*item), item);
  std::vector<Key> vanished;
  for (const auto& [key, object] : store_) {
    if (!fresh.contains(key)) vanished.push_back(key);
  }
  for (const auto& key : vanished) drop(key);
  for (auto& [key, object] : fresh) put(std::move(object));
  last_error_.reset();
  const bool first = !std::exchange(synced_, true);
  if (handler_.replaced) handler_.replaced();
  if (first) synced_signal_.notify();
}

void Reflector::apply(const WatchEvent& event) {
  auto version = version_of(*event.object);
  if (!version.empty()) version_ = std::move(version);
  if (event.type == WatchEventType::bookmark) return;
  if (event.type == WatchEventType::deleted) {
    const auto key = name_of_object(*event.object);
    const auto hit = store_.find(key);
    if (hit == store_.end()) return;
    hit->second = event.object;  // the last state, with the deletion's resourceVersion
    drop(key);
    return;
  }
  put(event.object);
}

void Reflector::put(JsonRef object) {
  auto key = name_of_object(*object);
  auto [hit, fresh] = store_.try_emplace(std::move(key), object);
  if (fresh) {
    if (handler_.added) handler_.added(object);
    return;
  }
  const auto before = std::exchange(hit->second, object);
  if (version_of(*before) == version_of(*object)) return;
  if (handler_.modified) handler_.modified(before, object);
}

void Reflector::drop(const Key& key) {
  const auto hit = store_.find(key);
  if (hit == store_.end()) return;
  const auto last = hit->second;
  store_.erase(hit);
  if (handler_.deleted) handler_.deleted(last);
}

}  // namespace spokelab::kube
