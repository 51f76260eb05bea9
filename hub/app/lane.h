// Lane: named work with a bounded number of workers, for one cluster or for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/task_group.h"

namespace spokelab::hub {

/// As kube::WorkQueue with its workers, except that workers exist only while there is work: a
/// thousand quiet clusters cost nothing. An item that is added while it is worked on is done once
/// more afterwards.
class Lane {
 public:
  using Work = std::function<Task<void>(std::string item)>;

  /// Workers are tasks of `group`, which must have been joined before the lane goes away.
  Lane(Clock& clock, TaskGroup& group, int workers, Work work)
      : clock_(clock),
        group_(group),
        workers_(static_cast<std::size_t>(workers)),
        work_(std::move(work)) {}

  void add(const std::string& item) {
    if (closed_ || !dirty_.insert(item).second) return;
    ++adds_;
    if (working_.contains(item)) return;
    ready_.push_back(item);
    staff();
  }
  /// Adds after a delay; an item waits for the earliest of its delays only.
  void add_after(const std::string& item, Nanos delay) {
    if (closed_) return;
    if (delay <= Nanos{0}) return add(item);
    const RunTime at = clock_.now() + delay;
    auto [slot, fresh] = delayed_.try_emplace(item);
    if (!fresh && slot->second.at <= at) return;
    slot->second.at = at;
    slot->second.timer = Timer(clock_, at, [this, item] {
      delayed_.erase(item);
      add(item);
    });
  }
  /// Takes back what has not begun.
  void drop(const std::string& item) {
    delayed_.erase(item);
    if (dirty_.erase(item) > 0 && !working_.contains(item)) std::erase(ready_, item);
  }
  /// No more work until open(); what is under way goes on to its end.
  void close() {
    closed_ = true;
    ready_.clear();
    dirty_.clear();
    delayed_.clear();
  }
  void open() { closed_ = false; }
  std::size_t waiting() const noexcept { return ready_.size(); }
  /// How often something was added that did not wait already.
  std::uint64_t adds() const noexcept { return adds_; }

 private:
  struct Delayed {
    RunTime at{};
    Timer timer;
  };
  /// One worker's presence.
  struct Present {
    explicit Present(std::size_t& count) : count(count) {}
    ~Present() { --count; }
    Present(const Present&) = delete;
    Present& operator=(const Present&) = delete;
    std::size_t& count;
  };

  void staff() {
    if (present_ >= workers_) return;
    ++present_;
    group_.spawn(drain());
  }
  Task<void> drain() {
    Present here(present_);
    while (!ready_.empty()) {
      std::string item = std::move(ready_.front());
      ready_.pop_front();
      dirty_.erase(item);
      working_.insert(item);
      co_await work_(item);
      working_.erase(item);
      if (dirty_.contains(item)) ready_.push_back(item);
    }
  }

  Clock& clock_;
  TaskGroup& group_;
  std::size_t workers_;
  Work work_;
  bool closed_ = false;
  std::size_t present_ = 0;
  std::uint64_t adds_ = 0;
  std::deque<std::string> ready_;
  std::set<std::string> dirty_;
  std::set<std::string> working_;
  std::map<std::string, Delayed> delayed_;
};

}  // namespace spokelab::hub
