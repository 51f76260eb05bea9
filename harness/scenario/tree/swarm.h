// swarm: each seed plays some of a scenario's faults, at strengths of its own.
#pragma once

#include <vector>

#include "base/rng.h"
#include "harness/scenario/load.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

/// Draws for a checked tree, from streams of `rng` named after the faults, so that another fault in
/// the file shifts no draw:
///
/// - which faults are played: each one with even chances, at least one; what waits for a fault that
///   is left out goes with it;
/// - how strong they are: windows, delays, shares and counts between a tenth and all of what is
///   written, intervals and bandwidths between once and ten times that; a range that the file
///   itself draws from stays as it is. A fault begins no later than written, and no earlier than in
///   half that time.
///
/// What a fault at full strength must bring about is not asked: `reached`, expectations that count
/// from a fault's start, and limits on detection and failover. Every choice is appended to `drawn`,
/// with the places of the file.
YamlNode draw_swarm(YamlNode tree, const Rng& rng, std::vector<Drawn>& drawn);

}  // namespace spokelab::harness
