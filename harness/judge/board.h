// Board: every named value of a run as it stands, kept from the history alone.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/history.h"
#include "harness/scenario/expression.h"

namespace spokelab::harness {

/// The segments of an event's subject. Names of Applications, Deployments and objects may hold
/// dots; they come back as one segment.
std::vector<std::string> subject_segments(std::string_view subject);

/// The value that counts all notifications delivered.
inline constexpr std::string_view kAlertCount = "alert.count";

class Board final : public Values {
 public:
  /// Takes over what truth, belief, state and fault events say. An empty value, or "gone", removes
  /// the name. Returns the joined name that changed; empty: none did. A notification delivered
  /// counts in "alert.OBJECT.TRIGGER", which is returned, and in kAlertCount.
  std::string apply(const Event& event);

  std::optional<Value> lookup(const std::string& name) const override;
  std::vector<std::string> expand(const std::vector<std::string>& segments) const override;

  /// Whether the name has ever had a value.
  bool seen(const std::string& name) const { return seen_.contains(name); }
  /// The text of a value, or the fallback.
  std::string text(const std::string& name, std::string_view fallback = "") const;
  const std::map<std::string, Value>& all() const noexcept { return values_; }

 private:
  std::string count_alert(const Event& event);
  std::optional<Value> no_alert(const std::string& name) const;

  std::map<std::string, Value> values_;
  std::set<std::string> seen_;
  std::map<std::string, std::string, std::less<>> names_;  // subject -> joined name
};

}  // namespace spokelab::harness
