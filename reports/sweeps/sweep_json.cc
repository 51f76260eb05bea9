// A sweep as JSON, there and back.
#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/json.h"
#include "reports/json.h"
#include "reports/sweeps/sweep.h"

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
  Json worst = Json::array();
  for (const auto& one : timing.worst)
    worst.push_back(
        {{"seed", one.seed}, {"ns", one.measured ? Json(one.measured->count()) : Json()}});
  out["worst"] = std::move(worst);
  Json values = Json::array();
  for (const auto value : timing.values) values.push_back(value.count());
  out["valuesNs"] = std::move(values);
  return out;
}

Json seeds_json(const SeedSet& seeds) {
  Json out = Json::array();
  for (const auto& one : seeds.ranges()) out.push_back(Json::array({one.first, one.last}));
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

/// Ranges of seeds; false when they are none. What is absent is left as it is.
bool read(const Json& at, const char* name, SeedSet& out) {
  constexpr std::size_t kRangesMax = 10'000'000;
  const auto* ranges = find(at, {name});
  if (ranges == nullptr) return true;
  if (!ranges->is_array() || ranges->size() > kRangesMax) return false;
  for (const auto& one : *ranges) {
    const bool good = one.is_array() && one.size() == 2 && one[0].is_number_unsigned() &&
                      one[1].is_number_unsigned();
    if (!good) return false;
    const SeedRange range{one[0].get<std::uint64_t>(), one[1].get<std::uint64_t>()};
    if (range.last < range.first || range.last - range.first > kCountMax) return false;
    out.add(range);
  }
  return true;
}

bool read_worst(const Json& at, SweepTiming& timing) {
  const auto* worst = find(at, {"worst"});
  if (worst == nullptr) return true;
  if (!worst->is_array() || worst->size() > 1000) return false;
  for (const auto& one : *worst) {
    SweepWorst seed;
    if (!one.is_object() || !read(one, "seed", UINT64_MAX, seed.seed) || !one.contains("ns"))
      return false;
    if (!one["ns"].is_null()) {
      Nanos measured{0};
      if (!read(one, "ns", measured)) return false;
      seed.measured = measured;
    }
    timing.worst.push_back(seed);
  }
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
  if (!read_worst(at, timing)) return "worst";
  sweep.timings[{text_at(at, {"fault"}), text_at(at, {"name"})}] = std::move(timing);
  return nullptr;
}

const char* read_sweep(const Json& at, Sweep& sweep) {
  sweep.scenario = text_at(at, {"scenario"});
  sweep.because = text_at(at, {"because"});
  sweep.variant = text_at(at, {"variant"});
  sweep.file = text_at(at, {"file"});
  sweep.version = text_at(at, {"version"});
  sweep.digest = text_at(at, {"digest"});
  sweep.swarm = bool_at(at, {"swarm"});
  sweep.plant = text_at(at, {"plant"});
  sweep.cut_short = text_at(at, {"cutShort"});
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (!read(at, "seedFirst", UINT64_MAX, first)) return "seedFirst";
  if (!read(at, "seedLast", UINT64_MAX, last)) return "seedLast";
  if (!read(at, "seedsAsked", sweep.asked)) return "seedsAsked";
  if (!read(at, "seedsPlayed", sweep.played)) return "seedsPlayed";
  const bool counted = at.contains("seedsPlayed");
  if (!read(at, "passed", kCountMax, sweep.passed)) return "passed";
  if (!read(at, "failed", kCountMax, sweep.failed)) return "failed";
  if (!read(at, "inconclusive", kCountMax, sweep.inconclusive)) return "inconclusive";
  if (at.contains("crashed") && !read(at, "crashed", kCountMax, sweep.crashed)) return "crashed";
  if (at.contains("hung") && !read(at, "hung", kCountMax, sweep.hung)) return "hung";
  if (counted && sweep.played.size() != sweep.runs()) return "seedsPlayed";
  // Older results name only the first and the last.
  if (sweep.played.empty() && sweep.runs() > 0 && last >= first && last - first < kCountMax)
    sweep.played.add(SeedRange{first, last});
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
    if (const auto* drawn = find(one, {"drawn"}); drawn != nullptr && drawn->is_array()) {
      for (const auto& value : *drawn) {
        if (value.is_string()) failure.drawn.push_back(value.get<std::string>());
      }
    }
    sweep.failures.push_back(std::move(failure));
  }
  return nullptr;
}

}  // namespace

