// Plan: what a reconcile of an ApplicationSet would write, worked out without writing it.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/appset/application_set.h"
#include "hub/appset/last_generation.h"

namespace spokelab::hub {

/// One write.
struct AppChange {
  enum class Action { create, update, remove };
  Action action = Action::create;
  std::string name;
  JsonRef body;  ///< The object to create, or an RFC 7386 patch; for a removal, a patch to send
                 ///< first or null.
};

/// All of it. `held` Applications should be deleted and are not, because the deletion budget
/// forbids it.
struct AppPlan {
  std::vector<AppChange> changes;   ///< Creations and updates, by name.
  std::vector<AppChange> removals;  ///< By name; only when nothing went wrong with the changes.
  std::map<std::string, std::string> errors;  ///< Application -> why nothing can be written for it.
  std::vector<std::string> held;
  std::size_t current = 0;  ///< Applications the set owned before.
};

/// At most this many of `current` Applications may go in one reconcile. Below three there is no
/// budget: one cluster of two that leaves is no accident. Otherwise at least one may always go.
std::size_t deletions_allowed(std::size_t current, int budget_percent);

struct PlanInput {
  const ApplicationSet& set;
  const std::vector<Json>& generated;  ///< Everything the generators made, valid or not.
  const std::set<std::string>&
      withheld;                      ///< Names that are not to be written; they count as present.
  const std::vector<JsonRef>& live;  ///< All Applications in the namespace.
  /// False when the destination of an Application names no registered cluster: then its finalizer
  /// goes first, since nobody could do what it asks for.
  std::function<bool(const Json& app)> destination_known;
  int budget_percent = 100;
  /// Where given: what stands in it is not compared again; what differs in nothing is added.
  SettledApps* settled = nullptr;
};

/// Applications of the set differ from generated ones only by what Argo CD would rewrite: spec,
/// labels, annotations and finalizers, without ignored and preserved fields (applicationset/utils,
/// CreateOrUpdate).
AppPlan plan_applications(const PlanInput& input);

/// Whether the generated spec would be written over the live one; false also where ignored fields
/// cannot be told (such an error shows in the plan).
bool spec_differs(const ApplicationSet& set, const Json& live, const Json& generated);

/// True when the set is the controlling owner of the Application.
bool owned_by(const Json& app, const ApplicationSet& set);

}  // namespace spokelab::hub
