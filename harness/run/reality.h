// Reality: whether what the hub says of its applications is so.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_fwd.h"
#include "harness/run/lab.h"
#include "hub/app/application.h"
#include "hub/settings/settings.h"

namespace spokelab::harness {

/// Looks past the hub's memory: renders each application anew at the revision that its status
/// claims, and holds the objects in the API servers' stores against it. For moments at which
/// nothing is wrong and nothing is under way; it reads only, sends nothing, and takes no time.
///
/// - Synced: every wanted object is there and holds what its manifest says; nothing that is marked
///   as the application's is there without being wanted.
/// - Healthy: no wanted object is worse.
/// - The revision is the newest, where there has been time enough to see it.
/// - A deletion that was asked for has come to its end.
/// - Each replica knows the clusters that are registered, and one of them serves each.
///
/// What nobody can hold against it is left out: charts that render differently each time,
/// differences that are to be ignored by their manager, settings that changed on the way.
class Reality {
 public:
  using Complain = std::function<void(std::string)>;
  Reality(Lab& lab, Complain complain) : lab_(lab), complain_(std::move(complain)) {}

  /// `quiet`: since when nobody has changed anything and nothing has been broken.
  void look(Nanos quiet);
  /// The hub's settings were changed while it ran: it may go by older ones.
  void settings_changed() { settings_moved_ = true; }
  /// How many applications were looked at so far.
  std::uint64_t looked_at() const noexcept { return looked_at_; }

 private:
  void look_at(const Json& object, Nanos quiet);
  void look_at_objects(const hub::Application& app, const Json& object, Site& site,
                       const std::vector<JsonRef>& rendered);
  void look_at_deletion(const Json& object);
  void look_at_owners();
  void look_at_registry(const std::string& replica, const hub::ReplicaView& view);
  void tell(std::string_view rule, const std::string& what);

  Lab& lab_;
  Complain complain_;
  hub::HubSettings settings_;
  bool settings_moved_ = false;
  std::set<std::string> told_;
  std::uint64_t looked_at_ = 0;
};

}  // namespace spokelab::harness
