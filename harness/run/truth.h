// Truths: what is really so, told to the history when it changes, and to the traffic model.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/history.h"
#include "harness/run/lab.h"

namespace spokelab::harness {

/// Truths are values of the world, not of anybody's mind: "truth.cluster.C.reachable" (some running
/// hub replica could use the API server of C), "truth.traffic.T.C" (C would answer the users of T,
/// coming through T's router), "truth.cluster.C.serving" (it would for all traffic that may go
/// there).
class Truths {
 public:
  explicit Truths(Lab& lab);
  /// Looks at everything again, and tells what has changed. Call it after each change of the world.
  void update();
  /// Holds an API server for useless although packets reach it (a fault inside the server).
  void set_api_broken(const std::string& cluster, bool broken);

 private:
  bool is_reachable(const Site& site) const;
  void feed_field(const Site& site);
  void tell(const std::string& subject, bool value, const std::string& cluster);

  Lab& lab_;
  std::map<std::string, bool> told_;
  std::map<std::string, int> broken_;
};

}  // namespace spokelab::harness
