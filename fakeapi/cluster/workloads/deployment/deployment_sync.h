// DeploymentSync: one look at one Deployment; its parts are spread over three files by subject.
#pragma once

#include <string>
#include <vector>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/workloads/deployment/rollout.h"

namespace spokelab::fakeapi {

/// One reconcile of one Deployment.
class DeploymentSync {
 public:
  DeploymentSync(Cluster& cluster, JsonRef deployment)
      : cluster_(cluster),
        deployment_(std::move(deployment)),
        wanted_(int_at(spec(), {"replicas"}, 1)),
        bounds_(rolling_bounds(spec(), wanted_)),
        conditions_(array_at(*deployment_, {"status", "conditions"})),
        now_(cluster.now_text()) {}

  Result<void> run();

 private:
  const Json& spec() const { return object_at(*deployment_, {"spec"}); }
  bool recreate() const { return text_at(spec(), {"strategy", "type"}) == "Recreate"; }
  bool has_deadline() const {
    return int_at(spec(), {"progressDeadlineSeconds"}, 600) != 2'147'483'647;
  }
  std::int64_t sum(std::string_view status_name) const;
  std::int64_t all_replicas() const;
  // deployment_sets.cc: which replica sets there are, and which is the new one.
  void find_sets();
  Result<void> adopt_new_set();
  Result<void> set_revision();
  Result<JsonRef> make_new_set(std::int64_t size);
  Result<void> count_collision();
  Json set_annotations(const Json& set, std::int64_t revision) const;
  std::int64_t next_revision() const;
  // deployment.cc: how they are scaled.
  Result<void> advance();
  Result<void> check_paused();
  Result<void> create_new_set();
  /// Scales one set; true when anything was written.
  Result<bool> scale(JsonRef& set, std::int64_t replicas);
  bool is_scaling() const;
  Result<void> scale_all();
  Result<void> roll();
  Result<void> recreate_pods();
  Result<void> clean_up();
  // deployment_status.cc: what is said of it.
  Json counts() const;
  bool is_complete(const Json& status) const;
  bool has_progressed(const Json& status) const;
  bool has_timed_out() const;
  void set_progress(const Json& status);
  Result<void> write();
  void tell(const Json& status);
  void set(const ConditionText& text) {
    set_condition(conditions_, text, now_, ConditionTimes::update);
  }
  void record(std::string_view type, std::string_view reason, std::string message) {
    cluster_.events.tell({"deployment-controller", ""}, *deployment_,
                         {type, reason, std::move(message), ""});
  }

  Cluster& cluster_;
  JsonRef deployment_;
  std::int64_t wanted_;
  RollingBounds bounds_;
  Json conditions_;
  std::string now_;
  std::string hash_;
  std::int64_t collisions_ = 0;
  JsonRef new_set_;
  std::vector<JsonRef> old_sets_;  // oldest first
};

inline constexpr std::string_view kDeploymentUser =
    "system:serviceaccount:kube-system:deployment-controller";
inline constexpr const char* kRevision = "deployment.kubernetes.io/revision";
inline constexpr const char* kDesired = "deployment.kubernetes.io/desired-replicas";
inline constexpr const char* kMax = "deployment.kubernetes.io/max-replicas";
inline constexpr const char* kHashLabel = "pod-template-hash";

/// The number in a text, or the fallback where it is none.
std::int64_t number_of(const std::string& text, std::int64_t fallback);
/// spec.replicas and a count of the status of a replica set; 0 of none.
std::int64_t size_of(const JsonRef& set);
std::int64_t count_of(const JsonRef& set, std::string_view name);
std::int64_t revision_of(const Json& object);

}  // namespace spokelab::fakeapi
