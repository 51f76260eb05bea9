// Arrivals: evenly spaced in closed form, or drawn one after another.
#include "sim/traffic/arrivals.h"

#include <algorithm>

#include "base/check.h"

namespace spokelab::sim::traffic {

namespace {

__extension__ using Wide = __int128;
constexpr Wide kSecond = 1'000'000'000;

Nanos mean_gap(const Rate& rate) {
  return Nanos(rate.per.count() / static_cast<Nanos::rep>(rate.count));
}

}  // namespace

Nanos draw_exponential(Rng& rng, Nanos mean) {
  // Von Neumann 1951: the length of a falling run of uniforms is odd with probability exp(-first).
  for (std::uint64_t whole = 0;; ++whole) {
    const std::uint64_t first = rng.next();
    std::uint64_t last = first;
    bool odd = true;
    for (std::uint64_t draw = rng.next(); draw < last; draw = rng.next()) {
      last = draw;
      odd = !odd;
    }
    if (!odd) continue;
    const auto width = static_cast<Wide>(mean.count());
    const auto part = static_cast<Nanos::rep>(width * static_cast<Wide>(first >> 1) >> 63);
    return Nanos(mean.count() * static_cast<Nanos::rep>(whole) + part);
  }
}

Arrivals::Arrivals(Rng rng, Spacing spacing, Rate rate, RunTime start)
    : rng_(rng), spacing_(spacing), rate_(rate), origin_(start), last_(start) {
  rebase(start, 0);
}

void Arrivals::rebase(RunTime origin, std::uint64_t index) {
  SPOKELAB_CHECK(rate_.per > Nanos(0));
  SPOKELAB_CHECK(static_cast<Wide>(rate_.count) * kSecond <=
                 static_cast<Wide>(kPerSecondMax) * rate_.per.count());
  origin_ = origin;
  if (rate_.count == 0) {
    if (spacing_ == Spacing::even) first_ = index;
    return;
  }
  if (spacing_ == Spacing::even) {
    first_ = index;
    phase_ = Nanos(static_cast<Nanos::rep>(
        rng_.below(static_cast<std::uint64_t>(std::max<Nanos::rep>(1, mean_gap(rate_).count())))));
  } else {
    last_ = origin;
  }
}

void Arrivals::draw_one() {
  last_ += draw_exponential(rng_, mean_gap(rate_));
  times_.push_back(last_);
}

std::uint64_t Arrivals::before(RunTime t) {
  if (spacing_ == Spacing::poisson) {
    if (rate_.count != 0) {
      while (times_.empty() || times_.back() < t) draw_one();
    }
    const auto end = std::lower_bound(times_.begin(), times_.end(), t);
    return first_ + static_cast<std::uint64_t>(end - times_.begin());
  }
  const Wide passed = (t - origin_ - phase_).count();
  if (rate_.count == 0 || passed <= 0) return first_;
  // The smallest k with floor(k * per / count) >= passed, that is ceil(passed * count / per).
  const Wide per = rate_.per.count();
  return first_ +
         static_cast<std::uint64_t>((passed * static_cast<Wide>(rate_.count) + per - 1) / per);
}

RunTime Arrivals::at(std::uint64_t index) {
  SPOKELAB_CHECK(index >= first_);
  if (spacing_ == Spacing::poisson) {
    while (index - first_ >= times_.size()) {
      if (rate_.count == 0) return kNever;
      draw_one();
    }
    return times_[index - first_];
  }
  if (rate_.count == 0) return kNever;
  const Wide offset =
      static_cast<Wide>(index - first_) * rate_.per.count() / static_cast<Wide>(rate_.count);
  return origin_ + phase_ + Nanos(static_cast<Nanos::rep>(offset));
}

void Arrivals::forget(std::uint64_t index) {
  if (spacing_ != Spacing::poisson) return;
  while (first_ < index && !times_.empty()) {
    times_.pop_front();
    ++first_;
  }
}

void Arrivals::set_rate(Rate rate, RunTime now) {
  if (rate == rate_) return;
  const auto sent = before(now);
  if (spacing_ == Spacing::poisson) {
    while (!times_.empty() && times_.back() >= now) times_.pop_back();
  }
  rate_ = rate;
  rebase(now, sent);
}

}  // namespace spokelab::sim::traffic
