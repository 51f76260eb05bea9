// Serving over real sockets: how soon, how much memory, how many requests and events a second, and
// how that grows with objects and watchers.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "base/base64.h"
#include "base/json.h"
#include "base/task_group.h"
#include "harness/fleet/fleet.h"
#include "harness/scenario/load.h"
#include "harness/wall/dialer.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;

std::int64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  in >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

/// Some clusters without a hub, and a client of the first.
class Bench {
 public:
  explicit Bench(int clusters = 1) {
    std::string text =
        "scenario: bench\nbecause: speed\nlasts: 1h\nworld:\n  hub: {region: local}\n  clusters:\n";
    for (int i = 0; i < clusters; ++i) text += fmt::format("    c{}: {{region: local}}\n", i);
    const auto loaded = load_scenario_text("bench", text);
    scenario_ = loaded.cases.at(0).resolve(Rng(1)).scenario;
    assets_ = *Assets::read(scenario_);
    FleetOptions options;
    options.hub = false;
    options.epoch = sim::World::kDefaultEpoch;
    auto started = Fleet::start(scenario_, *assets_, options);
    if (!started) {
      fmt::print(stderr, "the servers do not start: {}\n", started.error().message());
      std::abort();
    }
    fleet_ = std::move(*started);
    dialer_ = std::make_unique<WallDialer>(fleet_->pace(), callers_, kOutside, world());
  }
  ~Bench() {
    connection_.reset();
    dialer_.reset();
    fleet_->stop();
  }

  sim::World& world() { return fleet_->lab().world(); }
  Fleet& fleet() { return *fleet_; }
  HttpEndpoint endpoint() {
    const Json config = fleet_->kubeconfig();
    const auto server = config["clusters"][0]["cluster"]["server"].get<std::string>();
    HttpEndpoint to;
    to.host = "127.0.0.1";
    to.port = static_cast<std::uint16_t>(std::stoi(server.substr(server.rfind(':') + 1)));
    to.ca_pem = fleet_->lab().site("c0").ca_pem;
    const auto& user = config["users"][0]["user"];
    to.client_cert_pem = *from_base64(user["client-certificate-data"].get<std::string>());
    to.client_key_pem = *from_base64(user["client-key-data"].get<std::string>());
    return to;
  }
  void run(Task<void> task) {
    TaskGroup group(world().executor());
    group.spawn(std::move(task));
    fleet_->pace().run_until([&] { return group.live() == 0; }, 600s);
  }
  /// Sends `count` requests one after the other on one connection. The last status.
  int send(int count, const std::function<HttpRequest(int)>& make) {
    int status = 0;
    const auto all = [&]() -> Task<void> {
      if (!connection_) {
        const auto to = endpoint();
        auto dialed = co_await dialer_->dial(to, world().now() + 10s);
        if (!dialed) co_return;
        connection_ = *dialed;
      }
      for (int i = 0; i < count; ++i) {
        auto request = make(i);
        auto answered = co_await connection_->send(std::move(request), world().now() + 60s);
        status = answered ? answered->status : 0;
      }
    };
    run(all());
    return status;
  }
  static HttpRequest request(std::string method, std::string target, std::string body = "",
                             const std::string& type = "application/json") {
    HttpRequest made;
    made.method = std::move(method);
    made.target = std::move(target);
    made.headers.set("User-Agent", "bench/1");
    if (!body.empty()) {
      made.headers.set("Content-Type", type);
      made.body = Body(std::move(body));
    }
    return made;
  }
  static std::string config_map(const std::string& name) {
    return Json{{"apiVersion", "v1"},
                {"kind", "ConfigMap"},
                {"metadata", {{"name", name}}},
                {"data", {{"key", "a value of some length, as people have them"}}}}
        .dump();
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) {
      (void)fleet_->lab().site("c0").api->create(
          "bench", *parse_json(Json{
                       {"apiVersion", "v1"},
                       {"kind", "ConfigMap"},
                       {"metadata", {{"name", fmt::format("m{}", i)}, {"namespace", "default"}}},
                       {"data", {{"key", "value"}}}}
                                   .dump()));
    }
  }
  WallDialer& dialer() { return *dialer_; }

 private:
  Scenario scenario_;
  std::shared_ptr<const Assets> assets_;
  std::unique_ptr<Fleet> fleet_;
  Callers callers_;
  std::unique_ptr<WallDialer> dialer_;
  std::shared_ptr<HttpConnection> connection_;
};

constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";
constexpr int kBatch = 200;

/// What so many servers add to a process that has not served before: a child of its own, since
/// memory that was used once is used again.
std::int64_t bytes_of(int clusters) {
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto before = resident_bytes();
    const Bench bench(clusters);
    const auto added = resident_bytes() - before;
    ::_exit(::write(ends[1], &added, sizeof added) == sizeof added ? 0 : 1);
  }
  ::close(ends[1]);
  std::int64_t bytes = 0;
  if (child < 0 || ::read(ends[0], &bytes, sizeof bytes) != sizeof bytes) bytes = 0;
  ::close(ends[0]);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return bytes;
}

