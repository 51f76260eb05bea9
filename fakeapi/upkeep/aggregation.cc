// The clusterrole-aggregation controller.
#include "fakeapi/upkeep/aggregation.h"

#include <algorithm>

#include "base/json.h"
#include "kube/selector.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kRoles = "clusterroles.rbac.authorization.k8s.io";
constexpr int kRoundsMax = 10;  // view goes into edit, edit into admin, ...

/// The rules of all roles that the aggregation rule selects, each rule once.
Json gather(const Bucket& roles, const Json& aggregate) {
  Json rules = Json::array();
  const Json* selectors = find(aggregate, {"aggregationRule", "clusterRoleSelectors"});
  if (selectors == nullptr || !selectors->is_array()) return rules;
  const std::string self = text_at(aggregate, {"metadata", "name"});
  for (const Json& json : *selectors) {
    const auto selector = kube::LabelSelector::from_json(json);
    if (!selector) continue;
    roles.each("", [&](const std::string& name, const JsonRef& role) {
      const Json* more = find(*role, {"rules"});
      if (name == self || !selector->matches_object(*role) || more == nullptr || !more->is_array())
        return true;
      for (const Json& rule : *more) {
        if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
      }
      return true;
    });
  }
  return rules;
}

}  // namespace

Aggregation::Aggregation(Clock& clock, const Store& store, const ServedKinds& kinds, Writes& writes)
    : clock_(&clock), store_(&store), kinds_(&kinds), writes_(&writes) {}

void Aggregation::on_commit(const Bucket& bucket, const Record&) {
  if (armed_ || bucket.group_resource() != kRoles) return;
  armed_ = true;
  timer_ = Timer(*clock_, clock_->now() + std::chrono::milliseconds(10), [this] { run(); });
}

void Aggregation::run() {
  const Bucket* roles = store_->find_bucket(kRoles);
  const ServedKind* kind = kinds_->by_resource(kRoles);
  for (int round = 0; round < kRoundsMax; ++round) {
    std::vector<std::pair<std::string, Json>> stale;
    roles->each("", [&](const std::string& name, const JsonRef& role) {
      if (find(*role, {"aggregationRule"}) == nullptr) return true;
      Json rules = gather(*roles, *role);
      const Json* have = find(*role, {"rules"});
      if (have == nullptr || (*have != rules && !(have->is_null() && rules.empty())))
        stale.emplace_back(name, std::move(rules));
      return true;
    });
    if (stale.empty()) break;
    for (auto& [name, rules] : stale) {
      WriteRequest request;
      request.user = "system:kube-controller-manager";
      const auto change = [&rules = rules](const Json& current) -> kube::Answer<Json> {
        Json next = current;
        next["rules"] = rules;
        return next;
      };
      (void)writes_->modify(*kind, "", name, change, request);
    }
  }
  armed_ = false;
  timer_.stop();
}

}  // namespace spokelab::fakeapi
