// ObjectProbe: tells the history what the API servers' objects say about the values that conditions
// may ask for.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/history.h"
#include "harness/run/lab.h"
#include "harness/scenario/scenario.h"

namespace spokelab::harness {

/// Applications (exists, cluster, images) and registrations on the hub, replicas of Deployments,
/// and of all other objects only those fields that a condition of the scenario names. It sees each
/// commit; nothing is polled.
class ObjectProbe {
 public:
  ObjectProbe(Lab& lab, const std::vector<Expectation>& expectations);
  ~ObjectProbe();

 private:
  /// object.CLUSTER.KIND.NS.NAME.FIELD..., as a condition names it; segments may hold '*'.
  struct Wanted {
    std::vector<std::string> segments;
  };
  void want(const Expression& expression);
  void saw(const std::string& cluster, const fakeapi::Change& change);
  void saw_application(const fakeapi::Change& change);
  void saw_registration(const fakeapi::Change& change);
  void saw_wanted(const std::string& cluster, const fakeapi::Change& change);
  void tell(const std::string& who, const std::string& subject, const std::string& value,
            const std::string& cluster);

  Lab& lab_;
  std::vector<Wanted> wanted_;
  std::map<std::string, std::string> told_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace spokelab::harness
