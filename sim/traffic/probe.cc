// Probe: the schedule, the thresholds, and sleeping while nothing can change.
#include "sim/traffic/probe.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace spokelab::sim::traffic {

using std::chrono::seconds;

ProbeSpec ProbeSpec::route53() {
  ProbeSpec spec;
  spec.timeout = seconds(4);
  spec.answer = seconds(2);
  spec.unhealthy = 3;
  spec.healthy = 3;
  spec.from_answer = true;
  spec.starts_healthy = true;
  return spec;
}

std::string_view name_of(Health health) noexcept {
  switch (health) {
    case Health::initial:
      return "initial";
    case Health::healthy:
      return "healthy";
    case Health::unhealthy:
      return "unhealthy";
  }
  return "?";
}

namespace {

Patience patience_of(const ProbeSpec& spec) {
  Patience patience;
  patience.connect = spec.timeout;
  patience.whole = spec.timeout + spec.answer;
  patience.tls = spec.tls;
  patience.http = !spec.path.empty();
  return patience;
}

bool timed_out(Ending ending) {
  return ending == Ending::connect_timeout || ending == Ending::request_timeout;
}

}  // namespace

Probe::Probe(Clock& clock, Field& field, Point from, Point to, ProbeSpec spec, Rng rng,
             std::function<void(const Flip&)> on_flip)
    : clock_(clock),
      field_(field),
      from_(from),
      to_(to),
      spec_(std::move(spec)),
      luck_seed_(rng.next()),
      on_flip_(std::move(on_flip)),
      health_(spec_.starts_healthy ? Health::healthy : Health::initial),
      last_good_(clock.now()) {
  SPOKELAB_CHECK(spec_.samples == 0 || (spec_.successes >= 1 && spec_.successes <= spec_.samples));
  SPOKELAB_CHECK(spec_.silence >= Nanos(0));
  SPOKELAB_CHECK(spec_.every > Nanos(0) && spec_.timeout > Nanos(0) && spec_.answer >= Nanos(0));
  SPOKELAB_CHECK(spec_.unhealthy >= 1 && spec_.healthy >= 1);
  const Nanos phase = spec_.phase ? *spec_.phase : rng.between(Nanos(0), spec_.every - Nanos(1));
  next_ = clock_.now() + phase;
  timer_ = Timer(clock_, next_, [this] { send(); });
  before_ = field_.before_change().add([this](const Field::Change& change) {
    if (change.concerns(from_, to_)) before_change();
  });
  after_ = field_.after_change().add([this](const Field::Change& change) {
    if (change.concerns(from_, to_)) after_change();
  });
}

Exchange Probe::ask(std::uint64_t index) const {
  if (pretended_) return {*pretended_ ? Ending::ok : Ending::http_error, Nanos(0)};
  const Way way = field_.way(from_, to_);
  const Service service = field_.service(to_);
  const Patience patience = patience_of(spec_);
  Exchange sum = exchange(way, service, patience, Luck(luck_seed_, index));
  for (std::uint32_t nth = 1; nth <= spec_.retries && timed_out(sum.ending); ++nth) {
    const Exchange next = exchange(way, service, patience, Luck(luck_seed_ + nth, index));
    sum = Exchange{next.ending, sum.took + next.took};
  }
  const bool told = sum.ending == Ending::ok || sum.ending == Ending::http_error;
  if (spec_.watches && !told) {
    return {health_ == Health::healthy ? Ending::ok : Ending::http_error, Nanos(0)};
  }
  return sum;
}

bool Probe::foreseeable() const {
  return pretended_ || certain(field_.way(from_, to_), field_.service(to_), patience_of(spec_));
}

void Probe::pretend(std::optional<bool> good) {
  if (good == pretended_) return;
  before_change();
  pretended_ = good;
}

void Probe::send() {
  const Exchange result = ask(sent_);
  ++sent_;
  open_ = Open{clock_.now(), clock_.now() + result.took, result.ending};
  wait_for_answer();
}

void Probe::wait_for_answer() {
  timer_ = Timer(clock_, open_->known, [this] { finish(); });
}

Health Probe::judged(bool good) {
  if (spec_.samples == 0) return good ? Health::healthy : Health::unhealthy;
  recent_.push_back(good);
  if (recent_.size() > spec_.samples) recent_.pop_front();
  const auto goods = static_cast<std::size_t>(std::count(recent_.begin(), recent_.end(), true));
  if (goods >= spec_.successes) return Health::healthy;
  return recent_.size() - goods > spec_.samples - spec_.successes ? Health::unhealthy : health_;
}

bool Probe::calm() const {
  if (health_ == Health::initial || streak_.in_a_row != 0) return false;
  return spec_.samples == 0 ||
         (recent_.size() == spec_.samples &&
          std::find(recent_.begin(), recent_.end(), health_ != Health::healthy) == recent_.end());
}

void Probe::flip() {
  flip_ = streak_;
  health_ = flip_.now;
  streak_ = Flip();
}

