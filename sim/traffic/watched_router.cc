// WatchedRouter: who gets users, given who is believed to be healthy and since when.
#include "sim/traffic/watched_router.h"

#include <algorithm>

#include "base/check.h"

namespace spokelab::sim::traffic {

WatchedRouter::WatchedRouter(Clock& clock, History& history, Rng rng, Field& field, WatchSpec spec,
                             std::vector<Point> from)
    : clock_(clock), history_(history), spec_(std::move(spec)) {
  SPOKELAB_CHECK(!spec_.targets.empty() && spec_.targets.size() <= kTargetsMax);
  SPOKELAB_CHECK(spec_.hold >= Nanos(0));
  for (std::size_t i = 0; i < spec_.targets.size(); ++i) {
    const auto& name = spec_.targets[i].name;
    PanelSpec panel{spec_.name,     name,         from,         spec_.probe,
                    spec_.checkers, spec_.quorum, spec_.regions};
    panels_.push_back(std::make_unique<Panel>(clock_, history_, rng.stream("panel." + name), field,
                                              std::move(panel),
                                              [this, i](std::uint64_t id) { believed(i, id); }));
    was_.push_back(panels_.back()->health());
  }
  held_until_.resize(spec_.targets.size());
  decision_ = decide();
}

Weights WatchedRouter::decide() const {
  std::vector<bool> healthy;
  std::vector<bool> ready;
  for (std::size_t i = 0; i < panels_.size(); ++i) {
    healthy.push_back(panels_[i]->health() == Health::healthy);
    ready.push_back(healthy[i] && held_until_[i] <= clock_.now());
  }
  const bool any = std::find(ready.begin(), ready.end(), true) != ready.end();
  return share_out(spec_.targets, spec_.policy, any ? ready : healthy, spec_.fallback);
}

void WatchedRouter::believed(std::size_t target, std::uint64_t cause) {
  const Health now = panels_[target]->health();
  const bool came_back = was_[target] == Health::unhealthy && now == Health::healthy;
  was_[target] = now;
  if (came_back) held_until_[target] = clock_.now() + spec_.hold;
  review(cause);
  if (now == Health::unhealthy) lost(target);
}

void WatchedRouter::review(std::uint64_t cause) {
  RunTime next = kNever;
  for (const auto until : held_until_) {
    if (until > clock_.now()) next = std::min(next, until);
  }
  hold_ = next == kNever ? Timer() : Timer(clock_, next, [this, cause] { review(cause); });
  auto decision = decide();
  if (decision == decision_) return;
  decision_ = std::move(decision);
  decided(cause);
}

std::vector<Step> WatchedRouter::explain(std::size_t target) const {
  auto steps = panels_[target]->explain();
  const RunTime held = held_until_[target];
  if (spec_.hold > Nanos(0) && was_[target] == Health::healthy && held > RunTime()) {
    steps.push_back({held, "healthy for as long as the hold asks for"});
  }
  return steps;
}

void WatchedRouter::pretend(std::optional<bool> good) {
  for (const auto& panel : panels_) panel->pretend(good);
}

}  // namespace spokelab::sim::traffic
