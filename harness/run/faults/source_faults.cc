// Faults of what stands outside the clusters: Git servers, names, routers.
#include <utility>

#include "harness/run/faults/active_fault.h"
#include "sim/traffic/dns_failover.h"

namespace spokelab::harness {

namespace {

class GitFault final : public ActiveFault {
 public:
  GitFault(const Fault& fault, FaultContext context) {
    for (const auto& [url, file] : context.lab.scenario().world.repos) {
      for (const auto& place : fault.on) {
        if (place.kind == Place::Kind::repo && place.name != url) continue;
        auto* repo = context.lab.repos().find_repo(url);
        before_ += repo->hits();
        repos_.push_back(repo);
        break;
      }
    }
    const auto how = fault.parameters.text("how", "refused");
    slow_ = fault.what == "git-slow";
    for (auto* repo : repos_) {
      if (slow_) {
        repo->set_slowness(fault.parameters.duration("latency"),
                           fault.parameters.duration("jitter"),
                           context.lab.stream("fault/" + fault.name));
      } else if (fault.what == "git-empty") {
        weather_ = ScenarioRepo::Weather::empty;
        repo->set_weather(weather_);
      } else {
        weather_ = how == "blackhole" ? ScenarioRepo::Weather::hang
                   : how == "error"   ? ScenarioRepo::Weather::error
                                      : ScenarioRepo::Weather::refused;
        repo->set_weather(weather_);
      }
    }
  }
  ~GitFault() override {
    for (auto* repo : repos_) {
      if (slow_) {
        repo->set_slowness(Nanos(0), Nanos(0), Rng(0));
      } else {
        repo->end_weather(weather_);
      }
    }
  }
  std::uint64_t hits() const override {
    std::uint64_t sum = 0;
    for (const auto* repo : repos_) sum += repo->hits();
    return sum - before_;
  }

 private:
  std::vector<ScenarioRepo*> repos_;
  bool slow_ = false;
  ScenarioRepo::Weather weather_ = ScenarioRepo::Weather::fair;
  std::uint64_t before_ = 0;
};

/// Names, routers and probes.
class TrafficFault final : public ActiveFault {
 public:
  TrafficFault(const Fault& fault, FaultContext context) : context_(context), what_(fault.what) {
    for (const auto& place : fault.on) {
      if (place.kind != Place::Kind::traffic) continue;
      sites_.push_back(context_.lab.traffic().at(place.name).get());
    }
    every_ = fault.parameters.duration("every", std::chrono::seconds(30));
    const auto share = fault.parameters.share("share").millionths;
    const auto answer = fault.parameters.text("answer");
    for (auto* site : sites_) {
      if (auto* dns = dynamic_cast<sim::traffic::DnsFailover*>(site->router.get())) {
        strike_names(*dns, *site, answer, share);
      }
    }
    if (what_ == "router-loss") lose_routers();
    if (what_ == "probe-blind") pretend(true);
    if (what_ == "probe-flap") flap();
  }
  ~TrafficFault() override {
    if (what_ == "probe-blind" || what_ == "probe-flap") pretend(std::nullopt);
    for (const auto id : rules_) context_.lab.network().remove_rule(id);
    for (auto* site : sites_) {
      auto* dns = dynamic_cast<sim::traffic::DnsFailover*>(site->router.get());
      if (dns == nullptr) continue;
      if (what_ == "dns-down") dns->set_answering(true);
      if (what_ == "dns-stale" || what_ == "dns-wrong") dns->set_override(std::nullopt);
    }
  }
  std::uint64_t hits() const override { return hits_; }

 private:
  void strike_names(sim::traffic::DnsFailover& dns, const TrafficSite& site,
                    const std::string& answer, std::uint32_t share) {
    if (what_ == "dns-down") {
      dns.set_answering(false);
    } else if (what_ == "dns-stale") {
      dns.set_override(dns.offer());
    } else if (what_ == "dns-wrong") {
      sim::traffic::Weights wrong(site.targets.size(), 0);
      for (std::size_t i = 0; i < site.targets.size(); ++i) {
        if (site.targets[i] == answer) wrong[i] = 1'000'000;
      }
      dns.set_override(std::move(wrong), share);
    } else {
      return;
    }
    ++hits_;
  }

  /// A load balancer's nodes vanish; for DNS, its name servers fall silent.
  void lose_routers() {
    std::set<std::string> nodes;
    for (auto* site : sites_) nodes.insert(site->router_node());
    sim::NetworkRule in;
    in.to = nodes;
    in.cut = sim::Cut::blackhole;
    sim::NetworkRule out;
    out.from = std::move(nodes);
    out.cut = sim::Cut::blackhole;
    rules_ = {context_.lab.network().add_rule(std::move(in)),
              context_.lab.network().add_rule(std::move(out))};
    hits_ += sites_.size();
  }

  void pretend(std::optional<bool> good) {
    for (auto* site : sites_) {
      site->router->pretend(good);
      if (good) ++hits_;
    }
  }

  void flap() {
    good_ = !good_;
    pretend(good_);
    again_ = Timer(context_.lab.world(), context_.lab.world().now() + every_, [this] { flap(); });
  }

  FaultContext context_;
  std::string what_;
  std::vector<TrafficSite*> sites_;
  std::vector<sim::Network::RuleId> rules_;
  Nanos every_{};
  bool good_ = true;
  std::uint64_t hits_ = 0;
  Timer again_;
};

}  // namespace

std::unique_ptr<ActiveFault> start_git_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<GitFault>(fault, context);
}

std::unique_ptr<ActiveFault> start_git_path_fault(const Fault& fault, FaultContext context) {
  Fault git = fault;
  git.on = {fault.to->kind == Place::Kind::git || fault.to->kind == Place::Kind::repo
                ? *fault.to
                : *fault.from};
  if (fault.what == "latency") {
    git.what = "git-slow";
  } else if (fault.what == "loss" || fault.what == "bandwidth") {
    git.what = "git-slow";  // what TCP and a thin pipe make of it
    git.parameters.set("latency", Nanos(std::chrono::seconds(2)));
    git.parameters.set("jitter", Nanos(std::chrono::seconds(1)));
  } else {
    git.what = "git-down";
    git.parameters.set("how", std::string(fault.what == "refused" ? "refused" : "blackhole"));
  }
  return start_git_fault(git, context);
}

std::unique_ptr<ActiveFault> start_traffic_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<TrafficFault>(fault, context);
}

}  // namespace spokelab::harness
