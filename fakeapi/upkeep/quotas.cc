// Recounts the namespaces in which something came, went or changed.
#include "fakeapi/upkeep/quotas.h"

#include <utility>
#include <vector>

#include "base/json.h"
#include "fakeapi/admit/quota.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kQuotas = "resourcequotas";
constexpr Nanos kDelay = std::chrono::milliseconds(10);

}  // namespace

Quotas::Quotas(Clock& clock, const Store& store, const ServedKinds& kinds, Writes& writes)
    : clock_(&clock), store_(&store), kinds_(&kinds), writes_(&writes) {}

void Quotas::on_commit(const Bucket& bucket, const Record& record) {
  const Bucket* quotas = store_->find_bucket(kQuotas);
  if (quotas == nullptr || quotas->size() == 0 || !is_counted(bucket.group_resource())) return;
  const std::string ns = text_at(*record.object(), {"metadata", "namespace"});
  if (ns.empty()) return;
  if (stale_.empty())
    timer_ = Timer(*clock_, clock_->now() + kDelay, [this] { run(); });
  stale_.insert(ns);
}

void Quotas::run() {
  const ServedKind* kind = kinds_->by_resource(kQuotas);
  for (const std::string& ns : std::exchange(stale_, {})) {
    std::vector<JsonRef> all;
    kind->bucket->each(ns, [&](const std::string&, const JsonRef& quota) {
      all.push_back(quota);
      return true;
    });
    for (const JsonRef& quota : all) {
      Json status = Json::object();
      if (const Json* hard = find(*quota, {"spec", "hard"})) status["hard"] = *hard;
      status["used"] = quota_usage(*store_, *quota);
      const Json* have = find(*quota, {"status"});
      if (have != nullptr && *have == status) continue;
      WriteRequest request;
      request.user = "system:serviceaccount:kube-system:resourcequota-controller";
      request.subresource = "status";
      const auto change = [&status](const Json& current) -> kube::Answer<Json> {
        Json next = current;
        next["status"] = status;
        return next;
      };
      (void)writes_->modify(*kind, ns, text_at(*quota, {"metadata", "name"}), change, request);
    }
  }
}

}  // namespace spokelab::fakeapi
