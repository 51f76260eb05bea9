#include "harness/judge/contrast.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/duration.h"
#include "harness/judge/board.h"
#include "harness/judge/rules/writer.h"

namespace spokelab::harness {

namespace {

using reports::Verdict;

constexpr std::size_t kDifferencesMax = 12;  // more would drown the sentence

/// What is counted in a history between ready and the scenario's end.
struct Figures {
  std::map<std::string, std::int64_t> counts;
  std::map<std::string, Nanos> out_of_order;  // by application
};

class Reading {
 public:
  explicit Reading(const reports::Run& run) : run_(run) {}

  Figures read() {
    for (const auto& event : run_.events) {
      if (event.subject == "run.phase" && event.value == "ready") ready_ = event.at;
      if (event.subject == "run.phase" && event.value == "liveness") break;
      take(event);
    }
    const auto end = RunTime(run_.lasts);
    for (auto& [name, app] : apps_) {
      if (app.bad_since && end > *app.bad_since) app.bad += end - *app.bad_since;
      out_.out_of_order[name] = app.bad;
    }
    return std::move(out_);
  }

 private:
  struct App {
    std::string sync;
    std::string health;
    std::optional<RunTime> bad_since;
    Nanos bad{0};
  };

  void take(const Event& event) {
    if (event.kind == EventKind::fact && ready_) {
      if (event.value == "sync-started") ++out_.counts["sync operations"];
      if (event.value == "delivered") ++out_.counts["notifications"];
      if (event.value == "delete" && !replica_behind(event).empty())
        ++out_.counts["deletions by the hub"];
      return;
    }
    if (event.kind != EventKind::state || !event.subject.starts_with("app.")) return;
    const auto parts = subject_segments(event.subject);
    if (parts.size() != 3) return;
    auto& app = apps_[parts[1]];
    if (parts[2] == "sync") app.sync = event.value;
    if (parts[2] == "health") app.health = event.value;
    const bool gone = parts[2] == "exists" && event.value == "false";
    if (gone) app.sync = app.health = "";
    if (parts[2] != "sync" && parts[2] != "health" && !gone) return;
    const bool bad = !gone && (app.sync != "Synced" || app.health != "Healthy");
    const auto from = ready_.value_or(event.at);
    if (bad && !app.bad_since) app.bad_since = event.at;
    if (!bad && app.bad_since) {
      if (ready_ && event.at > from) app.bad += event.at - std::max(from, *app.bad_since);
      app.bad_since.reset();
    }
  }

  const reports::Run& run_;
  std::optional<RunTime> ready_;
  std::map<std::string, App> apps_;
  Figures out_;
};

std::vector<std::string> differences(const Side& with, const Side& without) {
  std::vector<std::string> out;
  auto mine = Reading(with.run).read();
  auto calm = Reading(without.run).read();
  for (const auto& [name, count] : with.counters) {
    // How often the kernel worked says nothing to anybody.
    if (!name.starts_with("kernel.") && !name.ends_with(".noop-writes")) mine.counts[name] = count;
  }
  for (const auto& [name, count] : without.counters) {
    if (!name.starts_with("kernel.") && !name.ends_with(".noop-writes")) calm.counts[name] = count;
  }
  for (const auto& [name, span] : mine.out_of_order) {
    const auto other = calm.out_of_order.find(name);
    const auto before = other == calm.out_of_order.end() ? Nanos(0) : other->second;
    if (span == before) continue;
    out.push_back(fmt::format("{} was out of order for {} instead of {}", name,
                              format_duration(span), format_duration(before)));
  }
  auto names = mine.counts;
  names.insert(calm.counts.begin(), calm.counts.end());
  for (const auto& [name, ignored] : names) {
    const auto a = mine.counts.contains(name) ? mine.counts.at(name) : 0;
    const auto b = calm.counts.contains(name) ? calm.counts.at(name) : 0;
    if (a == b) continue;
    // Chance alone makes such large numbers a little different.
    if (std::max(a, b) > 100 && std::abs(a - b) * 50 < std::max(a, b)) continue;
    auto text = fmt::format("{} {} instead of {}", a, name, b);
    if (b > 0) text += fmt::format(" ({}%)", a * 100 / b);
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace

reports::Expectation contrast(const Side& with, const Side& without) {
  reports::Expectation row;
  row.text = "control: the same seed without the faults";
  row.because = "what differs is the faults' doing, and nothing else";
  row.evaluations = 1;
  row.decided_at = with.run.ended;
  auto wrong = without.complaints;
  for (const auto& one : without.run.expectations) {
    if (one.place.line == 0 && one.verdict != Verdict::passed)
      wrong.push_back(fmt::format("{}: {}", one.text, one.message));
  }
  if (!wrong.empty()) {
    row.verdict = Verdict::failed;
    row.message =
        fmt::format("it does not hold without the faults either: {}", fmt::join(wrong, "; "));
    return row;
  }
  auto all = differences(with, without);
  if (all.empty()) {
    row.message = "nothing differs: the faults changed nothing that is counted";
    return row;
  }
  const auto more = all.size() > kDifferencesMax ? all.size() - kDifferencesMax : 0;
  all.resize(all.size() - more);
  row.message = fmt::format("the faults' doing: {}", fmt::join(all, "; "));
  if (more > 0) row.message += fmt::format("; and {} more", more);
  return row;
}

void note_what_fails_anyway(reports::Run& with, const reports::Run& without, std::size_t count) {
  for (std::size_t i = 0; i < count && i < with.expectations.size(); ++i) {
    auto& mine = with.expectations[i];
    if (mine.verdict != Verdict::failed || i >= without.expectations.size()) continue;
    const auto& calm = without.expectations[i];
    // What waits for a fault says nothing where there is none.
    if (calm.message.starts_with("never evaluated")) continue;
    mine.message += calm.verdict == Verdict::failed ? "; so it is without the faults"
                                                    : "; it holds without the faults";
  }
}

}  // namespace spokelab::harness
