// Overlay: a value that several faults set at once, each for as long as it lasts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace spokelab::harness {

/// The one put last counts; when it is taken off, the one before it counts again. They may be taken
/// off in any order. With none, nothing is set.
template <class T>
class Overlay {
 public:
  using Id = std::uint64_t;
  Id put(T value) {
    values_.emplace(++last_, std::move(value));
    return last_;
  }
  /// Changes what was put; it keeps its place.
  void change(Id id, T value) { values_.at(id) = std::move(value); }
  void take_off(Id id) { values_.erase(id); }
  std::optional<T> top() const {
    if (values_.empty()) return std::nullopt;
    return values_.rbegin()->second;
  }

 private:
  std::map<Id, T> values_;
  Id last_ = 0;
};

}  // namespace spokelab::harness
