// Reality: whether the hub knows its clusters, and ends what it began.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_fwd.h"
#include "harness/run/lab.h"
#include "hub/engine/window.h"

namespace spokelab::harness {

/// For moments at which nothing is wrong and nothing is under way; it reads only.
///
/// - Each replica knows the clusters that are registered, and one of them serves each.
/// - A deletion that was asked for has come to its end.
class Reality {
 public:
  using Complain = std::function<void(std::string)>;
  Reality(Lab& lab, Complain complain) : lab_(lab), complain_(std::move(complain)) {}

  void look();

 private:
  void look_at_deletion(const Json& object);
  void look_at_owners();
  void look_at_registry(const std::string& replica, const hub::ReplicaView& view);
  void tell(std::string_view rule, const std::string& what);

  Lab& lab_;
  Complain complain_;
  std::set<std::string> told_;
};

}  // namespace spokelab::harness
