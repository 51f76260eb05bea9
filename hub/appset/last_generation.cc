#include "hub/appset/last_generation.h"

#include <algorithm>
#include <utility>

#include "base/json.h"

namespace spokelab::hub {

namespace {

bool same_spec(const JsonRef& a, const JsonRef& b) {
  if (a == b) return true;
  const Json* left = find(*a, {"spec"});
  const Json* right = find(*b, {"spec"});
  return left != nullptr && right != nullptr && *left == *right;
}

}  // namespace

bool LastGeneration::same(const SeenCluster& seen, const ClusterInfo& now) {
  return seen.name == now.name && seen.server == now.server && seen.project == now.project &&
         seen.labels == now.labels && seen.annotations == now.annotations &&
         seen.secret_name == now.secret_name;
}

GeneratedApps LastGeneration::find(const ApplicationSet& set,
                                   const std::vector<const ClusterInfo*>& clusters) const {
  if (made_ == nullptr || uid_ != set.uid || !same_spec(set_, set.raw)) return nullptr;
  const bool unchanged =
      std::equal(clusters_.begin(), clusters_.end(), clusters.begin(), clusters.end(),
                 [](const SeenCluster& seen, const ClusterInfo* now) { return same(seen, *now); });
  return unchanged ? made_ : nullptr;
}

void LastGeneration::keep(const ApplicationSet& set,
                          const std::vector<const ClusterInfo*>& clusters, GeneratedApps made) {
  made_ = std::move(made);
  uid_ = set.uid;
  set_ = set.raw;
  clusters_.clear();
  for (const ClusterInfo* cluster : clusters) {
    clusters_.push_back({cluster->name, cluster->server, cluster->project, cluster->labels,
                         cluster->annotations, cluster->secret_name});
  }
  settled.clear();
}

void LastGeneration::forget() {
  made_.reset();
  settled.clear();
}

}  // namespace spokelab::hub
