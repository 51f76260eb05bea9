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
  habits.kinds = {{950'000, Nanos(0), pool_age, false, "honest"},
                  {30'000, seconds(60), pool_age, false, "a-minute"},
                  {15'000, seconds(300), pool_age, false, "five-minutes"},
                  {5'000, Nanos(0), pool_age, true, "pinned"}};
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
      kinds_(habits.kinds),
      router_(router),
      before_(std::move(before)),
      after_(std::move(after)),
      cohorts_(habits.cohorts),
      seats_(habits.cohorts),
      targets_(router.targets().size()),
      lines_(origins.size() * router.targets().size(), Line::open) {
  SPOKELAB_CHECK(habits.cohorts >= 1 && habits.cohorts <= kCohortsMax && !origins.empty());
  kinds_.emplace_back().name = "fresh";
  if (!habits.serve_stale) {
    for (auto& kind : kinds_) kind.stale = Nanos(0);
  }
  deal(rng, origins);
  lots_.assign(origins.size() * kinds_of_seats(), 0);
  there_ = habits.cohorts;
  for (std::size_t i = 0; i < cohorts_.size(); ++i) {
    auto& cohort = cohorts_[i];
    cohort.offered = offered(cohort);
    cohort.answer = cohort.offered;
    if (kinds_[cohort.kind].pool_age > Nanos(0)) cohort.flow = cohort.answer;
    seats_[i] = Seat{cohort.answer, cohort.flow != Seat::kNowhere};
    ++lots_[lot(i)];
  }
}

void Clients::deal(Rng& rng, const std::vector<std::uint32_t>& origins) {
  const std::size_t n = cohorts_.size();
  std::vector<std::uint32_t> shares;
  for (const auto& kind : kinds_) shares.push_back(kind.share);
  shares.pop_back();  // what is left
  const auto draws = shuffled(rng, n);
  const auto kinds = dealt(rng, shares, n);
  const auto places = dealt(rng, origins, n);
  const std::optional<Nanos> ttl = router_.ttl();
  for (std::size_t i = 0; i < n; ++i) {
    auto& cohort = cohorts_[i];
    const ClientKind& kind = kinds_[kinds[i]];
    cohort.draw = static_cast<std::uint32_t>((2 * draws[i] + 1) * 500'000 / n);
    cohort.origin = static_cast<std::uint16_t>(std::min(places[i], origins.size() - 1));
    cohort.kind = static_cast<std::uint16_t>(kinds[i]);
    cohort.period = Nanos(0);
    if (!ttl) continue;
    const Nanos kept = std::min(std::max(*ttl, kind.ttl_min), kind.ttl_max);
    cohort.period = std::max(kept, kind.names_for);
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

std::pair<std::uint8_t, RunTime> Clients::next_answer(const Cohort& cohort) const {
  const RunTime look_up = next_look_up(cohort);
  if (router_.answers()) return {cohort.offered, look_up};
  // The first look-up that fails leaves the old answer in use for a while.
  const Nanos stale = kinds_[cohort.kind].stale;
  return {Seat::kNowhere, look_up == kNever ? kNever : look_up + stale};
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
    // What was to be found may be another thing now, and be found at another time.
    if (cohorts_[i].look_up_at > clock_.now()) cohorts_[i].look_up_at = kNever;
    there_ += seats_[i].target == cohorts_[i].offered ? 1 : 0;
  }
  judge_all();
}

void Clients::set_line(std::size_t origin, std::size_t target, Line line) {
  const auto at = origin * targets_ + target;
  if (lines_[at] == line) return;
  lines_[at] = line;
  judge_all();
}

void Clients::cut(std::size_t target) {
  for (auto& cohort : cohorts_) {
    if (cohort.flow == target) cohort.flow = Seat::kNowhere;
  }
  judge_all();
}

void Clients::judge_answer(Cohort& cohort) const {
  const auto [answer, at] = next_answer(cohort);
  if (answer == cohort.answer) {
    cohort.look_up_at = kNever;
  } else if (cohort.look_up_at == kNever) {
    cohort.look_up_at = at;
  }
  if (cohort.look_up_at > clock_.now()) return;
  cohort.answer = answer;
  cohort.look_up_at = kNever;
}

void Clients::judge_flow(Cohort& cohort) {
  const RunTime now = clock_.now();
  const auto& kind = kinds_[cohort.kind];
  const std::size_t home = cohort.origin * targets_;
  const Line line = cohort.flow == Seat::kNowhere ? Line::open : lines_[home + cohort.flow];
  if (line != Line::silent) {
    cohort.flow_dead_at = kNever;
  } else if (cohort.flow_dead_at == kNever) {
    cohort.flow_dead_at = now + kind.dead_after;
  }
  const bool dead = line == Line::cut || cohort.flow_dead_at <= now;
  const bool led_away = cohort.flow != cohort.answer;
  const bool ended = led_away && (cohort.flow_ends_at <= now || router_.by_request());
  if (ended || dead) {
    cohort.flow = Seat::kNowhere;
    cohort.flow_dead_at = kNever;
  }
  const bool can_keep = kind.pool_age > Nanos(0) && cohort.answer != Seat::kNowhere;
  if (cohort.flow == Seat::kNowhere && can_keep && lines_[home + cohort.answer] == Line::open) {
    cohort.flow = cohort.answer;
  }
  if (cohort.flow == Seat::kNowhere || cohort.flow == cohort.answer) {
    cohort.flow_ends_at = kNever;
  } else if (cohort.flow_ends_at == kNever) {
    // An exponential age has no memory: what is left of it is distributed as the whole.
    cohort.flow_ends_at = now + Nanos(1) + draw_exponential(ages_, kind.pool_age);
  }
}

void Clients::judge(std::uint32_t index, Moves& moves) {
  auto& cohort = cohorts_[index];
  judge_answer(cohort);
  judge_flow(cohort);
  const RunTime due = std::min({cohort.look_up_at, cohort.flow_ends_at, cohort.flow_dead_at});
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
