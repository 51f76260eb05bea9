// Neighbours: may this pod run on that node, given the pods that run around it?
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

/// Required pod affinity and anti-affinity, topology spread with DoNotSchedule, and host ports, of
/// one pod to be placed. Reads the cluster once and then answers for every node.
class Neighbours {
 public:
  Neighbours(const Cluster& cluster, const Json& pod, const std::vector<JsonRef>& nodes);
  /// Worded as the scheduler's filters word it; "" when nothing stands against the node.
  std::string why_not_on(const Json& node) const;

 private:
  /// How many of the pods meant there are in each topology domain (zone, host).
  struct Count {
    std::string topology_key;
    std::map<std::string, std::int64_t> by_domain;
    std::int64_t skew_max = 0;     ///< Spread only.
    bool counts_itself = false;    ///< The pod is one of those it means.
    std::int64_t domains_min = 0;  ///< Spread only.
  };
  void count_affinity(const Json& term, std::vector<Count>& counts);
  void count_spread(const Json& constraint);
  void count_shy();
  std::vector<JsonRef> pods_meant(const Json& selector,
                                  const std::vector<std::string>& spaces) const;
  std::vector<std::string> spaces_of(const Json& term) const;
  bool ports_taken(const std::string& node) const;

  const Cluster& cluster_;
  const Json& pod_;
  const std::vector<JsonRef>& nodes_;
  std::map<std::string, JsonRef> by_name_;
  std::vector<Count> near_;
  std::vector<Count> away_;
  std::vector<Count> shy_;
  std::vector<Count> spread_;
};

}  // namespace spokelab::fakeapi
