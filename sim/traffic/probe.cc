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
      health_(spec_.starts_healthy ? Health::healthy : Health::initial) {
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
  return exchange(field_.way(from_, to_), field_.service(to_), patience_of(spec_),
                  Luck(luck_seed_, index));
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

void Probe::finish() {
  const Open done = *open_;
  open_.reset();
  const bool good = done.ending == Ending::ok;
  const Health seen = good ? Health::healthy : Health::unhealthy;
  if (seen == health_) {
    streak_ = Flip();
  } else {
    if (streak_.now != seen) streak_ = Flip();
    if (streak_.in_a_row++ == 0) {
      streak_.now = seen;
      streak_.first_sent = done.sent;
      streak_.first_known = clock_.now();
    }
    streak_.last_sent = done.sent;
    streak_.decided = clock_.now();
    streak_.ending = done.ending;
    // As AWS: a target that was never judged needs one success only.
    const auto needed = !good ? spec_.unhealthy : health_ == Health::initial ? 1 : spec_.healthy;
    if (streak_.in_a_row >= needed) {
      health_ = seen;
      flip_ = streak_;
      streak_ = Flip();
      schedule_next(done);
      on_flip_(flip_);
      return;
    }
  }
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
  asleep_ = health_ != Health::initial && streak_.in_a_row == 0 && repeats && foreseeable();
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
    if (last + steady_.took > now) {
      open_ = Open{last, last + steady_.took, steady_.ending};
      wait_for_answer();
      return;
    }
  }
  timer_ = Timer(clock_, next_, [this] { send(); });
}

void Probe::after_change() {
  if (open_ && !pretended_ && open_->known > clock_.now()) amend_open();
}

void Probe::amend_open() {
  const RunTime now = clock_.now();
  const Wire wire = field_.way(from_, to_).wire;
  if (open_->ending == Ending::connect_timeout && wire != Wire::blackhole) {
    static constexpr std::array kSyns{seconds(1), seconds(3), seconds(7), seconds(15)};
    for (const auto syn : kSyns) {
      const RunTime again = open_->sent + syn;
      if (again < now || syn >= spec_.timeout) continue;
      const Exchange result = ask(sent_ - 1);
      const RunTime limit = open_->sent + spec_.timeout + spec_.answer;
      if (result.ending == Ending::connect_timeout || again + result.took > limit) return;
      open_ = Open{open_->sent, again + result.took, result.ending};
      wait_for_answer();
      return;
    }
  } else if (open_->ending != Ending::connect_timeout && wire == Wire::blackhole) {
    const RunTime limit = open_->sent + spec_.timeout + spec_.answer;
    open_ = Open{open_->sent, limit, Ending::request_timeout};
    wait_for_answer();
  } else if (open_->ending == Ending::ok && wire != Wire::open) {
    open_ = Open{open_->sent, now, Ending::reset};
    wait_for_answer();
  }
}

}  // namespace spokelab::sim::traffic
