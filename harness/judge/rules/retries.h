// BoundedRetries: the hub tries again as often, and waits as long, as it was told to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/history.h"
#include "base/run_time.h"

namespace spokelab::harness {

/// What applications and the hub's profile say about trying again.
struct RetryFacts {
  /// Retries that an operation of the application may have; negative: without end; nullopt: it is
  /// not known.
  std::function<std::optional<std::int64_t>(const std::string& app)> limit_of = {};
  /// Argo CD's self-heal back-off: first, times factor, up to the most. 0: none.
  Nanos heal_first{0};
  std::int64_t heal_factor = 1;
  Nanos heal_most{0};
};

/// Watches operations as the history tells of them.
///
/// - An operation is not tried again more often than its limit; what the return of its cluster
///   begins anew counts from there.
/// - Self-heals of one revision, one after the other, wait longer each time.
class BoundedRetries {
 public:
  /// Times of syncs are kept in whole seconds.
  static constexpr Nanos kSlack = std::chrono::milliseconds(1500);

  using Complain = std::function<void(std::string)>;
  BoundedRetries(RetryFacts facts, Complain complain)
      : facts_(std::move(facts)), complain_(std::move(complain)) {}

  void apply(const Event& event);

 private:
  struct App {
    std::int64_t retries = 0;
    std::int64_t heals = 0;  // in a row
    bool heals_now = false;  // told, and not begun yet
    std::optional<RunTime> finished;
  };
  void started(const std::string& name, App& app, RunTime at);
  void retried(const std::string& name, App& app, const Event& event);
  /// Between the end of a sync and the self-heal after `heals` others.
  Nanos heal_delay(std::int64_t heals) const;

  RetryFacts facts_;
  Complain complain_;
  std::map<std::string, App> apps_;
};

}  // namespace spokelab::harness
