// Board: every named value of a run as it stands, kept from the history alone.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/history.h"
#include "base/run_time.h"
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
  /// What the clock says for values that grow by themselves (`lag`); that of the last event until
  /// it is told.
  void set_now(RunTime now) { now_ = now; }
  /// The value of lag that the last event set going or stopped; empty: none.
  const std::string& lag_turned() const noexcept { return lag_turned_; }
  /// Since when a belief has differed from the truth; nullopt: it agrees, or one of them was never
  /// told.
  std::optional<RunTime> wrong_since(const std::string& lag_name) const;

  /// The text of a value, or the fallback.
  std::string text(const std::string& name, std::string_view fallback = "") const;
  const std::map<std::string, Value>& all() const noexcept { return values_; }

 private:
  std::string count_alert(const Event& event);
  std::optional<Value> no_alert(const std::string& name) const;
  void judge_belief(const std::vector<std::string>& parts, RunTime at);

  std::map<std::string, Value> values_;
  std::set<std::string> seen_;
  std::map<std::string, std::string, std::less<>> names_;  // subject -> joined name
  std::map<std::string, std::optional<RunTime>> wrong_;    // by the name of the lag
  std::string lag_turned_;
  RunTime now_{};
};

}  // namespace spokelab::harness
