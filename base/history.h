// The history of a run: every state change that anyone could ask about, in order.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/run_time.h"

namespace spokelab {

/// What sort of thing an event tells.
enum class EventKind : std::uint8_t {
  run,      ///< The run itself: started, phase, ended.
  truth,    ///< A value of the world changed: subject now has value.
  belief,   ///< What an observer holds to be true changed: subject now has value.
  state,    ///< A value of the system under test changed (an application, a replica, a rollout).
  fact,     ///< Something happened once: a write, a restart, a sync started, a limit was hit.
  fault,    ///< A fault began, hit something, or ended; a step was taken.
  traffic,  ///< Counts of user requests in one interval; numbers carry them.
  check,    ///< An expectation or limit was decided.
};
std::string_view name_of(EventKind kind) noexcept;

/// One entry. `subject` is a dotted path (docs/history.md lists them all), for instance
/// "app.agent-prod.health" or "cluster.prod.connection"; `value` is what it now is.
struct Event {
  std::uint64_t id = 0;  ///< Position in the history, from 1. Set by History.
  RunTime at{};          ///< Set by History.
  EventKind kind = EventKind::fact;
  std::string who;      ///< The process or part that says so: "hub-0", "router.agent", "prod.api".
  std::string subject;  ///< What it is about.
  std::string value;    ///< For truth, belief, state: the new value. For facts: what happened.
  std::string cluster;  ///< The cluster concerned, or empty.
  std::string message;  ///< One sentence for a person, or empty.
  std::uint64_t cause = 0;  ///< Id of the event that led to this one; 0: none known.
  std::vector<std::pair<std::string, std::int64_t>>
      numbers;  ///< Named whole numbers, in fixed order.
};

/// A hash over events, each with its time. Ids do not count.
class Fingerprint {
 public:
  void add(const Event& event);
  /// 16 hex digits over all events so far.
  std::string text() const;

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

/// Append-only. Checkers subscribe; reports read; the hash is the run's fingerprint.
class History {
 public:
  static constexpr std::size_t kEventsMax = 5'000'000;

  explicit History(const Clock& clock) : clock_(&clock) {}
  /// As above, for what runs for as long as it is wanted: of more than `kept` events at least the
  /// younger half is kept, and the oldest are forgotten.
  History(const Clock& clock, std::size_t kept) : clock_(&clock), kept_(kept) {}
  /// Stamps id and time, folds the event into the hash, then tells every subscriber. Returns the
  /// id. Beyond kEventsMax events are counted and dropped; `dropped()` must make the run
  /// inconclusive.
  std::uint64_t add(Event event);
  /// `watcher` sees every later event, in order. It must not add events itself while being called.
  void subscribe(std::function<void(const Event&)> watcher);
  const std::vector<Event>& events() const noexcept { return events_; }
  /// How many events the oldest one kept has before it.
  std::uint64_t forgotten() const noexcept { return forgotten_; }
  std::size_t dropped() const noexcept { return dropped_; }
  /// 16 hex digits over all events so far, each with its time.
  std::string hash() const { return fingerprint_.text(); }

 private:
  const Clock* clock_;
  std::size_t kept_ = kEventsMax;
  std::uint64_t forgotten_ = 0;
  std::vector<Event> events_;
  std::vector<std::function<void(const Event&)>> watchers_;
  Fingerprint fingerprint_;
  std::size_t dropped_ = 0;
};

}  // namespace spokelab
