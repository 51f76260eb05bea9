// ActiveFault: a fault while it is in force, and the table of all kinds.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/lab.h"
#include "harness/run/truth.h"
#include "harness/scenario/scenario.h"

namespace spokelab::harness {

/// What a fault may touch. All of it outlives every fault.
struct FaultContext {
  Lab& lab;
  Truths& truths;
};

/// Begins when it is made; its destructor heals everything it did.
class ActiveFault {
 public:
  virtual ~ActiveFault() = default;
  /// How many messages, requests, connections, pods or processes it has touched so far.
  virtual std::uint64_t hits() const = 0;
};

using StartFault = std::unique_ptr<ActiveFault> (*)(const Fault&, FaultContext);

struct FaultKind {
  std::string_view what;
  StartFault start;
};
/// Every kind of fault there is; the scenario table's names, in its order.
const std::vector<FaultKind>& fault_kinds();

/// Begins a fault of any kind, growing over its `ramp` where it has one. nullptr: there is no such
/// kind.
std::unique_ptr<ActiveFault> begin_fault(const Fault& fault, FaultContext context);

// The makers, by subject.
std::unique_ptr<ActiveFault> start_region_loss(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_node_loss(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_path_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_connection_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_api_restart(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_request_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_watch_end(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_watch_stall(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_watch_loss(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_credential_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_tls_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_clock_skew(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_pod_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_hub_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_component_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_git_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_name_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_probe_fault(const Fault& fault, FaultContext context);
std::unique_ptr<ActiveFault> start_router_loss(const Fault& fault, FaultContext context);

// Shared by the makers.
/// The clusters a fault strikes by `on`; a region stands for all clusters in it.
std::vector<std::string> clusters_of(const Fault& fault, Lab& lab);
/// The network nodes that stand for a place. `processes`: with a hub's replicas (they dial), not
/// only its API server.
std::set<std::string> nodes_of(const Place& place, Lab& lab, bool processes);

}  // namespace spokelab::harness
