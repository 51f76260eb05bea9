// The container of a JSON object's members.
#pragma once

#include <algorithm>
#include <boost/container/flat_map.hpp>
#include <compare>
#include <string_view>
#include <utility>

namespace spokelab {

/// A sorted array: one allocation an object, quick to copy and to read. Adding or removing a key
/// moves its neighbours, so a reference to a member does not outlive a change of its object's keys.
template <class Key, class Value, class Less, class>
class JsonObject : public boost::container::flat_map<Key, Value, Less> {
  using Sorted = boost::container::flat_map<Key, Value, Less>;
  /// Up to here, comparing lengths one after the other beats halving.
  static constexpr std::size_t kFewMembers = 16;

 public:
  using Sorted::Sorted;
  using typename Sorted::const_iterator;
  using typename Sorted::iterator;

  const_iterator find(std::string_view key) const {
    if (this->size() > kFewMembers) return Sorted::find(key);
    auto at = this->begin();
    const auto end = this->end();
    while (at != end && key != at->first) ++at;
    return at;
  }
  iterator find(std::string_view key) {
    const auto hit = std::as_const(*this).find(key);
    return this->begin() + (hit - this->cbegin());
  }
  /// Members mostly come in the order of their keys: the end is looked at first.
  template <class NewKey, class NewValue>
  std::pair<iterator, bool> emplace(NewKey&& key, NewValue&& value) {
    if (const auto hit = find(key); hit != this->end()) return {hit, false};
    return {
        this->emplace_hint(this->end(), std::forward<NewKey>(key), std::forward<NewValue>(value)),
        true};
  }

  friend std::partial_ordering operator<=>(const JsonObject& a, const JsonObject& b) {
    return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
  }
};

}  // namespace spokelab
