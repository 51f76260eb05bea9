#include "hub/metrics/instruments.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"

namespace spokelab::hub::metrics {

namespace {

/// The series of these values, or the one for all beyond the limit.
template <class Series>
typename Series::mapped_type& series_of(Series& series, const Family& family, Values values) {
  SPOKELAB_CHECK(values.size() == family.labels.size());
  const auto known = series.find(values);
  if (known != series.end()) return known->second;
  if (series.size() >= kSeriesMax) values.assign(values.size(), "(other)");
  return series[std::move(values)];
}

Labels labels_of(const Family& family, const Values& values) {
  Labels labels;
  for (std::size_t i = 0; i < values.size(); ++i) labels.emplace_back(family.labels[i], values[i]);
  return labels;
}

void collect_values(Exposition& page, const Family& family, Type type,
                    const std::map<Values, double>& series) {
  page.family(family.name, family.help, type);
  for (const auto& [values, value] : series)
    page.sample(family.name, labels_of(family, values), value);
}

}  // namespace

void Counter::add(Values values, double by) {
  series_of(series_, family_, std::move(values)) += by;
}

double Counter::at(const Values& values) const {
  const auto known = series_.find(values);
  return known == series_.end() ? 0 : known->second;
}

void Counter::collect(Exposition& page) const {
  collect_values(page, family_, Type::counter, series_);
}

void Gauge::add(Values values, double by) { series_of(series_, family_, std::move(values)) += by; }

void Gauge::collect(Exposition& page) const { collect_values(page, family_, Type::gauge, series_); }

void Histogram::observe(Values values, Nanos took) {
  auto& seen = series_of(series_, family_, std::move(values));
  if (seen.in_bucket.empty()) {
    seen.bounds = bounds_;
    seen.in_bucket.assign(bounds_.size() + 1, 0);
  }
  const double seconds = std::chrono::duration<double>(took).count();
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), seconds) - bounds_.begin();
  ++seen.in_bucket[static_cast<std::size_t>(bucket)];
  seen.sum += seconds;
}

const Distribution* Histogram::at(const Values& values) const {
  const auto known = series_.find(values);
  return known == series_.end() ? nullptr : &known->second;
}

void Histogram::collect(Exposition& page) const {
  page.family(family_.name, family_.help, Type::histogram);
  for (const auto& [values, seen] : series_)
    page.sample(family_.name, labels_of(family_, values), seen);
}

std::vector<double> default_bounds() {
  return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

}  // namespace spokelab::hub::metrics
