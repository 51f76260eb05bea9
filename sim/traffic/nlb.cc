// Nlb: from probe results to where new connections go.
#include "sim/traffic/nlb.h"

#include <fmt/format.h>

#include "base/check.h"

namespace spokelab::sim::traffic {

Nlb::Nlb(Clock& clock, History& history, Rng rng, Field& field, NlbSpec spec)
    : history_(history),
      field_(field),
      spec_(std::move(spec)),
      at_(field.point(spec_.at.empty() ? "router." + spec_.name : spec_.at)) {
  SPOKELAB_CHECK(!spec_.targets.empty() && spec_.targets.size() <= kTargetsMax);
  for (std::size_t i = 0; i < spec_.targets.size(); ++i) {
    const auto& name = spec_.targets[i].name;
    probes_.push_back(std::make_unique<Probe>(clock, field_, at_, field_.point(name), spec_.probe,
                                              rng.stream("probe." + name),
                                              [this, i](const Flip& flip) { flipped(i, flip); }));
  }
  offer_ = decide();
}

Weights Nlb::decide() const {
  std::vector<bool> healthy;
  for (const auto& probe : probes_) healthy.push_back(probe->health() == Health::healthy);
  return share_out(spec_.targets, spec_.policy, healthy, spec_.fail_open, true);
}

void Nlb::flipped(std::size_t target, const Flip& flip) {
  Event event;
  event.kind = EventKind::belief;
  event.who = "router." + spec_.name;
  event.cluster = spec_.targets[target].name;
  event.subject = fmt::format("traffic.{}.target.{}", spec_.name, event.cluster);
  event.value = std::string(name_of(flip.now));
  tell_flip(flip, spec_.probe.path, event);
  auto offer = decide();
  event.message += "; users go to " + describe(spec_.targets, offer);
  const auto cause = history_.add(std::move(event));
  if (offer != offer_) {
    offer_ = std::move(offer);
    on_offer_.tell(cause);
  }
  if (flip.now == Health::unhealthy && spec_.reset_unhealthy) on_cut_.tell(target);
}

std::vector<Step> Nlb::explain(std::size_t target) const {
  return steps_of(probes_[target]->last_flip(), spec_.probe.path);
}

}  // namespace spokelab::sim::traffic
