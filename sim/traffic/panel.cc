// Panel: counting votes, and telling the history when the majority turns.
#include "sim/traffic/panel.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace spokelab::sim::traffic {

Panel::Panel(Clock& clock, History& history, Rng rng, Field& field, PanelSpec spec,
             std::function<void(std::uint64_t)> on_change)
    : clock_(clock),
      history_(history),
      spec_(std::move(spec)),
      on_change_(std::move(on_change)),
      health_(spec_.probe.starts_healthy ? Health::healthy : Health::initial) {
  SPOKELAB_CHECK(spec_.checkers >= 1 && spec_.checkers <= kCheckersMax && !spec_.from.empty());
  SPOKELAB_CHECK(spec_.regions >= 1 && spec_.regions <= spec_.checkers);
  const Point target = field.point(spec_.target);
  for (std::uint32_t n = 0; n < spec_.checkers; ++n) {
    checkers_.push_back(std::make_unique<Probe>(
        clock_, field, spec_.from[n % spec_.from.size()], target, spec_.probe,
        rng.stream(fmt::format("checker.{}", n)), [this](const Flip& flip) { flipped(flip); }));
  }
}

Health Panel::vote() const {
  struct Votes {
    std::uint64_t all = 0, healthy = 0, undecided = 0;
  };
  std::vector<Votes> regions(spec_.regions);
  for (std::size_t n = 0; n < checkers_.size(); ++n) {
    auto& votes = regions[n % regions.size()];
    ++votes.all;
    if (checkers_[n]->health() == Health::healthy) ++votes.healthy;
    if (checkers_[n]->health() == Health::initial) ++votes.undecided;
  }
  Votes sum = regions[0];
  if (regions.size() > 1) {
    sum = Votes();
    for (const auto& votes : regions) {
      ++sum.all;
      const bool healthy = votes.healthy * 2 > votes.all;
      sum.healthy += healthy ? 1 : 0;
      sum.undecided += !healthy && (votes.healthy + votes.undecided) * 2 > votes.all ? 1 : 0;
    }
  }
  const auto needed = std::uint64_t{spec_.quorum} * sum.all;
  if (sum.healthy * 1'000'000 > needed) return Health::healthy;
  const bool open = (sum.healthy + sum.undecided) * 1'000'000 > needed;
  return health_ == Health::initial && open ? Health::initial : Health::unhealthy;
}

void Panel::flipped(const Flip& flip) {
  const Health health = vote();
  if (health == health_) return;
  health_ = health;
  last_ = flip;
  first_ = flip.decided;
  agree_ = 0;
  for (const auto& checker : checkers_) {
    if (checker->health() != health) continue;
    ++agree_;
    const Flip& other = checker->last_flip();
    if (other.in_a_row > 0) first_ = std::min(first_, other.decided);
  }
  Event event;
  event.kind = EventKind::belief;
  event.who = "router." + spec_.traffic;
  event.cluster = spec_.target;
  event.subject = fmt::format("traffic.{}.target.{}", spec_.traffic, spec_.target);
  event.value = std::string(name_of(health));
  tell_flip(flip, spec_.probe.path, event);
  if (spec_.checkers > 1) {
    event.message = fmt::format("{} of {} checkers say so, the last after its {}", agree_,
                                spec_.checkers, event.message);
    event.numbers.emplace_back("agree", agree_);
  }
  on_change_(history_.add(std::move(event)));
}

std::vector<Step> Panel::explain() const {
  auto steps = steps_of(last_, spec_.probe.path);
  if (steps.empty() || spec_.checkers == 1) return steps;
  for (auto& step : steps) step.what = "deciding checker: " + step.what;
  steps.push_back({first_, fmt::format("first of {} checkers changed its mind", spec_.checkers)});
  steps.push_back({last_.decided, fmt::format("{} of {} checkers agreed", agree_, spec_.checkers)});
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step& a, const Step& b) { return a.at < b.at; });
  return steps;
}

void Panel::pretend(std::optional<bool> good) {
  for (const auto& checker : checkers_) checker->pretend(good);
}

}  // namespace spokelab::sim::traffic
