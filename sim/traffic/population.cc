// Population: counting requests in portions, and telling the history about them.
#include "sim/traffic/population.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/duration.h"

namespace spokelab::sim::traffic {

using std::chrono::seconds;

namespace {

std::int64_t nanos_of(RunTime at) { return at.time_since_epoch().count(); }

Error bad(std::string text) { return Error(Errc::bad_input, std::move(text)); }

Result<void> check_rate(const Rate& rate) {
  if (rate.per <= Nanos(0)) return bad("users: the span of a rate must be above 0; write 200/s");
  if (rate.per > std::chrono::hours(24)) return bad("users: the span of a rate is a day at most");
  const std::uint64_t limit = Arrivals::kPerSecondMax;
  if (rate.count > limit * 86'400 ||
      rate.count > limit * static_cast<std::uint64_t>(rate.per.count()) / 1'000'000'000) {
    return Error(Errc::limit, fmt::format("users: at most {}/s", limit));
  }
  return {};
}

std::vector<std::uint32_t> shares_of(const std::vector<Origin>& origins) {
  std::vector<std::uint32_t> shares;
  for (const auto& origin : origins) shares.push_back(origin.share);
  return shares;
}

void reset(Tally& tally, std::size_t targets, std::size_t kinds) {
  tally = Tally();
  tally.sent_to.assign(targets, 0);
  tally.ok_from.assign(targets, 0);
  tally.sent_by.assign(kinds, 0);
  tally.ok_by.assign(kinds, 0);
}

void add(Tally& sum, const Tally& part) {
  sum.sent += part.sent;
  sum.ok += part.ok;
  for (std::size_t i = 0; i < part.sent_to.size(); ++i) {
    sum.sent_to[i] += part.sent_to[i];
    sum.ok_from[i] += part.ok_from[i];
  }
  for (std::size_t i = 0; i < kEndings; ++i) sum.endings[i] += part.endings[i];
  for (std::size_t i = 0; i < part.sent_by.size(); ++i) {
    sum.sent_by[i] += part.sent_by[i];
    sum.ok_by[i] += part.ok_by[i];
  }
}

void put(Tally& tally, std::uint8_t target, Ending ending, std::uint64_t count) {
  tally.sent += count;
  tally.endings[static_cast<std::size_t>(ending)] += count;
  if (target != Seat::kNowhere) tally.sent_to[target] += count;
  if (ending != Ending::ok) return;
  tally.ok += count;
  tally.ok_from[target] += count;
}

/// Rounded down, so that "100%" means every one.
std::string whole_percent(std::uint64_t part, std::uint64_t all) {
  return fmt::format("{}%", part * 100 / all);
}

std::string fine_percent(std::uint64_t part, std::uint64_t all) {
  const auto hundredths = part * 10'000 / all;
  if (hundredths % 100 == 0) return fmt::format("{}%", hundredths / 100);
  if (hundredths % 10 == 0) return fmt::format("{}.{}%", hundredths / 100, hundredths / 10 % 10);
  return fmt::format("{}.{:02}%", hundredths / 100, hundredths % 100);
}

}  // namespace

namespace {

__extension__ using Wide = __int128;
constexpr std::uint64_t kBudgetSalt = 0xb5d9e7c31f04a682ULL;
constexpr std::uint64_t kSampleSalt = 0x4f1bbcdc0e29a735ULL;

/// Whether a client that may retries.
bool fails_again(Ending ending) { return ending != Ending::ok && ending != Ending::slow; }

}  // namespace

Result<void> PopulationSpec::check() const {
  if (auto fine = check_rate(rate); !fine) return fine.error();
  if (connect_timeout <= Nanos(0)) return bad("connect-timeout: must be above 0");
  if (request_timeout < connect_timeout) {
    return bad("request-timeout: must not be shorter than connect-timeout");
  }
  if (slo <= Nanos(0)) return bad("slo: must be above 0");
  if (clients.cohorts < 1 || clients.cohorts > Clients::kCohortsMax) {
    return Error(Errc::limit, fmt::format("clients.cohorts: 1 to {}", Clients::kCohortsMax));
  }
  std::uint32_t most = retries;
  for (const auto& kind : clients.kinds) most = std::max(most, kind.retries);
  if (most > Population::kRetriesMax) {
    return Error(Errc::limit, fmt::format("retries: at most {}", Population::kRetriesMax));
  }
  if (from.empty() || from.size() > Population::kOriginsMax) {
    return Error(Errc::limit, fmt::format("from: 1 to {} places", Population::kOriginsMax));
  }
  std::uint64_t places = 0;
  for (const auto& origin : from) places += origin.share;
  if (places != 1'000'000) return bad("from: the shares must add up to 100%");
  std::uint64_t kinds = 0;
  for (const auto& kind : clients.kinds) {
    kinds += kind.share;
    for (const Nanos span :
         {kind.pool_age, kind.names_for, kind.ttl_min, kind.stale, kind.dead_after, kind.backoff}) {
      if (span < Nanos(0)) return bad("clients: a time must not be negative");
    }
    if (kind.ttl_max < kind.ttl_min) {
      return bad("clients: the longest TTL is shorter than the shortest");
    }
  }
  if (kinds > 1'000'000) return bad("clients: the shares are more than 100% together");
  return {};
}

Population::Population(Clock& clock, History& history, Rng rng, Field& field, Router& router,
                       PopulationSpec spec)
    : clock_(clock),
      history_(history),
      field_(field),
      router_(router),
      spec_(std::move(spec)),
      luck_seed_(rng.stream("luck").next()),
      arrivals_(rng.stream("arrivals"), spec_.spacing, spec_.rate, clock.now()),
      clients_(
          clock, rng.stream("clients"), spec_.clients, router, shares_of(spec_.from),
          [this] { settle(); }, [this] { seats_changed(); }) {
  SPOKELAB_CHECK(spec_.check().has_value());
  for (const auto& origin : spec_.from) from_.push_back(field_.point(origin.place));
  for (const auto& target : router_.targets()) {
    points_.push_back(field_.point(target.name));
    to_names_.push_back("to." + target.name);
    ok_names_.push_back("ok." + target.name);
  }
  const auto& kinds = clients_.kinds();
  failing_.assign(kinds.size(), 0);
  for (const auto& kind : kinds) spec_.shares = spec_.shares || kind.retry_budget > 0;
  const auto cohorts = clients_.seats().size();
  kind_cohorts_.assign(kinds.size(), std::vector<std::uint32_t>(cohorts + 1, 0));
  for (std::size_t cohort = 0; cohort < cohorts; ++cohort) {
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      const bool of_kind = clients_.kind_of(cohort) == kind;
      kind_cohorts_[kind][cohort + 1] = kind_cohorts_[kind][cohort] + (of_kind ? 1 : 0);
    }
  }
  const bool mixed = std::none_of(kind_cohorts_.begin(), kind_cohorts_.end(),
                                  [&](const auto& before) { return before.back() == cohorts; });
  for (std::size_t kind = 0; mixed && kind < kinds.size(); ++kind) {
    kind_sent_.push_back("kind." + kinds[kind].name + ".sent");
    kind_failed_.push_back("kind." + kinds[kind].name + ".failed");
  }
  reset(second_, points_.size(), kind_sent_.size());
  reset(totals_, points_.size(), kind_sent_.size());
  routes_.resize(points_.size());
  shares_.resize(points_.size());
  boundary_ = RunTime(std::chrono::floor<seconds>(clock_.now().time_since_epoch())) + seconds(1);
  learn_fates();
  open_ways();
  seats_changed();
  tick_ = Timer(clock_, boundary_, [this] { tick(); });
  before_ = field_.before_change().add([this](const Field::Change& change) {
    if (concerns(change)) settle();
  });
  after_ = field_.after_change().add([this](const Field::Change& change) {
    if (!concerns(change)) return;
    learn_fates();
    open_ways();
    learn_shares();
    watch_for_failure();
  });
  offer_ = router_.on_offer().add([this](std::uint64_t cause) {
    route_cause_ = cause;
    clients_.offer_changed();
  });
  cut_ = router_.on_cut().add([this](std::size_t target) { clients_.cut(target); });
  if (!router_.answers()) clients_.offer_changed();
}

