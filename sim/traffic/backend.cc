// Field: keeps ways and services, and tells those who depend on them.
#include "sim/traffic/backend.h"

#include <algorithm>

#include "base/check.h"

namespace spokelab::sim::traffic {

std::uint32_t either(std::uint32_t a, std::uint32_t b) noexcept {
  const std::uint64_t neither = (1'000'000ULL - a) * (1'000'000ULL - b);
  return 1'000'000U - static_cast<std::uint32_t>(neither / 1'000'000);
}

Point Field::point(std::string_view name) {
  if (const auto found = points_.find(name); found != points_.end()) return found->second;
  SPOKELAB_CHECK(names_.size() < kPointsMax);
  const auto point = static_cast<Point>(names_.size());
  names_.emplace_back(name);
  points_.emplace(name, point);
  return point;
}

void Field::set_way(std::string_view from, std::string_view to, const Way& way) {
  SPOKELAB_CHECK(way.rtt >= Nanos(0) && way.loss <= 1'000'000);
  const Point a = point(from);
  const Point b = point(to);
  if (set_before(a, b) == way) return;
  const Change change{a, b, false};
  before_.tell(change);
  ways_[{a, b}] = way;
  after_.tell(change);
}

void Field::set_service(std::string_view target, const Service& service) {
  SPOKELAB_CHECK(service.ready_pods >= 0 && service.think >= Nanos(0) &&
                 service.errors <= 1'000'000 && service.silent <= 1'000'000);
  const Point at = point(target);
  if (this->service(at) == service) return;
  const Change change{0, at, true};
  before_.tell(change);
  services_[at] = service;
  after_.tell(change);
}

Way Field::set_before(Point from, Point to) const {
  const auto found = ways_.find({from, to});
  return found == ways_.end() ? Way() : found->second;
}

Way Field::way(Point from, Point to) const {
  Way way = set_before(from, to);
  if (way.wire == Wire::open) way.wire = service(to).door;
  return way;
}

Service Field::service(Point target) const {
  const auto found = services_.find(target);
  return found == services_.end() ? Service() : found->second;
}

Way Field::way_through(Point from, Point via, Point sender, Point to) const {
  const Way first = way(from, via);
  const Way second = way(sender, to);
  Way whole;
  whole.wire = first.wire != Wire::open ? first.wire : second.wire;
  whole.rtt = first.rtt + second.rtt;
  whole.loss = either(first.loss, second.loss);
  whole.cut_share = either(first.cut_share, second.cut_share);
  whole.cut = first.cut_share > 0 ? first.cut : second.cut;
  whole.slow_share = either(first.slow_share, second.slow_share);
  whole.slow = std::max(first.slow, second.slow);
  return whole;
}

}  // namespace spokelab::sim::traffic
