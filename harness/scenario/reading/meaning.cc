// Checks that need several values at once.
#include "harness/scenario/reading/meaning.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/scenario/zones.h"

namespace spokelab::harness {

namespace {

class Meaning {
 public:
  Meaning(const Scenario& scenario, Diagnostics& diagnostics)
      : scenario_(scenario), diagnostics_(diagnostics), end_(scenario.lasts) {}

  void run() {
    for (const auto& [name, traffic] : scenario_.world.traffic) check_traffic(name, traffic);
    for (const auto& [name, fault] : scenario_.faults) check_fault(name, fault);
    std::set<std::string> steps;
    for (const auto& step : scenario_.steps) check_step(step, steps);
    for (const auto& [fault, limits] : scenario_.limits) check_limits(fault, limits);
    for (const auto& one : scenario_.expect) check_expectation(one);
    for (const auto& one : scenario_.budgets) check_budget(one);
    if (scenario_.expect.empty() && scenario_.limits.empty() && scenario_.budgets.empty()) {
      diagnostics_.warning("SL3012", scenario_.where("scenario"), "this scenario asserts nothing",
                           "add `expect` or `limits`");
    }
  }

 private:
  void after_the_end(Position at, std::string message, std::string fix) {
    diagnostics_.add(Diagnostic{Severity::error, "SL3008", at, std::move(message), std::move(fix),
                                scenario_.where("lasts"), "the story ends here"});
  }

  void check_shares(const std::map<std::string, Share>& shares, const std::string& path) {
    std::uint64_t total = 0;
    for (const auto& [name, share] : shares) total += share.millionths;
    if (total == kWhole.millionths) return;
    diagnostics_.error(
        "SL3011", scenario_.where(path),
        fmt::format("these shares add up to {}", format_share(Share{static_cast<std::uint32_t>(
                                                     std::min<std::uint64_t>(total, UINT32_MAX))})),
        "make it 100%");
  }

  void check_traffic(const std::string& name, const TrafficSpec& traffic) {
    const auto path = "world.traffic." + name;
    if (scenario_.where(path + ".from").line > 0) check_shares(traffic.from, path + ".from");
    for (const std::string key : {".clients", ".populations"}) {
      if (scenario_.where(path + key).line == 0) continue;
      std::map<std::string, Share> shares;
      for (const auto& [kind, users] : traffic.populations) shares[kind] = users.share;
      check_shares(shares, path + key);
    }
    if (traffic.populations.contains("all")) {
      diagnostics_.error("SL3011", scenario_.where(path + ".populations.all"),
                         "`all` is what reports call everybody",
                         "give the population another name");
    }
    for (const auto& [kind, users] : traffic.populations)
      check_users(path + ".populations." + kind, users);
    check_router(path, traffic);
    check_capacity(path, name, traffic);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < traffic.by.order.size(); ++i) {
      if (seen.insert(traffic.by.order[i]).second) continue;
      diagnostics_.error("SL3011", scenario_.where(fmt::format("{}.by.order[{}]", path, i)),
                         fmt::format("`{}` stands twice in the order", traffic.by.order[i]),
                         "remove one");
    }
    const auto& weights = traffic.by.weights;
    const bool nothing =
        !weights.empty() && std::all_of(weights.begin(), weights.end(),
                                        [](const auto& one) { return one.second == 0; });
    if (nothing) {
      diagnostics_.error("SL3011", scenario_.where(path + ".by.weights"), "all weights are 0",
                         "give one cluster a weight");
    }
    std::set<std::string> regions{scenario_.world.hub.region};
    for (const auto& [cluster, spec] : scenario_.world.clusters) regions.insert(spec.region);
    check_region(traffic.by.region, path + ".by.region", regions);
  }