bool Population::concerns(const Field::Change& change) const {
  const auto via = router_.via();
  const bool from_us =
      change.service || std::find(from_.begin(), from_.end(), change.from) != from_.end();
  if (via == change.to) return from_us;
  const bool to_them = std::find(points_.begin(), points_.end(), change.to) != points_.end();
  return to_them && (change.service || (via ? change.from == *router_.sender() : from_us));
}

void Population::learn_fates() {
  fates_.clear();
  const auto via = router_.via();
  for (const Point from : from_) {
    for (const Point point : points_) {
      Fate fate;
      fate.way =
          via ? field_.way_through(from, *via, *router_.sender(), point) : field_.way(from, point);
      fate.service = field_.service(point);
      for (const bool cold : {true, false}) {
        fate.patience =
            Patience{spec_.connect_timeout, spec_.request_timeout, cold, spec_.tls, true};
        fate.certain = certain(fate.way, fate.service, fate.patience);
        fate.always = exchange(fate.way, fate.service, fate.patience, Luck(luck_seed_, 0));
        if (fate.always.ending == Ending::ok && fate.always.took > spec_.slo) {
          fate.always.ending = Ending::slow;
        }
        fate.fails = fails_again(fate.always.ending) ? 1'000'000 : 0;
        fates_.push_back(fate);
      }
    }
    Fate nowhere;
    // A load balancer without targets refuses; a name without an address fails at the resolver.
    nowhere.always.ending = router_.ttl() ? Ending::no_answer : Ending::refused;
    nowhere.fails = 1'000'000;
    fates_.push_back(nowhere);
  }
}

