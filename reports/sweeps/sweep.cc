// Gathering a sweep, and its text.
#include "reports/sweeps/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/duration.h"
#include "base/rng.h"
#include "reports/paint.h"
#include "reports/text.h"

namespace spokelab::reports {

namespace {

constexpr std::size_t kFailuresShown = 10;
constexpr std::size_t kBars = 16;

std::string quantile_text(const SweepTiming& timing, std::uint32_t per_mille) {
  const auto value = timing.quantile(per_mille);
  if (!value) return "-";
  return *value == kNever.time_since_epoch() ? "never" : format_duration(*value);
}

/// A bar for each sixteenth between the least and the greatest value.
std::string histogram(const SweepTiming& timing, bool ascii) {
  if (timing.values.empty()) return "";
  constexpr std::string_view kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::string_view kAscii[] = {" ", ".", ".", ":", ":", "|", "|", "#", "#"};
  const auto least = timing.values.front();
  const auto span = std::max<std::int64_t>(1, (timing.values.back() - least).count());
  std::array<std::uint64_t, kBars> counts{};
  for (const auto value : timing.values) {
    const auto index = static_cast<std::size_t>((value - least).count() /
                                                (span / static_cast<std::int64_t>(kBars) + 1));
    ++counts[std::min(index, kBars - 1)];
  }
  const auto most = *std::max_element(counts.begin(), counts.end());
  std::string out;
  for (const auto count : counts) {
    const auto level = count == 0 ? 0 : std::max<std::uint64_t>(1, count * 8 / most);
    out += ascii ? kAscii[level] : kBlocks[level];
  }
  return out;
}

std::string worst_text(const SweepTiming& timing, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < timing.worst.size() && i < most; ++i) {
    const auto& one = timing.worst[i];
    out += fmt::format("{}seed {} {}", out.empty() ? "worst: " : ", ", one.seed,
                       one.measured ? format_duration(*one.measured) : "never");
  }
  return out;
}

}  // namespace

std::optional<Nanos> SweepTiming::quantile(std::uint32_t per_mille) const {
  if (runs() == 0) return std::nullopt;
  const auto rank = std::max<std::uint64_t>(1, (runs() * per_mille + 999) / 1000);
  return rank <= values.size() ? values[rank - 1] : kNever.time_since_epoch();
}

void SweepTiming::add(std::uint64_t seed, std::optional<Nanos> measured,
                      std::optional<Nanos> most) {
  if (most) limit = most;
  if (measured) {
    values.push_back(*measured);
  } else {
    ++never;
  }
  if (most && (!measured || *measured > *most)) ++over;
  worst.push_back({seed, measured});
  if (worst.size() > 20 * kWorst) sort();
}

void SweepTiming::sort() {
  std::sort(values.begin(), values.end());
  std::sort(worst.begin(), worst.end(), [](const SweepWorst& a, const SweepWorst& b) {
    if (a.measured.has_value() != b.measured.has_value()) return !a.measured.has_value();
    if (a.measured != b.measured) return *a.measured > *b.measured;
    return a.seed < b.seed;
  });
  if (worst.size() > kWorst) worst.resize(kWorst);
}

std::uint64_t Sweep::seed_first() const {
  return played.empty() ? 0 : played.ranges().front().first;
}
std::uint64_t Sweep::seed_last() const { return played.empty() ? 0 : played.ranges().back().last; }

void Sweep::take_name(const Sweep& other) {
  if (!scenario.empty()) return;
  scenario = other.scenario;
  because = other.because;
  variant = other.variant;
  file = other.file;
  version = other.version;
  digest = other.digest;
  swarm = other.swarm;
  plant = other.plant;
}

void Sweep::add_lost(Loss how, std::uint64_t seed, std::string reason, std::string replay) {
  played.add(seed);
  ++failed;
  ++(how == Loss::crash ? crashed : hung);
  failures.push_back({seed, Verdict::failed, std::move(reason), std::move(replay)});
  if (failures.size() > 2 * kFailuresMax) sort();
}

