// SyncedClaims: whether what the hub calls Synced and Healthy is so.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/run_time.h"
#include "harness/run/lab.h"
#include "hub/app/application.h"
#include "hub/settings/settings.h"
#include "kube/resource.h"

namespace spokelab::harness {

class FreshManifests;

/// Renders each application anew, at the revision its status claims, and holds the objects in the
/// API servers' stores against it.
///
/// - Synced: every wanted object is there and holds what its manifest says; nothing that is marked
///   as the application's is there without being wanted; no field has stayed that the manifest
///   deployed before had and the one of today has not.
/// - Healthy: no wanted object is worse.
/// - The revision is the newest, where there has been time enough to see it.
///
/// What nobody can hold against the hub is left out: charts that render differently each time,
/// differences that are to be ignored by their manager, and everything once the hub's settings
/// have changed on the way: it may go by the older ones.
class SyncedClaims {
 public:
  using Complain = std::function<void(const std::string&)>;
  SyncedClaims(Lab& lab, Complain complain) : lab_(lab), complain_(std::move(complain)) {}

  /// For moments at which nothing is wrong and nothing under way, since `quiet`. Reads only.
  void look(Nanos quiet);
  void settings_changed() { settings_moved_ = true; }
  /// How many applications were looked at so far.
  std::uint64_t looked_at() const noexcept { return looked_at_; }

 private:
  void look_at(const Json& object, FreshManifests& fresh, Nanos quiet);
  void look_at_objects(const hub::Application& app, const Json& object, Site& site,
                       const std::vector<JsonRef>& rendered);
  void look_for_left_over(const hub::Application& app, Site& site,
                          const std::vector<JsonRef>& before, const std::vector<JsonRef>& rendered);
  hub::NormalizeRules rules_of(const hub::Application& app) const;
  void look_for_strangers(const hub::Application& app, Site& site,
                          const std::function<bool(const kube::ObjectKey&)>& is_wanted);

  Lab& lab_;
  Complain complain_;
  hub::HubSettings settings_;
  bool settings_moved_ = false;
  std::uint64_t looked_at_ = 0;
};

}  // namespace spokelab::harness
