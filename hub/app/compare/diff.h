// Diff: whether a live object differs from the wanted one, as Argo CD's default comparison sees it.
#pragma once

#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "hub/app/application.h"
#include "hub/app/compare/normalize.h"

namespace spokelab::hub {

/// What an object is, and what it would be after a sync. Equal when in sync.
struct Difference {
  bool modified = false;
  JsonRef live;       ///< Normalized. Set only when modified.
  JsonRef predicted;  ///< Normalized. Set only when modified.
};

/// Three-way: the last-applied annotation of `live`, `target`, and `live`; without the annotation
/// two-way. Fields that neither names are nobody's business (GE/diff ThreeWayDiff). `target`
/// carries its tracking already. Errors: bad_input for lists without merge keys.
Result<Difference> diff(const Json& target, const Json& live, const NormalizeRules& rules);

/// What both objects are compared without: `target` and `live` after the fields that managers of
/// the rules may change were taken out where they differ.
struct TrustedPair {
  Json target;
  Json live;
};
TrustedPair without_trusted(const Json& target, const Json& live, const NormalizeRules& rules);

}  // namespace spokelab::hub
