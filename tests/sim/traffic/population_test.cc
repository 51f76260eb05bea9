// Population: exact counts through scripted outages, whatever the portions they are counted in.
#include "sim/traffic/population.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/traffic/dns_failover.h"
#include "sim/traffic/nlb.h"
#include "tests/sim/traffic/lab.h"

namespace spokelab::sim::traffic {
namespace {

NlbSpec balancer() {
  NlbSpec spec;
  spec.name = "agent";
  spec.targets = {{"prod", 0}, {"dr", 0}, {"staging", 0}};
  spec.probe.every = 10s;
  spec.probe.timeout = 6s;
  spec.probe.unhealthy = 3;
  spec.probe.healthy = 3;
  spec.probe.phase = 2s;
  return spec;
}

PopulationSpec users() {
  PopulationSpec spec;
  spec.name = "agent";
  spec.from = {{"us-east"}};
  return spec;
}

struct Story : Lab {
  explicit Story(const PopulationSpec& spec = users(), NlbSpec nlb_spec = balancer())
      : nlb(world, history, Rng(1), field, std::move(nlb_spec)) {
    run_until(10s);  // the balancer has seen all targets
    population.emplace(world, history, Rng(2), field, nlb, spec);
  }
  Nlb nlb;
  std::optional<Population> population;
};

ClientKind kind_of(const std::string& name, std::uint32_t share) {
  ClientKind kind;
  kind.name = name;
  kind.share = share;
  return kind;
}

TEST(Population, TellsEachKindOfClientByItself) {
  auto spec = users();
  auto patient = kind_of("patient", 250'000);
  patient.retries = 8;
  patient.backoff = 100ms;
  spec.clients.kinds = {patient, kind_of("hasty", 750'000)};
  spec.slo = 60s;
  spec.request_timeout = 60s;
  auto shallow = balancer();
  shallow.probe.path = "";  // sees nothing of it
  Story story(spec, shallow);
  story.run_until(100s);
  Service half;
  half.errors = 500'000;
  story.field.set_service("prod", half);
  story.run_until(200s);
  std::int64_t sent = 0, failed = 0, patient_sent = 0, patient_failed = 0, hasty_failed = 0;
  for (const auto& event : story.events("traffic.agent")) {
    sent += number(event, "sent");
    failed += number(event, "failed");
    patient_sent += number(event, "kind.patient.sent");
    patient_failed += std::max<std::int64_t>(0, number(event, "kind.patient.failed"));
    hasty_failed += std::max<std::int64_t>(0, number(event, "kind.hasty.failed"));
  }
  EXPECT_EQ(patient_sent * 4, sent);
  EXPECT_EQ(patient_failed + hasty_failed, failed);
  EXPECT_NEAR(static_cast<double>(hasty_failed), 100 * 150 * 0.5, 300);
  EXPECT_LT(patient_failed, 40);  // one of 512
}

TEST(Population, KeepsToItsRetryBudget) {
  auto spec = users();
  auto kind = kind_of("budgeted", 1'000'000);
  kind.retries = 1;
  kind.retry_budget = 100'000;
  spec.clients.kinds = {kind};
  spec.shares = true;
  Story story(spec);
  Service bad;
  bad.errors = 1'000'000;
  story.run_until(50s);
  EXPECT_EQ(story.population->load(), (std::vector<std::uint64_t>{200'000, 0, 0}));
  story.field.set_service("prod", bad);
  // All fail; a tenth of them is tried once more.
  EXPECT_EQ(story.population->load(), (std::vector<std::uint64_t>{220'000, 0, 0}));
  bad.errors = 50'000;
  story.field.set_service("prod", bad);
  // Fewer fail than the budget has retries for: all of them are tried again.
  EXPECT_NEAR(static_cast<double>(story.population->load()[0]), 210'000, 4'000);
}

TEST(Population, MultipliesItsLoadByRetriesWithoutABudget) {
  auto spec = users();
  spec.retries = 3;
  spec.shares = true;
  Story story(spec);
  Service bad;
  bad.errors = 1'000'000;
  story.run_until(50s);
  story.field.set_service("prod", bad);
  EXPECT_EQ(story.population->load(), (std::vector<std::uint64_t>{800'000, 0, 0}));
}

TEST(Population, CountsEveryRequestOfABlackHoleExactly) {
  Story story;
  story.run_until(300s);
  story.wire("router.agent", "prod", Wire::blackhole);
  story.run_until(600s);
  story.wire("router.agent", "prod", Wire::open);
  story.run_until(900s);
  story.population->settle();
  // Probes at 302, 312, 322; the last is given up at 328: 28 s of 200/s fail.
  const auto& totals = story.population->totals();
  EXPECT_EQ(totals.sent, 890U * 200);
  EXPECT_EQ(totals.failed(), 28U * 200);
  EXPECT_EQ(totals.endings[static_cast<std::size_t>(Ending::connect_timeout)], 28U * 200);
  // Good again at 602, 612, 622: TCP, request and 5 ms each.
  const Nanos back = *story.when("traffic.agent.target.prod", "healthy", 600s);
  EXPECT_EQ(back, 622s + 45ms);
  EXPECT_EQ(totals.ok_from[1], (294U * 200) + 9U);  // 45 ms are 9 requests
  EXPECT_EQ(totals.sent_to[0], totals.sent - totals.ok_from[1]);
}

TEST(Population, CostsOneEventASecondHoweverManyRequests) {
  auto spec = users();
  spec.rate = Rate{100'000, 1s};
  Story story(spec);
  const auto steps = story.world.steps();
  story.run_until(1010s);
  story.population->settle();
  EXPECT_EQ(story.population->totals().sent, 100'000'000U);
  EXPECT_EQ(story.world.steps() - steps, 1000U);
}

TEST(Population, TellsEachSecondByTheInstantOfSending) {
  Story story;
  story.run_until(300s);
  story.wire("router.agent", "prod", Wire::blackhole);
  story.run_until(340s);
  std::int64_t failed = 0;
  for (const auto& event : story.events("traffic.agent")) {
    ASSERT_EQ(event.kind, EventKind::traffic);
    EXPECT_EQ(number(event, "sent"), 200);
    const bool out = event.at > at(300s) && event.at <= at(328s);
    EXPECT_EQ(number(event, "failed"), out ? 200 : 0);
    EXPECT_EQ(number(event, "to.prod"), event.at <= at(328s) ? 200 : 0);
    EXPECT_EQ(number(event, "ok.dr"), event.at <= at(328s) ? 0 : 200);
    EXPECT_EQ(number(event, "failed.connect-timeout"), out ? 200 : -1);
    if (out) {
      EXPECT_LT(number(event, "last_failed"), event.at.time_since_epoch().count());
      EXPECT_GE(number(event, "first_failed"), (event.at - 1s).time_since_epoch().count());
    }
    failed += number(event, "failed");
  }
  EXPECT_EQ(failed, 28 * 200);
  EXPECT_EQ(story.when("traffic.agent.success", "0%"), Nanos(301s));
  EXPECT_EQ(story.when("traffic.agent.success", "100%", 300s), Nanos(329s));
  EXPECT_EQ(story.when("traffic.agent.share.dr", "100%"), Nanos(329s));
  EXPECT_EQ(story.when("traffic.agent.share.prod", "0%", 300s), Nanos(301s));
  EXPECT_EQ(story.when("traffic.agent.route.dr", "100%"), Nanos(328s));
  const auto routed = story.events("traffic.agent.route.dr").back();
  EXPECT_EQ(story.history.events()[routed.cause - 1].subject, "traffic.agent.target.prod");
}

TEST(Population, SeesTheFirstFailureWhenTheCallerGivesUp) {
  for (const Wire wire : {Wire::blackhole, Wire::refused}) {
    Story story;
    story.run_until(300s + 1234567ns);
    story.wire("router.agent", "prod", wire);
    story.run_until(400s);
    const auto told = story.events("traffic.agent.first-failure");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].cluster, "prod");
    const auto sent = Nanos(number(told[0], "sent"));
    EXPECT_GE(sent, 300s + 1234567ns);
    EXPECT_LT(sent, 300s + 1234567ns + 5ms);
    EXPECT_EQ(told[0].at - at(sent), wire == Wire::blackhole ? Nanos(2s) : Nanos(40ms));
    EXPECT_EQ(told[0].value, wire == Wire::blackhole ? "connect-timeout" : "refused");
  }
}

TEST(Population, TellsAFirstFailureForEachOutage) {
  Story story;
  for (const auto start : {300s, 600s, 900s}) {
    story.run_until(start);
    story.wire("router.agent", "prod", Wire::refused);
    story.run_until(start + 2s);
    story.wire("router.agent", "prod", Wire::open);
  }
  story.run_until(1000s);
  EXPECT_EQ(story.events("traffic.agent.first-failure").size(), 3U);
}

TEST(Population, CountsTheSameWhateverThePortions) {
  // Loss, errors and drawn gaps: every request has its own luck.
  auto spec = users();
  spec.spacing = Spacing::poisson;
  const auto run = [&](bool often) {
    Story story(spec);
    story.field.set_way("router.agent", "prod", Way{Wire::open, 20ms, 50'000});
    story.field.set_service("prod", Service{3, 5ms, 20'000});
    for (int i = 1; i < 2000; ++i) {
      story.run_until(10s + i * 37ms);
      if (often) story.population->settle();
      // Changes that make no difference cut the portions as well.
      if (often) story.field.set_service("prod", Service{3 + i % 2, 5ms, 20'000});
      if (i == 1000) story.field.set_service("dr", Service{2, 5ms, 0});
    }
    story.run_until(90s);
    return story.population->totals();
  };
  const auto coarse = run(false);
  const auto fine = run(true);
  EXPECT_EQ(coarse.sent, fine.sent);
  EXPECT_EQ(coarse.ok, fine.ok);
  EXPECT_EQ(coarse.endings, fine.endings);
  EXPECT_GT(coarse.failed(), coarse.sent / 20);
}

TEST(Population, DoesNotDependOnTheOrderOfChangesAtOneInstant) {
  const auto run = [](bool swapped) {
    Story story;
    story.run_until(300s + 1ms);
    const auto cut = [&] { story.wire("router.agent", "prod", Wire::refused); };
    const auto drain = [&] { story.field.set_service("prod", Service{0, 5ms, 0}); };
    if (swapped) {
      drain();
      cut();
    } else {
      cut();
      drain();
    }
    story.run_until(400s);
    return story.population->totals();
  };
  EXPECT_EQ(run(false).endings, run(true).endings);
  EXPECT_GT(run(false).endings[static_cast<std::size_t>(Ending::refused)], 0U);
  EXPECT_EQ(run(false).endings[static_cast<std::size_t>(Ending::http_error)], 0U);
}

TEST(Population, AnswersFromTheOldTruthUntilTheInstantOfAChange) {
  Story story;
  story.run_until(300s + 333333333ns);
  const auto sent_before =
      200U * 290 + 67U;  // evenly spaced: 66.67 gaps of 5 ms, by phase 66 or 67
  story.wire("router.agent", "prod", Wire::refused);
  story.run_until(301s);
  story.population->settle();
  const auto ok = story.population->totals().ok;
  EXPECT_LE(ok, sent_before);
  EXPECT_GE(ok + 1, sent_before);
}

// Random changes of everything, once with many idle interruptions: nothing may differ but the work
// done.
TEST(Population, CountsTheSameThroughRandomTroubleBehindDns) {
  const auto run = [](std::uint64_t seed, bool often) {
    Lab lab;
    DnsFailoverSpec dns_spec;
    dns_spec.name = "agent";
    dns_spec.targets = {{"prod", 50}, {"dr", 30}, {"staging", 20}};
    dns_spec.policy = seed % 2 == 0 ? Policy::order : Policy::weights;
    dns_spec.probe.every = 10s;
    dns_spec.ttl = 20s;
    DnsFailover dns(lab.world, lab.history, Rng(seed), lab.field, dns_spec);
    auto spec = users();
    spec.clients = ClientHabits::mixed(20s);
    spec.clients.serve_stale = seed % 3 != 0;
    spec.spacing = seed % 2 == 0 ? Spacing::poisson : Spacing::even;
    Population population(lab.world, lab.history, Rng(seed + 1), lab.field, dns, spec);
    Rng chance(seed + 2);
    Nanos now(0);
    for (int step = 0; step < 120; ++step) {
      const Nanos next = now + chance.between(Nanos(10ms), Nanos(9s));
      for (int i = 1; often && i < 7; ++i) {
        lab.run_until(now + (next - now) * i / 7);
        population.settle();
      }
      now = next;
      lab.run_until(now);
      const auto& target = dns_spec.targets[chance.below(3)].name;
      const auto* place = chance.below(2) == 0 ? "us-east" : "internet";
      const auto wire = static_cast<Wire>(chance.below(4));
      const auto loss = chance.below(3) == 0 ? 40'000U : 0U;
      switch (chance.below(4)) {
        case 0:
          lab.field.set_way(place, target, Way{wire, 30ms, loss});
          break;
        case 1:
          lab.field.set_way(place, target, Way{});
          break;
        case 2:
          lab.field.set_service(target, Service{step % 3, 5ms, loss, Wire::open});
          break;
        default:
          dns.set_answering(chance.below(3) != 0);
          break;
      }
    }
    lab.run_until(now + 10s);
    const auto& totals = population.totals();
    std::uint64_t sum = 0;
    for (const auto count : totals.endings) sum += count;
    EXPECT_EQ(sum, totals.sent);
    EXPECT_EQ(population.split().size(), 3U);
    return lab.history.hash();
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) EXPECT_EQ(run(seed, false), run(seed, true));
}

TEST(Population, MeetsAShutDoorFromEverywhere) {
  Story story;
  story.run_until(300s);
  story.field.set_service("prod", Service{3, 5ms, 0, Wire::blackhole});
  story.run_until(400s);
  EXPECT_EQ(story.when("traffic.agent.target.prod", "unhealthy"), Nanos(328s));
  EXPECT_EQ(story.population->totals().endings[static_cast<std::size_t>(Ending::connect_timeout)],
            28U * 200);
  story.field.set_service("router.agent", Service{1, 5ms, 0, Wire::refused});
  story.run_until(402s);
  EXPECT_EQ(story.last("traffic.agent.success"), "0%");
}

TEST(Population, LosesOnlyThoseWhoComeFromACutOffPlace) {
  Lab lab;
  DnsFailoverSpec dns_spec;
  dns_spec.name = "agent";
  dns_spec.targets = {{"prod", 0}, {"dr", 0}};
  DnsFailover dns(lab.world, lab.history, Rng(1), lab.field, dns_spec);
  auto spec = users();
  spec.from = {{"us-east", 600'000}, {"eu-west", 400'000}};
  spec.clients.kinds = {ClientHabits::pooled(500'000)};
  Population population(lab.world, lab.history, Rng(2), lab.field, dns, spec);
  lab.run_until(100s);
  lab.wire("eu-west", "prod", Wire::blackhole);
  lab.run_until(110s);
  EXPECT_EQ(lab.last("traffic.agent.success"), "60%");
  EXPECT_EQ(lab.last("traffic.agent.share.prod"), "60%");
  EXPECT_EQ(dns.belief(0), Health::healthy);
}

TEST(Population, CountsARetriedRequestOnce) {
  auto spec = users();
  const auto failed = [&](std::uint32_t retries) {
    spec.retries = retries;
    Story story(spec);
    story.nlb.pretend(true);
    story.field.set_service("prod", Service{3, 5ms, 300'000});
    story.run_until(110s);
    story.population->flush();
    const auto& totals = story.population->totals();
    EXPECT_EQ(totals.sent, 100U * 200);
    return static_cast<double>(totals.failed());
  };
  EXPECT_NEAR(failed(0), 6000, 250);
  EXPECT_NEAR(failed(1), 1800, 150);
  EXPECT_NEAR(failed(2), 540, 90);
}

TEST(Population, FailsWhatIsSlowerThanTheObjective) {
  Story story;
  story.run_until(100s);
  story.field.set_way("us-east", "router.agent", Way{Wire::open, 400ms, 0});
  story.run_until(110s);
  story.population->settle();
  EXPECT_EQ(story.population->totals().endings[static_cast<std::size_t>(Ending::slow)], 2000U);
}

TEST(Population, ReaddressesUsersOverDnsByAndBy) {
  Lab lab;
  DnsFailoverSpec dns_spec;
  dns_spec.name = "agent";
  dns_spec.targets = {{"prod", 0}, {"dr", 0}};
  dns_spec.probe.every = 10s;
  DnsFailover dns(lab.world, lab.history, Rng(1), lab.field, dns_spec);
  auto spec = users();
  spec.clients = ClientHabits::mixed(2min);
  Population population(lab.world, lab.history, Rng(2), lab.field, dns, spec);
  lab.run_until(300s);
  for (const auto* place : {"us-east", "internet"}) lab.wire(place, "prod", Wire::blackhole);
  lab.run_until(1200s);
  const Nanos record = *lab.when("traffic.agent.record", "dr");
  EXPECT_EQ(lab.when("traffic.agent.route.dr", "50%") > record, true);
  EXPECT_LT(*lab.when("traffic.agent.route.dr", "95%"), record + 60s);
  EXPECT_EQ(lab.last("traffic.agent.success"), "99.5%");  // the pinned ones
  EXPECT_EQ(lab.last("traffic.agent.share.dr"), "99%");
  const auto steps = population.explain(0);
  ASSERT_GE(steps.size(), 8U);
  for (std::size_t i = 1; i < steps.size(); ++i) EXPECT_LE(steps[i - 1].at, steps[i].at);
  EXPECT_EQ(steps.back().what, "95% of the users followed");
}

TEST(Population, FailsAtTheResolverWhenTheNameHasNoAddress) {
  Lab lab;
  DnsFailoverSpec dns_spec;
  dns_spec.name = "agent";
  dns_spec.targets = {{"prod", 0}, {"dr", 0}};
  dns_spec.ttl = 5s;
  DnsFailover dns(lab.world, lab.history, Rng(1), lab.field, dns_spec);
  auto spec = users();
  Population population(lab.world, lab.history, Rng(2), lab.field, dns, spec);
  lab.run_until(100s);
  dns.set_override(Weights{0, 0});
  lab.run_until(120s);
  EXPECT_EQ(lab.last("traffic.agent.success"), "0%");
  EXPECT_EQ(number(lab.events("traffic.agent").back(), "failed.no-answer"), 200);
  EXPECT_EQ(lab.events("traffic.agent.first-failure").size(), 1U);
  dns.set_override(std::nullopt);
  lab.run_until(130s);
  EXPECT_EQ(lab.last("traffic.agent.success"), "100%");
}

TEST(Population, ChangesItsRateAndTellsTheUnfinishedSecond) {
  Story story;
  story.run_until(20s);
  ASSERT_TRUE(story.population->set_rate(Rate{1000, 1s}));
  story.run_until(20s + 500ms);
  story.population->flush();
  EXPECT_NEAR(static_cast<double>(number(story.events("traffic.agent").back(), "sent")), 500, 1);
  ASSERT_TRUE(story.population->set_rate(Rate{0, 1s}));
  const auto told = story.events("traffic.agent").size();
  story.run_until(60s);
  EXPECT_EQ(story.events("traffic.agent").size(), told);
  EXPECT_FALSE(story.population->set_rate(Rate{10'000'000, 1s}));
}

TEST(Population, RefusesSettingsThatMakeNoSense) {
  auto spec = users();
  EXPECT_TRUE(spec.check());
  spec.rate.per = 0s;
  EXPECT_FALSE(spec.check());
  spec = users();
  spec.rate = Rate{UINT64_MAX, 1h};
  EXPECT_FALSE(spec.check());
  spec = users();
  spec.request_timeout = 1s;
  EXPECT_FALSE(spec.check());
  spec = users();
  spec.clients.kinds = {ClientHabits::pinned(600'000), ClientHabits::jvm(500'000)};
  EXPECT_FALSE(spec.check());
  spec = users();
  spec.clients.cohorts = 0;
  EXPECT_FALSE(spec.check());
}

TEST(Population, GivesTheSameHistoryForTheSameSeed) {
  const auto run = [](std::uint64_t seed) {
    Lab lab;
    DnsFailoverSpec dns_spec;
    dns_spec.name = "agent";
    dns_spec.targets = {{"prod", 60}, {"dr", 40}};
    dns_spec.policy = Policy::weights;
    DnsFailover dns(lab.world, lab.history, Rng(seed), lab.field, dns_spec);
    auto spec = users();
    spec.clients = ClientHabits::mixed(2min);
    spec.spacing = Spacing::poisson;
    Population population(lab.world, lab.history, Rng(seed + 1), lab.field, dns, spec);
    lab.run_until(100s);
    for (const auto* place : {"us-east", "internet"}) lab.wire(place, "prod", Wire::refused);
    lab.run_until(400s);
    lab.wire("us-east", "prod", Wire::open);
    lab.wire("internet", "prod", Wire::open);
    lab.run_until(800s);
    return lab.history.hash();
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

}  // namespace
}  // namespace spokelab::sim::traffic
