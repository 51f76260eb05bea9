#include "harness/run/play.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "harness/judge/clients.h"
#include "harness/judge/contrast.h"
#include "harness/judge/convergence.h"
#include "harness/judge/expectations.h"
#include "harness/judge/meter.h"
#include "harness/judge/timings.h"
#include "harness/run/checks.h"
#include "harness/run/director.h"
#include "harness/run/lab.h"
#include "harness/run/object_probe.h"
#include "harness/run/truth.h"
#include "hub/profile.h"

namespace spokelab::harness {

namespace {

using reports::Verdict;

/// How long everything must be well before the run counts as ready.
constexpr Nanos kReadyFor = std::chrono::seconds(2);

/// Whether something that makes Applications is applied to the hub.
bool expects_applications(const Scenario& scenario, const Assets& assets) {
  const auto hub = scenario.world.apply.find("hub");
  if (hub == scenario.world.apply.end()) return false;
  for (const auto& file : hub->second) {
    for (const auto& object : assets.manifests(file.path)) {
      const auto kind = text_at(*object, {"kind"});
      if (kind == "Application" || kind == "ApplicationSet") return true;
    }
  }
  return false;
}

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

class Playing {
 public:
  Playing(const Scenario& scenario, const Assets& assets, hub::Profile profile,
          const PlayOptions& options, bool swarm)
      : scenario_(scenario),
        stop_at_(options.stop_at),
        swarm_(swarm),
        lab_(scenario, assets, std::move(profile), options.seed,
             LabOptions{.events_per_instant_max = options.events_per_instant_max}),
        convergence_(expects_applications(scenario, assets) ? 1 : 0),
        expectations_(scenario.expect),
        meter_(scenario.budgets),
        checks_(lab_) {
    applications_min_ = expects_applications(scenario, assets) ? 1 : 0;
    lab_.history().subscribe([this](const Event& event) {
      convergence_.apply(event);
      expectations_.apply(event);
      checks_.apply(event);
      meter_.apply(event);
      if (event.kind != EventKind::traffic) changed_ = true;
    });
    if (!scenario.budgets.empty()) {
      lab_.on_cost([this](std::string_view measure, std::string_view object) {
        meter_.add(measure, object, lab_.world().now());
      });
    }
    if (options.watch) lab_.history().subscribe(options.watch);
    first_trouble_ = RunTime(scenario.lasts);
    for (const auto& [name, fault] : scenario.faults) note_trouble(fault.start);
    for (const auto& step : scenario.steps) note_trouble(step.start);
  }

  void run() {
    tell_phase("set-up", fmt::format("{}, {}", counted(lab_.sites().size() - 1, "cluster"),
                                     counted(lab_.replicas().size(), "hub replica")));
    truths_.emplace(lab_);
    probe_.emplace(lab_, scenario_.expect);
    director_.emplace(lab_, *truths_);
    lab_.start();
    truths_->update();
    const auto end = RunTime(scenario_.lasts);
    run_until(std::min(end, stop_at_.value_or(end)), [this] { return !lab_.failure().empty(); });
    if (stop_at_ && *stop_at_ < end) return;
    if (!ready_) begin("the scenario's time is over before everything was well", false);
    lab_.flush_users();
    expectations_.finish(lab_.world().now());
    meter_.end();
    counters_ = lab_.counters();
    director_->heal_all();
    tell_phase("liveness", "every fault is healed; everything must converge");
    live();
    if (stop_at_ && lab_.world().now() >= *stop_at_) return;
    lab_.flush_users();
    tell_phase("end", liveness_.message);
  }

  /// The run cannot go on; what it was until now is still told.
  void give_up(std::string why) {
    broken_ = std::move(why);
    lab_.world().grant_more_events();
    expectations_.finish(lab_.world().now());
    liveness_.text = "liveness: everything converges";
    liveness_.verdict = Verdict::inconclusive;
    liveness_.message = "the run broke off before";
  }

  Lab& lab() noexcept { return lab_; }

  /// What was counted until the end of the scenario's own time.
  const Meter& meter() const noexcept { return meter_; }
  const std::vector<std::pair<std::string, std::int64_t>>& counters_at_end() const noexcept {
    return counters_;
  }
  const std::vector<std::string>& complaints() const noexcept { return checks_.complaints(); }

