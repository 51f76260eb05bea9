// Lines made from a pod's spec and status alone, so that nothing need be kept for those who never
// ask.
#include "fakeapi/cluster/nodes/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/duration.h"
#include "fakeapi/cluster/nodes/command.h"
#include "fakeapi/cluster/nodes/probes.h"
#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

namespace {

/// Lines of one run, in the order of time once they are taken.
class Output {
 public:
  Output(const Json& pod, const Json& container, const Json& run, WallTime from, WallTime to)
      : pod_(pod), container_(container), from_(from), to_(to) {
    const Json& ended = object_at(run, {"terminated"});
    over_ = !ended.empty();
    const Json& times = over_ ? ended : object_at(run, {"running"});
    const auto started = time_at(times, {"startedAt"});
    if (!started) return;
    started_ = *started;
    if (over_) {
      exit_code_ = int_at(ended, {"exitCode"});
      to_ = std::min(to_, time_at(ended, {"finishedAt"}).value_or(to_));
    }
    runs_ = true;
  }

  std::vector<LogLine> take() {
    if (!runs_) return {};
    if (const auto script = script_of(container_))
      of_script(*script);
    else
      of_server();
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const LogLine& a, const LogLine& b) { return a.at < b.at; });
    if (lines_.size() > kLogLinesMax)
      lines_.erase(lines_.begin(), lines_.end() - static_cast<std::ptrdiff_t>(kLogLinesMax));
    return std::move(lines_);
  }

 private:
  void print(WallTime at, std::string text) {
    if (at > from_ && at <= to_) lines_.push_back({at, std::move(text)});
  }

  void of_script(const Script& script) {
    for (const auto& printed : script.printed) {
      const WallTime at = started_ + printed.after;
      print(at, printed.date ? format_rfc3339(at) : printed.text);
    }
  }

  void of_server() {
    const std::string name = text_at(container_, {"name"});
    WallTime at = started_ + std::chrono::milliseconds(8);
    print(at, fmt::format("{}: starting {}", name, text_at(container_, {"image"})));
    for (const Json& port : array_at(container_, {"ports"})) {
      at += std::chrono::milliseconds(3);
      print(at, fmt::format("{}: listening on :{}", name, int_at(port, {"containerPort"})));
    }
    for (const char* probe : {"startupProbe", "readinessProbe", "livenessProbe"}) of_probe(probe);
    if (over_)
      end(name);
    else if (const auto told = time_at(pod_, {"metadata", "deletionTimestamp"}))
      print(*told - grace(), fmt::format("{}: received SIGTERM, shutting down", name));
  }

  std::chrono::seconds grace() const {
    const auto seconds = int_at(pod_, {"metadata", "deletionGracePeriodSeconds"});
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 1'000'000'000));
  }

  void end(const std::string& name) {
    if (exit_code_ == 143) print(to_, fmt::format("{}: received SIGTERM, shutting down", name));
    if (exit_code_ == 0) print(to_, fmt::format("{}: finished", name));
    if (exit_code_ > 0 && exit_code_ < 128)
      print(to_, fmt::format("{}: fatal: exit status {}", name, exit_code_));
  }

  void of_probe(const char* which) {
    const Json* probe = find(container_, {which});
    const Json* http = probe != nullptr ? find(*probe, {"httpGet"}) : nullptr;
    if (http == nullptr) return;
    const ProbeTimes times = probe_times(*probe);
    const std::string path = text_at(*http, {"path"}, "/");
    const bool readiness = std::string_view(which) == "readinessProbe";
    WallTime until = to_;
    WallTime at = started_ + times.initial + times.period;
    // A startup probe stops once the container has started.
    if (std::string_view(which) == "startupProbe") until = std::min(until, ready_since());
    const auto kept = times.period * static_cast<std::int64_t>(kLogLinesMax);
    if (const WallTime first = std::max(from_, until - kept); at < first)
      at += times.period * ((first - at) / times.period);
    for (; at <= until; at += times.period) {
      const bool fails = readiness && !ready_at(at);
      print(at, fmt::format("\"GET {} HTTP/1.1\" {} \"kube-probe/1.32\"", path, fails ? 503 : 200));
    }
  }

  const Json& status() const {
    static const Json none = Json::object();
    for (const char* list : {"containerStatuses", "initContainerStatuses"}) {
      for (const Json& one : array_at(pod_, {"status", list})) {
        if (text_at(one, {"name"}) == text_at(container_, {"name"})) return one;
      }
    }
    return none;
  }
  WallTime ready_since() const {
    const Json* condition =
        condition_in(array_at(pod_, {"status", "conditions"}), "ContainersReady");
    if (condition == nullptr) return started_;
    return time_at(*condition, {"lastTransitionTime"}).value_or(started_);
  }
  /// Only the last change of readiness is known.
  bool ready_at(WallTime at) const {
    const bool now = bool_at(status(), {"ready"});
    return at >= ready_since() ? now : !now;
  }

  const Json& pod_;
  const Json& container_;
  WallTime from_;
  WallTime to_;
  WallTime started_{};
  bool runs_ = false;
  bool over_ = false;
  std::int64_t exit_code_ = 0;
  std::vector<LogLine> lines_;
};

}  // namespace

std::vector<LogLine> container_output(const Json& pod, const Json& container, const Json& run,
                                      WallTime from, WallTime to) {
  return Output(pod, container, run, from, to).take();
}

}  // namespace spokelab::fakeapi
