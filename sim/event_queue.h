// EventQueue: what is to happen, by (instant, sequence). Taking an event back leaves no trace.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/run_time.h"
#include "sim/callable.h"

namespace spokelab::sim {

/// Events of one instant leave in the order in which they entered.
class EventQueue {
 public:
  using Id = std::uint64_t;  ///< Never 0, never used twice (in 2^32 uses of one slot).

  struct Event {
    RunTime at;
    std::uint32_t lane;  ///< Whose event it is; see World.
    Callable call;
  };

  Id push(RunTime at, std::uint32_t lane, Callable call);
  /// False when the event has left or was taken back before.
  bool cancel(Id id) noexcept;
  std::optional<RunTime> next() const noexcept;
  /// The first event. The queue must not be empty.
  Event pop();
  std::size_t size() const noexcept { return heap_.size(); }
  bool empty() const noexcept { return heap_.empty(); }
  void clear() noexcept;

 private:
  struct Entry {
    std::int64_t at;
    std::uint64_t sequence;
    std::uint32_t slot;
    bool before(const Entry& other) const noexcept {
      return at != other.at ? at < other.at : sequence < other.sequence;
    }
  };
  struct Slot {
    Callable call;
    std::uint32_t heap_index = 0;
    std::uint32_t generation = 1;
    std::uint32_t lane = 0;
  };
  void place(std::size_t index, const Entry& entry) noexcept;
  void sift_up(std::size_t index, Entry entry) noexcept;
  void sift_down(std::size_t index, Entry entry) noexcept;
  void erase(std::size_t index) noexcept;

  std::vector<Entry> heap_;  // four children a node: flatter than a binary heap, and faster here
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t sequence_ = 0;
};

}  // namespace spokelab::sim
