#include "base/history.h"

#include <fmt/format.h>

#include "base/rng.h"

namespace spokelab {

std::string_view name_of(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::run:
      return "run";
    case EventKind::truth:
      return "truth";
    case EventKind::belief:
      return "belief";
    case EventKind::state:
      return "state";
    case EventKind::fact:
      return "fact";
    case EventKind::fault:
      return "fault";
    case EventKind::traffic:
      return "traffic";
    case EventKind::check:
      return "check";
  }
  return "?";
}

namespace {

std::uint64_t fold(std::uint64_t hash, std::uint64_t word) {
  for (int byte = 0; byte < 8; ++byte) {
    hash ^= (word >> (8 * byte)) & 0xff;
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

std::uint64_t fold(std::uint64_t hash, const std::string& text) {
  return fold(stable_hash(text, hash),
              text.size());  // the length keeps "ab","c" and "a","bc" apart
}

}  // namespace

void Fingerprint::add(const Event& event) {
  hash_ = fold(hash_, static_cast<std::uint64_t>(event.at.time_since_epoch().count()));
  hash_ = fold(hash_, static_cast<std::uint64_t>(event.kind));
  for (const auto* text :
       {&event.who, &event.subject, &event.value, &event.cluster, &event.message}) {
    hash_ = fold(hash_, *text);
  }
  hash_ = fold(hash_, event.cause);
  for (const auto& [name, number] : event.numbers) {
    hash_ = fold(fold(hash_, name), static_cast<std::uint64_t>(number));
  }
}

std::string Fingerprint::text() const { return fmt::format("{:016x}", hash_); }

std::uint64_t History::add(Event event) {
  if (events_.size() >= kept_) {
    if (kept_ == kEventsMax) {
      ++dropped_;
      return 0;
    }
    const auto oldest = static_cast<std::ptrdiff_t>(kept_ / 2);
    events_.erase(events_.begin(), events_.begin() + oldest);
    forgotten_ += kept_ / 2;
  }
  event.id = forgotten_ + events_.size() + 1;
  event.at = clock_->now();
  fingerprint_.add(event);
  events_.push_back(std::move(event));
  // By index: the vector may not move while watchers read it, since they may not add events.
  const auto& added = events_.back();
  for (const auto& watcher : watchers_) watcher(added);
  return added.id;
}

void History::subscribe(std::function<void(const Event&)> watcher) {
  watchers_.push_back(std::move(watcher));
}

}  // namespace spokelab
