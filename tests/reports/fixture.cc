// Making the run of the fixture, event by event.
#include "tests/reports/fixture.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/history.h"
#include "base/rng.h"

namespace spokelab::reports {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SetClock final : public Clock {
 public:
  RunTime now() const override { return now_; }
  WallTime wall_now() const override { return WallTime(now_.time_since_epoch()); }
  TimerId call_at(RunTime, std::function<void()>) override { return 0; }
  bool cancel(TimerId) noexcept override { return false; }
  RunTime now_{};
};

/// Collects events in any order, and writes them down in order of time.
class Script {
 public:
  void add(Nanos at, EventKind kind, std::string subject, std::string value,
           std::string cluster = "", std::string message = "", std::string who = "hub-0") {
    Event event;
    event.kind = kind;
    event.who = std::move(who);
    event.subject = std::move(subject);
    event.value = std::move(value);
    event.cluster = std::move(cluster);
    event.message = std::move(message);
    events_.emplace(at, std::move(event));
  }
  void add(Nanos at, Event event) { events_.emplace(at, std::move(event)); }

  History& play() {
    for (auto& [at, event] : events_) {
      clock_.now_ = RunTime(at);
      history_.add(event);
    }
    return history_;
  }

 private:
  SetClock clock_;
  History history_{clock_};
  std::multimap<Nanos, Event> events_;
};

constexpr const char* kClusters[] = {"prod", "staging", "dr"};
constexpr Nanos kStart = seconds(300);
constexpr Nanos kEnd = seconds(900);
constexpr Nanos kHubKnew = milliseconds(318'200);
constexpr Nanos kRouterKnew = milliseconds(329'900);

void set_up(Script& script) {
  script.add(seconds(0), EventKind::run, "run.phase", "set-up", "", "3 clusters, 3 hub replicas",
             "run");
  for (int i = 0; i < 3; ++i) {
    script.add(seconds(0), EventKind::state, fmt::format("hub.hub-{}.state", i), "running");
    const std::string cluster = kClusters[i];
    const auto app = "agent-" + cluster;
    script.add(seconds(0), EventKind::truth, "truth.cluster." + cluster + ".reachable", "true",
               cluster, "", "world");
    script.add(seconds(1), EventKind::truth, "truth.cluster." + cluster + ".serving", "false",
               cluster, "", "world");
    script.add(seconds(1), EventKind::fact, "cluster." + cluster, "registered", cluster, "",
               "operator");
    script.add(milliseconds(1200), EventKind::state, "cluster." + cluster + ".registered", "true",
               cluster);
    script.add(milliseconds(1500), EventKind::state, "cluster." + cluster + ".owner",
               fmt::format("hub-{}", i), cluster);
    script.add(milliseconds(1600), EventKind::belief, "cluster." + cluster + ".connection",
               "Successful", cluster);
    script.add(seconds(2), EventKind::state, "app." + app + ".exists", "true", cluster);
    script.add(milliseconds(2400), EventKind::state, "app." + app + ".sync", "OutOfSync", cluster);
    script.add(milliseconds(2400), EventKind::state, "app." + app + ".health", "Missing", cluster);
    script.add(milliseconds(2500), EventKind::state, "app." + app + ".operation", "Running",
               cluster);
    script.add(seconds(4), EventKind::state, "app." + app + ".operation", "Succeeded", cluster);
    script.add(seconds(4), EventKind::state, "app." + app + ".sync", "Synced", cluster);
    script.add(seconds(4), EventKind::state, "app." + app + ".health", "Progressing", cluster);
    script.add(seconds(9), EventKind::state, "app." + app + ".health", "Healthy", cluster);
    script.add(seconds(9), EventKind::truth, "truth.cluster." + cluster + ".serving", "true",
               cluster, "", "world");
    script.add(seconds(19), EventKind::belief, "traffic.agent.target." + cluster, "healthy",
               cluster, "", "router.agent");
    const auto stem = "deployment." + cluster + ".agent.agent-service";
    script.add(seconds(4), EventKind::state, stem + ".rollout", "progressing", cluster, "",
               cluster + ".controllers");
    script.add(seconds(9), EventKind::state, stem + ".rollout", "complete", cluster, "",
               cluster + ".controllers");
    for (int n = 1; n <= 4; ++n) {
      script.add(seconds(4 + n), EventKind::state, stem + ".ready", std::to_string(n), cluster, "",
                 cluster + ".controllers");
      script.add(milliseconds(2600 + 70 * n), EventKind::fact,
                 fmt::format("object.{}.pods.agent.agent-{}", cluster, n), "write", cluster,
                 "system:serviceaccount:argocd:argocd-manager", cluster + ".api");
    }
  }
  script.add(seconds(1), EventKind::state, "hub.leader", "hub-0");
  script.add(seconds(21), EventKind::run, "run.phase", "ready", "",
             "everything is synced, healthy and known", "run");
}

void outage(Script& script) {
  Event begins;
  script.add(kStart, EventKind::fault, "fault.prod-lost", "active", "prod",
             "region-loss on prod for 10m", "director");
  for (const char* what : {"reachable", "serving"}) {
    script.add(kStart, EventKind::truth, std::string("truth.cluster.prod.") + what, "false", "prod",
               "", "world");
    script.add(kEnd, EventKind::truth, std::string("truth.cluster.prod.") + what, "true", "prod",
               "", "world");
  }
  script.add(kStart + milliseconds(1005), EventKind::fact, "traffic.agent.first-failure", "timeout",
             "prod", "first failed request: no answer after 1s (sent at 00:05:00.0)",
             "users.agent");
  script.add(kStart + milliseconds(8200), EventKind::fact, "cluster.prod.probe", "failed", "prod",
             "timeout after 5s");
  script.add(kHubKnew, EventKind::fact, "cluster.prod.probe", "failed", "prod", "timeout after 5s");
  script.add(kHubKnew, EventKind::belief, "cluster.prod.connection", "Failed", "prod",
             "Get \"https://prod:6443/version\": no answer within 5s");
  script.add(kHubKnew, EventKind::state, "app.agent-prod.health", "Unknown", "prod",
             "the cluster cannot be reached");
  script.add(kHubKnew, EventKind::state, "app.agent-prod.sync", "Unknown", "prod");
  script.add(kRouterKnew, EventKind::belief, "traffic.agent.target.prod", "unhealthy", "prod",
             "probe 3 of /healthz timed out", "router.agent");
  script.add(kRouterKnew, EventKind::state, "traffic.agent.route.prod", "0%", "prod", "",
             "users.agent");
  script.add(kRouterKnew, EventKind::state, "traffic.agent.route.dr", "100%", "dr", "",
             "users.agent");
  script.add(seconds(420), EventKind::state, "hub.hub-1.state", "stopped");
  script.add(seconds(435), EventKind::fact, "hub.hub-1.lease", "expired", "",
             "hub-1 has not renewed its Lease for 15s");
  script.add(seconds(436), EventKind::state, "cluster.staging.owner", "", "staging");
  script.add(milliseconds(436'400), EventKind::state, "cluster.staging.owner", "hub-2", "staging");
  script.add(seconds(480), EventKind::state, "hub.hub-1.state", "running");
  script.add(kEnd, EventKind::fault, "fault.prod-lost", "healed", "prod",
             "region-loss on prod is over; hits: 5310", "director");
  script.add(kEnd + milliseconds(6100), EventKind::belief, "cluster.prod.connection", "Successful",
             "prod");
  script.add(kEnd + milliseconds(7300), EventKind::state, "app.agent-prod.sync", "OutOfSync",
             "prod");
  script.add(kEnd + milliseconds(7300), EventKind::state, "app.agent-prod.health", "Progressing",
             "prod");
  script.add(kEnd + seconds(9), EventKind::state, "app.agent-prod.sync", "Synced", "prod");
  script.add(kEnd + seconds(15), EventKind::state, "app.agent-prod.health", "Healthy", "prod");
  script.add(kEnd + milliseconds(26'500), EventKind::belief, "traffic.agent.target.prod", "healthy",
             "prod", "", "router.agent");
  script.add(kEnd + milliseconds(26'500), EventKind::state, "traffic.agent.route.prod", "100%",
             "prod", "", "users.agent");
  script.add(kEnd + milliseconds(26'500), EventKind::state, "traffic.agent.route.dr", "0%", "dr",
             "", "users.agent");
  script.add(seconds(1200), EventKind::fault, "step.new-image", "done", "",
             "committed 2 files to agent", "director");
  script.add(seconds(1262), EventKind::state, "app.agent-prod.sync", "OutOfSync", "prod");
  script.add(seconds(1264), EventKind::state, "app.agent-prod.sync", "Synced", "prod");
  script.add(seconds(1800), EventKind::run, "run.phase", "liveness", "",
             "every fault is healed; everything must converge", "run");
  script.add(seconds(1860), EventKind::run, "run.phase", "end", "", "", "run");
}

void users(Script& script) {
  Rng rng(7);
  std::string last = "";
  for (int second = 21; second < 1860; ++second) {
    Event event;
    event.kind = EventKind::traffic;
    event.who = "users.agent";
    event.subject = "traffic.agent";
    const bool lost = seconds(second) >= kStart && seconds(second) < kRouterKnew;
    const bool at_dr = seconds(second) >= kRouterKnew - seconds(1) &&
                       seconds(second) < kEnd + milliseconds(26'500);
    const auto sent = 200 + rng.between(-6, 6);
    std::int64_t dr = at_dr ? sent : 0;
    if (lost && at_dr) dr = sent / 10;
    const auto failed = lost ? sent - dr : 0;
    const auto prod = sent - dr - failed;
    event.numbers = {
        {"sent", sent},    {"ok", sent - failed}, {"failed", failed}, {"to.prod", prod + failed},
        {"ok.prod", prod}, {"to.dr", dr},         {"ok.dr", dr},      {"to.staging", 0},
        {"ok.staging", 0}};
    script.add(seconds(second + 1), std::move(event));
    const auto success = fmt::format("{}%", (sent - failed) * 100 / sent);
    if (success != last) {
      script.add(seconds(second + 1), EventKind::state, "traffic.agent.success", success, "", "",
                 "users.agent");
    }
    last = success;
  }
}

constexpr const char* kSource = R"(scenario: prod-outage
because: users must be served from DR within a minute of losing prod
lasts: 30m

world:
  hub: {region: us-east, replicas: 3, profile: spokelab}
  clusters:
    prod:    {region: us-east, labels: {env: prod, deploy: "true"}}
    staging: {region: us-west, labels: {env: staging, deploy: "true"}}
    dr:      {region: eu-west, labels: {env: dr, deploy: "true"}}

faults:
  prod-lost: {what: region-loss, on: prod, at: 5m, for: 10m}

limits:
  prod-lost: {detection.hub: 30s, failover: 60s, reconvergence: 3m, downtime: 60s}

expect:
  - always: app.agent-staging.health == Healthy
  - eventually: cluster.prod.connection == Failed
    within: 30s
    after: prod-lost.start
)";

void judge(Run& run) {
  const auto place = [](int column) {
    return column == 0 ? Place{} : Place{"scenarios/prod-outage.yaml", 16, column};
  };
  const auto timing = [&](std::string name, Nanos measured, std::optional<Nanos> limit,
                          std::vector<TimingPart> parts, std::string note, int column) {
    run.timings.push_back({"prod-lost", std::move(name), measured, limit, Verdict::passed,
                           std::move(parts), std::move(note), place(column)});
  };
  timing("detection.hub", milliseconds(18'200), seconds(30),
         {{"failed probe 1", milliseconds(8200)}, {"failed probe 2", seconds(10)}},
         "no answer within 5s", 17);
  timing("detection.router", milliseconds(29'900), std::nullopt,
         {{"until the first probe that fails is sent", milliseconds(3900)},
          {"until failed probe 3 is sent", seconds(20)},
          {"until its timeout", seconds(6)}},
         "", 0);
  timing("detection.users", milliseconds(1005), std::nullopt,
         {{"until the first request that fails is sent", milliseconds(5)},
          {"until it failed", seconds(1)}},
         "", 0);
  timing("failover", milliseconds(29'900), seconds(60),
         {{"until the first probe that fails is sent", milliseconds(3900)},
          {"until failed probe 3 is sent", seconds(20)},
          {"its timeout; the router gives prod up", seconds(6)}},
         "the last failing request was sent at 00:05:29.8", 38);
  timing("downtime", seconds(30), seconds(60), {}, "5,978 of 367,400 requests failed", 79);
  timing("reconvergence", milliseconds(26'500), seconds(180),
         {{"the hub calls prod Successful", milliseconds(6100)},
          {"app agent-prod is Synced", milliseconds(2900)},
          {"app agent-prod is Healthy", seconds(6)},
          {"the router calls prod healthy, 100% of the users of agent go to prod",
           milliseconds(11'500)}},
         "", 53);
  run.expectations.push_back({"always: app.agent-staging.health == Healthy",
                              "",
                              Verdict::passed,
                              "held; asked 214 times",
                              RunTime(seconds(1800)),
                              214,
                              {"scenarios/prod-outage.yaml", 19, 5}});
  run.expectations.push_back(
      {"eventually: cluster.prod.connection == Failed within 30s after prod-lost.start",
       "",
       Verdict::passed,
       "true at 00:05:18.2: cluster.prod.connection is Failed",
       RunTime(kHubKnew),
       12,
       {"scenarios/prod-outage.yaml", 20, 5}});
  run.expectations.push_back({"liveness: everything converges within 10m of the last heal",
                              "a system that does not recover by itself has not survived",
                              Verdict::passed,
                              "converged since 00:15:26.5",
                              RunTime(seconds(1860)),
                              1,
                              {}});
}

}  // namespace

namespace {

Run make_prod_outage() {
  Run run;
  run.scenario = "prod-outage";
  run.because = "users must be served from DR within a minute of losing prod";
  run.file = "scenarios/prod-outage.yaml";
  run.source = kSource;
  run.seed = 7;
  run.version = "0.1.0";
  run.profile = "spokelab";
  run.lasts = seconds(1800);
  run.ended = RunTime(seconds(1860));
  run.wall = milliseconds(93);
  run.clusters = {{"dr", "eu-west", "spoke"},
                  {"hub", "us-east", "hub"},
                  {"prod", "us-east", "spoke"},
                  {"staging", "us-west", "spoke"}};
  run.traffic = {"agent"};
  run.faults.push_back(
      {"prod-lost", "region-loss", "on prod", RunTime(kStart), RunTime(kEnd), 5310, {"prod"}});
  run.drawn = {{"faults.prod-lost.latency", "173ms"}};
  run.counters = {{"api requests", 18'422}, {"messages", 102'311}, {"objects written", 912}};
  run.replay = "spokelab run scenarios/prod-outage.yaml --seed 7";
  judge(run);
  Script script;
  set_up(script);
  outage(script);
  users(script);
  auto& history = script.play();
  run.events = history.events();
  run.hash = history.hash();
  return run;
}

}  // namespace

Run prod_outage() {
  static const Run run = make_prod_outage();
  return run;
}

Run prod_outage_failed() {
  auto run = prod_outage();
  run.variant = "fault=refused, spokes=3";
  run.verdict = Verdict::failed;
  auto& failover = run.timings[3];
  failover.limit = seconds(25);
  failover.verdict = Verdict::failed;
  auto& back = run.timings[5];
  back.measured.reset();
  back.parts.clear();
  back.note = "still pending: app agent-prod is OutOfSync";
  back.verdict = Verdict::failed;
  run.expectations[0].verdict = Verdict::failed;
  run.expectations[0].message =
      "broken at 00:07:00.0: app.agent-staging.health is <Degraded> & \"odd\"";
  run.expectations[1].verdict = Verdict::inconclusive;
  run.expectations[1].message = "not true by the end of the run, 10s before its deadline";
  run.reasons = {
      "failover of prod-lost took 29.9s, 4.9s over its limit of 25s",
      "reconvergence of prod-lost never happened: still pending: app agent-prod is OutOfSync",
      "always: app.agent-staging.health == Healthy: broken at 00:07:00.0"};
  return run;
}

std::size_t count_of(const std::string& text, const std::string& needle) {
  std::size_t count = 0;
  for (auto at = text.find(needle); at != std::string::npos;
       at = text.find(needle, at + needle.size()))
    ++count;
  return count;
}

}  // namespace spokelab::reports
