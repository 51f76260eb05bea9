// Convergence: whether everything is as it should be, and if not, what is still pending, in words.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/history.h"

namespace spokelab::harness {

/// Converged means: all applications Synced and Healthy, every belief equals the truth, and, when a
/// split is asked for, users go where they went then (design: "reconvergence"). Fed with every
/// event of the history.
class Convergence {
 public:
  /// Where users go: traffic -> cluster -> share as told ("100%").
  using Split = std::map<std::string, std::map<std::string, std::string>>;

  /// At least so many applications must exist before it can have converged (0: none are expected).
  explicit Convergence(std::size_t applications_min) : applications_min_(applications_min) {}

  void apply(const Event& event);
  /// True when converged now. `split`: null, or how users must be split.
  bool holds(const Split* split = nullptr) const;
  /// What is pending, one clause each: "app.agent-prod is OutOfSync", ...; empty when it holds. At
  /// most `most` clauses and then a count.
  std::vector<std::string> pending(const Split* split = nullptr, std::size_t most = 8) const;
  const Split& split() const noexcept { return split_; }

 private:
  struct App {
    std::string sync;
    std::string health;
    std::string operation;
    std::map<std::string, std::string> why;  ///< Message of the last word on each of these.
    bool good() const { return sync == "Synced" && health == "Healthy"; }
  };
  struct Mind {
    std::string belief;
    std::string truth;
    bool unmonitored = false;  ///< The believer says that it does not look.
    bool good = false;
  };
  void judge_app(const std::string& name, const App& app);
  static std::string describe(const std::string& name, const App& app);
  void judge_connection(const std::string& cluster);
  void judge_target(const std::string& key);

  std::size_t applications_min_;
  std::map<std::string, App> apps_;
  std::set<std::string> bad_apps_;
  std::map<std::string, std::string> set_errors_;  // by ApplicationSet
  std::map<std::string, Mind> connections_;        // by cluster
  std::map<std::string, Mind> targets_;            // by "traffic/cluster"
  std::set<std::string> wrong_connections_;
  std::set<std::string> wrong_targets_;
  std::set<std::string> unregistered_;  // clusters that are not to have a connection
  Split split_;
};

}  // namespace spokelab::harness
