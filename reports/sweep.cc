// Gathering a sweep, and its text.
#include "reports/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/duration.h"
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

}  // namespace

std::optional<Nanos> SweepTiming::quantile(std::uint32_t per_mille) const {
  if (runs() == 0) return std::nullopt;
  const auto rank = std::max<std::uint64_t>(1, (runs() * per_mille + 999) / 1000);
  return rank <= values.size() ? values[rank - 1] : kNever.time_since_epoch();
}

void Sweep::take_name(const std::string& of, const std::string& why, const std::string& case_of,
                      const std::string& at, const std::string& made_by) {
  if (!scenario.empty()) return;
  scenario = of;
  because = why;
  variant = case_of;
  file = at;
  version = made_by;
}

void Sweep::take_seeds(std::uint64_t first, std::uint64_t last) {
  seed_first = runs() == 0 ? first : std::min(seed_first, first);
  seed_last = runs() == 0 ? last : std::max(seed_last, last);
}

void Sweep::add_crash(std::uint64_t seed, std::string reason, std::string replay) {
  take_seeds(seed, seed);
  ++failed;
  failures.push_back({seed, Verdict::failed, std::move(reason), std::move(replay)});
  if (failures.size() > 2 * kFailuresMax) sort();
}

void Sweep::add(const Run& run) {
  take_name(run.scenario, run.because, run.variant, run.file, run.version);
  take_seeds(run.seed, run.seed);
  ++(run.verdict == Verdict::passed   ? passed
     : run.verdict == Verdict::failed ? failed
                                      : inconclusive);
  virtually += std::chrono::floor<std::chrono::milliseconds>(run.ended.time_since_epoch());
  for (const auto& timing : run.timings) {
    auto& all = timings[{timing.fault, timing.name}];
    if (timing.limit) all.limit = timing.limit;
    if (timing.measured) {
      all.values.push_back(*timing.measured);
    } else {
      ++all.never;
    }
    if (timing.limit && (!timing.measured || *timing.measured > *timing.limit)) ++all.over;
  }
  if (run.verdict == Verdict::passed) return;
  failures.push_back(
      {run.seed, run.verdict, run.reasons.empty() ? "" : run.reasons.front(), run.replay});
  if (failures.size() > 2 * kFailuresMax) sort();
}

void Sweep::merge(Sweep other) {
  if (other.runs() == 0) return;
  take_name(other.scenario, other.because, other.variant, other.file, other.version);
  take_seeds(other.seed_first, other.seed_last);
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
  }
  for (auto& failure : other.failures) failures.push_back(std::move(failure));
  if (failures.size() > 2 * kFailuresMax) sort();
}

void Sweep::sort() {
  for (auto& [name, timing] : timings) std::sort(timing.values.begin(), timing.values.end());
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
             fmt::format("  {}, seeds {} to {}", counted(sweep.runs(), "run"), sweep.seed_first,
                         sweep.seed_last);
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
        below += fmt::format(", {} never", grouped(static_cast<std::int64_t>(timing.never)));
      if (!below.empty())
        out += "    " + paint(below, timing.over > 0 ? Ink::red : Ink::dim, options) + "\n";
    }
  }
  if (!sweep.failures.empty()) out += "\n";
  for (std::size_t i = 0; i < sweep.failures.size() && i < kFailuresShown; ++i) {
    const auto& one = sweep.failures[i];
    out += fmt::format("  {} seed {}\n", verdict_sign(one.verdict, options), one.seed);
    for (const auto& row : wrap(clean(one.reason), width_of(options) - 6))
      out += "      " + row + "\n";
    if (!one.replay.empty()) out += "      " + paint(clean(one.replay), Ink::dim, options) + "\n";
  }
  const auto all = sweep.failures.size() + sweep.failures_left_out;
  if (all > kFailuresShown)
    out += fmt::format("  and {}\n", counted(all - kFailuresShown, "more seed"));
  return out;
}

}  // namespace spokelab::reports
