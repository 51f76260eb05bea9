#include "sim/event_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace spokelab::sim {

namespace {
constexpr std::size_t kChildren = 4;
}

EventQueue::Id EventQueue::push(RunTime at, std::uint32_t lane, Callable call) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot].call = std::move(call);
  slots_[slot].lane = lane;
  const auto generation = slots_[slot].generation;
  heap_.emplace_back();
  sift_up(heap_.size() - 1, Entry{at.time_since_epoch().count(), ++sequence_, slot});
  return (static_cast<Id>(generation) << 32) | slot;
}

bool EventQueue::cancel(Id id) noexcept {
  const auto slot = static_cast<std::uint32_t>(id);
  const auto generation = static_cast<std::uint32_t>(id >> 32);
  if (slot >= slots_.size() || slots_[slot].generation != generation) return false;
  erase(slots_[slot].heap_index);
  ++slots_[slot].generation;
  free_.push_back(slot);
  // Last: what the call holds may cancel other events while it is destroyed.
  Callable dead = std::move(slots_[slot].call);
  return true;
}

std::optional<RunTime> EventQueue::next() const noexcept {
  if (heap_.empty()) return std::nullopt;
  return RunTime(Nanos(heap_.front().at));
}

EventQueue::Event EventQueue::pop() {
  SPOKELAB_CHECK(!heap_.empty());
  const Entry first = heap_.front();
  auto& slot = slots_[first.slot];
  Event event{RunTime(Nanos(first.at)), slot.lane, std::move(slot.call)};
  ++slot.generation;
  free_.push_back(first.slot);
  erase(0);
  return event;
}

void EventQueue::clear() noexcept {
  while (!heap_.empty()) {
    const auto dead = pop();  // destroying it may push or cancel others
    (void)dead;
  }
}

void EventQueue::place(std::size_t index, const Entry& entry) noexcept {
  heap_[index] = entry;
  slots_[entry.slot].heap_index = static_cast<std::uint32_t>(index);
}

void EventQueue::sift_up(std::size_t index, Entry entry) noexcept {
  while (index > 0) {
    const std::size_t parent = (index - 1) / kChildren;
    if (!entry.before(heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, entry);
}

void EventQueue::sift_down(std::size_t index, Entry entry) noexcept {
  for (;;) {
    const std::size_t first = index * kChildren + 1;
    if (first >= heap_.size()) break;
    const std::size_t last = std::min(first + kChildren, heap_.size());
    std::size_t best = first;
    for (std::size_t child = first + 1; child < last; ++child) {
      if (heap_[child].before(heap_[best])) best = child;
    }
    if (!heap_[best].before(entry)) break;
    place(index, heap_[best]);
    index = best;
  }
  place(index, entry);
}

void EventQueue::erase(std::size_t index) noexcept {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  if (index > 0 && last.before(heap_[(index - 1) / kChildren])) {
    sift_up(index, last);
  } else {
    sift_down(index, last);
  }
}

}  // namespace spokelab::sim
