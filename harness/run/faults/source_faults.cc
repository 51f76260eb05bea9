// Faults of what stands outside the clusters: Git servers, names, routers.
#include <algorithm>
#include <utility>
#include <vector>

#include "harness/run/faults/active_fault.h"

namespace spokelab::harness {

namespace {

class GitFault final : public ActiveFault {
 public:
  GitFault(const Fault& fault, FaultContext context) {
    for (const auto& [url, file] : context.lab.scenario().world.repos) {
      const bool struck =
          std::any_of(fault.on.begin(), fault.on.end(), [&, &name = url](const Place& place) {
            return place.kind == Place::Kind::git || place.name == name;
          });
      if (!struck) continue;
      auto* repo = context.lab.repos().find_repo(url);
      before_ += repo->hits();
      if (fault.what == "git-slow") {
        slowed_.emplace_back(repo, repo->add_slowness(fault.parameters.duration("latency"),
                                                      fault.parameters.duration("jitter"),
                                                      context.lab.stream("fault/" + fault.name)));
      } else {
        weathers_.emplace_back(repo, weather_of(fault));
        repo->set_weather(weathers_.back().second);
      }
    }
  }
  ~GitFault() override {
    for (const auto& [repo, id] : slowed_) repo->end_slowness(id);
    for (const auto& [repo, weather] : weathers_) repo->end_weather(weather);
  }
  std::uint64_t hits() const override {
    std::uint64_t sum = 0;
    for (const auto& [repo, id] : slowed_) sum += repo->hits();
    for (const auto& [repo, weather] : weathers_) sum += repo->hits();
    return sum - before_;
  }

 private:
  static ScenarioRepo::Weather weather_of(const Fault& fault) {
    if (fault.what == "git-empty") return ScenarioRepo::Weather::empty;
    const auto how = fault.parameters.text("how", "refused");
    return how == "blackhole" ? ScenarioRepo::Weather::hang
           : how == "error"   ? ScenarioRepo::Weather::error
                              : ScenarioRepo::Weather::refused;
  }
  std::vector<std::pair<ScenarioRepo*, ScenarioRepo::SlownessId>> slowed_;
  std::vector<std::pair<ScenarioRepo*, ScenarioRepo::Weather>> weathers_;
  std::uint64_t before_ = 0;
};

/// The traffic that a fault strikes.
std::vector<TrafficSite*> traffic_of(const Fault& fault, Lab& lab) {
  std::vector<TrafficSite*> sites;
  for (const auto& place : fault.on) sites.push_back(lab.traffic().at(place.name).get());
  return sites;
}

/// What name servers answer, if they do.
class NameFault final : public ActiveFault {
 public:
  NameFault(const Fault& fault, FaultContext context)
      : silent_(fault.what == "dns-down"), sites_(traffic_of(fault, context.lab)) {
    for (auto* site : sites_) {
      if (silent_) {
        ++site->names_silent;
      } else if (fault.what == "dns-stale") {
        records_.push_back(site->records.put({site->router->offer(), kWhole}));
      } else {
        records_.push_back(site->records.put(
            {site->only(fault.parameters.text("answer")), fault.parameters.share("share")}));
      }
      site->apply_overlays();
    }
  }
  ~NameFault() override {
    for (std::size_t i = 0; i < sites_.size(); ++i) {
      if (silent_) {
        --sites_[i]->names_silent;
      } else {
        sites_[i]->records.take_off(records_[i]);
      }
      sites_[i]->apply_overlays();
    }
  }
  std::uint64_t hits() const override { return sites_.size(); }

 private:
  bool silent_;
  std::vector<TrafficSite*> sites_;
  std::vector<Overlay<TrafficSite::Record>::Id> records_;  // one a site
};

/// What probes say, whatever the truth: always yes, or yes and no in turn.
class ProbeFault final : public ActiveFault {
 public:
  ProbeFault(const Fault& fault, FaultContext context)
      : world_(context.lab.world()),
        flap_(fault.what == "probe-flap"),
        every_(fault.parameters.duration("every")) {
    good_ = !flap_;
    for (auto* site : traffic_of(fault, context.lab)) {
      told_.emplace_back(site, site->pretences.put(good_));
      site->apply_overlays();
    }
    if (flap_) again_ = Timer(world_, world_.now() + every_, [this] { turn(); });
  }
  ~ProbeFault() override {
    for (const auto& [site, id] : told_) {
      site->pretences.take_off(id);
      site->apply_overlays();
    }
  }
  std::uint64_t hits() const override { return told_.size(); }

 private:
  void turn() {
    good_ = !good_;
    for (const auto& [site, id] : told_) {
      site->pretences.change(id, good_);
      site->apply_overlays();
    }
    again_ = Timer(world_, world_.now() + every_, [this] { turn(); });
  }
  sim::World& world_;
  bool flap_;
  Nanos every_;
  bool good_ = true;
  std::vector<std::pair<TrafficSite*, Overlay<bool>::Id>> told_;
  Timer again_;
};

/// A load balancer's nodes vanish; for DNS, the health checkers do.
class RouterLoss final : public ActiveFault {
 public:
  RouterLoss(const Fault& fault, FaultContext context) : network_(context.lab.network()) {
    sim::NetworkRule in;
    for (const auto* site : traffic_of(fault, context.lab)) in.to.insert(site->router_node());
    in.cut = sim::Cut::blackhole;
    routers_ = in.to.size();
    sim::NetworkRule out;
    out.from = in.to;
    out.cut = sim::Cut::blackhole;
    rules_ = {network_.add_rule(std::move(in)), network_.add_rule(std::move(out))};
  }
  ~RouterLoss() override {
    for (const auto id : rules_) network_.remove_rule(id);
  }
  std::uint64_t hits() const override { return routers_; }

 private:
  sim::Network& network_;
  std::size_t routers_ = 0;
  std::vector<sim::Network::RuleId> rules_;
};

}  // namespace

std::unique_ptr<ActiveFault> start_git_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<GitFault>(fault, context);
}

std::unique_ptr<ActiveFault> start_name_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<NameFault>(fault, context);
}

std::unique_ptr<ActiveFault> start_probe_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<ProbeFault>(fault, context);
}

std::unique_ptr<ActiveFault> start_router_loss(const Fault& fault, FaultContext context) {
  return std::make_unique<RouterLoss>(fault, context);
}

}  // namespace spokelab::harness
