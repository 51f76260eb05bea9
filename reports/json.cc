// The result document.
#include "reports/json.h"

#include <fmt/format.h>

#include <map>

#include "base/duration.h"
#include "base/json.h"
#include "reports/text.h"

namespace spokelab::reports {

namespace {

std::int64_t ms(Nanos span) { return std::chrono::floor<std::chrono::milliseconds>(span).count(); }
std::int64_t ms(RunTime at) { return ms(at.time_since_epoch()); }

void put_place(Json& out, const Place& place) {
  if (place.line <= 0) return;
  out["place"] = {{"file", place.file}, {"line", place.line}, {"column", place.column}};
}

void put_instant(Json& out, const std::string& name, const std::optional<RunTime>& at) {
  if (!at) return;
  out[name + "Ms"] = ms(*at);
  out[name] = format_run_time(*at);
}

Json timing_json(const Timing& timing) {
  Json out = {{"fault", timing.fault}, {"name", timing.name}, {"verdict", name_of(timing.verdict)}};
  out["measuredMs"] = timing.measured ? Json(ms(*timing.measured)) : Json();
  out["measured"] = measured_of(timing);
  if (timing.limit) {
    out["limitMs"] = ms(*timing.limit);
    out["limit"] = format_duration(*timing.limit);
    if (timing.measured) out["marginMs"] = ms(*timing.limit - *timing.measured);
  }
  auto& parts = out["parts"] = Json::array();
  for (const auto& part : timing.parts) {
    parts.push_back(
        {{"what", part.what}, {"spanMs", ms(part.span)}, {"span", format_duration(part.span)}});
  }
  if (!timing.note.empty()) out["note"] = timing.note;
  put_place(out, timing.place);
  return out;
}

Json expectation_json(const Expectation& one) {
  Json out = {{"text", one.text},
              {"verdict", name_of(one.verdict)},
              {"message", one.message},
              {"evaluations", one.evaluations}};
  if (!one.because.empty()) out["because"] = one.because;
  put_instant(out, "decidedAt", one.decided_at);
  put_place(out, one.place);
  return out;
}

Json fault_json(const FaultWindow& fault) {
  Json out = {{"name", fault.name},
              {"what", fault.what},
              {"scope", fault.scope},
              {"hits", fault.hits},
              {"clusters", fault.clusters}};
  put_instant(out, "start", fault.start);
  put_instant(out, "end", fault.end);
  return out;
}

}  // namespace

Json result_document(const Run& run) {
  Json out = {{"apiVersion", kApiVersion},
              {"kind", "RunResult"},
              {"scenario", run.scenario},
              {"because", run.because},
              {"variant", run.variant},
              {"file", run.file},
              {"seed", run.seed},
              {"swarm", run.swarm},
              {"plant", run.plant},
              {"version", run.version},
              {"profile", run.profile},
              {"verdict", name_of(run.verdict)},
              {"stated", name_of(run.stated)},
              {"reasons", run.reasons},
              {"hash", run.hash},
              {"events", run.events.size()},
              {"traffic", run.traffic},
              {"replay", run.replay}};
  out["lastsMs"] = ms(run.lasts);
  out["endedMs"] = ms(run.ended);
  out["wallMs"] = ms(run.wall);
  auto& clusters = out["clusters"] = Json::array();
  for (const auto& one : run.clusters) {
    clusters.push_back({{"name", one.name}, {"region", one.region}, {"role", one.role}});
  }
  auto& faults = out["faults"] = Json::array();
  for (const auto& one : run.faults) faults.push_back(fault_json(one));
  auto& timings = out["timings"] = Json::array();
  for (const auto& one : run.timings) timings.push_back(timing_json(one));
  auto& expectations = out["expectations"] = Json::array();
  for (const auto& one : run.expectations) expectations.push_back(expectation_json(one));
  auto& drawn = out["drawn"] = Json::array();
  for (const auto& [path, value] : run.drawn) drawn.push_back({{"path", path}, {"value", value}});
  auto& counters = out["counters"] = Json::object();
  for (const auto& [name, count] : run.counters) counters[clean(name)] = count;
  return out;
}

std::string result_json(std::span<const Run> runs) {
  Json out;
  if (runs.size() == 1) {
    out = result_document(runs[0]);
  } else {
    out = {{"apiVersion", kApiVersion}, {"kind", "RunResultList"}, {"items", Json::array()}};
    for (const auto& run : runs) out["items"].push_back(result_document(run));
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace spokelab::reports