  /// The pods behind a Service are the same for all who call it.
  void check_capacity(const std::string& path, const std::string& name,
                      const TrafficSpec& traffic) {
    if (!traffic.capacity) return;
    for (const auto& [other_name, other] : scenario_.world.traffic) {
      if (other_name >= name || other.service != traffic.service || !other.capacity) continue;
      if (*other.capacity == *traffic.capacity) continue;
      diagnostics_.error(
          "SL3011", scenario_.where(path + ".to.capacity"),
          fmt::format("`{}` calls the same pods as `{}`, which says otherwise what they carry",
                      name, other_name),
          "say it once: it counts for all who call the Service");
    }
  }

  bool written(const std::string& path) const { return scenario_.where(path).line > 0; }

  void check_users(const std::string& path, const UsersSpec& users) {
    if (users.ttl_max < users.ttl_min) {
      const auto which = written(path + ".resolver.ttl-max") ? ".resolver.ttl-max" : ".resolver";
      diagnostics_.error("SL3011", scenario_.where(path + which),
                         fmt::format("the longest TTL, {}, is shorter than the shortest, {}",
                                     exact_duration(users.ttl_max), exact_duration(users.ttl_min)),
                         "make `ttl-max` at least as long as `ttl-min`");
    }
    if (users.retries > 0) return;
    for (const std::string key : {".backoff", ".retry-budget"}) {
      if (!written(path + key)) continue;
      diagnostics_.error("SL3011", scenario_.where(path + key),
                         fmt::format("`{}` is for retries, and there are none", key.substr(1)),
                         "add `retries: 2`");
    }
  }

  /// Figures of a router that contradict each other.
  void check_router(const std::string& path, const TrafficSpec& traffic) {
    const auto& by = traffic.by;
    const auto& probe = by.probe;
    const auto complain = [&](const std::string& key, std::string message, std::string fix) {
      const auto full = path + key;
      diagnostics_.error("SL3011", scenario_.where(written(full) ? full : path + ".by"),
                         std::move(message), std::move(fix));
    };
    for (const auto& [key, span] : {std::pair(".connect-timeout", traffic.connect_timeout),
                                    std::pair(".slow", traffic.slow)}) {
      if (!written(path + key) || span <= traffic.timeout) continue;
      complain(key,
               fmt::format("users give up after {} in any case", exact_duration(traffic.timeout)),
               "make it shorter, or `timeout` longer");
    }
    if (probe.samples > 0 && probe.successes > probe.samples) {
      complain(".by.probe.successes",
               fmt::format("{} good probes of {} there cannot be", probe.successes, probe.samples),
               "make `samples` larger, or `successes` smaller");
    }
    if (written(path + ".by.probe.successes") && probe.samples == 0) {
      complain(".by.probe.successes", "`successes` counts among `samples`, and there are none",
               "add `samples: 4`, or write `healthy` for good probes in a row");
    }
    if (probe.regions > probe.checkers) {
      complain(
          ".by.probe.regions",
          fmt::format("{} regions have {} checkers between them", probe.regions, probe.checkers),
          fmt::format("add `checkers: {}`", 3 * probe.regions));
    }
    if (probe.samples > 0 && probe.silence > Nanos(0)) {
      complain(".by.probe.silence",
               "`samples` and `silence` both decide when a target is unhealthy", "remove one");
    }
    const bool overlap = probe.spacing == "grid" && probe.timeout > probe.every;
    if (overlap && (written(path + ".by.probe.timeout") || written(path + ".by.probe.every"))) {
      const auto full =
          path + (written(path + ".by.probe.timeout") ? ".by.probe.timeout" : ".by.probe.every");
      diagnostics_.warning(
          "SL3011", scenario_.where(full),
          fmt::format("a probe may take {}, and the next is due after {}: those due meanwhile are "
                      "left out",
                      exact_duration(probe.timeout), exact_duration(probe.every)),
          "make `timeout` shorter than `every`");
    }
    if (written(path + ".by.cut") && by.by_request) {
      complain(".by.cut", "this router sends each request on by itself, so no connection is cut",
               "remove it");
    }
    if (written(path + ".by.fallback") && written(path + ".by.fail-open") &&
        by.fallback == "nobody") {
      complain(".by.fallback", "with `fail-open: false` users go nowhere", "remove one");
    }
  }