void Population::open_ways() {
  for (std::size_t origin = 0; origin < from_.size(); ++origin) {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const auto& fate = fates_[origin * clients_.kinds_of_seats() + 2 * i];
      const Wire wire = fate.way.wire;
      clients_.set_line(origin, i,
                        wire == Wire::open        ? Line::open
                        : wire == Wire::blackhole ? Line::silent
                                                  : Line::cut);
    }
  }
}

Exchange Population::attempt(std::uint64_t index, std::uint32_t nth) const {
  const auto n = clients_.seats().size();
  auto cohort = static_cast<std::size_t>(index % n);
  std::size_t lot = clients_.lot(cohort);
  if (nth > 0 && router_.next_on_failure()) {
    const auto seat = clients_.seats()[cohort];
    if (seat.target != Seat::kNowhere) {
      const Seat next{static_cast<std::uint8_t>((seat.target + nth) % points_.size()), false};
      lot =
          lot / clients_.kinds_of_seats() * clients_.kinds_of_seats() + next.number(points_.size());
    }
  } else if (nth > 0 && !router_.ttl()) {
    // A new connection through the balancer: from the same place to what some other cohort was
    // given.
    Luck pick(luck_seed_ ^ (std::uint64_t{nth} << 32), index);
    cohort = static_cast<std::size_t>(pick.next() % n);
    lot = lot / clients_.kinds_of_seats() * clients_.kinds_of_seats() +
          clients_.seats()[cohort].number(points_.size());
  }
  const auto& fate = fates_[lot];
  if (fate.certain) return fate.always;
  return exchange(fate.way, fate.service, fate.patience, Luck(luck_seed_ + nth, index));
}

std::uint32_t Population::retries_of(const ClientKind& kind) const {
  return std::max(kind.retries, spec_.retries);
}

bool Population::may_retry(std::uint64_t index, std::size_t kind) const {
  const auto budget = clients_.kinds()[kind].retry_budget;
  if (budget == 0 || failing_[kind] <= budget) return true;
  // Of those that fail, as many as the budget has retries for.
  const auto share = std::uint64_t{budget} * 1'000'000 / failing_[kind];
  return Luck(luck_seed_ ^ kBudgetSalt, index).chance(static_cast<std::uint32_t>(share));
}

