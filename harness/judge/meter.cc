#include "harness/judge/meter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "harness/judge/board.h"
#include "harness/judge/expectations.h"
#include "harness/scenario/values.h"

namespace spokelab::harness {

using reports::Verdict;

namespace {

std::int64_t number_of(const Event& event, std::string_view name) {
  for (const auto& [key, number] : event.numbers) {
    if (key == name) return number;
  }
  return 0;
}

std::string percent(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return part == 0 ? "0%" : "more than nothing";
  return fmt::format("{}%", part * 100 / whole);
}

}  // namespace

bool Meter::wants(std::string_view measure) const {
  return std::any_of(budgets_.begin(), budgets_.end(),
                     [&](const Budget& one) { return one.measure == measure; });
}

void Meter::add(std::string_view measure, std::string_view object, RunTime at, std::int64_t count) {
  if (!begun_ || over_) return;
  for (std::size_t i = 0; i < budgets_.size(); ++i) {
    const auto& budget = budgets_[i];
    if (budget.measure != measure || !matches(budget.object, object)) continue;
    auto& tally = tallies_[i][std::string(object)];
    tally.total += count;
    if (!budget.rate) continue;
    const auto window = (at - *begun_) / budget.rate->per;
    if (window != tally.window) {
      tally.window = window;
      tally.inside = 0;
    }
    tally.inside += count;
    if (tally.inside <= tally.peak) continue;
    tally.peak = tally.inside;
    tally.peak_at = *begun_ + window * budget.rate->per;
  }
}

void Meter::apply(const Event& event) {
  if (!begun_ || over_) return;
  if (event.kind == EventKind::traffic) {
    const auto parts = subject_segments(event.subject);
    if (parts.size() != 2) return;
    sent_[parts[1]] += number_of(event, "sent");
    if (const auto failed = number_of(event, "failed"); failed > 0)
      add("failed", parts[1], event.at, failed);
  } else if (event.kind == EventKind::fact && event.value == "delivered" &&
             event.subject.starts_with("alert.")) {
    add("alerts", "", event.at);
  } else if (event.kind == EventKind::fact && event.value == "sync-started" &&
             event.subject.starts_with("app.")) {
    add("syncs", event.subject.substr(std::string_view("app.").size()), event.at);
  }
}

std::int64_t Meter::of(const std::map<std::string, Tally>& tallies, const std::string& object) {
  const auto known = tallies.find(object);
  return known == tallies.end() ? 0 : known->second.total;
}

reports::Expectation Meter::judge(std::size_t index, const Sources& sources,
                                  const Meter* without_faults, RunTime now) const {
  const auto& budget = budgets_[index];
  reports::Expectation row;
  row.text = fmt::format("budget: {} at most {}", budget.key, budget.text);
  row.place = place_of(budget.at, sources);
  row.decided_at = now;
  row.evaluations = 1;
  if (!begun_) {
    row.verdict = Verdict::inconclusive;
    row.message = "the world was never ready: nothing was counted";
    return row;
  }
  static const std::map<std::string, Tally> kNone;
  const auto mine = tallies_.find(index);
  const auto& tallies = mine == tallies_.end() ? kNone : mine->second;
  const std::map<std::string, Tally>* others = nullptr;
  if (without_faults != nullptr) {
    const auto known = without_faults->tallies_.find(index);
    others = known == without_faults->tallies_.end() ? &kNone : &known->second;
  }
  // The worst of all that match; with none of them, nothing was spent.
  std::int64_t worst = -1;
  for (const auto& [object, tally] : tallies) {
    std::int64_t used = 0;
    std::int64_t most = 0;
    std::string told;
    const auto name = object.empty() ? budget.measure : budget.measure + "." + object;
    if (budget.rate) {
      used = tally.peak;
      most = budget.rate->count;
      told = fmt::format("{}: {} within {} at {}", name, used, format_duration(budget.rate->per),
                         format_run_time(tally.peak_at));
    } else if (budget.total) {
      used = tally.total;
      most = *budget.total;
      told = fmt::format("{}: {}", name, used);
    } else if (budget.measure == "failed") {
      const auto sent = sent_.find(object);
      const auto all = sent == sent_.end() ? 0 : sent->second;
      used = tally.total;
      most = static_cast<std::int64_t>(static_cast<__int128>(all) * *budget.part / 1'000'000);
      told = fmt::format("{}: {} of {}", name, used, all);
    } else {
      const auto calm = others == nullptr ? 0 : of(*others, object);
      used = tally.total;
      most = static_cast<std::int64_t>(static_cast<__int128>(calm) * *budget.part / 1'000'000);
      told = fmt::format("{}: {}, and {} without the faults", name, used, calm);
    }
    const auto strain = most > 0 ? used * 1'000 / most : (used > 0 ? INT64_MAX : 0);
    if (used > most) row.verdict = Verdict::failed;
    if (strain <= worst) continue;
    worst = strain;
    row.message = fmt::format("{}; {} of the budget", told, percent(used, most));
  }
  if (worst < 0) row.message = "nothing was spent";
  return row;
}

std::vector<reports::Expectation> Meter::results(const Sources& sources,
                                                 const Meter* without_faults, RunTime now) const {
  std::vector<reports::Expectation> rows;
  for (std::size_t i = 0; i < budgets_.size(); ++i)
    rows.push_back(judge(i, sources, without_faults, now));
  return rows;
}

}  // namespace spokelab::harness
