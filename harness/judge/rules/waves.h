// WaveOrder: within one operation, waves come one after the other, and a hook runs once.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/run_time.h"

namespace spokelab::harness {

/// Watches what the hub writes to spokes on behalf of applications, operation by operation.
///
/// - An object is not written once one of a higher wave has been.
/// - An object is not written before those of lower waves that this operation has written have
///   been well since (Argo CD waits for that between two waves).
/// - A hook is made once in each attempt.
///
/// Whoever goes on with an operation after a crash is held to the same: its end is told by the
/// next one's beginning, not by who works on it. Deletions are left out: they go the other way.
class WaveOrder {
 public:
  using Complain = std::function<void(std::string)>;
  explicit WaveOrder(Complain complain) : complain_(std::move(complain)) {}

  /// An object of an application that takes part in syncs. `well`: it is as healthy as a wave
  /// waits for; kinds without health always are.
  struct Object {
    std::string app;
    std::string name;  ///< As complaints call it, and as it is known again by.
    int wave = 0;
    bool hook = false;
    bool well = true;
  };
  /// An operation of an application, or another attempt of it, has begun.
  void begin(const std::string& app) { attempts_[app] = Attempt{}; }
  /// A hub replica has made or changed the object.
  void wrote(RunTime at, const Object& object, bool created);
  /// Somebody else has changed the object: its health may be another now.
  void seen(const Object& object);
  /// The object is gone.
  void gone(const Object& object);

 private:
  struct Written {
    int wave = 0;
    bool well = false;  // it has been, at some time since it was written
  };
  struct Attempt {
    std::optional<int> highest;
    std::string highest_name;
    std::map<std::string, Written> written;
    std::set<std::string> hooks;
  };

  Complain complain_;
  std::map<std::string, Attempt> attempts_;  // by application; none before its first operation
};

}  // namespace spokelab::harness
