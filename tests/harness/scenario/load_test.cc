// Loading: a whole file into typed values, and every kind of mistake into a diagnostic.
#include "harness/scenario/load.h"

#include <gmock/gmock.h>

#include <set>

#include "base/duration.h"
#include "base/json.h"
#include "tests/harness/scenario/memory_files.h"
#include "tests/support/places.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kFiles = test::source_dir() + "/tests/harness/scenario/files/";

std::string rendered(const Loaded& loaded) { return render(loaded.diagnostics, *loaded.sources); }

Scenario first(const Loaded& loaded) { return loaded.cases.at(0).resolve(Rng(7)).scenario; }

/// A small sound scenario; a test replaces parts of it.
constexpr std::string_view kBase = R"(scenario: base
because: tests vary it
lasts: 30m
world:
  hub: {region: us-east, replicas: 2}
  clusters:
    prod: {region: us-east}
    dr: {region: eu-west}
  traffic:
    shop:
      users: 10/s
      to: {service: shop/web}
      by: {kind: nlb, order: [prod, dr]}
faults:
  lost: {what: region-loss, on: prod, at: 5m, for: 10m}
expect:
  - always: cluster.dr.connection == Successful
)";

std::string with(std::string_view from, std::string_view to) {
  std::string out(kBase);
  const auto at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) out.replace(at, from.size(), to);
  return out;
}

Loaded load(std::string text, MemoryFiles* files = nullptr) {
  static MemoryFiles none;
  LoadOptions options;
  options.files = files == nullptr ? &none : files;
  return load_scenario_text("s/a.yaml", std::move(text), options);
}

TEST(Load, ReadsTheScenarioOfTheFormatsOwnPage) {
  const auto loaded = load_scenario(kFiles + "good/prod-outage.yaml");
  ASSERT_TRUE(loaded.ok()) << rendered(loaded);
  EXPECT_TRUE(loaded.diagnostics.all().empty()) << rendered(loaded);
  ASSERT_EQ(loaded.cases.size(), 1U);
  EXPECT_EQ(loaded.cases[0].title(), "prod-outage");
  EXPECT_EQ(loaded.cases[0].seed(), 7U);
  const auto s = first(loaded);
  EXPECT_EQ(s.lasts, 30min);
  EXPECT_EQ(s.settle, 10min);
  EXPECT_EQ(s.world.hub.replicas, 3);
  EXPECT_EQ(s.world.hub.ns, "argocd");
  EXPECT_EQ(s.world.clusters.at("prod").labels.at("deploy"), "true");
  EXPECT_TRUE(s.world.clusters.at("dr").registered);
  EXPECT_EQ(s.world.repos.at("https://github.com/example/agent").path, kFiles + "good/repos/agent");
  EXPECT_EQ(s.world.apply.at("hub").at(0).written, "repos/agent/argocd/appset.yaml");
  const auto& traffic = s.world.traffic.at("agent");
  EXPECT_EQ(traffic.users, (Rate{200, 1s}));
  EXPECT_THAT(traffic.by.order, ElementsAre("prod", "dr", "staging"));
  EXPECT_EQ(traffic.by.probe.every, 10s);
  EXPECT_EQ(traffic.by.region, "us-east");
  const auto& fault = s.faults.at("prod-lost");
  EXPECT_THAT(fault.on, ElementsAre(Place{Place::Kind::cluster, "prod"}));
  EXPECT_EQ(fault.start.at, RunTime(5min));
  EXPECT_EQ(fault.lasts, 10min);
  EXPECT_EQ(s.limits.at("prod-lost").at("detection.hub").most, 30s);
  ASSERT_EQ(s.expect.size(), 4U);
  EXPECT_EQ(s.expect[2].word, Expectation::Word::eventually);
  EXPECT_EQ(s.expect[2].within, std::optional<Nanos>(30s));
  EXPECT_EQ(s.expect[2].after.event, "prod-lost.start");
  EXPECT_EQ(s.expect[0].until.event, "end");
  EXPECT_EQ(s.where("expect[2].within").line, 31U);
  EXPECT_EQ(loaded.sources->describe(s.where("faults.prod-lost.at")),
            kFiles + "good/prod-outage.yaml:22:48");
}