namespace {

Json sweep_document(const Sweep& sweep) {
  Json out = {{"apiVersion", kApiVersion},
              {"kind", "SweepResult"},
              {"scenario", sweep.scenario},
              {"because", sweep.because},
              {"variant", sweep.variant},
              {"file", sweep.file},
              {"version", sweep.version},
              {"digest", sweep.digest},
              {"swarm", sweep.swarm},
              {"plant", sweep.plant},
              {"seedFirst", sweep.seed_first()},
              {"seedLast", sweep.seed_last()},
              {"seedsAsked", seeds_json(sweep.asked)},
              {"seedsPlayed", seeds_json(sweep.played)},
              {"cutShort", sweep.cut_short},
              {"runs", sweep.runs()},
              {"passed", sweep.passed},
              {"failed", sweep.failed},
              {"inconclusive", sweep.inconclusive},
              {"crashed", sweep.crashed},
              {"hung", sweep.hung},
              {"failuresLeftOut", sweep.failures_left_out},
              {"wallNs", sweep.wall.count()},
              {"virtualMs", sweep.virtually.count()},
              {"runsPerMinute", sweep.runs_per_minute()}};
  Json timings = Json::array();
  for (const auto& [key, timing] : sweep.timings) timings.push_back(timing_json(key, timing));
  out["timings"] = std::move(timings);
  Json failures = Json::array();
  for (const auto& one : sweep.failures) {
    failures.push_back({{"seed", one.seed},
                        {"verdict", name_of(one.verdict)},
                        {"reason", one.reason},
                        {"replay", one.replay},
                        {"drawn", one.drawn}});
  }
  out["failures"] = std::move(failures);
  return out;
}

std::string print(const Json& document) {
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Sweep> read_document(const Json& document) {
  if (text_at(document, {"kind"}) != "SweepResult" ||
      text_at(document, {"apiVersion"}) != kApiVersion) {
    return Error(Errc::bad_input, "this is no sweep result of spokelab.dev/v1");
  }
  Sweep sweep;
  if (const auto* wrong = read_sweep(document, sweep)) {
    return Error(Errc::bad_input, fmt::format("sweep result: {} is missing or wrong", wrong));
  }
  sweep.sort();
  return sweep;
}

}  // namespace

std::string to_json(const Sweep& sweep) { return print(sweep_document(sweep)); }

std::string to_json(std::span<const Sweep> sweeps) {
  if (sweeps.size() == 1) return to_json(sweeps.front());
  Json items = Json::array();
  for (const auto& one : sweeps) items.push_back(sweep_document(one));
  return print(
      Json{{"apiVersion", kApiVersion}, {"kind", "SweepResultList"}, {"items", std::move(items)}});
}

Result<Sweep> load_sweep(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error().within("sweep result");
  return read_document(*document);
}

Result<std::vector<Sweep>> load_sweeps(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error().within("sweep result");
  std::vector<Sweep> out;
  if (text_at(*document, {"kind"}) != "SweepResultList") {
    auto one = read_document(*document);
    if (!one) return one.error();
    out.push_back(std::move(*one));
    return out;
  }
  const auto* items = find(*document, {"items"});
  if (items == nullptr || !items->is_array())
    return Error(Errc::bad_input, "sweep result: items is missing or wrong");
  for (const auto& item : *items) {
    auto one = read_document(item);
    if (!one) return one.error();
    out.push_back(std::move(*one));
  }
  return out;
}

}  // namespace spokelab::reports
