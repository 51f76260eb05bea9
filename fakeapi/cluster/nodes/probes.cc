// The arithmetic of probes.
#include "fakeapi/cluster/nodes/probes.h"

#include <fmt/format.h>

#include <algorithm>

#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

namespace {

/// The first tick of a series at or after an instant; kNever for kNever.
RunTime first_tick(RunTime base, Nanos period, RunTime at) {
  if (at == kNever) return kNever;
  if (at <= base) return base;
  return base + (at - base + period - Nanos{1}) / period * period;
}

}  // namespace

ProbeTimes probe_times(const Json& probe) {
  // More than anybody means, and few enough that their product is still a span of time.
  constexpr std::int64_t kMost = 50'000;
  const auto positive = [&](std::string_view name, std::int64_t fallback) {
    return std::clamp<std::int64_t>(int_at(probe, {name}, fallback), 1, kMost);
  };
  ProbeTimes times;
  times.initial = std::chrono::seconds(
      std::clamp<std::int64_t>(int_at(probe, {"initialDelaySeconds"}), 0, kMost));
  times.period = std::chrono::seconds(positive("periodSeconds", 10));
  times.failures = positive("failureThreshold", 3);
  times.successes = positive("successThreshold", 1);
  return times;
}

RunTime worker_begin(const ProbeTimes& times, RunTime started, RunTime startup_passed) {
  return std::max(startup_passed, started + times.initial);
}

RunTime next_run(const ProbeTimes& times, RunTime began, RunTime now) {
  return first_tick(began, times.period, now + Nanos{1});
}

ProbePlan plan_probes(const Json& container_spec, RunTime started, RunTime answers_from,
                      bool never_ready) {
  ProbePlan plan;
  plan.started_at = started;
  if (const Json* probe = find(container_spec, {"startupProbe"}); probe != nullptr) {
    const ProbeTimes times = probe_times(*probe);
    const RunTime begin = started + times.initial;
    const RunTime limit = begin + times.period * (times.failures - 1);
    plan.started_at = first_tick(begin, times.period, answers_from);
    if (plan.started_at > limit) {
      plan.started_at = kNever;
      plan.kill_at = limit;
      plan.killer = ProbeKind::startup;
      return plan;
    }
  }
  if (const Json* probe = find(container_spec, {"livenessProbe"}); probe != nullptr) {
    const ProbeTimes times = probe_times(*probe);
    const RunTime begin = worker_begin(times, started, plan.started_at);
    const RunTime limit = begin + times.period * (times.failures - 1);
    if (first_tick(begin, times.period, answers_from) > limit) plan.kill_at = limit;
  }
  const Json* probe = find(container_spec, {"readinessProbe"});
  if (probe == nullptr) {
    plan.ready_at = plan.started_at;
  } else if (!never_ready && answers_from != kNever) {
    const ProbeTimes times = probe_times(*probe);
    const RunTime begin = worker_begin(times, started, plan.started_at);
    plan.ready_at =
        first_tick(begin, times.period, answers_from) + times.period * (times.successes - 1);
  }
  return plan;
}

std::string probe_failure(const Json& probe, ProbeKind kind, const std::string& address) {
  const char* word = kind == ProbeKind::startup    ? "Startup"
                     : kind == ProbeKind::liveness ? "Liveness"
                                                   : "Readiness";
  const auto port = [&](std::string_view handler) {
    const Json* found = find(probe, {handler, "port"});
    return found == nullptr     ? std::string("0")
           : found->is_string() ? found->get<std::string>()
                                : found->dump();
  };
  if (find(probe, {"httpGet"}) != nullptr)
    return fmt::format("{} probe failed: HTTP probe failed with statuscode: 503", word);
  if (find(probe, {"tcpSocket"}) != nullptr) {
    return fmt::format("{} probe failed: dial tcp {}:{}: connect: connection refused", word,
                       address, port("tcpSocket"));
  }
  if (find(probe, {"grpc"}) != nullptr) {
    return fmt::format(
        "{} probe failed: timeout: failed to connect service \"{}:{}\" within 1s: context deadline "
        "exceeded",
        word, address, port("grpc"));
  }
  return fmt::format("{} probe failed: ", word);
}

}  // namespace spokelab::fakeapi