Exchange Population::outcome(std::uint64_t index) const {
  Exchange sum = attempt(index, 0);
  if (fails_again(sum.ending)) {
    const auto number = clients_.kind_of(static_cast<std::size_t>(index % clients_.seats().size()));
    const auto& kind = clients_.kinds()[number];
    const auto most = may_retry(index, number) ? retries_of(kind) : 0;
    Nanos pause = kind.backoff;
    for (std::uint32_t nth = 1; nth <= most && fails_again(sum.ending); ++nth) {
      const Exchange next = attempt(index, nth);
      sum = Exchange{next.ending, sum.took + pause + next.took};
      pause *= 2;
    }
  }
  if (sum.ending == Ending::ok && sum.took > spec_.slo) sum.ending = Ending::slow;
  return sum;
}

/// What each fate comes to on average, and what that means for each kind of client. Asked for by
/// budgets and load only, and cheap: luck is sampled.
void Population::learn_shares() {
  if (!spec_.shares) return;
  constexpr std::uint32_t kSamples = 256;
  for (auto& fate : fates_) {
    if (fate.certain) continue;
    std::uint32_t bad = 0;
    for (std::uint32_t n = 0; n < kSamples; ++n) {
      const auto how =
          exchange(fate.way, fate.service, fate.patience, Luck(luck_seed_ ^ kSampleSalt, n));
      bad += fails_again(how.ending) ? 1 : 0;
    }
    fate.fails = bad * (1'000'000 / kSamples);
  }
  const auto cohorts = clients_.seats().size();
  std::vector<std::uint64_t> sums(clients_.kinds().size(), 0);
  for (std::size_t cohort = 0; cohort < cohorts; ++cohort) {
    sums[clients_.kind_of(cohort)] += fates_[clients_.lot(cohort)].fails;
  }
  for (std::size_t kind = 0; kind < sums.size(); ++kind) {
    const auto all = kind_cohorts_[kind].back();
    if (all > 0) failing_[kind] = static_cast<std::uint32_t>(sums[kind] / all);
  }
}

std::vector<std::uint64_t> Population::load() const {
  const auto& seats = clients_.seats();
  const auto targets = points_.size();
  // In 1,000 seconds, by all users; and by one cohort, in millionths so that little is lost.
  const auto sent = static_cast<Wide>(spec_.rate.count) * 1'000'000'000'000 * 1'000'000 /
                    static_cast<Wide>(spec_.rate.per.count());
  const auto each = static_cast<std::uint64_t>(sent / seats.size());
  std::vector<std::uint64_t> load(targets, 0);
  std::uint64_t anew = 0;  // retries that pick a target anew
  for (std::size_t cohort = 0; cohort < seats.size(); ++cohort) {
    const auto target = seats[cohort].target;
    if (target == Seat::kNowhere) continue;
    load[target] += each;
    const auto number = clients_.kind_of(cohort);
    const auto& kind = clients_.kinds()[number];
    std::uint64_t share = fates_[clients_.lot(cohort)].fails;
    if (kind.retry_budget > 0 && failing_[number] > kind.retry_budget) {
      share = share * kind.retry_budget / failing_[number];
    }
    for (std::uint32_t nth = 1; nth <= retries_of(kind) && share > 0; ++nth) {
      const auto more = each / 1'000'000 * share;
      if (router_.next_on_failure()) {
        const Seat next{static_cast<std::uint8_t>((target + nth) % targets), false};
        const auto home = clients_.lot(cohort) / clients_.kinds_of_seats();
        load[next.target] += more;
        share = share * fates_[home * clients_.kinds_of_seats() + next.number(targets)].fails /
                1'000'000;
      } else {
        (router_.ttl() ? load[target] : anew) += more;
        share = share * fates_[clients_.lot(cohort)].fails / 1'000'000;
      }
    }
  }
  for (std::size_t target = 0; target < targets; ++target) {
    load[target] += anew / seats.size() * clients_.count(target);
    load[target] /= 1'000'000;
  }
  return load;
}