  /// All but the verdict. `calm`: the same seed without the faults, where it was asked for.
  reports::Run result(const Sources& sources, const Meter* calm_meter = nullptr) {
    reports::Run run;
    run.lasts = scenario_.lasts;
    run.ended = lab_.world().now();
    run.profile = lab_.profile().name;
    run.hash = lab_.history().hash();
    run.faults = director_->windows();
    run.events = lab_.history().events();
    for (const auto& [name, site] : lab_.sites()) {
      run.clusters.push_back({name, site->region, name == "hub" ? "hub" : "spoke"});
    }
    for (const auto& [name, traffic] : lab_.traffic()) run.traffic.push_back(name);
    run.clients = client_results(run.events, run.faults, client_inputs(), run.ended);
    run.timings = timings(sources, run.clients);
    run.expectations = expectations_.results(sources);
    for (auto& budget : meter_.results(sources, calm_meter, run.ended))
      run.expectations.push_back(std::move(budget));
    run.expectations.push_back(liveness_);
    run.counters = lab_.counters();
    return run;
  }

  void stop() {
    director_.reset();
    probe_.reset();
    truths_.reset();
    lab_.stop();
  }

 private:
  void note_trouble(const Start& start) {
    if (start.at) first_trouble_ = std::min(first_trouble_, *start.at);
  }

  void tell_phase(std::string phase, std::string message) {
    Event event;
    event.kind = EventKind::run;
    event.who = "run";
    event.subject = "run.phase";
    event.value = std::move(phase);
    event.message = std::move(message);
    lab_.history().add(std::move(event));
  }

  /// Runs instant by instant, so that conditions are asked between them, never half-way through
  /// one.
  template <class Stop>
  void run_until(RunTime end, Stop stop) {
    auto& world = lab_.world();
    while (!stop()) {
      auto next = world.next_event();
      if (!next || *next > end) {
        world.run_until(end);
        return;
      }
      world.run_until(*next);
      if (std::exchange(changed_, false)) between_instants();
      if (!ready_) get_ready();
    }
  }

  void between_instants() {
    if (!split_before_ && director_->any_started()) split_before_ = calm_split_;
    if (!split_before_) calm_split_ = convergence_.split();
    director_->look(expectations_.board());
    director_->tell_hits();
    const auto keep = [&](bool holds, std::optional<RunTime>& since) {
      if (!holds) {
        since.reset();
      } else if (!since) {
        since = lab_.world().now();
      }
    };
    const bool well = convergence_.holds();
    keep(well, well_since_);
    if (split_before_) keep(well && convergence_.holds(&*split_before_), as_before_since_);
    checks_.look(well_since_, director_->any_active());
  }

  void get_ready() {
    const auto now = lab_.world().now();
    if (lab_.set_up_done() && well_since_ && now - *well_since_ >= kReadyFor) {
      begin("everything is synced, healthy and known", true);
    } else if (now >= first_trouble_) {
      begin("the first fault or step begins", false);
    }
  }

  void begin(const std::string& why, bool calm) {
    ready_ = true;
    tell_phase("ready", why);
    expectations_.begin(lab_.world().now());
    meter_.begin(lab_.world().now());
    checks_.ready(calm);
    lab_.start_users();
    truths_->update();
  }

  void live() {
    auto& world = lab_.world();
    const auto healed = world.now();
    const auto deadline =
        std::min(healed + scenario_.settle, stop_at_.value_or(healed + scenario_.settle));
    between_instants();
    // The minute counts from the last heal at the earliest, as reconvergence does.
    RunTime healed_last{};
    for (const auto& window : director_->windows()) {
      if (window.end) healed_last = std::max(healed_last, *window.end);
    }
    const auto is_stable = [&] {
      return well_since_ && world.now() - std::max(*well_since_, healed_last) >= kStableFor;
    };
    // Users may still be on their way back when all else is well.
    const auto is_as_before = [&] {
      return !split_before_ ||
             (as_before_since_ &&
              world.now() - std::max(*as_before_since_, healed_last) >= kStableFor);
    };
    run_until(deadline, [&] { return !lab_.failure().empty() || (is_stable() && is_as_before()); });
    // The last stretch may hold no event at all.
    const bool well = is_stable();
    liveness_.text = fmt::format("liveness: everything converges within {} of the last heal",
                                 format_duration(scenario_.settle));
    liveness_.because = "a system that does not recover by itself has not survived";
    liveness_.evaluations = 1;
    liveness_.decided_at = world.now();
    if (well) {
      checks_.finish();
      liveness_.message = fmt::format("converged since {}", format_run_time(*well_since_));
    } else {
      liveness_.verdict = Verdict::failed;
      const auto pending = convergence_.pending();
      liveness_.message = pending.empty()
                              ? "never well for a whole minute"
                              : fmt::format("still pending: {}", fmt::join(pending, "; "));
    }
  }

