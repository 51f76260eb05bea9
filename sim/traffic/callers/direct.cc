// Direct: the configured shares, for ever.
#include "sim/traffic/callers/direct.h"

#include <utility>

#include "base/check.h"

namespace spokelab::sim::traffic {

Direct::Direct(DirectSpec spec) : spec_(std::move(spec)) {
  SPOKELAB_CHECK(!spec_.targets.empty() && spec_.targets.size() <= kTargetsMax);
  const std::vector<bool> all(spec_.targets.size(), true);
  offer_ = share_out(spec_.targets, spec_.policy, all, Fallback::usual);
}

}  // namespace spokelab::sim::traffic
