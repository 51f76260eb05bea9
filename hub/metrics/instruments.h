// Counters and histograms by the values of their labels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/run_time.h"
#include "hub/metrics/exposition.h"

namespace spokelab::hub::metrics {

/// The values of a family's labels, in the order in which the family names them.
using Values = std::vector<std::string>;

/// What a counter or histogram is called.
struct Family {
  std::string name;
  std::string help;
  std::vector<std::string> labels;
};

/// More series than this of one family are counted together, in a series whose labels are all
/// "(other)": a page has a limit, and says so.
inline constexpr std::size_t kSeriesMax = 50'000;

/// Only grows. Starts anew with the process that holds it.
class Counter {
 public:
  explicit Counter(Family family) : family_(std::move(family)) {}
  void add(Values values, double by = 1);
  /// 0 for a series that there is not.
  double at(const Values& values) const;
  void collect(Exposition& page) const;

 private:
  Family family_;
  std::map<Values, double> series_;
};

/// Goes up and down; a series that has come back to 0 stays.
class Gauge {
 public:
  explicit Gauge(Family family) : family_(std::move(family)) {}
  void add(Values values, double by);
  void collect(Exposition& page) const;

 private:
  Family family_;
  std::map<Values, double> series_;
};

class Histogram {
 public:
  /// `bounds` ascend, in seconds.
  Histogram(Family family, std::vector<double> bounds)
      : family_(std::move(family)), bounds_(std::move(bounds)) {}
  void observe(Values values, Nanos took);
  /// nullptr for a series that there is not.
  const Distribution* at(const Values& values) const;
  void collect(Exposition& page) const;

 private:
  Family family_;
  std::vector<double> bounds_;
  std::map<Values, Distribution> series_;
};

/// The bounds of client_golang where a histogram names none (prometheus.DefBuckets).
std::vector<double> default_bounds();

}  // namespace spokelab::hub::metrics