  std::vector<ClientInputs> client_inputs() const {
    std::vector<ClientInputs> all;
    for (const auto& [name, traffic] : scenario_.world.traffic) {
      ClientInputs one;
      one.traffic = name;
      one.slo = traffic.slo.millionths;
      for (const auto& [kind, users] : traffic.populations) {
        if (users.share.millionths > 0) one.kinds.emplace_back(kind, users.share.millionths);
      }
      all.push_back(std::move(one));
    }
    return all;
  }

  /// "recovery.p95" of a fault: of the kind of client that took longest.
  static reports::Timing recovery(const std::string& fault, const std::string& name,
                                  const std::vector<reports::ClientResult>& clients) {
    reports::Timing out;
    out.fault = fault;
    out.name = name;
    const reports::ClientResult* worst = nullptr;
    const auto of = [&](const reports::ClientResult& one) {
      return name == "recovery.p50" ? one.p50 : name == "recovery.p95" ? one.p95 : one.p99;
    };
    for (const auto& one : clients) {
      if (one.fault != fault || one.kind == "all") continue;
      if (worst == nullptr || (of(*worst) && (!of(one) || *of(one) > *of(*worst)))) worst = &one;
    }
    if (worst == nullptr) {
      out.note = "no users were there while it lasted";
      return out;
    }
    out.measured = of(*worst);
    out.note = fmt::format("{} users of {}", worst->kind, worst->traffic);
    if (!out.measured) out.note += " were still failing when the fault ended";
    return out;
  }

  std::vector<reports::Timing> timings(const Sources& sources,
                                       const std::vector<reports::ClientResult>& clients) {
    TimingInputs inputs{lab_.history().events(), director_->windows(), lab_.world().now(),
                        applications_min_};
    auto all = measure(inputs);
    for (const auto& of_fault : scenario_.limits) {
      for (const auto& of_timing : of_fault.second) {
        const auto& fault = of_fault.first;  // clang 14: lambdas cannot capture structured bindings
        const auto& name = of_timing.first;
        const auto& limit = of_timing.second;
        auto at = std::find_if(all.begin(), all.end(), [&](const reports::Timing& timing) {
          return timing.fault == fault && timing.name == name;
        });
        if (at == all.end() && name.starts_with("recovery.")) {
          all.push_back(recovery(fault, name, clients));
          at = std::prev(all.end());
        }
        if (at == all.end()) {
          reports::Timing absent;
          absent.fault = fault;
          absent.name = name;
          absent.note =
              name == "detection.alert"
                  ? "the hub had no notifications to send: apply an argocd-notifications-cm"
                  : "it never came to that: nothing the fault did concerns this observer";
          all.push_back(std::move(absent));
          at = std::prev(all.end());
        }
        at->limit = limit.most;
        at->place = place_of(limit.at, sources);
        const bool met = at->measured && *at->measured <= limit.most;
        at->verdict = met ? Verdict::passed : Verdict::failed;
      }
    }
    return all;
  }

 public:
  /// The verdict on a result, and its reasons.
  void judge(reports::Run& run) {
    bool failed = false;
    bool inconclusive = false;
    if (!lab_.failure().empty()) {
      inconclusive = true;
      run.reasons.push_back("internal: " + lab_.failure());
    }
    if (lab_.history().dropped() > 0) {
      inconclusive = true;
      run.reasons.push_back(
          fmt::format("the history is full: {} events were dropped", lab_.history().dropped()));
    }
    for (const auto& complaint : checks_.complaints()) {
      failed = true;
      run.reasons.push_back(complaint);
    }
    // A swarm draws windows too short to hit anything.
    for (const auto& problem : director_->problems(swarm_)) {
      failed = true;
      run.reasons.push_back(problem);
    }
    for (const auto& timing : run.timings) {
      if (timing.verdict != Verdict::failed) continue;
      failed = true;
      run.reasons.push_back(
          timing.measured
              ? fmt::format("{} of {} took {}, {} over its limit of {}", timing.name, timing.fault,
                            format_duration(*timing.measured),
                            format_duration(*timing.measured - *timing.limit),
                            format_duration(*timing.limit))
              : fmt::format("{} of {} never happened: {}", timing.name, timing.fault, timing.note));
    }
    for (const auto& one : run.expectations) {
      if (one.verdict == Verdict::passed) continue;
      (one.verdict == Verdict::failed ? failed : inconclusive) = true;
      run.reasons.push_back(fmt::format("{}: {}", one.text, one.message));
    }
    if (!broken_.empty()) run.reasons.insert(run.reasons.begin(), "the run broke off: " + broken_);
    const bool worthless = !broken_.empty() || !lab_.failure().empty();
    run.verdict = worthless      ? Verdict::inconclusive
                  : failed       ? Verdict::failed
                  : inconclusive ? Verdict::inconclusive
                                 : Verdict::passed;
  }