  void check_region(const std::string& region, const std::string& path,
                    const std::set<std::string>& known) {
    // Users and routers may stand where nothing else does; a near miss is a slip of the pen.
    if (known.count(region) > 0 || scenario_.where(path).line == 0) return;
    const auto near = nearest(region, {known.begin(), known.end()});
    if (near.empty()) return;
    diagnostics_.warning("SL3004", scenario_.where(path),
                         fmt::format("nothing else stands in region `{}`", region),
                         fmt::format("did you mean `{}`?", near));
  }

  void check_fault(const std::string& name, const Fault& fault) {
    if (fault.what.starts_with("dns-")) check_names(name, fault);
    if (fault.what.starts_with("probe-") || fault.what == "router-loss") check_prober(name, fault);
    check_users_ways(name, fault);
    check_machines(name, fault);
    if (fault.parameters.duration("ramp") > fault.lasts) {
      diagnostics_.error("SL3008", scenario_.where("faults." + name + ".ramp"),
                         fmt::format("`{}` is healed before it has its full strength", name),
                         "make `ramp` shorter, or `for` longer");
    }
    if (!fault.start.at) return;
    const auto at = fault.start.at->time_since_epoch();
    if (at >= end_) {
      after_the_end(fault.start.where, fmt::format("`{}` begins after the end of the story", name),
                    "begin earlier, or make `lasts` longer");
    } else if (fault.lasts > end_ - at) {
      diagnostics_.add(
          Diagnostic{Severity::warning, "SL3008", scenario_.where("faults." + name + ".for"),
                     fmt::format("`{}` is healed early, at the end of the story", name),
                     "make `lasts` longer if it shall last that long", scenario_.where("lasts"),
                     "the story ends here"});
    }
  }

  /// A fault of nodes strikes those that there are.
  void check_machines(const std::string& name, const Fault& fault) {
    if (fault.what != "zone-loss" && fault.what != "node-loss") return;
    for (const auto& place : fault.on) {
      const auto found = scenario_.world.clusters.find(place.name);
      if (place.kind != Place::Kind::cluster || found == scenario_.world.clusters.end()) continue;
      const auto& cluster = found->second;
      const auto wanted = fault.parameters.count("nodes", 1);
      if (fault.what == "node-loss" && wanted > cluster.nodes) {
        diagnostics_.warning(
            "SL3011", scenario_.where("faults." + name + ".nodes"),
            fmt::format("`{}` has {} nodes, and all of them are lost", place.name, cluster.nodes),
            fmt::format("give it more with `nodes: {}`", wanted));
      }
      if (fault.what == "zone-loss") check_zone(name, fault, place.name, cluster);
    }
  }

  void check_zone(const std::string& name, const Fault& fault, const std::string& cluster,
                  const ClusterSpec& spec) {
    const auto zone = fault.parameters.text("zone");
    const auto zones = zone_letters(std::min(spec.zones, spec.nodes));
    const auto letter = zone_letter(zone, spec.region);
    if (std::find(zones.begin(), zones.end(), letter) != zones.end()) return;
    const auto path = "faults." + name + (written("faults." + name + ".zone") ? ".zone" : ".on");
    diagnostics_.error("SL3004", scenario_.where(path),
                       fmt::format("no node of `{}` stands in a zone `{}`", cluster, zone),
                       fmt::format("its zones are {}", fmt::join(zones, ", ")));
  }

