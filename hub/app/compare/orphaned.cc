// Looking for orphans from the top of a namespace down.
#include "hub/app/compare/orphaned.h"

#include <algorithm>

#include "base/json.h"

namespace spokelab::hub {
namespace {

bool comes_by_itself(const kube::ObjectKey& key) {
  if (!key.group.empty()) return false;
  return (key.ns == "default" && key.kind == "Service" && key.name == "kubernetes") ||
         (key.kind == "ServiceAccount" && key.name == "default") ||
         (key.kind == "ConfigMap" && key.name == "kube-root-ca.crt");
}

bool is_ignored_orphan(const std::vector<KindRule>& rules, const kube::ObjectKey& key) {
  return std::any_of(rules.begin(), rules.end(), [&](const KindRule& rule) {
    return (rule.kind.empty() || rule.kind.matches(key.kind)) && rule.group.matches(key.group) &&
           (rule.name.empty() || rule.name.matches(key.name));
  });
}

void descend(const OrphanSearch& search, const JsonRef& object, std::set<std::string>& seen,
             std::vector<kube::ObjectKey>& orphans) {
  const std::string uid = text_at(*object, {"metadata", "uid"});
  if (!seen.insert(uid).second || search.is_tracked(*object)) return;
  const kube::ObjectKey key = kube::key_of(*object);
  if (!search.project.permits_object(key, search.cluster)) return;
  orphans.push_back(key);
  if (uid.empty()) return;
  for (const JsonRef& child : search.children_of(uid)) descend(search, child, seen, orphans);
}

}  // namespace

std::vector<kube::ObjectKey> find_orphans(const OrphanSearch& search) {
  std::vector<kube::ObjectKey> orphans;
  if (!search.project.orphans) return orphans;
  std::set<std::string> seen;
  for (const JsonRef& object : search.top_level(search.ns)) {
    const kube::ObjectKey key = kube::key_of(*object);
    if (search.managed.contains(key) || !search.project.permits_kind(key, true) ||
        comes_by_itself(key) || is_ignored_orphan(search.project.orphans->ignored, key))
      continue;
    descend(search, object, seen, orphans);
  }
  std::sort(orphans.begin(), orphans.end());
  return orphans;
}

}  // namespace spokelab::hub
