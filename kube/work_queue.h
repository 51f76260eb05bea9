// WorkQueue: what is to be done next, each item once, never by two workers at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "base/async.h"
#include "base/clock.h"

namespace spokelab::kube {

/// How long an item that failed n times waits: first * (factor_percent / 100)^n, at most `max`
/// (client-go workqueue.ItemExponentialFailureRateLimiter, and its values).
struct RetryDelays {
  Nanos first = std::chrono::milliseconds(5);
  Nanos max = std::chrono::seconds(1000);
  int factor_percent = 200;

  /// The delay after `failures` earlier failures.
  Nanos after(int failures) const {
    auto delay = first;
    for (int i = 0; i < failures && delay < max; ++i) {
      delay =
          Nanos(delay.count() / 100 * factor_percent + delay.count() % 100 * factor_percent / 100);
    }
    return std::min(delay, max);
  }
};

/// client-go's workqueue (util/workqueue): an item that waits is not added twice; one that is added
/// while it is worked on is handed out again after done(). First in, first out. Any number of
/// workers may get().
template <class Key>
class WorkQueue {
 public:
  explicit WorkQueue(Clock& clock, RetryDelays delays = {}) : clock_(&clock), delays_(delays) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  void add(const Key& key) {
    if (!dirty_.insert(key).second || working_.contains(key)) return;
    ready_.push_back(key);
    wake_one();
  }

  /// Adds after a delay. An item waits for the earliest of its delays only.
  void add_after(const Key& key, Nanos delay) {
    if (delay.count() <= 0) {
      add(key);
      return;
    }
    const auto at = clock_->now() + delay;
    auto [hit, fresh] = delayed_.try_emplace(key);
    if (!fresh && hit->second.at <= at) return;
    hit->second.at = at;
    hit->second.timer = Timer(*clock_, at, [this, key] {
      delayed_.erase(key);
      add(key);
    });
  }

  /// Adds after the delay for the item's failures so far, and counts one more.
  void add_rate_limited(const Key& key) { add_after(key, delays_.after(failures_[key]++)); }

  /// Forgets an item's failures.
  void forget(const Key& key) { failures_.erase(key); }
  int failures(const Key& key) const {
    const auto hit = failures_.find(key);
    return hit == failures_.end() ? 0 : hit->second;
  }

  /// Waits for the next item and takes it. Call done() for it afterwards, whatever became of it.
  Task<Key> get() {
    while (ready_.empty()) {
      Place place(*this);
      co_await place.turn.wait();
      place.served = true;
    }
    Key key = std::move(ready_.front());
    ready_.pop_front();
    working_.insert(key);
    dirty_.erase(key);
    co_return key;
  }

  /// The work on an item has ended; it is handed out again if it was added meanwhile.
  void done(const Key& key) {
    working_.erase(key);
    if (!dirty_.contains(key)) return;
    ready_.push_back(key);
    wake_one();
  }

  std::size_t ready() const noexcept { return ready_.size(); }
  std::size_t working() const noexcept { return working_.size(); }
  std::size_t delayed() const noexcept { return delayed_.size(); }

 private:
  /// A waiting worker's place in line; a worker that leaves after it was called passes the call on.
  struct Place {
    explicit Place(WorkQueue& q) : queue(q) { queue.waiting_.push_back(this); }
    ~Place() {
      auto& line = queue.waiting_;
      const auto hit = std::find(line.begin(), line.end(), this);
      if (hit != line.end()) {
        line.erase(hit);
      } else if (!served && !queue.ready_.empty()) {
        queue.wake_one();
      }
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    WorkQueue& queue;
    OneShot<bool> turn;
    bool served = false;
  };
  struct Delayed {
    RunTime at{};
    Timer timer;
  };

  void wake_one() {
    if (waiting_.empty()) return;
    auto* first = waiting_.front();
    waiting_.pop_front();
    first->turn.resolve(true);
  }

  Clock* clock_;
  RetryDelays delays_;
  std::deque<Key> ready_;
  std::set<Key> dirty_;  // waits, or was added while it is worked on
  std::set<Key> working_;
  std::map<Key, int> failures_;
  std::map<Key, Delayed> delayed_;
  std::deque<Place*> waiting_;
};

}  // namespace spokelab::kube
