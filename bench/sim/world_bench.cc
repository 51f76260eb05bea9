// Events per second of the virtual world, by number of sleeping coroutines.
#include <benchmark/benchmark.h>

#include <boost/asio/any_io_executor.hpp>

#include "base/task_group.h"
#include "sim/process.h"
#include "sim/world.h"

namespace spokelab::sim {
namespace {

Task<void> sleeper(Clock& clock, Nanos every) {
  for (;;) co_await sleep_for(clock, every);
}

Task<void> sleepers(Clock& clock, std::int64_t count) {
  TaskGroup group(co_await asio::this_coro::executor);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto every = std::chrono::microseconds(900 + i % 200);
    group.spawn(sleeper(clock, every));
  }
  co_await group.join();
}

void BM_SleepingCoroutines(benchmark::State& state) {
  World world;
  Process process(world, "sleepers", [&](int) { return sleepers(world, state.range(0)); });
  process.start();
  world.run_for(std::chrono::milliseconds(2));
  const auto before = world.steps();
  for (auto _ : state) world.run_for(std::chrono::milliseconds(1));
  state.counters["events/s"] =
      benchmark::Counter(static_cast<double>(world.steps() - before), benchmark::Counter::kIsRate);
  process.kill();
  world.settle();
}
BENCHMARK(BM_SleepingCoroutines)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);

void BM_PlainEvents(benchmark::State& state) {
  World world;
  std::function<void()> again = [&] { world.call_at(world.now() + Nanos(1000), again); };
  for (int i = 0; i < state.range(0); ++i) again();
  const auto before = world.steps();
  for (auto _ : state) world.run_for(Nanos(1000));
  state.counters["events/s"] =
      benchmark::Counter(static_cast<double>(world.steps() - before), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_PlainEvents)->Arg(1'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace spokelab::sim