void Population::count(std::uint64_t from, std::uint64_t to) {
  const auto& seats = clients_.seats();
  std::optional<std::uint64_t> first;
  std::uint64_t last = 0;
  // Where a retry goes elsewhere, the first attempt's fate is not the request's.
  const bool one_fate =
      common_fate_ && fates_[*common_fate_].certain &&
      (!router_.next_on_failure() || !fails_again(fates_[*common_fate_].always.ending));
  if (one_fate) {
    const Ending ending = fates_[*common_fate_].always.ending;
    put(second_, seats[0].target, ending, to - from);
    for (std::size_t kind = 0; kind < second_.sent_by.size(); ++kind) {
      const auto& before = kind_cohorts_[kind];
      const auto upto = [&](std::uint64_t index) {
        return index / seats.size() * before.back() + before[index % seats.size()];
      };
      const auto sent = upto(to) - upto(from);
      second_.sent_by[kind] += sent;
      if (ending == Ending::ok) second_.ok_by[kind] += sent;
    }
    if (ending != Ending::ok) {
      first = from;
      last = to - 1;
    }
  } else {
    for (auto index = from; index < to; ++index) {
      const Ending ending = outcome(index).ending;
      put(second_, seats[index % seats.size()].target, ending, 1);
      if (!second_.sent_by.empty()) {
        const auto kind = clients_.kind_of(static_cast<std::size_t>(index % seats.size()));
        ++second_.sent_by[kind];
        if (ending == Ending::ok) ++second_.ok_by[kind];
      }
      if (ending == Ending::ok) continue;
      if (!first) first = index;
      last = index;
    }
  }
  if (!first) return;
  if (!first_failed_) first_failed_ = arrivals_.at(*first);
  last_failed_ = arrivals_.at(last);
  last_failure_ = *last_failed_;
}

void Population::settle() {
  const auto sent = arrivals_.before(clock_.now());
  if (sent == next_) return;
  count(next_, sent);
  next_ = sent;
  arrivals_.forget(sent);
}

Result<void> Population::set_rate(Rate rate) {
  if (auto fine = check_rate(rate); !fine) return fine.error();
  settle();
  arrivals_.set_rate(rate, clock_.now());
  spec_.rate = rate;
  watch_for_failure();
  return {};
}

void Population::tick() {
  settle();
  tell_second();
  boundary_ += seconds(1);
  tick_ = Timer(clock_, boundary_, [this] { tick(); });
  if (!watching_ && clock_.now() - last_failure_ >= kCalm) watching_ = true;
  watch_for_failure();
}

void Population::flush() {
  settle();
  tell_second();
}

void Population::tell_second() {
  if (second_.sent == 0) return;
  Event event;
  event.kind = EventKind::traffic;
  event.who = "users." + spec_.name;
  event.subject = "traffic." + spec_.name;
  auto& numbers = event.numbers;
  numbers.reserve(3 + 2 * points_.size());
  const auto number = [&numbers](const std::string& name, std::uint64_t value) {
    numbers.emplace_back(name, static_cast<std::int64_t>(value));
  };
  number("sent", second_.sent);
  number("ok", second_.ok);
  number("failed", second_.failed());
  for (std::size_t i = 0; i < points_.size(); ++i) {
    number(to_names_[i], second_.sent_to[i]);
    number(ok_names_[i], second_.ok_from[i]);
  }
  for (std::size_t i = 1; i < kEndings; ++i) {
    if (second_.endings[i] == 0) continue;
    number(fmt::format("failed.{}", name_of(static_cast<Ending>(i))), second_.endings[i]);
  }
  for (std::size_t kind = 0; kind < kind_sent_.size(); ++kind) {
    if (second_.sent_by[kind] == 0) continue;
    number(kind_sent_[kind], second_.sent_by[kind]);
    const auto failed = second_.sent_by[kind] - second_.ok_by[kind];
    if (failed != 0) number(kind_failed_[kind], failed);
  }
  if (first_failed_) {
    numbers.emplace_back("first_failed", nanos_of(*first_failed_));
    numbers.emplace_back("last_failed", nanos_of(*last_failed_));
  }
  const auto cause = history_.add(std::move(event));
  const auto prefix = "traffic." + spec_.name;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const auto& cluster = router_.targets()[i].name;
    tell_state(prefix + ".share." + cluster, whole_percent(second_.ok_from[i], second_.sent),
               shares_[i], cluster, cause);
  }
  tell_state(prefix + ".success", fine_percent(second_.ok, second_.sent), success_, "", cause);
  add(totals_, second_);
  reset(second_, points_.size(), kind_sent_.size());
  first_failed_.reset();
  last_failed_.reset();
}