void Probe::mind_the_silence(bool good) {
  if (good) last_good_ = clock_.now();
  if (spec_.silence == Nanos(0)) return;
  if (good || health_ == Health::unhealthy) {
    silent_.stop();
    return;
  }
  if (streak_.in_a_row != 1) return;  // the first bad one since a good one: it began then
  silent_ = Timer(clock_, std::max(last_good_ + spec_.silence, clock_.now()), [this] {
    streak_.decided = clock_.now();
    flip();
    on_flip_(flip_);
  });
}

void Probe::finish() {
  const Open done = *open_;
  open_.reset();
  const bool good = done.ending == Ending::ok;
  const Health said = good ? Health::healthy : Health::unhealthy;
  const Health seen = judged(good);
  if (said == health_) {
    streak_ = Flip();
  } else {
    if (streak_.now != said) streak_ = Flip();
    if (streak_.in_a_row++ == 0) {
      streak_.now = said;
      streak_.first_sent = done.sent;
      streak_.first_known = clock_.now();
    }
    streak_.last_sent = done.sent;
    streak_.decided = clock_.now();
    streak_.ending = done.ending;
    // As AWS: a target that was never judged needs one success only.
    const auto needed = !good ? spec_.unhealthy : health_ == Health::initial ? 1 : spec_.healthy;
    const bool enough = spec_.samples > 0                   ? seen == said
                        : !good && spec_.silence > Nanos(0) ? false
                                                            : streak_.in_a_row >= needed;
    if (enough) {
      flip();
      mind_the_silence(good);
      schedule_next(done);
      on_flip_(flip_);
      return;
    }
  }
  mind_the_silence(good);
  schedule_next(done);
}

void Probe::schedule_next(const Open& done) {
  const Nanos took = clock_.now() - done.sent;
  // On the grid: the first instant after this probe was sent at which it is no longer open.
  const auto slots = std::max<Nanos::rep>(1, (took + spec_.every - Nanos(1)) / spec_.every);
  const Nanos period = spec_.from_answer ? took + spec_.every : spec_.every * slots;
  next_ = done.sent + period;
  const Exchange coming = ask(sent_);
  const bool repeats = (coming.ending == Ending::ok) == (health_ == Health::healthy);
  asleep_ = calm() && repeats && foreseeable();
  if (!asleep_) {
    timer_ = Timer(clock_, next_, [this] { send(); });
    return;
  }
  timer_.stop();
  steady_ = coming;
  const auto steady_slots =
      std::max<Nanos::rep>(1, (coming.took + spec_.every - Nanos(1)) / spec_.every);
  period_ = spec_.from_answer ? coming.took + spec_.every : spec_.every * steady_slots;
}

void Probe::before_change() {
  if (!asleep_) return;
  asleep_ = false;
  const RunTime now = clock_.now();
  if (now > next_) {
    // Those sent strictly before now, all with the steady result; the last may still be open.
    const auto passed = (now - next_ + period_ - Nanos(1)) / period_;
    const RunTime last = next_ + period_ * (passed - 1);
    sent_ += static_cast<std::uint64_t>(passed);
    next_ = last + period_;
    if (steady_.ending == Ending::ok) {
      const RunTime known = (last + steady_.took > now ? last - period_ : last) + steady_.took;
      last_good_ = std::max(last_good_, known);
    }
    if (last + steady_.took > now) {
      open_ = Open{last, last + steady_.took, steady_.ending};
      wait_for_answer();
      return;
    }
  }
  timer_ = Timer(clock_, next_, [this] { send(); });
}

void Probe::after_change() {
  if (open_ && !pretended_ && !spec_.watches && open_->known > clock_.now()) amend_open();
}

void Probe::amend_open() {
  const RunTime now = clock_.now();
  const Wire wire = field_.way(from_, to_).wire;
  const Nanos whole = spec_.timeout + spec_.answer;
  const auto attempts = static_cast<Nanos::rep>(spec_.retries) + 1;
  if (open_->ending == Ending::connect_timeout && wire != Wire::blackhole) {
    static constexpr std::array kSyns{seconds(0), seconds(1), seconds(3), seconds(7), seconds(15)};
    for (Nanos::rep attempt = 0; attempt < attempts; ++attempt) {
      // An attempt that failed took the time to connect; the last may use up the answer's as well.
      const RunTime begun = open_->sent + spec_.timeout * attempt;
      for (const auto syn : kSyns) {
        const RunTime again = begun + syn;
        if (again < now || syn >= spec_.timeout || again == open_->sent) continue;
        const Exchange result = ask(sent_ - 1);
        if (result.ending == Ending::connect_timeout || again + result.took > begun + whole) return;
        open_ = Open{open_->sent, again + result.took, result.ending};
        wait_for_answer();
        return;
      }
    }
  } else if (open_->ending != Ending::connect_timeout && wire == Wire::blackhole) {
    const RunTime limit = open_->sent + whole + spec_.timeout * (attempts - 1);
    open_ = Open{open_->sent, limit, Ending::request_timeout};
    wait_for_answer();
  } else if (open_->ending == Ending::ok && wire != Wire::open) {
    open_ = Open{open_->sent, now, Ending::reset};
    wait_for_answer();
  }
}

}  // namespace spokelab::sim::traffic
