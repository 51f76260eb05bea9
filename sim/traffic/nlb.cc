// Nlb: where it stands.
#include "sim/traffic/nlb.h"

namespace spokelab::sim::traffic {

Nlb::Nlb(Clock& clock, History& history, Rng rng, Field& field, const NlbSpec& spec)
    : Nlb(clock, history, rng, field, spec,
          field.point(spec.at.empty() ? "router." + spec.name : spec.at)) {}

Nlb::Nlb(Clock& clock, History& history, Rng rng, Field& field, const NlbSpec& spec, Point at)
    : WatchedRouter(clock, history, rng, field, spec, {at}),
      at_(at),
      sender_(spec.sends_from.empty() ? at : field.point(spec.sends_from)),
      cut_(spec.cut),
      by_request_(spec.by_request) {}

}  // namespace spokelab::sim::traffic