void Population::tell_state(const std::string& subject, std::string value, std::string& last,
                            const std::string& cluster, std::uint64_t cause) {
  if (value == last) return;
  last = value;
  Event event;
  event.kind = EventKind::state;
  event.who = "users." + spec_.name;
  event.subject = subject;
  event.value = std::move(value);
  event.cluster = cluster;
  event.cause = cause;
  history_.add(std::move(event));
}

void Population::seats_changed() {
  const auto& seats = clients_.seats();
  const auto first = clients_.lot(0);
  common_fate_.reset();
  if (clients_.lots()[first] == seats.size()) common_fate_ = first;
  learn_shares();
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const auto& cluster = router_.targets()[i].name;
    tell_state("traffic." + spec_.name + ".route." + cluster,
               whole_percent(clients_.count(i), seats.size()), routes_[i], cluster, route_cause_);
  }
  watch_for_failure();
}

bool Population::may_fail() const {
  for (std::size_t fate = 0; fate < fates_.size(); ++fate) {
    const bool fails = !fates_[fate].certain || fates_[fate].always.ending != Ending::ok;
    if (fails && clients_.lots()[fate] != 0) return true;
  }
  return false;
}

void Population::watch_for_failure() {
  if (!watching_) return;
  const RunTime now = clock_.now();
  if (foreseen_ && foreseen_->sent < now) return;  // sent already; it only has to show
  foreseen_.reset();
  failure_.stop();
  if (!may_fail()) return;
  settle();
  const auto& seats = clients_.seats();
  for (auto index = next_;; ++index) {
    const RunTime sent = arrivals_.at(index);
    if (sent >= boundary_) return;  // looked at again then
    const Exchange how = outcome(index);
    if (how.ending == Ending::ok) continue;
    foreseen_ = Failure{seats[index % seats.size()].target, sent, how};
    failure_ = Timer(clock_, sent + how.took, [this] { tell_first_failure(); });
    return;
  }
}

void Population::tell_first_failure() {
  const Failure failure = *foreseen_;
  foreseen_.reset();
  watching_ = false;
  last_failure_ = std::max(last_failure_, failure.sent);
  Event event;
  event.kind = EventKind::fact;
  event.who = "users." + spec_.name;
  event.subject = "traffic." + spec_.name + ".first-failure";
  event.value = std::string(name_of(failure.how.ending));
  if (failure.target != Seat::kNowhere) event.cluster = router_.targets()[failure.target].name;
  event.message =
      fmt::format("first failed request: {} after {} (sent at {})", words_for(failure.how.ending),
                  format_duration(failure.how.took), format_run_time(failure.sent));
  event.numbers.emplace_back("sent", nanos_of(failure.sent));
  event.numbers.emplace_back("took", failure.how.took.count());
  history_.add(std::move(event));
}

Weights Population::split() const {
  Weights split;
  const auto all = clients_.seats().size();
  for (std::size_t i = 0; i < points_.size(); ++i) {
    split.push_back(static_cast<std::uint32_t>(clients_.count(i) * 1'000'000ULL / all));
  }
  return split;
}

std::vector<Step> Population::explain(std::size_t target) const {
  auto steps = router_.explain(target);
  for (auto& step : clients_.explain()) steps.push_back(std::move(step));
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step& a, const Step& b) { return a.at < b.at; });
  return steps;
}

}  // namespace spokelab::sim::traffic
