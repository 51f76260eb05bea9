// The text that Prometheus reads.
#include "hub/metrics/exposition.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "hub/metrics/instruments.h"

namespace spokelab::hub::metrics {
namespace {

using namespace std::chrono_literals;

TEST(Exposition, PrintsFamiliesSeriesLabelsAndBucketsAsPrometheusClientsDo) {
  Exposition page;
  page.family("b_total", "Counts \\ and\nbreaks \"lines\".", Type::counter);
  page.sample("b_total", {{"zone", "z"}, {"app", "say \"hi\"\n\\o/"}}, 3);
  page.sample("b_total", {{"app", "a"}, {"zone", ""}}, 1e6);
  page.family("a_gauge", "No labels.", Type::gauge);
  page.sample("a_gauge", {}, -1.5);
  page.family("c_seconds", "Takes time.", Type::histogram);
  Distribution seen;
  seen.bounds = {0.25, 1, 16};
  seen.in_bucket = {2, 0, 1, 1};
  seen.sum = 20.75;
  page.sample("c_seconds", {{"server", "s"}}, seen);
  EXPECT_EQ(page.text(), R"(# HELP a_gauge No labels.
# TYPE a_gauge gauge
a_gauge -1.5
# HELP b_total Counts \\ and\nbreaks "lines".
# TYPE b_total counter
b_total{app="a",zone=""} 1e+06
b_total{app="say \"hi\"\n\\o/",zone="z"} 3
# HELP c_seconds Takes time.
# TYPE c_seconds histogram
c_seconds_bucket{server="s",le="0.25"} 2
c_seconds_bucket{server="s",le="1"} 2
c_seconds_bucket{server="s",le="16"} 3
c_seconds_bucket{server="s",le="+Inf"} 4
c_seconds_sum{server="s"} 20.75
c_seconds_count{server="s"} 4
)");
}

TEST(Exposition, LeavesOutFamiliesWithoutSeries) {
  Exposition page;
  page.family("nothing", "Nothing.", Type::counter);
  EXPECT_EQ(page.text(), "");
}

TEST(Exposition, TellsPodsApartByALabelOfAllTheirSeries) {
  Exposition page;
  for (const char* pod : {"hub-1", "hub-0"}) {
    page.label_all({{"pod", pod}});
    page.family("up", "Up.", Type::gauge);
    page.sample("up", {{"a", "b"}}, 1);
  }
  EXPECT_EQ(
      page.text(),
      "# HELP up Up.\n# TYPE up gauge\nup{a=\"b\",pod=\"hub-0\"} 1\nup{a=\"b\",pod=\"hub-1\"} "
      "1\n");
}

TEST(Exposition, PrintsNumbersAsGoDoes) {
  const std::vector<std::pair<double, const char*>> cases{
      {0, "0"},
      {1, "1"},
      {-1, "-1"},
      {0.005, "0.005"},
      {2.5, "2.5"},
      {100000, "100000"},
      {123456.75, "123456.75"},
      {999999, "999999"},
      {1000000, "1e+06"},
      {1234567, "1.234567e+06"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {1e21, "1e+21"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf"},
      {std::nan(""), "NaN"},
  };
  for (const auto& [number, text] : cases) EXPECT_EQ(number_text(number), text);
}

TEST(Instruments, CountUnderTheValuesOfTheirLabels) {
  Counter counter({"c_total", "C.", {"app", "phase"}});
  counter.add({"shop", "Succeeded"});
  counter.add({"shop", "Succeeded"}, 2);
  counter.add({"shop", "Failed"});
  Gauge gauge({"g", "G.", {"command"}});
  gauge.add({"apply"}, 1);
  gauge.add({"apply"}, -1);
  Exposition page;
  counter.collect(page);
  gauge.collect(page);
  EXPECT_EQ(counter.at({"shop", "Succeeded"}), 3);
  EXPECT_EQ(counter.at({"none", "Failed"}), 0);
  EXPECT_EQ(page.text(), R"(# HELP c_total C.
# TYPE c_total counter
c_total{app="shop",phase="Failed"} 1
c_total{app="shop",phase="Succeeded"} 3
# HELP g G.
# TYPE g gauge
g{command="apply"} 0
)");
}

TEST(Instruments, PutAnObservationIntoTheFirstBucketThatHoldsIt) {
  Histogram histogram({"h", "H.", {"server"}}, {0.25, 0.5, 1});
  for (const auto took : {0ms, 250ms, 251ms, 1000ms, 1001ms})
    histogram.observe({"s"}, std::chrono::nanoseconds(took));
  const auto* seen = histogram.at({"s"});
  ASSERT_NE(seen, nullptr);
  EXPECT_EQ(seen->in_bucket, (std::vector<std::uint64_t>{2, 1, 1, 1}));
  EXPECT_EQ(seen->count(), 5u);
  EXPECT_DOUBLE_EQ(seen->sum, 2.502);
}

TEST(Instruments, CountSeriesBeyondTheLimitTogether) {
  Counter counter({"c_total", "C.", {"app"}});
  for (std::size_t i = 0; i < kSeriesMax + 3; ++i) counter.add({std::to_string(i)});
  EXPECT_EQ(counter.at({"0"}), 1);
  EXPECT_EQ(counter.at({"(other)"}), 3);
}

}  // namespace
}  // namespace spokelab::hub::metrics
