// A sweep as JSON, there and back.
#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/json.h"
#include "reports/json.h"
#include "reports/sweep.h"

namespace spokelab::reports {

namespace {

constexpr std::int64_t kNanosMax = 10LL * 365 * 24 * 3600 * 1'000'000'000;
constexpr std::uint64_t kCountMax = 1'000'000'000'000;
constexpr std::uint32_t kQuantiles[] = {500, 900, 950, 990, 1000};

Json timing_json(const std::pair<std::string, std::string>& key, const SweepTiming& timing) {
  Json out = {{"fault", key.first},
              {"name", key.second},
              {"never", timing.never},
              {"over", timing.over},
              {"n", timing.runs()}};
  if (timing.limit) {
    out["limitNs"] = timing.limit->count();
    out["limit"] = format_duration(*timing.limit);
  }
  for (const auto q : kQuantiles) {
    const auto value = timing.quantile(q);
    const auto name = q == 1000 ? std::string("maxMs") : fmt::format("p{}Ms", q / 10);
    const bool known = value && *value != kNever.time_since_epoch();
    out[name] = known ? Json(value->count() / 1'000'000) : Json();
  }
  auto& values = out["valuesNs"] = Json::array();
  for (const auto value : timing.values) values.push_back(value.count());
  return out;
}

/// A count out of a document; false when it is none.
bool read(const Json& at, const char* name, std::uint64_t most, std::uint64_t& out) {
  const auto* value = find(at, {name});
  if (value == nullptr || !value->is_number_unsigned() || value->get<std::uint64_t>() > most)
    return false;
  out = value->get<std::uint64_t>();
  return true;
}

bool read(const Json& at, const char* name, Nanos& out) {
  std::uint64_t nanos = 0;
  if (!read(at, name, static_cast<std::uint64_t>(kNanosMax), nanos)) return false;
  out = Nanos(static_cast<std::int64_t>(nanos));
  return true;
}

const char* read_timing(const Json& at, Sweep& sweep) {
  SweepTiming timing;
  if (!read(at, "never", kCountMax, timing.never)) return "never";
  if (!read(at, "over", kCountMax, timing.over)) return "over";
  if (at.contains("limitNs")) {
    Nanos limit{0};
    if (!read(at, "limitNs", limit)) return "limitNs";
    timing.limit = limit;
  }
  const auto* values = find(at, {"valuesNs"});
  if (values == nullptr || !values->is_array()) return "valuesNs";
  for (const auto& value : *values) {
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(kNanosMax))
      return "valuesNs";
    timing.values.emplace_back(value.get<std::int64_t>());
  }
  sweep.timings[{text_at(at, {"fault"}), text_at(at, {"name"})}] = std::move(timing);
  return nullptr;
}

const char* read_sweep(const Json& at, Sweep& sweep) {
  sweep.scenario = text_at(at, {"scenario"});
  sweep.because = text_at(at, {"because"});
  sweep.variant = text_at(at, {"variant"});
  sweep.file = text_at(at, {"file"});
  sweep.version = text_at(at, {"version"});
  if (!read(at, "seedFirst", UINT64_MAX, sweep.seed_first)) return "seedFirst";
  if (!read(at, "seedLast", UINT64_MAX, sweep.seed_last)) return "seedLast";
  if (!read(at, "passed", kCountMax, sweep.passed)) return "passed";
  if (!read(at, "failed", kCountMax, sweep.failed)) return "failed";
  if (!read(at, "inconclusive", kCountMax, sweep.inconclusive)) return "inconclusive";
  if (!read(at, "failuresLeftOut", kCountMax, sweep.failures_left_out)) return "failuresLeftOut";
  if (!read(at, "wallNs", sweep.wall)) return "wallNs";
  // Of all runs together: a sweep may well simulate more than ten years.
  std::uint64_t virtually = 0;
  if (!read(at, "virtualMs", 1'000'000'000'000'000, virtually)) return "virtualMs";
  sweep.virtually = std::chrono::milliseconds(virtually);
  const auto* timings = find(at, {"timings"});
  if (timings == nullptr || !timings->is_array()) return "timings";
  for (const auto& one : *timings) {
    if (!one.is_object()) return "timings";
    if (const auto* wrong = read_timing(one, sweep)) return wrong;
  }
  const auto* failures = find(at, {"failures"});
  if (failures == nullptr || !failures->is_array() || failures->size() > 2 * Sweep::kFailuresMax)
    return "failures";
  for (const auto& one : *failures) {
    SweepFailure failure;
    if (!read(one, "seed", UINT64_MAX, failure.seed)) return "seed";
    const auto verdict = text_at(one, {"verdict"});
    if (verdict != "failed" && verdict != "inconclusive") return "verdict";
    failure.verdict = verdict == "failed" ? Verdict::failed : Verdict::inconclusive;
    failure.reason = text_at(one, {"reason"});
    failure.replay = text_at(one, {"replay"});
    sweep.failures.push_back(std::move(failure));
  }
  return nullptr;
}

}  // namespace

std::string to_json(const Sweep& sweep) {
  Json out = {{"apiVersion", kApiVersion},
              {"kind", "SweepResult"},
              {"scenario", sweep.scenario},
              {"because", sweep.because},
              {"variant", sweep.variant},
              {"file", sweep.file},
              {"version", sweep.version},
              {"seedFirst", sweep.seed_first},
              {"seedLast", sweep.seed_last},
              {"runs", sweep.runs()},
              {"passed", sweep.passed},
              {"failed", sweep.failed},
              {"inconclusive", sweep.inconclusive},
              {"failuresLeftOut", sweep.failures_left_out},
              {"wallNs", sweep.wall.count()},
              {"virtualMs", sweep.virtually.count()},
              {"runsPerMinute", sweep.runs_per_minute()},
              {"timings", Json::array()},
              {"failures", Json::array()}};
  for (const auto& [key, timing] : sweep.timings)
    out["timings"].push_back(timing_json(key, timing));
  for (const auto& one : sweep.failures) {
    out["failures"].push_back({{"seed", one.seed},
                               {"verdict", name_of(one.verdict)},
                               {"reason", one.reason},
                               {"replay", one.replay}});
  }
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Sweep> load_sweep(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error().within("sweep result");
  if (text_at(*document, {"kind"}) != "SweepResult" ||
      text_at(*document, {"apiVersion"}) != kApiVersion) {
    return Error(Errc::bad_input, "this is no sweep result of spokelab.dev/v1");
  }
  Sweep sweep;
  if (const auto* wrong = read_sweep(*document, sweep)) {
    return Error(Errc::bad_input, fmt::format("sweep result: {} is missing or wrong", wrong));
  }
  sweep.sort();
  return sweep;
}

}  // namespace spokelab::reports