  /// A fault of routers and probes strikes traffic that has some.
  void check_prober(const std::string& name, const Fault& fault) {
    for (const auto& place : fault.on) {
      const auto mechanism = scenario_.world.traffic.at(place.name).by.mechanism;
      if (mechanism == Mechanism::balancer || mechanism == Mechanism::names) continue;
      diagnostics_.error(
          "SL3004", scenario_.where("faults." + name + ".on"),
          fmt::format("nothing stands between the callers of `{}` and its clusters, and "
                      "`{}` strikes what does",
                      place.name, fault.what),
          "strike traffic that goes through a load balancer or DNS");
    }
  }

  /// A fault of names strikes traffic that goes by names.
  void check_names(const std::string& name, const Fault& fault) {
    const auto path = "faults." + name;
    const auto answer = fault.parameters.text("answer");
    for (const auto& place : fault.on) {
      const auto& by = scenario_.world.traffic.at(place.name).by;
      if (by.mechanism != Mechanism::names) {
        diagnostics_.error("SL3004", scenario_.where(path + ".on"),
                           fmt::format("`{}` is behind a load balancer, and `{}` strikes names",
                                       place.name, fault.what),
                           "strike traffic whose router is dns-failover or dns-weighted");
        continue;
      }
      const bool known = answer.empty() ||
                         std::find(by.order.begin(), by.order.end(), answer) != by.order.end() ||
                         std::any_of(by.weights.begin(), by.weights.end(),
                                     [&](const auto& weight) { return weight.first == answer; });
      if (known) continue;
      diagnostics_.error("SL3001", scenario_.where(path + ".answer"),
                         fmt::format("`{}` is no target of `{}`", answer, place.name),
                         "name a cluster of its `order` or `weights`");
    }
  }

  void check_step(const Step& step, std::set<std::string>& names) {
    if (step.start.at && step.start.at->time_since_epoch() >= end_) {
      after_the_end(step.start.where, "this step comes after the end of the story",
                    "take it earlier, or make `lasts` longer");
    }
    if (step.name.empty()) return;
    const bool fault = scenario_.faults.count(step.name) > 0;
    if (fault || !names.insert(step.name).second) {
      diagnostics_.error("SL3016", step.at,
                         fmt::format("`{}` is the name of {} already", step.name,
                                     fault ? "a fault" : "another step"),
                         "rename one; both have events of that name");
    }
  }

  void check_limits(const std::string& fault, const std::map<std::string, Limit>& limits) {
    for (const auto& [timing, limit] : limits) {
      const bool needs_users = timing == "failover" || timing == "downtime" ||
                               timing == "detection.router" || timing == "detection.users" ||
                               timing.starts_with("recovery.");
      if (needs_users && scenario_.world.traffic.empty()) {
        diagnostics_.error("SL3010", limit.at,
                           fmt::format("`{}` is measured on users, and there are none", timing),
                           "add `world.traffic`");
      }
    }
    const auto router = limits.find("detection.router");
    if (router == limits.end()) return;
    for (const auto& [name, traffic] : scenario_.world.traffic) {
      const auto& probe = traffic.by.probe;
      const bool probes =
          traffic.by.mechanism == Mechanism::balancer || traffic.by.mechanism == Mechanism::names;
      if (!probes || probe.samples > 0 || probe.silence > Nanos(0)) continue;
      const auto least = (probe.unhealthy - 1) * probe.every;
      if (router->second.most >= least) continue;
      diagnostics_.warning(
          "SL3010", router->second.at,
          fmt::format("the router of `{}` needs {} failed probes {} apart, so at least {}", name,
                      probe.unhealthy, exact_duration(probe.every), exact_duration(least)),
          fmt::format("allow {} for {}", exact_duration(least + probe.every + probe.timeout),
                      fault));
    }
  }

  void check_budget(const Budget& budget) {
    if (!budget.part || budget.measure == "failed" || scenario_.control) return;
    diagnostics_.error("SL3010", budget.at,
                       fmt::format("{} of what? `{}` is compared with the run without faults",
                                   budget.text, budget.key),
                       "add `control: true`");
  }

