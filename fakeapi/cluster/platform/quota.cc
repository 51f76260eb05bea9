// The ResourceQuota controller: how much of each limited resource a namespace uses.
#include "fakeapi/admit/quota.h"

#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:resourcequota-controller";

}  // namespace

Result<void> reconcile_quota(Cluster& cluster, const Name& key) {
  const JsonRef quota = cluster.get("resourcequotas", key);
  if (!quota || is_deleting(*quota)) return {};
  const EachObject each = [&cluster](std::string_view group_resource, std::string_view ns,
                                     const std::function<void(const Json&)>& visit) {
    for (const JsonRef& object : cluster.api.list(group_resource, ns)) visit(*object);
  };
  Json status = Json::object();
  status["hard"] = object_at(*quota, {"spec", "hard"});
  status["used"] = quota_usage(each, *quota);
  auto written = cluster.write_status(kUser, *quota, std::move(status));
  if (!written) return written.error();
  return {};
}

}  // namespace spokelab::fakeapi