std::string Sweep::conflict(const Sweep& other) const {
  const auto differ = [](std::string_view what, const std::string& a, const std::string& b) {
    return fmt::format("one is of {} {}, the other of {}", what, a.empty() ? "(none)" : a,
                       b.empty() ? "(none)" : b);
  };
  if (scenario != other.scenario) return differ("scenario", scenario, other.scenario);
  if (variant != other.variant) return differ("variant", variant, other.variant);
  if (swarm != other.swarm) return "one is a swarm, the other is not";
  if (plant != other.plant) return differ("plant", plant, other.plant);
  if (version != other.version) return differ("spokelab", version, other.version);
  if (digest != other.digest)
    return "they were made from different texts of the scenario, so their figures do not add up";
  const auto twice = played.both(other.played);
  if (twice.empty()) return "";
  return fmt::format("{} played in both ({}), and would count twice",
                     twice.size() == 1 ? "a seed was" : fmt::format("{} seeds were", twice.size()),
                     twice.text());
}

void Sweep::add(const Run& run) {
  if (scenario.empty()) {
    scenario = run.scenario;
    because = run.because;
    variant = run.variant;
    file = run.file;
    version = run.version;
    digest = fmt::format("{:016x}", stable_hash(run.source));
    swarm = run.swarm;
    plant = run.plant;
  }
  played.add(run.seed);
  ++(run.verdict == Verdict::passed   ? passed
     : run.verdict == Verdict::failed ? failed
                                      : inconclusive);
  virtually += std::chrono::floor<std::chrono::milliseconds>(run.ended.time_since_epoch());
  for (const auto& timing : run.timings) {
    auto& all = timings[{timing.fault, timing.name}];
    all.add(run.seed, timing.measured, timing.limit);
  }
  if (run.verdict == Verdict::passed) return;
  failures.push_back(
      {run.seed, run.verdict, run.reasons.empty() ? "" : run.reasons.front(), run.replay});
  if (run.swarm) {
    for (const auto& [path, value] : run.drawn)
      failures.back().drawn.push_back(fmt::format("{} = {}", path, value));
  }
  if (failures.size() > 2 * kFailuresMax) sort();
}

void Sweep::merge(Sweep other) {
  if (other.runs() == 0) {
    asked.add(other.asked);
    if (cut_short.empty()) cut_short = other.cut_short;
    return;
  }
  take_name(other);
  asked.add(other.asked);
  played.add(other.played);
  if (cut_short.empty()) cut_short = other.cut_short;
  crashed += other.crashed;
  hung += other.hung;
  passed += other.passed;
  failed += other.failed;
  inconclusive += other.inconclusive;
  virtually += other.virtually;
  wall = std::max(wall, other.wall);
  failures_left_out += other.failures_left_out;
  for (auto& [name, timing] : other.timings) {
    auto& all = timings[name];
    if (timing.limit) all.limit = timing.limit;
    all.values.insert(all.values.end(), timing.values.begin(), timing.values.end());
    all.never += timing.never;
    all.over += timing.over;
    all.worst.insert(all.worst.end(), timing.worst.begin(), timing.worst.end());
    if (all.worst.size() > 20 * SweepTiming::kWorst) all.sort();
  }
  for (auto& failure : other.failures) failures.push_back(std::move(failure));
  if (failures.size() > 2 * kFailuresMax) sort();
}

void Sweep::sort() {
  for (auto& [name, timing] : timings) timing.sort();
  std::stable_sort(failures.begin(), failures.end(),
                   [](const SweepFailure& a, const SweepFailure& b) { return a.seed < b.seed; });
  if (failures.size() <= kFailuresMax) return;
  failures_left_out += failures.size() - kFailuresMax;
  failures.resize(kFailuresMax);
}

std::uint64_t Sweep::runs_per_minute() const {
  const auto ms = wall.count() / 1'000'000;
  return ms <= 0 ? 0 : runs() * 60'000 / static_cast<std::uint64_t>(ms);
}

