// Clients: expiry of answers and ends of connections, cohort by cohort.
#include "sim/traffic/clients.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "sim/traffic/arrivals.h"

namespace spokelab::sim::traffic {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr Nanos kStaleRetry = seconds(30);  // RFC 8767, section 5: failure recheck timer

}  // namespace

ClientHabits ClientHabits::pooled() {
  ClientHabits habits;
  habits.pool_age = minutes(2);
  return habits;
}

Clients::Clients(Clock& clock, Rng rng, const ClientHabits& habits, const Router& router,
                 std::function<void()> before, std::function<void()> after)
    : clock_(clock),
      ages_(rng.stream("ages")),
      habits_(habits),
      router_(router),
      before_(std::move(before)),
      after_(std::move(after)),
      cohorts_(habits.cohorts),
      seats_(habits.cohorts),
      open_(router.targets().size(), true) {
  SPOKELAB_CHECK(habits.cohorts >= 1 && habits.cohorts <= kCohortsMax);
  SPOKELAB_CHECK(habits.pool_age >= Nanos(0));
  SPOKELAB_CHECK(std::uint64_t{habits.floor_60s} + habits.floor_300s + habits.pinned <= 1'000'000);
  deal_habits(rng);
  seated_.assign(2 * open_.size() + 1, 0);
  there_ = habits.cohorts;
  for (std::size_t i = 0; i < cohorts_.size(); ++i) {
    auto& cohort = cohorts_[i];
    cohort.offered = offered(cohort);
    cohort.answer = cohort.offered;
    if (habits_.pool_age > Nanos(0)) cohort.flow = cohort.answer;
    seats_[i] = Seat{cohort.answer, cohort.flow != Seat::kNowhere};
    ++seated_[seats_[i].number(open_.size())];
  }
}

