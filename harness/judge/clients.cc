#include "harness/judge/clients.h"

#include <algorithm>
#include <optional>

#include "harness/judge/timings.h"

namespace spokelab::harness {

namespace {

using std::chrono::seconds;
__extension__ using Wide = __int128;

/// A twelfth of a year of 365.25 days, as error budgets are counted: 99.9 % leave 43m50s.
constexpr Nanos kMonth = seconds(2'629'800);

std::int64_t number(const Event& event, const std::string& name) {
  for (const auto& [key, value] : event.numbers) {
    if (key == name) return value;
  }
  return 0;
}

/// Seconds of one kind of clients, in order of time.
class Tally {
 public:
  Tally(RunTime start, RunTime end) : start_(start), end_(end) {}

  /// What was sent in the second before `at`.
  void add(RunTime at, std::int64_t sent, std::int64_t failed) {
    if (sent <= 0) return;
    out_.sent += sent;
    out_.failed += failed;
    const auto good = Wide{sent - failed} * 1'000'000;
    if (good < Wide{sent} * kSuccessMin) out_.downtime += seconds(1);
    out_.burned += Nanos(static_cast<Nanos::rep>(Wide{Nanos(seconds(1)).count()} * failed / sent));
    if (at > end_) return;
    note(good < Wide{sent} * 500'000, at, p50_);
    note(good < Wide{sent} * 950'000, at, p95_);
    note(good < Wide{sent} * 990'000, at, p99_);
    last_ = at;
  }

  reports::ClientResult result(std::uint32_t slo) {
    out_.p50 = recovered(p50_);
    out_.p95 = recovered(p95_);
    out_.p99 = recovered(p99_);
    out_.slo = slo;
    out_.budget =
        Nanos(static_cast<Nanos::rep>(Wide{kMonth.count()} * (1'000'000 - slo) / 1'000'000));
    return out_;
  }

 private:
  static void note(bool bad, RunTime at, std::optional<RunTime>& last) {
    if (bad) last = at;
  }
  /// To the end of the last bad second; never when that was the last one of the fault.
  std::optional<Nanos> recovered(const std::optional<RunTime>& last_bad) const {
    if (!last_bad) return Nanos(0);
    if (*last_bad == last_) return std::nullopt;
    return *last_bad - start_;
  }

  RunTime start_;
  RunTime end_;
  RunTime last_{};
  std::optional<RunTime> p50_, p95_, p99_;  // ends of the last seconds that were worse than that
  reports::ClientResult out_;
};

}  // namespace

std::vector<reports::ClientResult> client_results(const std::vector<Event>& events,
                                                  const std::vector<reports::FaultWindow>& faults,
                                                  const std::vector<ClientInputs>& traffic,
                                                  RunTime ended) {
  std::vector<reports::ClientResult> all;
  for (const auto& fault : faults) {
    if (!fault.start) continue;
    const RunTime start = *fault.start;
    const RunTime end = fault.end.value_or(ended);
    RunTime until = ended;
    for (const auto& other : faults) {
      if (other.start && *other.start > end) until = std::min(until, *other.start);
    }
    for (const auto& one : traffic) {
      const bool several = one.kinds.size() > 1;
      std::vector<Tally> tallies(several ? one.kinds.size() + 1 : 1, Tally(start, end));
      std::vector<std::pair<std::string, std::string>> names;
      for (const auto& [kind, share] : one.kinds)
        names.emplace_back("kind." + kind + ".sent", "kind." + kind + ".failed");
      const auto subject = "traffic." + one.traffic;
      for (const auto& event : events) {
        if (event.kind != EventKind::traffic || event.subject != subject) continue;
        if (event.at <= start || event.at > until) continue;
        tallies[0].add(event.at, number(event, "sent"), number(event, "failed"));
        for (std::size_t kind = 0; several && kind < names.size(); ++kind) {
          tallies[kind + 1].add(event.at, number(event, names[kind].first),
                                number(event, names[kind].second));
        }
      }
      const auto put = [&](Tally& tally, std::string kind, std::uint32_t share) {
        auto result = tally.result(one.slo);
        if (result.sent == 0) return;
        result.fault = fault.name;
        result.traffic = one.traffic;
        result.kind = std::move(kind);
        result.share = share;
        all.push_back(std::move(result));
      };
      for (std::size_t kind = 0; kind < one.kinds.size(); ++kind) {
        put(tallies[several ? kind + 1 : 0], one.kinds[kind].first, one.kinds[kind].second);
      }
      if (several) put(tallies[0], "all", 1'000'000);
    }
  }
  return all;
}

}  // namespace spokelab::harness