  /// Users are counted, not connected: what is about a connection's bytes or life strikes the API
  /// alone.
  void check_users_ways(const std::string& name, const Fault& fault) {
    const bool of_connections =
        fault.what == "bandwidth" || fault.what == "reset" || fault.what == "half-open";
    if (!of_connections) return;
    auto ends = fault.from;
    ends.insert(ends.end(), fault.to.begin(), fault.to.end());
    const auto user = std::find_if(ends.begin(), ends.end(), [](const Place& place) {
      return place.kind == Place::Kind::users || place.kind == Place::Kind::router ||
             place.kind == Place::Kind::traffic;
    });
    if (user == ends.end()) return;
    const auto path = "faults." + name;
    diagnostics_.error(
        "SL3004", scenario_.where(written(path + ".between") ? path + ".between" : path + ".from"),
        fmt::format("`{}` strikes connections to API servers and Git, and not those of users",
                    fault.what),
        "write `what: latency`, `loss`, `refused` or `blackhole`, with a `share` if need be");
  }

  /// When an event happens, if the file alone says so.
  std::optional<Nanos> time_of(const EventTime& event) const {
    if (event.event == "start") return event.plus;
    if (event.event == "end") return end_ + event.plus;
    const auto dot = event.event.rfind('.');
    const auto name = event.event.substr(0, dot);
    const bool ends = event.event.substr(dot + 1) == "end";
    const auto fault = scenario_.faults.find(name);
    if (fault != scenario_.faults.end()) {
      if (!fault->second.start.at) return std::nullopt;
      const auto at = fault->second.start.at->time_since_epoch();
      // Whatever lasts longer is healed at the end of the story.
      const auto over =
          fault->second.lasts > end_ - at ? std::max(at, end_) : at + fault->second.lasts;
      return (ends ? over : at) + event.plus;
    }
    for (const auto& step : scenario_.steps) {
      if (step.name == name && step.start.at) return step.start.at->time_since_epoch() + event.plus;
    }
    return std::nullopt;
  }

  void check_expectation(const Expectation& one) {
    using Word = Expectation::Word;
    const auto from = time_of(one.after);
    if (!from) return;
    const auto word = name_of(one.word);
    const bool judged_later = one.word == Word::eventually || one.word == Word::stable;
    if (*from >= end_ + (judged_later ? scenario_.settle : Nanos(0))) {
      return after_the_end(one.at, fmt::format("`{}` would begin after the end of the story", word),
                           "name an earlier event, or make `lasts` longer");
    }
    const auto until = one.word == Word::eventually ? std::nullopt : time_of(one.until);
    if (until && *until <= *from && !(judged_later && one.until.event == "end")) {
      diagnostics_.error("SL3008", one.at, fmt::format("`{}` ends before it begins", word),
                         "`until` must come after `after`");
    }
    if (one.within && *from + *one.within > end_ + scenario_.settle) {
      diagnostics_.add(Diagnostic{
          Severity::warning, "SL3008", one.at,
          fmt::format("`{}` has until {} after the end of the story, when nobody looks any more",
                      word, exact_duration(*from + *one.within - end_)),
          "make `within` shorter, or `lasts` longer", scenario_.where("lasts"),
          "the story ends here"});
    }
    if (one.within && one.lasts && *one.lasts > *one.within) {
      diagnostics_.error("SL3008", one.at,
                         fmt::format("`stable` for {} cannot be seen within {}",
                                     exact_duration(*one.lasts), exact_duration(*one.within)),
                         "allow more time with `within`");
    }
  }

  const Scenario& scenario_;
  Diagnostics& diagnostics_;
  Nanos end_;
};

}  // namespace

void check_meaning(const Scenario& scenario, Diagnostics& diagnostics) {
  Meaning(scenario, diagnostics).run();
}

}  // namespace spokelab::harness
