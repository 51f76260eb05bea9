// ManualClock: time that a test moves by hand.
#pragma once

#include <map>
#include <utility>

#include "base/clock.h"

namespace spokelab::fakeapi::testing {

class ManualClock final : public Clock {
 public:
  RunTime now() const override { return now_; }
  WallTime wall_now() const override {
    return WallTime{std::chrono::seconds(1'767'225'600)} + now_.time_since_epoch();
  }
  TimerId call_at(RunTime at, std::function<void()> action) override {
    const TimerId id = ++last_;
    calls_[{std::max(at, now_), id}] = std::move(action);
    times_[id] = std::max(at, now_);
    return id;
  }
  bool cancel(TimerId id) noexcept override {
    const auto found = times_.find(id);
    if (found == times_.end()) return false;
    calls_.erase({found->second, id});
    times_.erase(found);
    return true;
  }
  void run_until(RunTime end) {
    while (!calls_.empty() && calls_.begin()->first.first <= end) {
      auto node = calls_.extract(calls_.begin());
      times_.erase(node.key().second);
      now_ = node.key().first;
      ++ran_;
      node.mapped()();
    }
    now_ = end;
  }
  void run_for(Nanos span) { run_until(now_ + span); }
  /// Calls run so far.
  std::size_t ran() const { return ran_; }

 private:
  RunTime now_{};
  TimerId last_ = 0;
  std::size_t ran_ = 0;
  std::map<std::pair<RunTime, TimerId>, std::function<void()>> calls_;
  std::map<TimerId, RunTime> times_;
};

}  // namespace spokelab::fakeapi::testing