void Clients::deal_habits(Rng& rng) {
  const std::size_t n = cohorts_.size();
  // Exact shares, rounded to cohorts; only who gets which is drawn.
  const auto part = [n](std::uint32_t millionths) {
    return static_cast<std::size_t>((std::uint64_t{millionths} * n + 500'000) / 1'000'000);
  };
  const auto shuffled = [&rng, n] {
    std::vector<std::size_t> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = i;
    for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
    return order;
  };
  const auto draws = shuffled();
  const auto kinds = shuffled();
  const std::optional<Nanos> ttl = router_.ttl();
  const std::size_t pinned = part(habits_.pinned);
  const std::size_t slow = pinned + part(habits_.floor_300s);
  const std::size_t floored = slow + part(habits_.floor_60s);
  for (std::size_t i = 0; i < n; ++i) {
    auto& cohort = cohorts_[i];
    cohort.draw = static_cast<std::uint32_t>((2 * draws[i] + 1) * 500'000 / n);
    cohort.period = ttl.value_or(Nanos(0));
    if (!ttl) continue;
    if (kinds[i] < pinned) {
      cohort.period.reset();
    } else if (kinds[i] < slow) {
      cohort.period = std::max<Nanos>(*ttl, seconds(300));
    } else if (kinds[i] < floored) {
      cohort.period = std::max<Nanos>(*ttl, seconds(60));
    }
    if (cohort.period && *cohort.period > Nanos(0)) {
      cohort.phase = clock_.now() + rng.between(Nanos(1), *cohort.period);
    }
  }
}

std::uint8_t Clients::offered(const Cohort& cohort) const {
  std::uint32_t below = 0;
  const auto& weights = router_.offer();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    below += weights[i];
    if (cohort.draw < below) return static_cast<std::uint8_t>(i);
  }
  return Seat::kNowhere;
}

std::uint8_t Clients::found_now(const Cohort& cohort) const {
  if (router_.answers()) return cohort.offered;
  return habits_.serve_stale ? cohort.answer : Seat::kNowhere;
}

RunTime Clients::next_look_up(const Cohort& cohort) const {
  if (!cohort.period) return kNever;
  const RunTime now = clock_.now();
  if (*cohort.period == Nanos(0)) return now;
  // Without an answer there is nothing to wait for but the resolver's pause after a failure.
  const Nanos period =
      cohort.answer == Seat::kNowhere ? std::min(*cohort.period, kStaleRetry) : *cohort.period;
  const auto offset = (cohort.phase - now) % period;
  return now + (offset > Nanos(0) ? offset : offset + period);
}

void Clients::offer_changed() {
  offer_changed_at_ = clock_.now();
  progress_.clear();
  milestone_ = 0;
  there_ = 0;
  for (std::size_t i = 0; i < cohorts_.size(); ++i) {
    cohorts_[i].offered = offered(cohorts_[i]);
    there_ += seats_[i].target == cohorts_[i].offered ? 1 : 0;
  }
  judge_all();
}

void Clients::set_open(std::size_t target, bool open) {
  if (open_[target] == open) return;
  open_[target] = open;
  judge_all();
}

void Clients::cut(std::size_t target) {
  for (auto& cohort : cohorts_) {
    if (cohort.flow == target) cohort.flow = Seat::kNowhere;
  }
  judge_all();
}

void Clients::judge(std::uint32_t index, Moves& moves) {
  const RunTime now = clock_.now();
  auto& cohort = cohorts_[index];
  const auto found = found_now(cohort);
  if (found == cohort.answer) {
    cohort.look_up_at = kNever;
  } else if (cohort.look_up_at == kNever) {
    cohort.look_up_at = next_look_up(cohort);
  }
  if (cohort.look_up_at <= now) {
    cohort.answer = found;
    cohort.look_up_at = kNever;
  }
  const bool ended = cohort.flow_ends_at <= now && cohort.flow != cohort.answer;
  const bool dead = cohort.flow != Seat::kNowhere && !open_[cohort.flow];
  if (ended || dead) cohort.flow = Seat::kNowhere;
  const bool can_keep = habits_.pool_age > Nanos(0) && cohort.answer != Seat::kNowhere;
  if (cohort.flow == Seat::kNowhere && can_keep && open_[cohort.answer]) {
    cohort.flow = cohort.answer;
  }
  if (cohort.flow == Seat::kNowhere || cohort.flow == cohort.answer) {
    cohort.flow_ends_at = kNever;
  } else if (cohort.flow_ends_at == kNever) {
    // An exponential age has no memory: what is left of it is distributed as the whole.
    cohort.flow_ends_at = now + Nanos(1) + draw_exponential(ages_, habits_.pool_age);
  }
  const RunTime due = std::min(cohort.look_up_at, cohort.flow_ends_at);
  if (due != cohort.due) {
    if (cohort.due != kNever) due_.erase({cohort.due, index});
    if (due != kNever) due_.insert({due, index});
    cohort.due = due;
  }
  const bool warm = cohort.flow != Seat::kNowhere;
  const Seat seat{warm ? cohort.flow : cohort.answer, warm};
  if (seat != seats_[index]) moves.emplace_back(index, seat);
}

void Clients::judge_all() {
  Moves moves;
  for (std::uint32_t index = 0; index < cohorts_.size(); ++index) judge(index, moves);
  carry_out(moves);
}

void Clients::judge_due() {
  timer_at_ = kNever;
  Moves moves;
  while (!due_.empty() && due_.begin()->first <= clock_.now()) {
    judge(due_.begin()->second, moves);  // files it anew, later, or not at all
  }
  carry_out(moves);
}

void Clients::carry_out(const Moves& moves) {
  const RunTime next = due_.empty() ? kNever : due_.begin()->first;
  if (next != timer_at_) {
    timer_at_ = next;
    timer_ = next == kNever ? Timer() : Timer(clock_, next, [this] { judge_due(); });
  }
  if (!moves.empty()) {
    before_();
    for (const auto& [index, seat] : moves) {
      const auto offered = cohorts_[index].offered;
      there_ -= seats_[index].target == offered ? 1 : 0;
      there_ += seat.target == offered ? 1 : 0;
      --seated_[seats_[index].number(open_.size())];
      ++seated_[seat.number(open_.size())];
      seats_[index] = seat;
    }
    after_();
  }
  note_progress();
}

void Clients::note_progress() {
  static constexpr std::array<std::pair<std::uint64_t, const char*>, 3> kMilestones{
      {{500'000, "half of the users followed"},
       {950'000, "95% of the users followed"},
       {1'000'000, "all users followed"}}};
  if (!offer_changed_at_ || milestone_ == kMilestones.size()) return;
  while (milestone_ < kMilestones.size() &&
         std::uint64_t{there_} * 1'000'000 >= kMilestones[milestone_].first * cohorts_.size()) {
    progress_.push_back({clock_.now(), kMilestones[milestone_++].second});
  }
}

std::vector<Step> Clients::explain() const { return progress_; }

}  // namespace spokelab::sim::traffic
