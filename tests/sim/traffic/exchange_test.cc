// Exchange: endings and times of single requests.
#include "sim/traffic/exchange.h"

#include <gtest/gtest.h>

#include "tests/sim/traffic/lab.h"

namespace spokelab::sim::traffic {
namespace {

struct Case {
  const char* name;
  Way way;
  Service service;
  Patience patience;
  Ending ending;
  Nanos took;
};

TEST(Exchange, EndsAndTakesAsTcpAndTlsDo) {
  const Way open{Wire::open, 100ms, 0};
  const Service good{1, 5ms, 0};
  const Patience cold{2s, 5s, true, true, true};
  const Patience plain{2s, 5s, true, false, true};
  const Patience warm{2s, 5s, false, true, true};
  const Patience tcp{2s, 2s, true, false, false};
  const std::vector<Case> cases = {
      {"cold TLS 1.3 is three round trips", open, good, cold, Ending::ok, 305ms},
      {"cold without TLS is two", open, good, plain, Ending::ok, 205ms},
      {"warm is one", open, good, warm, Ending::ok, 105ms},
      {"a TCP check is one", open, good, tcp, Ending::ok, 100ms},
      {"refused after one", {Wire::refused, 100ms, 0}, good, cold, Ending::refused, 100ms},
      {"black hole, new", {Wire::blackhole, 100ms, 0}, good, cold, Ending::connect_timeout, 2s},
      {"black hole, live", {Wire::blackhole, 100ms, 0}, good, warm, Ending::request_timeout, 5s},
      {"reset at the first request", {Wire::reset, 100ms, 0}, good, cold, Ending::reset, 200ms},
      {"a way longer than the patience",
       {Wire::open, 3s, 0},
       good,
       cold,
       Ending::connect_timeout,
       2s},
      {"no pods: 503 at once", open, {0, 5s, 0}, warm, Ending::http_error, 100ms},
      {"no pods: nothing listens for TCP", open, {0, 5ms, 0}, tcp, Ending::refused, 100ms},
      {"a slow service", open, {1, 10s, 0}, warm, Ending::request_timeout, 5s},
      {"all errors", open, {1, 5ms, 1'000'000}, warm, Ending::http_error, 105ms},
      {"all pods silent, new",
       open,
       {1, 5ms, 0, Wire::open, 1'000'000},
       cold,
       Ending::connect_timeout,
       2s},
      {"all pods silent, live",
       open,
       {1, 5ms, 0, Wire::open, 1'000'000},
       warm,
       Ending::request_timeout,
       5s},
      {"a TCP check sees no errors", open, {1, 5ms, 1'000'000}, tcp, Ending::ok, 100ms},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    EXPECT_TRUE(certain(one.way, one.service, one.patience));
    for (std::uint64_t index = 0; index < 3; ++index) {
      const auto result = exchange(one.way, one.service, one.patience, Luck(1, index));
      EXPECT_EQ(name_of(result.ending), name_of(one.ending));
      EXPECT_EQ(result.took.count(), one.took.count());
    }
  }
}

TEST(Exchange, LosesADialOnlyWhenEverySynIsLost) {
  // q = 1-(1-p)^2; SYNs at 0, 1, 3, 7, 15 s within 30 s: q^5. For p = 50 %: 23.7 %; for 20 %: 0.6
  // %.
  const Patience dial{30s, 30s, true, false, false};
  const auto failed = [&](std::uint32_t loss) {
    int failed = 0;
    for (std::uint64_t index = 0; index < 100'000; ++index) {
      const Way way{Wire::open, 20ms, loss};
      failed += exchange(way, Service(), dial, Luck(7, index)).ending != Ending::ok ? 1 : 0;
    }
    return failed;
  };
  EXPECT_NEAR(failed(500'000), 23'730, 500);
  EXPECT_NEAR(failed(200'000), 605, 100);
  EXPECT_NEAR(failed(100'000), 25, 25);
}

TEST(Exchange, DrawsAShareOfErrors) {
  int errors = 0;
  for (std::uint64_t index = 0; index < 100'000; ++index) {
    const auto result = exchange(Way(), Service{1, 5ms, 300'000}, Patience(), Luck(3, index));
    errors += result.ending == Ending::http_error ? 1 : 0;
  }
  EXPECT_NEAR(errors, 30'000, 500);
}

}  // namespace
}  // namespace spokelab::sim::traffic