std::string to_text(const Sweep& sweep, const TerminalOptions& options) {
  const bool good = sweep.failed == 0 && sweep.inconclusive == 0;
  if (options.quiet && good) return "";
  Run name;
  name.scenario = sweep.scenario;
  name.variant = sweep.variant;
  auto out = paint(title_of(name), Ink::bold, options) +
             fmt::format("  {}{}, seeds {} to {}", counted(sweep.runs(), "run"),
                         (sweep.swarm ? std::string(" as a swarm") : std::string()) +
                             (sweep.plant.empty() ? "" : " with " + sweep.plant + " planted"),
                         sweep.seed_first(), sweep.seed_last());
  if (sweep.wall > Nanos(0)) {
    out += fmt::format(", {} ({} a minute)", format_duration(sweep.wall),
                       counted(sweep.runs_per_minute(), "run"));
  }
  out += '\n';
  const std::pair<Verdict, std::uint64_t> counts[] = {{Verdict::passed, sweep.passed},
                                                      {Verdict::failed, sweep.failed},
                                                      {Verdict::inconclusive, sweep.inconclusive}};
  for (const auto& [verdict, count] : counts) {
    if (count == 0 && verdict != Verdict::passed) continue;
    out += fmt::format("  {} {} {}\n", verdict_sign(verdict, options),
                       pad_left(grouped(static_cast<std::int64_t>(count)), 8), name_of(verdict));
  }
  if (sweep.crashed + sweep.hung > 0) {
    out += fmt::format("    of those that failed, {} crashed and {} hung\n", sweep.crashed,
                       sweep.hung);
  }
  if (const auto missing = sweep.not_played(); !missing.empty()) {
    const auto words =
        fmt::format("not played: {} ({}){}", counted(missing.size(), "seed"), missing.text(),
                    sweep.cut_short.empty() ? "" : ": " + sweep.cut_short);
    for (const auto& row : wrap(words, width_of(options) - 4)) out += "    " + row + "\n";
  }
  std::size_t width = 8;
  for (const auto& [key, timing] : sweep.timings)
    width = std::max(width, columns(clean(key.first + " " + key.second)));
  width = std::min(width, width_of(options) - 58);
  if (!sweep.timings.empty() && !options.quiet) {
    out += fmt::format("\n  {} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8}\n", pad("TIMING", width), "N",
                       "P50", "P90", "P95", "P99", "MAX");
    for (const auto& [key, timing] : sweep.timings) {
      out += "  " + pad(fit(clean(key.first + " " + key.second), width, cut_mark(options)), width);
      out += fmt::format(" {:>7}", timing.runs());
      for (const std::uint32_t q : {500U, 900U, 950U, 990U, 1000U})
        out += " " + pad_left(quantile_text(timing, q), 8);
      out += '\n';
      std::string below = histogram(timing, options.ascii);
      if (timing.limit) {
        below += fmt::format("  {} {}", at_most(options), format_duration(*timing.limit));
        below += timing.over == 0
                     ? ", all within"
                     : fmt::format(", {} over", grouped(static_cast<std::int64_t>(timing.over)));
      }
      if (timing.never > 0)
        below += fmt::format("{}{} never", below.empty() ? "" : ", ",
                             grouped(static_cast<std::int64_t>(timing.never)));
      if (!below.empty())
        out += "    " + paint(below, timing.over > 0 ? Ink::red : Ink::dim, options) + "\n";
      const auto worst = worst_text(timing, 3);
      if (!worst.empty()) out += "    " + paint(worst, Ink::dim, options) + "\n";
    }
  }
  if (!sweep.failures.empty()) out += "\n";
  for (std::size_t i = 0; i < sweep.failures.size() && i < kFailuresShown; ++i) {
    const auto& one = sweep.failures[i];
    out += fmt::format("  {} seed {}\n", verdict_sign(one.verdict, options), one.seed);
    for (const auto& row : wrap(clean(one.reason), width_of(options) - 6))
      out += "      " + row + "\n";
    std::string drawn;
    for (const auto& value : one.drawn) drawn += (drawn.empty() ? "drawn: " : ", ") + clean(value);
    if (!drawn.empty()) {
      for (const auto& row : wrap(drawn, width_of(options) - 6))
        out += "      " + paint(row, Ink::dim, options) + "\n";
    }
    if (!one.replay.empty()) out += "      " + paint(clean(one.replay), Ink::dim, options) + "\n";
  }
  const auto all = sweep.failures.size() + sweep.failures_left_out;
  if (all > kFailuresShown)
    out += fmt::format("  and {}\n", counted(all - kFailuresShown, "more seed"));
  // What was run can be shrunk, with the same words.
  constexpr std::string_view kRun = "spokelab run ";
  if (!sweep.failures.empty() && sweep.failures.front().replay.starts_with(kRun)) {
    out += paint("  smaller: spokelab shrink " +
                     clean(sweep.failures.front().replay.substr(kRun.size())),
                 Ink::dim, options) +
           "\n";
  }
  return out;
}

}  // namespace spokelab::reports