/// Measured before the first server stands in this process.
double bytes_per_server(int clusters) {
  static const std::int64_t one = bytes_of(1);
  static const std::map<int, std::int64_t> more = {{4, bytes_of(4)}, {16, bytes_of(16)}};
  const auto hit = more.find(clusters);
  if (hit == more.end()) return static_cast<double>(one);
  return static_cast<double>(hit->second - one) / (clusters - 1);
}

void ready(benchmark::State& state) {
  const double bytes = bytes_per_server(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    Bench bench(static_cast<int>(state.range(0)));
    benchmark::DoNotOptimize(bench.fleet().members());
  }
  state.counters["MiB/server"] = bytes / (1 << 20);
}
BENCHMARK(ready)->Arg(1)->Arg(4)->Arg(16)->Unit(benchmark::kMillisecond);

void requests(benchmark::State& state, const std::function<HttpRequest(int)>& make, int objects) {
  Bench bench;
  bench.fill(objects);
  std::int64_t sent = 0;
  for (auto _ : state) {
    const int status = bench.send(kBatch, [&](int i) { return make(static_cast<int>(sent) + i); });
    if (status < 200 || status > 299) state.SkipWithError(fmt::format("status {}", status).c_str());
    sent += kBatch;
  }
  state.SetItemsProcessed(sent);
}

void get(benchmark::State& state) {
  requests(
      state, [](int) { return Bench::request("GET", std::string(kMaps) + "/m0"); },
      static_cast<int>(state.range(0)));
}
BENCHMARK(get)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void list_500(benchmark::State& state) {
  const auto objects = static_cast<int>(state.range(0));
  requests(
      state, [](int) { return Bench::request("GET", std::string(kMaps) + "?limit=500"); }, objects);
}
BENCHMARK(list_500)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void create(benchmark::State& state) {
  requests(
      state,
      [](int i) {
        return Bench::request("POST", kMaps, Bench::config_map(fmt::format("new-{}", i)));
      },
      static_cast<int>(state.range(0)));
}
BENCHMARK(create)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void patch(benchmark::State& state) {
  requests(
      state,
      [](int i) {
        return Bench::request("PATCH", std::string(kMaps) + "/m0",
                              fmt::format(R"({{"data":{{"n":"{}"}}}})", i),
                              "application/strategic-merge-patch+json");
      },
      10);
}
BENCHMARK(patch)->Unit(benchmark::kMillisecond);

void apply(benchmark::State& state) {
  requests(
      state,
      [](int i) {
        return Bench::request(
            "PATCH", std::string(kMaps) + "/m0?fieldManager=bench&force=true",
            fmt::format(R"({{"apiVersion":"v1","kind":"ConfigMap","data":{{"n":"{}"}}}})", i),
            "application/apply-patch+yaml");
      },
      10);
}
BENCHMARK(apply)->Unit(benchmark::kMillisecond);

/// Events a second that arrive at clients, each over a connection of its own.
void watch_fan_out(benchmark::State& state) {
  Bench bench;
  bench.fill(1);
  const auto watchers = static_cast<int>(state.range(0));
  std::vector<std::shared_ptr<HttpConnection>> connections;
  std::vector<std::shared_ptr<ChunkPipe>> pipes;
  const auto open = [&]() -> Task<void> {
    const auto to = bench.endpoint();
    for (int i = 0; i < watchers; ++i) {
      auto dialed = co_await bench.dialer().dial(to, bench.world().now() + 60s);
      if (!dialed) co_return;
      auto request = Bench::request("GET", std::string(kMaps) + "?watch=true");
      request.takes_stream = true;
      auto answered = co_await (*dialed)->send(request, bench.world().now() + 60s);
      if (!answered || !answered->stream) co_return;
      connections.push_back(*dialed);
      pipes.push_back(answered->stream);
    }
  };
  bench.run(open());
  if (pipes.size() != static_cast<std::size_t>(watchers)) {
    state.SkipWithError("not every watch could be opened");
    return;
  }
  constexpr int kEvents = 50;
  auto& api = *bench.fleet().lab().site("c0").api;
  std::int64_t count = 0;
  int n = 0;
  for (auto _ : state) {
    for (int i = 0; i < kEvents; ++i) {
      bench.fleet().pace().catch_up();
      (void)api.merge_patch("bench", "configmaps", "default", "m0",
                            Json{{"data", {{"n", std::to_string(++n)}}}});
    }
    const auto last = fmt::format("\"n\":\"{}\"", n);
    std::vector<bool> done(pipes.size());
    std::size_t left = pipes.size();
    const auto all_heard = [&] {
      for (std::size_t i = 0; i < pipes.size(); ++i) {
        while (!done[i]) {
          auto chunk = pipes[i]->take();
          if (!chunk) break;
          if (chunk->bytes().find(last) == std::string::npos) continue;
          done[i] = true;
          --left;
        }
      }
      return left == 0;
    };
    if (!bench.fleet().pace().run_until(all_heard, 60s)) {
      state.SkipWithError("events are missing");
      break;
    }
    count += static_cast<std::int64_t>(kEvents) * watchers;
  }
  state.SetItemsProcessed(count);
}
BENCHMARK(watch_fan_out)->Arg(1)->Arg(100)->Arg(1'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spokelab::harness
