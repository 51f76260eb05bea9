// Clients: expiry of answers and ends of connections, cohort by cohort.
#include "sim/traffic/clients.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "sim/traffic/arrivals.h"

namespace spokelab::sim::traffic {

using std::chrono::seconds;

namespace {

constexpr Nanos kStaleRetry = seconds(30);  // RFC 8767, section 5: failure recheck timer

}  // namespace

ClientHabits ClientHabits::mixed(Nanos pool_age) {
  ClientHabits habits;
  habits.kinds = {{950'000, Nanos(0), pool_age},
                  {30'000, seconds(60), pool_age},
                  {15'000, seconds(300), pool_age},
                  {5'000, Nanos(0), pool_age, true}};
  return habits;
}

namespace {

/// 0 to n-1 in drawn order.
std::vector<std::size_t> shuffled(Rng& rng, std::size_t n) {
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = i;
  for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

/// Deals out numbers by their shares (millionths), exact but for rounding; who gets which is drawn.
/// What the shares leave gets shares.size().
std::vector<std::size_t> dealt(Rng& rng, const std::vector<std::uint32_t>& shares, std::size_t n) {
  const auto order = shuffled(rng, n);
  std::vector<std::size_t> dealt(n, shares.size());
  std::uint64_t sum = 0;
  std::size_t from = 0;
  for (std::size_t number = 0; number < shares.size(); ++number) {
    sum += shares[number];
    const auto to = std::min<std::size_t>(n, (sum * n + 500'000) / 1'000'000);
    for (; from < to; ++from) dealt[order[from]] = number;
  }
  return dealt;
}

}  // namespace

Clients::Clients(Clock& clock, Rng rng, const ClientHabits& habits, const Router& router,
                 const std::vector<std::uint32_t>& origins, std::function<void()> before,
                 std::function<void()> after)
    : clock_(clock),
      ages_(rng.stream("ages")),
      habits_(habits),
      router_(router),
      before_(std::move(before)),
      after_(std::move(after)),
      cohorts_(habits.cohorts),
      seats_(habits.cohorts),
      targets_(router.targets().size()),
      open_(origins.size() * router.targets().size(), true) {
  SPOKELAB_CHECK(habits.cohorts >= 1 && habits.cohorts <= kCohortsMax && !origins.empty());
  deal(rng, origins);
  lots_.assign(origins.size() * kinds_of_seats(), 0);
  there_ = habits.cohorts;
  for (std::size_t i = 0; i < cohorts_.size(); ++i) {
    auto& cohort = cohorts_[i];
    cohort.offered = offered(cohort);
    cohort.answer = cohort.offered;
    if (cohort.pool_age > Nanos(0)) cohort.flow = cohort.answer;
    seats_[i] = Seat{cohort.answer, cohort.flow != Seat::kNowhere};
    ++lots_[lot(i)];
  }
}

void Clients::deal(Rng& rng, const std::vector<std::uint32_t>& origins) {
  const std::size_t n = cohorts_.size();
  std::vector<std::uint32_t> shares;
  for (const auto& kind : habits_.kinds) shares.push_back(kind.share);
  const auto draws = shuffled(rng, n);
  const auto kinds = dealt(rng, shares, n);
  const auto places = dealt(rng, origins, n);
  const std::optional<Nanos> ttl = router_.ttl();
  for (std::size_t i = 0; i < n; ++i) {
    auto& cohort = cohorts_[i];
    const ClientKind kind =
        kinds[i] < habits_.kinds.size() ? habits_.kinds[kinds[i]] : ClientKind();
    cohort.draw = static_cast<std::uint32_t>((2 * draws[i] + 1) * 500'000 / n);
    cohort.origin = static_cast<std::uint16_t>(std::min(places[i], origins.size() - 1));
    cohort.pool_age = kind.pool_age;
    cohort.period = Nanos(0);
    if (!ttl) continue;
    cohort.period = std::max(*ttl, kind.names_for);
    if (*cohort.period > Nanos(0)) {
      cohort.phase = clock_.now() + rng.between(Nanos(1), *cohort.period);
    }
    if (kind.pinned) cohort.period.reset();
  }
}

std::uint32_t Clients::count(std::size_t target) const {
  std::uint32_t count = 0;
  for (std::size_t at = 2 * target; at < lots_.size(); at += kinds_of_seats()) {
    count += lots_[at] + lots_[at + 1];
  }
  return count;
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

void Clients::set_open(std::size_t origin, std::size_t target, bool open) {
  const auto at = origin * targets_ + target;
  if (open_[at] == open) return;
  open_[at] = open;
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
  const std::size_t home = cohort.origin * targets_;
  const bool dead = cohort.flow != Seat::kNowhere && !open_[home + cohort.flow];
  if (ended || dead) cohort.flow = Seat::kNowhere;
  const bool can_keep = cohort.pool_age > Nanos(0) && cohort.answer != Seat::kNowhere;
  if (cohort.flow == Seat::kNowhere && can_keep && open_[home + cohort.answer]) {
    cohort.flow = cohort.answer;
  }
  if (cohort.flow == Seat::kNowhere || cohort.flow == cohort.answer) {
    cohort.flow_ends_at = kNever;
  } else if (cohort.flow_ends_at == kNever) {
    // An exponential age has no memory: what is left of it is distributed as the whole.
    cohort.flow_ends_at = now + Nanos(1) + draw_exponential(ages_, cohort.pool_age);
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
      --lots_[lot(index)];
      seats_[index] = seat;
      ++lots_[lot(index)];
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
