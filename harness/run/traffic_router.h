// Routers of the traffic model, made after what a scenario says.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/history.h"
#include "base/rng.h"
#include "harness/scenario/scenario.h"
#include "sim/traffic/backend.h"
#include "sim/traffic/router.h"

namespace spokelab::harness {

/// Network nodes: where the users of a region sit, and where the router of a traffic stands.
std::string user_node(const std::string& region);
/// Where the balancer of a traffic sends its users' requests on from; its probes go from
/// router_node().
std::string sender_node(const std::string& traffic);
std::string router_node(const std::string& traffic);

/// The router of a traffic, at work at once. It and its probes stand at router_node(name) where it
/// is one that stands anywhere. All references must outlive it.
std::unique_ptr<sim::traffic::Router> make_router(Clock& clock, History& history, Rng rng,
                                                  sim::traffic::Field& field,
                                                  const std::string& name, const TrafficSpec& spec);

}  // namespace spokelab::harness
