// Traffic: virtual seconds of users a second of ours, in peace and through an outage.
#include <benchmark/benchmark.h>

#include "sim/traffic/dns_failover.h"
#include "sim/traffic/nlb.h"
#include "sim/traffic/population.h"
#include "sim/world.h"

namespace spokelab::sim::traffic {
namespace {

using std::chrono::seconds;

constexpr int kSeconds = 1000;

void report(benchmark::State& state, std::int64_t rate) {
  state.SetItemsProcessed(state.iterations() * kSeconds * rate);
  state.counters["virtual_s"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * kSeconds, benchmark::Counter::kIsRate);
}

void outage(World& world, Field& field, const char* place) {
  world.run_until(RunTime(seconds(300)));
  field.set_way(place, "prod", Way{Wire::blackhole});
  world.run_until(RunTime(seconds(600)));
  field.set_way(place, "prod", Way{});
  world.run_until(RunTime(seconds(kSeconds)));
}

// Argument: requests a second. Cost must not grow with it, except where luck decides.
void nlb_outage(benchmark::State& state) {
  for (auto _ : state) {
    World world;
    History history(world);
    Field field;
    NlbSpec spec;
    spec.name = "agent";
    spec.targets = {{"prod", 0}, {"dr", 0}, {"staging", 0}};
    Nlb nlb(world, history, Rng(1), field, spec);
    PopulationSpec users;
    users.name = "agent";
    users.from = {{"us"}};
    users.rate.count = static_cast<std::uint64_t>(state.range(0));
    Population population(world, history, Rng(2), field, nlb, users);
    outage(world, field, "router.agent");
    benchmark::DoNotOptimize(population.totals().ok);
  }
  report(state, state.range(0));
}
BENCHMARK(nlb_outage)->Arg(200)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

void dns_outage(benchmark::State& state) {
  for (auto _ : state) {
    World world;
    History history(world);
    Field field;
    DnsFailoverSpec spec;
    spec.name = "agent";
    spec.targets = {{"prod", 0}, {"dr", 0}, {"staging", 0}};
    DnsFailover dns(world, history, Rng(1), field, spec);
    PopulationSpec users;
    users.name = "agent";
    users.from = {{"internet"}};
    users.clients = ClientHabits::mixed(std::chrono::minutes(2));
    users.clients.cohorts = static_cast<std::uint32_t>(state.range(0));
    Population population(world, history, Rng(2), field, dns, users);
    outage(world, field, "internet");
    benchmark::DoNotOptimize(population.totals().ok);
  }
  report(state, 200);
}
BENCHMARK(dns_outage)->Arg(100)->Arg(200)->Arg(1'000)->Unit(benchmark::kMillisecond);

// Loss: every request draws its own luck.
void lossy(benchmark::State& state) {
  for (auto _ : state) {
    World world;
    History history(world);
    Field field;
    field.set_way("router.agent", "prod", Way{Wire::open, std::chrono::milliseconds(20), 10'000});
    NlbSpec spec;
    spec.name = "agent";
    spec.targets = {{"prod", 0}};
    Nlb nlb(world, history, Rng(1), field, spec);
    PopulationSpec users;
    users.name = "agent";
    users.from = {{"us"}};
    users.rate.count = static_cast<std::uint64_t>(state.range(0));
    Population population(world, history, Rng(2), field, nlb, users);
    world.run_until(RunTime(seconds(kSeconds)));
    benchmark::DoNotOptimize(population.totals().ok);
  }
  report(state, state.range(0));
}
BENCHMARK(lossy)->Arg(200)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spokelab::sim::traffic