 private:
  const Scenario& scenario_;
  std::optional<RunTime> stop_at_;
  bool swarm_ = false;
  Lab lab_;
  Convergence convergence_;
  Expectations expectations_;
  Meter meter_;
  Checks checks_;
  std::vector<std::pair<std::string, std::int64_t>> counters_;
  std::optional<Truths> truths_;
  std::optional<ObjectProbe> probe_;
  std::optional<Director> director_;
  reports::Expectation liveness_;
  std::size_t applications_min_ = 0;
  RunTime first_trouble_{};
  std::string broken_;  // why the run broke off
  bool ready_ = false;
  bool changed_ = true;
  std::optional<RunTime> well_since_;
  std::optional<Convergence::Split> split_before_;  // where users went before the first fault
  Convergence::Split calm_split_;
  std::optional<RunTime> as_before_since_;
};

std::unique_ptr<Playing> play_once(const Scenario& scenario, const Assets& assets,
                                   const hub::Profile& profile, const PlayOptions& options,
                                   bool swarm) {
  auto playing = std::make_unique<Playing>(scenario, assets, profile, options, swarm);
  try {
    playing->run();
    if (options.look) options.look(playing->lab());
  } catch (const sim::Livelock& stuck) {
    playing->give_up(stuck.what());
  }
  return playing;
}

void take_down(std::unique_ptr<Playing> playing) {
  if (playing == nullptr) return;
  try {
    playing->stop();
  } catch (const sim::Livelock&) {
    // What cannot be stopped cannot be taken down either: better to leak a world than to crash in
    // it.
    static auto& stuck =
        *new std::vector<std::unique_ptr<Playing>>;  // reachable: leaked on purpose
    stuck.push_back(std::move(playing));
  }
}

}  // namespace

reports::Run play(const ScenarioCase& one, const Sources& sources, const Assets& assets,
                  const PlayOptions& options) {
  const auto resolved = one.resolve(seed_stream(options.seed));
  const auto& scenario = resolved.scenario;
  reports::Run run;
  std::map<std::string, std::string> settings;
  for (const auto& [name, setting] : scenario.world.hub.settings) settings[name] = setting.text;
  auto profile = hub::make_profile(scenario.world.hub.profile, settings);
  if (!profile) {
    run.verdict = Verdict::inconclusive;
    run.reasons.push_back("hub profile: " + profile.error().message());
  } else {
    // The same story where nothing goes wrong, of which nobody is told.
    Scenario calm_scenario;
    std::unique_ptr<Playing> calm;
    reports::Run calm_run;
    if (scenario.control && !options.stop_at) {
      calm_scenario = scenario;
      calm_scenario.faults.clear();
      calm_scenario.limits.clear();
      auto quietly = options;
      quietly.watch = nullptr;
      quietly.look = nullptr;
      calm = play_once(calm_scenario, assets, *profile, quietly, one.is_swarm());
      calm_run = calm->result(sources);
    }
    auto playing = play_once(scenario, assets, *profile, options, one.is_swarm());
    run = playing->result(sources, calm ? &calm->meter() : nullptr);
    if (calm) {
      note_what_fails_anyway(run, calm_run, scenario.expect.size());
      run.expectations.push_back(
          contrast(Side{run, playing->counters_at_end(), {}},
                   Side{calm_run, calm->counters_at_end(), calm->complaints()}));
    }
    playing->judge(run);
    take_down(std::move(calm));
    take_down(std::move(playing));
  }
  run.scenario = scenario.name;
  run.because = scenario.because;
  run.variant = scenario.variant;
  run.stated = reports::verdict_of(scenario.verdict).value_or(reports::Verdict::passed);
  run.file = sources.path(0);
  run.source = sources.text(0);
  run.seed = options.seed;
  run.swarm = one.is_swarm();
  run.plant = options.plant;
  run.version = version();
  for (const auto& drawn : resolved.drawn) run.drawn.emplace_back(drawn.path, drawn.value);
  run.replay = fmt::format("spokelab run {} --seed {}", run.file, run.seed);
  if (run.swarm) run.replay += " --swarm";
  if (!run.plant.empty()) run.replay += fmt::format(" --plant '{}'", run.plant);
  if (!run.variant.empty()) run.replay += fmt::format(" --variant '{}'", run.variant);
  return run;
}

const char* version() { return "0.1.0"; }

}  // namespace spokelab::harness
