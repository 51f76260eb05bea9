// WorkList: one timer for the earliest item.
#include "fakeapi/cluster/work_list.h"

#include <algorithm>

namespace spokelab::fakeapi {

void WorkList::add(const WorkItem& item, RunTime at) {
  at = std::max(at, clock_->now());
  const auto found = due_.find(item);
  if (found != due_.end()) {
    if (found->second.first <= at) return;
    order_.erase(found->second);
    found->second = {at, ++sequence_};
    order_.emplace(found->second, item);
  } else {
    const Slot slot{at, ++sequence_};
    due_.emplace(item, slot);
    order_.emplace(slot, item);
  }
  arm();
}

void WorkList::drop(const WorkItem& item) {
  const auto found = due_.find(item);
  if (found == due_.end()) return;
  order_.erase(found->second);
  due_.erase(found);
}

void WorkList::hold() {
  held_ = true;
  timer_.stop();
  armed_ = kNever;
}

void WorkList::release() {
  held_ = false;
  arm();
}

void WorkList::arm() {
  if (held_ || running_ || order_.empty()) return;
  const RunTime first = order_.begin()->first.first;
  if (first >= armed_) return;
  armed_ = first;
  timer_ = Timer(*clock_, first, [this] { run(); });
}

void WorkList::run() {
  armed_ = kNever;
  running_ = true;
  const RunTime now = clock_->now();
  const std::uint64_t last = sequence_;
  while (!held_ && !order_.empty()) {
    const auto first = order_.begin();
    // What was added meanwhile has its turn in a call of its own, even at this same instant.
    if (first->first.first > now || first->first.second > last) break;
    const WorkItem item = std::move(first->second);
    order_.erase(first);
    due_.erase(item);
    work_(item);
  }
  running_ = false;
  arm();
}

}  // namespace spokelab::fakeapi