TEST(Load, ReadsEveryKey) {
  const auto loaded = load_scenario(kFiles + "good/everything.yaml");
  ASSERT_TRUE(loaded.ok()) << rendered(loaded);
  ASSERT_EQ(loaded.cases.size(), 4U);
  EXPECT_EQ(loaded.cases[3].title(), "everything [how=blackhole,edges=12]");
  const auto resolved = loaded.cases[3].resolve(Rng(7));
  const auto& s = resolved.scenario;
  EXPECT_EQ(s.variant, "how=blackhole,edges=12");
  EXPECT_EQ(s.world.clusters.size(), 14U);
  EXPECT_EQ(s.world.clusters.count("edge-01"), 1U);
  EXPECT_EQ(s.world.hub.settings.at("self-heal").text, "true");
  EXPECT_EQ(s.world.network.between("us-west", "us-east"), 60ms);
  EXPECT_GE(s.world.network.between("us-east", "eu-west"), 80ms);
  EXPECT_EQ(s.world.network.between("us-east", "us-east"), 500us);
  EXPECT_EQ(s.faults.at("cut").on.size(), 12U);
  EXPECT_EQ(s.faults.at("cut").lasts, 2min);
  EXPECT_EQ(s.faults.at("git").parameters.text("how"), "blackhole");
  EXPECT_EQ(s.faults.at("skew").parameters.duration("offset"), -10min);
  EXPECT_THAT(s.faults.at("errors").parameters.list("verbs"), ElementsAre("list", "watch"));
  EXPECT_EQ(s.faults.at("errors").parameters.share("share"), Share{500'000});
  EXPECT_EQ(s.faults.at("errors").parameters.count("code"), 503);
  EXPECT_EQ(s.faults.at("one-way").from, (std::vector{Place{Place::Kind::hub, "hub"}}));
  EXPECT_EQ(s.faults.at("one-way").to, (std::vector{Place{Place::Kind::region, "us-west"}}));
  EXPECT_FALSE(s.faults.at("one-way").both_ways);
  EXPECT_TRUE(s.faults.at("one-way").start.when.has_value());
  EXPECT_TRUE(s.faults.at("slow").both_ways);
  EXPECT_EQ(s.world.traffic.at("shop").by.probe.timeout, 4s);  // the kind's own default
  EXPECT_EQ(s.world.traffic.at("shop").by.probe.checkers, 15);
  ASSERT_EQ(s.steps.size(), 8U);
  const auto& commit = std::get<CommitStep>(s.steps[0].action);
  EXPECT_TRUE(std::holds_alternative<DeleteFile>(commit.files.at("gone.yaml")));
  EXPECT_EQ(std::get<NewContent>(commit.files.at("note.txt")).text, "a note\n");
  EXPECT_EQ(std::get<ReplaceText>(commit.files.at("README.md")).to, "new");
  EXPECT_EQ(std::get<FileRef>(commit.files.at("copied.yaml")).path,
            kFiles + "good/repos/agent/argocd/appset.yaml");
  EXPECT_EQ(std::get<SetValues>(commit.files.at("values.yaml")).values.at(1).second->dump(), "3");
  EXPECT_EQ(std::get<EditStep>(s.steps[1].action).patch->dump(), R"({"spec":{"replicas":1}})");
  EXPECT_EQ(std::get<DeleteStep>(s.steps[2].action).propagation, "orphan");
  EXPECT_EQ(std::get<LabelStep>(s.steps[3].action).labels.at("deploy"), std::nullopt);
  EXPECT_EQ(std::get<ApplyStep>(s.steps[4].action).cluster, "hub");
  EXPECT_EQ(std::get<RegisterStep>(s.steps[5].action).cluster, "dr");
  EXPECT_EQ(std::get<UnregisterStep>(s.steps[6].action).cluster, "dr");
  EXPECT_EQ(std::get<RestartStep>(s.steps[7].action).replica,
            (Place{Place::Kind::replica, "hub-0"}));
  ASSERT_EQ(s.expect.size(), 3U);  // one is the module's
  EXPECT_EQ(s.expect[0].after.plus, 30s);
  EXPECT_EQ(s.expect[2].condition->text(), "cluster.edge-*.connection == Failed");
}

TEST(Load, DrawsTheSameForTheSameSeedAndOthersForOthers) {
  const auto loaded = load_scenario(kFiles + "good/everything.yaml");
  ASSERT_TRUE(loaded.ok()) << rendered(loaded);
  const auto values = [&](std::uint64_t seed) {
    std::string out;
    for (const auto& one : loaded.cases[0].resolve(Rng(seed)).drawn)
      out += one.path + "=" + one.value + " ";
    return out;
  };
  EXPECT_EQ(values(7), values(7));
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    seen.insert(values(seed));
    const auto s = loaded.cases[0].resolve(Rng(seed)).scenario;
    const auto latency = s.faults.at("slow").parameters.duration("latency");
    EXPECT_GE(latency, 10ms);
    EXPECT_LE(latency, 400ms);
    EXPECT_EQ(latency % 1ms, Nanos(0));
    const auto& what = s.faults.at("down").what;
    EXPECT_TRUE(what == "refused" || what == "blackhole");
  }
  EXPECT_EQ(seen.size(), 50U);
}

TEST(Load, ANewDrawDoesNotShiftTheOthers) {
  const auto one = load(with("at: 5m, for: 10m", "at: 1m..9m, for: 10m"));
  const auto two = load(with("at: 5m, for: 10m", "at: 1m..9m, for: 1m..10m"));
  ASSERT_TRUE(one.ok() && two.ok()) << rendered(two);
  EXPECT_EQ(first(one).faults.at("lost").start.at, first(two).faults.at("lost").start.at);
}

struct Mistake {
  std::string from;
  std::string to;
  std::string code;
  std::string message;  ///< Part of the message.
  std::string fix;      ///< Part of the fix.
};

void expect_mistakes(const std::vector<Mistake>& cases) {
  for (const auto& one : cases) {
    const auto loaded = load(with(one.from, one.to));
    const auto text = rendered(loaded);
    const auto hit = std::any_of(
        loaded.diagnostics.all().begin(), loaded.diagnostics.all().end(), [&](const auto& d) {
          return d.code == one.code && d.message.find(one.message) != std::string::npos &&
                 d.fix.find(one.fix) != std::string::npos && d.at.line > 0;
        });
    EXPECT_TRUE(hit) << one.to << "\n" << text;
    EXPECT_EQ(loaded.cases.empty(), loaded.diagnostics.has_errors());
  }
}

TEST(Load, NamesMistakesOfForm) {
  expect_mistakes({
      {"because:", "becuase:", "SL2001", "unknown key `becuase`", "did you mean `because`?"},
      {"lasts: 30m", "duration: 30m", "SL2001", "unknown key `duration`", "called `lasts`"},
      {"lasts: 30m\n", "", "SL2002", "`lasts` is missing", "add `lasts: 30m`"},
      {"region: us-east, replicas: 2", "region: us-east, probe: {}", "SL2001",
       "unknown key `probe`", "belongs in"},
      {"lasts: 30m", "lasts: 30", "SL2004", "needs a unit", "write 30s"},
      {"lasts: 30m", "lasts: 30 minutes", "SL2004", "lasts", ""},
      {"lasts: 30m", "lasts: 1:30", "SL2007", "number 90", "write 1m30s or 1h30m"},
      {"lasts: 30m", "lasts: 0s", "SL2005", "out of range", "between 1s"},
      {"lasts: 30m", "lasts: -5m", "SL2004", "negative", ""},
      {"lasts: 30m", "lasts: {a: 1}", "SL2003", "here is a map", "lasts: 30m"},
      {"lasts: 30m", "lasts:", "SL2003", "here is nothing", ""},
      {"replicas: 2", "replicas: 010", "SL2007", "octal", "write 10"},
      {"replicas: 2", "replicas: two", "SL2004", "no whole number", ""},
      {"replicas: 2", "replicas: 100", "SL2005", "out of range", "between 1 and 64"},
      {"replicas: 2", "profile: argocd", "SL2006", "cannot be argocd", ""},
      {"users: 10/s", "users: 10", "SL2004", "no unit", "write 10/s"},
      {"shop/web", "web", "SL2013", "no service", "NAMESPACE/NAME"},
      {"dr: {region: eu-west}", "no: {region: eu-west}", "SL2007", "the boolean false", "\"no\""},
      {"dr: {region: eu-west}", "dr: {region: eu-west, register: yes}", "SL2007", "boolean",
       "write true"},
      {"dr: {region: eu-west}", "dr: {region: eu-west, labels: {a: true}}", "SL2007",
       "labels are text", "\"true\""},
      {"dr: {region: eu-west}", "dr: {region: eu-west, labels: {a: 1}}", "SL2007",
       "labels are text", "\"1\""},
      {"dr: {region: eu-west}", "dr: {region: eu-west, labels: {a b: x}}", "SL2008",
       "no key of a label", ""},
      {"dr: {region: eu-west}", "DR: {region: eu-west}", "SL2008", "is no name",
       "write for instance dr"},
      {"dr: {region: eu-west}", "hub: {region: eu-west}", "SL2008", "something else",
       "hub-cluster"},
      {"kind: nlb", "kind: nbl", "SL2006", "cannot be nbl", "did you mean `nlb`?"},
      {"order: [prod, dr]", "weights: {prod: 1}, order: [prod]", "SL2010", "exclude each other",
       ""},
      {"order: [prod, dr]", "ttl: 30s, order: [prod]", "SL2011", "`nlb` does not take `ttl`",
       "it takes order"},
      {"kind: nlb, order: [prod, dr]", "kind: dns-weighted", "SL2002", "needs `weights`",
       "add `weights"},
      {"at: 5m, ", "", "SL2010", "needs `at` or `when`", "add `at: 5m`"},
      {"on: prod, ", "", "SL2010", "does not say where", "add `on:`"},
      {"on: prod", "between: hub <-> prod", "SL2011", "strikes no `between`", "write `on:`"},
      {"region-loss, on: prod", "partition, on: prod", "SL2011", "strikes no `on`", "between"},
      {"region-loss, on: prod", "partition, from: hub", "SL2010", "go together", "to: prod"},
      {"region-loss, on: prod", "partition, between: hub <-> hub", "SL2013", "both ends", ""},
      {"region-loss, on: prod", "latency, on: prod", "SL2002", "`what: latency` needs `latency`",
       "200ms"},
      {"region-loss, on: prod", "region-loss, on: prod, share: 3%", "SL2011",
       "does not take `share`", ""},
      {"for: 10m", "for: 10m..5m", "SL2009", "cannot be drawn", "lower end first"},
      {"for: 10m", "for: any[5m", "SL1001", "", ""},
      {"for: 10m", "for: \"any[5m, 6]\"", "SL2004", "needs a unit", ""},
      {"what: region-loss", "what: a..b", "SL2009", "range", "any[a, b]"},
      {"- always: cluster.dr.connection == Successful", "- {}", "SL2010", "nothing to do",
       "one of always"},
      {"- always: cluster.dr.connection == Successful",
       "- {always: fault.lost == active, never: fault.lost == active}", "SL2010",
       "exclude each other", ""},
      {"- always: cluster.dr.connection == Successful", "- eventually: fault.lost == active",
       "SL2002", "`eventually` needs `within`", "within: 30s"},
      {"- always: cluster.dr.connection == Successful",
       "- {always: fault.lost == active, within: 3s}", "SL2011", "`always` does not take `within`",
       ""},
      {"- always: cluster.dr.connection == Successful", "- always: cluster.dr.connection = Failed",
       "SL2012", "no operator", "write =="},
      {"expect:", "x: $nobody\nexpect:", "SL2014", "no parameter `$nobody`", ""},
  });
}

TEST(Load, NamesMistakesOfMeaning) {
  expect_mistakes({
      {"order: [prod, dr]", "order: [prd, dr]", "SL3001", "no cluster `prd`",
       "did you mean `prod`?"},
      {"order: [prod, dr]", "order: [prod, prod]", "SL3011", "twice", ""},
      {"order: [prod, dr]", "weights: {prod: 0}", "SL3011", "all weights are 0", ""},
      {"on: prod", "on: pord", "SL3004", "no place `pord`", "did you mean `prod`?"},
      {"on: prod", "on: any-*", "SL3004", "no place", ""},
      {"on: prod", "on: hub", "SL3004", "`hub` is a hub", ""},
      {"on: prod", "on: \"any[prod, dx]\"", "SL3004", "no place `dx`", "`dr`"},
      {"at: 5m", "at: 45m", "SL3008", "begins after the end", ""},
      {"at: 5m", "at: 5m..45m", "SL3008", "begins after the end", ""},
      {"for: 10m", "for: 50m", "SL3008", "healed early", ""},
      {"at: 5m", "when: fault.losst == active", "SL3002", "no fault `losst`", "`lost`"},
      {"expect:", "limits: {losst: {failover: 1m}}\nexpect:", "SL3002", "no fault `losst`",
       "`lost`"},
      {"expect:", "limits: {lost: {detection.router: 1s}}\nexpect:", "SL3010", "failed probes", ""},
      {"expect:", "budgets: {money: 3}\nexpect:", "SL3010", "no budget `money`", ""},
      {"expect:", "budgets: {requests: 3}\nexpect:", "SL3010", "`requests.*`", ""},
      {"expect:", "budgets: {requests.prd: 3}\nexpect:", "SL3001", "no cluster `prd`",
       "`requests.prod`"},
      {"expect:", "budgets: {failed.shpo: 3}\nexpect:", "SL3003", "no traffic `shpo`",
       "`failed.shop`"},
      {"expect:", "budgets: {requests.prod: lots}\nexpect:", "SL2004", "no budget", ""},
      {"expect:", "budgets: {requests.prod: 99999999999999999999}\nexpect:", "SL2004", "no budget",
       ""},
      {"expect:", "budgets: {requests.prod: 120%}\nexpect:", "SL3010", "120% of what?",
       "control: true"},
      {"at: 5m, for: 10m}", "at: 5m, for: 10m, ramp: 5s}", "SL2011", "does not take `ramp`", ""},
      {"region-loss, on: prod", "latency, latency: 1s, ramp: 11m, on: prod", "SL3008",
       "before it has its full strength", "`ramp` shorter"},
      {"region-loss, on: prod", "bandwidth, rate: 1KiB/s, between: users <-> prod", "SL3004",
       "not those of users", "what: latency"},
      {"region-loss, on: prod", "half-open, from: router, to: prod", "SL3004", "not those of users",
       ""},
      {"region-loss, on: prod", "zone-loss, zone: z, on: prod", "SL3004",
       "no node of `prod` stands in a zone `z`", "a, b, c"},
      {"region-loss, on: prod", "node-loss, nodes: 9, on: prod", "SL3011", "has 3 nodes",
       "nodes: 9"},
      {"order: [prod, dr]}", "order: [prod, dr], probe: {every: 5s, timeout: 6s}}", "SL3011",
       "a probe may take 6s", "shorter than `every`"},
      {"- always: cluster.dr.connection == Successful",
       "- {eventually: cluster.dr.connection == Failed, within: 3h}", "SL3008",
       "after the end of the story", "`within` shorter"},
      {"- always: cluster.dr.connection == Successful",
       "- {always: cluster.dr.registered, until: lost.end - 5s}", "SL3005", "goes back in time",
       "lost.end + 30s"},
      {"- always: cluster.dr.connection == Successful", "- always: step.rell == done", "SL3014",
       "no named step `rell`", ""},
      {"users: 10/s", "users: 10/s\n      clients: {browsr: 100%}", "SL2006",
       "there are no `browsr` clients", "browser"},
      {"because: tests vary it", "because: !foo tests vary it", "SL2007", "the tag `!foo`",
       "remove it"},
      {"expect:", "steps: [{at: 40m, restart: hub-0}]\nexpect:", "SL3008", "after the end", ""},
      {"expect:", "steps: [{at: 4m, restart: hub-7}]\nexpect:", "SL3004", "no hub replica `hub-7`",
       "hub-"},
      {"expect:", "steps: [{at: 4m, restart: hub-0, name: lost}]\nexpect:", "SL3016",
       "a fault already", ""},
      {"expect:", "steps: [{at: 4m, register: nowhere}]\nexpect:", "SL3001", "no cluster",
       "it is one of"},
      {"expect:", "steps: [{at: 4m, commit: {repo: x, files: {a: b}}}]\nexpect:", "SL3007",
       "no repository", ""},
      {"cluster.dr.connection == Successful", "cluster.drr.connection == Successful", "SL3001",
       "no cluster `drr`", "`dr`"},
      {"cluster.dr.connection == Successful", "cluster.x*.connection == Successful", "SL3001",
       "no cluster `x*`", ""},
      {"cluster.dr.connection == Successful", "traffic.shopp.success > 1%", "SL3003",
       "no traffic `shopp`", "`shop`"},
      {"cluster.dr.connection == Successful", "cluster.dr.conection == Successful", "SL3014",
       "there is no value", "cluster.dr.connection"},
      {"cluster.dr.connection == Successful", "fault.lost == active\n    after: lost", "SL3005",
       "no event `lost`", "`lost.start`"},
      {"cluster.dr.connection == Successful", "fault.lost == active\n    after: lost.strt",
       "SL3005", "no event", "`lost.start`"},
      {"cluster.dr.connection == Successful",
       "fault.lost == active\n    after: lost.end\n    until: lost.start", "SL3008",
       "ends before it begins", ""},
      {"cluster.dr.connection == Successful", "fault.lost == active\n    after: start + 31m",
       "SL3008", "begin after the end", ""},
      {"expect:\n  - always: cluster.dr.connection == Successful\n", "", "SL3012",
       "asserts nothing", ""},
      {"users: 10/s", "users: 10/s\n      from: {us-east: 60%}", "SL3011", "add up to 60%", "100%"},
      {"users: 10/s", "users: 10/s\n      clients: {browser: 60%, jmv: 40%}", "SL2006",
       "there are no `jmv` clients", "`jvm`"},
      {"users: 10/s", "users: 10/s\n      populations: {web: {share: 50%}}", "SL3011",
       "add up to 50%", "100%"},
      {"users: 10/s",
       "users: 10/s\n      clients: {browser: 100%}\n      populations: {web: {share: 100%}}",
       "SL2010", "exclude each other", "remove one"},
      {"users: 10/s", "users: 10/s\n      populations: {web: {share: 100%, like: brwser}}",
       "SL2006", "cannot be brwser", "`browser`"},
      {"users: 10/s", "users: 10/s\n      populations: {web: {share: 100%, backoff: 1s}}", "SL3011",
       "`backoff` is for retries", "add `retries"},
      {"users: 10/s", "users: 10/s\n      populations: {all: {share: 100%}}", "SL3011",
       "what reports call everybody", "another name"},
      {"users: 10/s",
       "users: 10/s\n      populations: {web: {share: 100%, resolver: {ttl-min: 2h, ttl-max: 1h}}}",
       "SL3011", "shorter than the shortest, 2h", "ttl-max"},
      {"users: 10/s", "users: 10/s\n      slow: 6s", "SL3011", "give up after 5s",
       "`timeout` longer"},
      {"users: 10/s", "users: 10/s\n      slo: 100%", "SL2005", "out of range", "99.9999%"},
      {"kind: nlb", "probe: {samples: 4, successes: 5}, kind: nlb", "SL3011", "5 good probes of 4",
       "larger"},
      {"kind: nlb", "probe: {successes: 2}, kind: nlb", "SL3011", "there are none", "add `samples"},
      {"kind: nlb", "probe: {regions: 4}, kind: nlb", "SL3011", "4 regions have 1 checkers",
       "checkers: 12"},
      {"kind: nlb", "cut: false, kind: alb", "SL3011", "no connection is cut", "remove it"},
      {"kind: nlb", "fallback: last, fail-open: false, kind: nlb", "SL3011", "users go nowhere",
       "remove one"},
      {"kind: nlb", "probe: {every: 5s}, kind: mesh", "SL2011", "`mesh` does not take `probe`",
       "sidecar"},
      {"kind: nlb", "sidecar: {errors: 3}, kind: nlb", "SL2011", "`nlb` does not take `sidecar`",
       ""},
      {"what: region-loss, on: prod", "what: dns-down, on: shop", "SL3004",
       "is behind a load balancer", "dns-failover"},
      {"kind: nlb", "region: us-eest, kind: nlb", "SL3004", "nothing else stands", "us-east"},
      {"  traffic:", "  repos: {https://x/y: nowhere}\n  traffic:", "SL3006",
       "no directory s/nowhere", ""},
      {"  traffic:", "  apply: {prd: [a.yaml]}\n  traffic:", "SL3001", "no cluster `prd`",
       "`prod`"},
      {"  traffic:", "  apply: {hub: a.yaml}\n  traffic:", "SL3006",
       "no file or directory s/a.yaml", ""},
      {"  traffic:", "  network: {round-trip: {us-east <-> eu-wst: 1ms}}\n  traffic:", "SL3004",
       "no place `eu-wst`", "eu-west"},
  });
}

TEST(Load, AnAmbiguousPlaceNeedsItsKind) {
  const std::string two = "us-east: {region: us-east}\n    dr: {region: eu-west}";
  std::string text = with("dr: {region: eu-west}", two);
  const auto at = text.find("on: prod");
  text.replace(at, 8, "on: us-east");
  EXPECT_THAT(rendered(load(text)), HasSubstr("write cluster/us-east or region/us-east"));
  text.replace(at, 11, "on: region/us-east");
  const auto loaded = load(text);
  ASSERT_TRUE(loaded.ok()) << rendered(loaded);
  EXPECT_THAT(first(loaded).faults.at("lost").on,
              ElementsAre(Place{Place::Kind::region, "us-east"}));
}

TEST(Load, ReportsAllMistakesAtOnce) {
  const auto loaded = load_scenario(kFiles + "bad/many.yaml");
  EXPECT_GE(loaded.diagnostics.errors(), 28U) << rendered(loaded);
  std::uint32_t line = 0;
  for (const auto& one : loaded.diagnostics.all()) {
    EXPECT_GE(one.at.line, line);
    line = one.at.line;
  }
  EXPECT_TRUE(loaded.cases.empty());
}

TEST(Load, NamesTabsAndUnquotedDraws) {
  EXPECT_THAT(rendered(load_scenario(kFiles + "bad/tabs.yaml")),
              HasSubstr("a tab indents this line"));
  EXPECT_THAT(rendered(load_scenario(kFiles + "bad/draw-in-braces.yaml")),
              HasSubstr("write \"any[refused, blackhole]\""));
  EXPECT_THAT(rendered(load_scenario(kFiles + "bad/nowhere.yaml")), HasSubstr("error[SL1007]"));
}

TEST(Load, AsksTheHubAboutItsSettings) {
  MemoryFiles none;
  LoadOptions options;
  options.files = &none;
  options.check_hub_setting = [](std::string_view name, std::string_view) {
    return name == "probe-interval" ? std::string()
                                    : "the hub has no setting `" + std::string(name) + "`";
  };
  const auto loaded = load_scenario_text(
      "a.yaml", with("replicas: 2", "settings: {probe-interval: 5s, prob: 1}"), options);
  EXPECT_EQ(loaded.diagnostics.errors(), 1U);
  EXPECT_THAT(rendered(loaded), HasSubstr("error[SL3015]: the hub has no setting `prob`"));
}

// Modules and the matrix.

TEST(Load, TellsAMistakeOnceAndNotItsEchoes) {
  for (const std::string& text : {
           std::string(kBase) + "matrix: {y: [1m, 2m], long: [3m, 4m]}\n",
           with("for: 10m", "for: $lnog"),
           with("connection == Successful", "connection == $word"),
       }) {
    auto all = text;
    if (all.find("matrix") != std::string::npos) all.replace(all.find("for: 10m"), 8, "for: $long");
    const auto loaded = load(all);
    EXPECT_EQ(loaded.diagnostics.all().size(), 1U) << rendered(loaded);
  }
}

TEST(Load, SaysThroughWhichModulesOneUsesItself) {
  MemoryFiles files;
  files.files["s/a.yaml"] = "module: a\nuse: {file: b.yaml}\n";
  files.files["s/b.yaml"] = "module: b\nuse: {file: ./a.yaml}\n";
  const auto loaded = load(std::string(kBase) + "use: {file: a.yaml}\n", &files);
  EXPECT_THAT(rendered(loaded), HasSubstr("s/a.yaml uses itself, through s/b.yaml"));
}

TEST(Load, AModuleGivesItsWorldAndTheScenarioWins) {
  MemoryFiles files;
  files.files["s/m/world.yaml"] =
      "module: world\nparameters: {home: {type: name}, many: {type: count, default: 2}}\n"
      "world:\n  hub: {region: $home, replicas: 3}\n  clusters: {edge: {region: $home, count: "
      "$many}}\n";
  const auto loaded = load(
      "scenario: a\nbecause: b\nlasts: 1m\nuse: {file: m/world.yaml, with: {home: us-west}}\n"
      "world: {hub: {replicas: 1}, clusters: {prod: {region: eu-west}}}\n"
      "expect:\n  - always: cluster.edge-*.connection == Successful\n",
      &files);
  ASSERT_TRUE(loaded.ok()) << rendered(loaded);
  const auto s = first(loaded);
  EXPECT_EQ(s.world.hub.region, "us-west");
  EXPECT_EQ(s.world.hub.replicas, 1);
  EXPECT_EQ(s.world.clusters.size(), 3U);
}

TEST(Load, NamesMistakesInModules) {
  struct Case {
    std::string module;
    std::string use;
    std::string says;
  };
  const std::vector<Case> cases{
      {"module: m\n", "{file: none.yaml}", "there is no module s/none.yaml"},
      {"scenario: m\n", "{file: m.yaml}", "is no module"},
      {"module: m\nlasts: 3m\n", "{file: m.yaml}", "`lasts` belongs in the scenario"},
      {"module: m\nparameters: {long: {type: duration}}\nsteps: []\n", "{file: m.yaml}",
       "needs a value for `long`"},
      {"module: m\nparameters: {long: {type: duration}}\n", "{file: m.yaml, with: {long: 5}}",
       "`long` needs a unit"},
      {"module: m\nparameters: {long: {type: duration}}\n",
       "{file: m.yaml, with: {long: 5s, lnog: 5s}}", "no parameter `lnog`"},
      {"module: m\nfaults: {lost: {what: refused, on: prod, at: 1m, for: 1m}}\n", "{file: m.yaml}",
       "a second fault `lost`"},
      {"module: m\nfaults: {x: {what: refused, on: $victm, at: 1m, for: 1m}}\nparameters: {victim: "
       "{default: prod}}\n",
       "{file: m.yaml}", "did you mean `$victim`?"},
      {"module: m\nuse: {file: m.yaml}\n", "{file: m.yaml}", "s/m.yaml uses itself"},
      {"module: m\nfauts: {}\n", "{file: m.yaml}", "did you mean `faults`?"},
      {"module: m\n", "3", "`use` takes"},
      {"module: m\n", "{fil: m.yaml}", "`file` is missing"},
  };
  for (const auto& one : cases) {
    MemoryFiles files;
    files.files["s/m.yaml"] = one.module;
    const auto loaded = load(std::string(kBase) + "use: " + one.use + "\n", &files);
    EXPECT_FALSE(loaded.ok()) << one.module;
    EXPECT_THAT(rendered(loaded), HasSubstr(one.says));
  }
}

TEST(Load, AMatrixRunsTheProductOfItsValues) {
  const auto loaded = load(with("region-loss, on: prod", "$how, on: $where") +
                           "matrix: {how: [region-loss, refused, blackhole], where: [prod, dr]}\n");
  ASSERT_TRUE(loaded.ok()) << rendered(loaded);
  ASSERT_EQ(loaded.cases.size(), 6U);
  EXPECT_EQ(loaded.cases[1].title(), "base [how=region-loss,where=dr]");
  EXPECT_EQ(first(loaded).faults.at("lost").what, "region-loss");
}

TEST(Load, AMatrixValueThatIsWrongOrUnusedIsNamed) {
  EXPECT_THAT(rendered(load(std::string(kBase) + "matrix: {spokes: [3, 50]}\n")),
              HasSubstr("`spokes` of the matrix is never used"));
  EXPECT_THAT(rendered(load(with("on: prod", "on: $where") + "matrix: {where: [prod, drr]}\n")),
              HasSubstr("no place `drr`"));
  std::string big =
      with("on: prod, at: 5m, for: 10m", "on: $a, at: 5m, for: $b") + "matrix: {a: [prod";
  for (int i = 0; i < 99; ++i) big += ", prod";
  big += "], b: [1m";
  for (int i = 0; i < 20; ++i) big += ", 2m";
  const auto too_big = rendered(load(big + "]}\n"));
  EXPECT_THAT(too_big, HasSubstr("more than 1000 combinations"));
  EXPECT_THAT(too_big, HasSubstr("1 error, "));
}

TEST(Load, AVerdictIsStatedForCombinationsOfTheMatrix) {
  const auto loaded =
      load(with("region-loss, on: prod", "$how, on: $where") +
           "matrix: {how: [region-loss, refused], where: [prod, dr]}\n"
           "verdict: {how=refused: failed, \"how=refused,where=dr\": inconclusive}\n");
  ASSERT_TRUE(loaded.ok()) << rendered(loaded);
  ASSERT_EQ(loaded.cases.size(), 4U);
  EXPECT_EQ(loaded.cases[0].verdict(), "passed");
  EXPECT_EQ(loaded.cases[1].verdict(), "passed");
  EXPECT_EQ(loaded.cases[2].verdict(), "failed");
  EXPECT_EQ(loaded.cases[3].verdict(), "inconclusive");
}

TEST(Load, AVerdictForNoCombinationIsNamed) {
  const auto matrix = with("on: prod", "on: $where") + "matrix: {where: [prod, dr]}\n";
  EXPECT_THAT(rendered(load(matrix + "verdict: {where=drr: failed}\n")),
              HasSubstr("`where=drr` is no combination of the matrix"));
  EXPECT_THAT(rendered(load(matrix + "verdict: {where=dr: fails}\n")), HasSubstr("SL2006"));
  EXPECT_THAT(rendered(load(std::string(kBase) + "verdict: {where=dr: failed}\n")),
              HasSubstr("verdicts are stated for values of a `matrix`"));
}

TEST(Load, AnAlertMayHaveALimit) {
  const auto loaded = load(std::string(kBase) + "limits: {lost: {detection.alert: 1m}}\n");
  ASSERT_TRUE(loaded.ok()) << rendered(loaded);
}

TEST(Load, ParametersStandInNamesOfExpressions) {
  const auto loaded = load(with("cluster.dr.connection == Successful",
                                "app.agent-$who.health == Healthy\n    after: $ev.start") +
                           "matrix: {who: [dr], ev: [lost]}\n");
  ASSERT_TRUE(loaded.ok()) << rendered(loaded);
  EXPECT_EQ(first(loaded).expect[0].condition->text(), "app.agent-dr.health == Healthy");
  EXPECT_EQ(first(loaded).expect[0].after.event, "lost.start");
}

TEST(Load, AModuleAloneIsNoScenario) {
  EXPECT_THAT(rendered(load("module: m\n")), HasSubstr("this is a module"));
  EXPECT_THAT(rendered(load(std::string(kBase) + "parameters: {}\n")),
              HasSubstr("belongs in a module"));
  EXPECT_THAT(rendered(load("- a\n")), HasSubstr("a scenario is a map"));
}

}  // namespace
}  // namespace spokelab::harness
