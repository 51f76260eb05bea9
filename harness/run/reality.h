// Reality: whether the hub knows its clusters, says what is so, and ends what it began.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_fwd.h"
#include "harness/run/lab.h"
#include "harness/run/synced_claims.h"
#include "hub/engine/window.h"

namespace spokelab::harness {

/// For moments at which nothing is wrong and nothing is under way; it reads only.
///
/// - Each replica knows the clusters that are registered, and one of them serves each.
/// - What it calls Synced and Healthy is so (SyncedClaims).
/// - A deletion that was asked for has come to its end.
class Reality {
 public:
  using Complain = std::function<void(std::string)>;
  Reality(Lab& lab, Complain complain);
  Reality(const Reality&) = delete;

  /// `quiet`: since when nobody has changed anything and nothing has been broken.
  void look(Nanos quiet);
  /// What it goes by, where the hub's settings have changed on the way.
  SyncedClaims& claims() noexcept { return claims_; }

 private:
  void look_at_deletion(const Json& object);
  void look_at_owners();
  void look_at_registry(const std::string& replica, const hub::ReplicaView& view);
  void tell(std::string_view rule, const std::string& what);

  Lab& lab_;
  Complain complain_;
  std::set<std::string> told_;
  SyncedClaims claims_;
};

}  // namespace spokelab::harness
