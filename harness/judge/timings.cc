#include "harness/judge/timings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/duration.h"
#include "harness/judge/board.h"
#include "harness/judge/convergence.h"

namespace spokelab::harness {

namespace {

using reports::FaultWindow;
using reports::Timing;
using reports::TimingPart;

/// A step on the way, by instant; parts are the differences between steps.
struct Milestone {
  RunTime at;
  std::string what;
};

std::vector<TimingPart> parts_between(RunTime start, RunTime end, std::vector<Milestone> steps) {
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Milestone& a, const Milestone& b) { return a.at < b.at; });
  std::vector<TimingPart> parts;
  RunTime at = start;
  for (auto& step : steps) {
    if (step.at < start || step.at > end) continue;
    if (step.at == at && !parts.empty()) {
      parts.back().what += ", " + step.what;
      continue;
    }
    parts.push_back(TimingPart{std::move(step.what), step.at - at});
    at = step.at;
  }
  if (at < end) parts.push_back(TimingPart{"rest", end - at});
  return parts;
}

std::optional<std::int64_t> number_of(const Event& event, std::string_view name) {
  for (const auto& [key, value] : event.numbers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

RunTime instant(std::int64_t nanos) { return RunTime(Nanos(nanos)); }

bool matches(const Event& event, std::string_view root, std::string_view field) {
  const std::string_view subject = event.subject;
  return subject.starts_with(root) && subject.find(field, root.size()) != std::string_view::npos;
}

/// The last segment of "traffic.NAME.target.CLUSTER", the middle of "cluster.NAME.connection".
std::string segment(const Event& event, std::size_t n) {
  const auto parts = subject_segments(event.subject);
  return n < parts.size() ? parts[n] : "";
}

class Measuring {
 public:
  Measuring(const TimingInputs& inputs, const FaultWindow& fault)
      : inputs_(inputs),
        fault_(fault),
        start_(*fault.start),
        end_(fault.end.value_or(inputs.ended)) {}

  std::vector<Timing> all() {
    hub();
    alert();
    router();
    users();
    traffic();
    reconvergence();
    return std::move(timings_);
  }

 private:
  bool during(const Event& event) const { return event.at >= start_ && event.at <= end_; }
  Timing blank(std::string name) const {
    Timing timing;
    timing.fault = fault_.name;
    timing.name = std::move(name);
    return timing;
  }

  static bool strikes(const FaultWindow& fault, const std::string& cluster) {
    const auto name = cluster == "in-cluster" ? std::string("hub") : cluster;
    return std::find(fault.clusters.begin(), fault.clusters.end(), name) != fault.clusters.end();
  }

  /// Whether what became of a cluster at `at` is this fault's doing: it strikes that cluster, or no
  /// other fault in force then strikes it or the hub, from where it is seen.
  bool is_ours(const std::string& cluster, RunTime at) const {
    if (strikes(fault_, cluster)) return true;
    return std::none_of(inputs_.faults.begin(), inputs_.faults.end(),
                        [&](const FaultWindow& other) {
                          return other.name != fault_.name && other.start && *other.start <= at &&
                                 at <= other.end.value_or(inputs_.ended) &&
                                 (strikes(other, cluster) || strikes(other, "hub"));
                        });
  }

  /// Subjects (by segment `n`) whose truth turned false at the fault's start or while it lasted.
  std::set<std::string> lost(std::string_view root, std::string_view field, std::size_t n) const {
    std::set<std::string> names;
    for (const auto& event : inputs_.events) {
      if (event.at > end_) break;
      if (event.kind != EventKind::truth || !during(event) || event.value != "false") continue;
      if (matches(event, root, field) && is_ours(segment(event, n), event.at))
        names.insert(segment(event, n));
    }
    return names;
  }

  void hub() {
    const auto clusters = lost("truth.cluster.", ".reachable", 2);
    detection("detection.hub", clusters, "the hub", [&](const Event& event, std::string& cluster) {
      if (!matches(event, "cluster.", ".connection")) return false;
      cluster = segment(event, 1);
      return event.value == "Failed";
    });
  }

  /// Whether there was anybody who would have told.
  bool notifies() const {
    return std::any_of(inputs_.events.begin(), inputs_.events.end(), [&](const Event& event) {
      return event.at <= end_ && event.kind == EventKind::state &&
             event.subject == "hub.notifications" && event.value == "on";
    });
  }

  /// The clusters that a notification must be about; empty: the fault strikes none of them in
  /// particular (Git, a hub replica), and any will do.
  std::set<std::string> clusters_to_tell_of() const {
    auto clusters = lost("truth.cluster.", ".reachable", 2);
    clusters.merge(lost("truth.cluster.", ".serving", 2));
    clusters.insert(fault_.clusters.begin(), fault_.clusters.end());
    clusters.erase("hub");
    clusters.erase("in-cluster");
    return clusters;
  }

  void alert() {
    if (!notifies()) return;
    const auto clusters = clusters_to_tell_of();
    auto timing = blank("detection.alert");
    const Event* failed = nullptr;
    std::size_t failures = 0;
    for (const auto& event : inputs_.events) {
      if (event.at > end_) break;
      if (event.kind != EventKind::fact || !event.subject.starts_with("alert.")) continue;
      if (instant(number_of(event, "sent").value_or(0)) < start_) continue;
      if (!clusters.empty() && !clusters.contains(event.cluster)) continue;
      if (event.value != "delivered") {
        failed = &event;
        ++failures;
        continue;
      }
      timing.measured = event.at - start_;
      timing.note = fmt::format("{} of {} {}", segment(event, 2), segment(event, 1), event.message);
      timing.parts = parts_between(start_, event.at, steps_to_alert(event));
      timings_.push_back(std::move(timing));
      return;
    }
    timing.note = clusters.empty() ? std::string("no notification was delivered")
                                   : fmt::format("no notification about {} was delivered",
                                                 fmt::join(clusters, ", "));
    if (failed != nullptr)
      timing.note += fmt::format("; {} failed, the last {}", failures, failed->message);
    timings_.push_back(std::move(timing));
  }

  /// What the hub came to know before it told, and the telling.
  std::vector<Milestone> steps_to_alert(const Event& alert) const {
    const auto sent = instant(*number_of(alert, "sent"));
    const auto object = segment(alert, 1);
    const Event* belief = nullptr;
    const Event* state = nullptr;
    for (const auto& event : inputs_.events) {
      if (event.at > sent) break;
      if (event.at < start_) continue;
      if (event.kind == EventKind::belief &&
          event.subject == "cluster." + alert.cluster + ".connection") {
        belief = &event;
      } else if (event.kind == EventKind::state && event.subject.starts_with("app.") &&
                 segment(event, 1) == object) {
        const auto field = segment(event, 2);
        if (field == "health" || field == "sync" || field == "operation") state = &event;
      }
    }
    std::vector<Milestone> steps;
    if (belief != nullptr) {
      steps = probes_before(*belief);
      steps.push_back(
          {belief->at, fmt::format("the hub calls {} {}", alert.cluster, belief->value)});
    }
    if (state != nullptr) {
      steps.push_back(
          {state->at, fmt::format("{} of app {} is {}", segment(*state, 2), object, state->value)});
    }
    steps.push_back({sent, "notification sent"});
    steps.push_back({alert.at, "delivered"});
    return steps;
  }

  void router() {
    std::set<std::string> targets;
    for (const auto& event : inputs_.events) {
      if (event.at > end_) break;
      if (event.kind == EventKind::truth && during(event) && event.value == "false" &&
          event.subject.starts_with("truth.traffic.") && is_ours(segment(event, 3), event.at)) {
        targets.insert(segment(event, 2) + "/" + segment(event, 3));
      }
    }
    // A target to which nobody was sent anyway is not what the fault is about.
    detection("detection.router", targets, "the router", [&](const Event& event, std::string& key) {
      if (!matches(event, "traffic.", ".target.")) return false;
      key = segment(event, 1) + "/" + segment(event, 3);
      return event.value == "unhealthy";
    });
  }

  template <class Matches>
  void detection(std::string name, std::set<std::string> wanted, std::string_view observer,
                 Matches matches_belief) {
    // A fault that cripples and does not kill: who turns away from what it strikes has noticed it.
    if (wanted.empty()) {
      for (const auto& event : inputs_.events) {
        if (event.at > end_) break;
        std::string key;
        if (event.kind != EventKind::belief || !during(event) || !matches_belief(event, key))
          continue;
        if (strikes(fault_, key.substr(key.find('/') + 1))) wanted.insert(key);
      }
    }
    if (wanted.empty()) return;
    auto timing = blank(std::move(name));
    std::map<std::string, const Event*> seen;
    std::set<std::string> believed_before;  // beliefs that were right already
    std::map<std::string, bool> belief;
    for (const auto& event : inputs_.events) {
      if (event.at > end_) break;
      if (event.kind != EventKind::belief) continue;
      std::string key;
      const bool right = matches_belief(event, key);
      if (!wanted.contains(key)) continue;
      if (event.at < start_) belief[key] = right;
      if (right && during(event)) seen.emplace(key, &event);
    }
    for (const auto& [key, right] : belief) {
      if (right) believed_before.insert(key);
    }
    const Event* last = nullptr;
    std::vector<std::string> missing;
    for (const auto& key : wanted) {
      const auto found = seen.find(key);
      if (found != seen.end()) {
        if (last == nullptr || found->second->at > last->at) last = found->second;
      } else if (!believed_before.contains(key) && belief.contains(key)) {
        missing.push_back(key);
      }
    }
    if (!missing.empty()) {
      timing.note =
          fmt::format("{} never noticed the loss of {}", observer, fmt::join(missing, ", "));
    } else if (last == nullptr) {
      return;  // nothing to notice: it held no other belief
    } else {
      timing.measured = last->at - start_;
      timing.note = last->message;
      timing.parts = parts_between(start_, last->at, probes_before(*last));
    }
    timings_.push_back(std::move(timing));
  }

  /// How the last failed probe of a router ended.
  static std::string its_end(const Event& belief) {
    return belief.message.find("timeout") != std::string::npos ? "its timeout" : "its answer";
  }

  /// The failed probes that led to a belief.
  std::vector<Milestone> probes_before(const Event& belief) const {
    std::vector<Milestone> steps;
    if (const auto sent = number_of(belief, "first_sent")) {
      if (number_of(belief, "proxies")) {
        steps.push_back({instant(*sent), "first request that fails sent"});
        steps.push_back({belief.at, "enough errors for most proxies"});
        return steps;
      }
      steps.push_back({instant(*sent), "first probe that fails sent"});
      const auto known = number_of(belief, "first_known").value_or(*sent);
      const auto last = number_of(belief, "last_sent").value_or(known);
      const auto in_a_row = number_of(belief, "in_a_row").value_or(1);
      if (in_a_row > 1) {
        steps.push_back({instant(last), fmt::format("failed probe {} sent", in_a_row)});
      }
      steps.push_back({belief.at, its_end(belief)});
      return steps;
    }
    int n = 0;
    const auto prefix = "cluster." + belief.cluster + ".probe";
    for (const auto& event : inputs_.events) {
      if (event.at > belief.at) break;
      if (event.at < start_ || event.subject != prefix || event.value != "failed") continue;
      steps.push_back({event.at, fmt::format("failed probe {}", ++n)});
    }
    if (n == 0) steps.push_back({belief.at, "hub says so"});
    return steps;
  }

  void users() {
    for (const auto& event : inputs_.events) {
      if (event.at > end_) break;
      if (!during(event) || !matches(event, "traffic.", ".first-failure")) continue;
      auto timing = blank("detection.users");
      timing.measured = event.at - start_;
      timing.note = event.message;
      std::vector<Milestone> steps;
      if (const auto sent = number_of(event, "sent")) {
        steps.push_back({instant(*sent), "first request that fails sent"});
      }
      steps.push_back({event.at, "its failure seen"});
      timing.parts = parts_between(start_, event.at, std::move(steps));
      timings_.push_back(std::move(timing));
      return;
    }
  }

  /// Failover and downtime, over all traffic.
  void traffic() {
    struct Bad {
      RunTime last_failed{};
      bool any = false;
      bool at_the_end = false;  // the last whole second of the fault was bad
      Nanos seconds{0};
      std::int64_t failed = 0;
      std::int64_t sent = 0;
    };
    Bad bad;
    bool users = false;
    const RunTime until = reconverged().value_or(inputs_.ended);
    for (const auto& event : inputs_.events) {
      if (event.kind != EventKind::traffic) continue;
      const auto sent = number_of(event, "sent").value_or(0);
      const auto failed = number_of(event, "failed").value_or(0);
      const auto last_failed = number_of(event, "last_failed");
      const auto second = event.at - std::chrono::seconds(1);
      if (event.at <= start_ || second > until) continue;
      users = true;
      bad.sent += sent;
      const bool is_bad = sent > 0 && (sent - failed) * 1'000'000 < sent * kSuccessMin;
      if (event.at <= end_) bad.at_the_end = is_bad;
      if (!is_bad || !last_failed) continue;
      if (instant(*last_failed) < start_) continue;
      bad.failed += failed;
      bad.seconds += std::chrono::seconds(1);
      if (instant(*last_failed) <= end_) {
        bad.any = true;
        bad.last_failed = std::max(bad.last_failed, instant(*last_failed));
      }
    }
    if (!users) return;
    auto failover = blank("failover");
    if (!bad.any) {
      failover.measured = Nanos(0);
      failover.note = "no user noticed";
    } else if (bad.at_the_end) {
      failover.note = "users were still failing when the fault ended";
    } else {
      failover.measured = bad.last_failed - start_;
      failover.parts = parts_between(start_, bad.last_failed, failover_steps(bad.last_failed));
      failover.note =
          fmt::format("the last failing request was sent at {}", format_run_time(bad.last_failed));
    }
    timings_.push_back(std::move(failover));
    auto downtime = blank("downtime");
    downtime.measured = bad.seconds;
    downtime.note = fmt::format("{} of {} requests failed", bad.failed, bad.sent);
    timings_.push_back(std::move(downtime));
  }

  std::vector<Milestone> failover_steps(RunTime last_failed) const {
    std::vector<Milestone> steps;
    for (const auto& event : inputs_.events) {
      if (event.at > last_failed + std::chrono::seconds(2)) break;
      if (!during(event)) continue;
      if (event.kind == EventKind::belief && matches(event, "traffic.", ".target.") &&
          event.value == "unhealthy") {
        const bool proxies = number_of(event, "proxies").has_value();
        if (const auto sent = number_of(event, "first_sent"); sent && proxies) {
          steps.push_back({instant(*sent), "first request that fails sent"});
        } else if (sent) {
          steps.push_back({instant(*sent), "first probe that fails sent"});
          const auto last = number_of(event, "last_sent").value_or(*sent);
          const auto in_a_row = number_of(event, "in_a_row").value_or(1);
          if (in_a_row > 1) {
            steps.push_back({std::min(instant(last), last_failed),
                             fmt::format("failed probe {} sent", in_a_row)});
          }
        }
        steps.push_back({std::min(event.at, last_failed),
                         proxies ? fmt::format("most proxies have ejected {}", segment(event, 3))
                                 : fmt::format("{}; the router gives {} up", its_end(event),
                                               segment(event, 3))});
      } else if (event.kind == EventKind::belief && matches(event, "traffic.", ".record")) {
        steps.push_back({std::min(event.at, last_failed), "name servers give the new answer"});
      }
    }
    const bool dns = std::any_of(steps.begin(), steps.end(), [](const Milestone& step) {
      return step.what.find("name servers") != std::string::npos;
    });
    if (dns)
      steps.push_back({last_failed, "old answers still held by resolvers and clients (TTL)"});
    if (steps.empty()) steps = endpoint_steps(last_failed);
    return steps;
  }

  /// Where no router did anything: the cluster itself stopped sending users to pods that are gone.
  std::vector<Milestone> endpoint_steps(RunTime last_failed) const {
    for (auto at = inputs_.events.rbegin(); at != inputs_.events.rend(); ++at) {
      if (at->at > last_failed + std::chrono::seconds(1)) continue;
      if (at->at < start_ || at->at < last_failed - std::chrono::seconds(1)) break;
      if (at->kind != EventKind::state || !matches(*at, "service.", ".endpoints")) continue;
      return {{last_failed, fmt::format("{} no longer sends users to pods that do not answer",
                                        segment(*at, 1))}};
    }
    return {};
  }

  /// When the chain of overlapping faults that this one belongs to began: before it, all was as it
  /// should be.
  RunTime disturbed_since() const {
    RunTime since = start_;
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& other : inputs_.faults) {
        if (!other.start || *other.start >= since || other.end.value_or(inputs_.ended) < since)
          continue;
        since = *other.start;
        moved = true;
      }
    }
    return since;
  }

  std::optional<RunTime> reconverged() {
    if (searched_) return reconverged_;
    searched_ = true;
    if (!fault_.end) return std::nullopt;
    Convergence convergence(inputs_.applications_min);
    Convergence::Split before;
    bool begun = false;
    const RunTime undisturbed = disturbed_since();
    std::optional<RunTime> since;
    RunTime at{};
    for (const auto& event : inputs_.events) {
      if (!begun && event.at >= undisturbed) {
        before = convergence.split();
        begun = true;
      }
      // Judge between instants: within one instant things are half told.
      if (event.at > at) {
        if (at >= end_ || event.at > end_) {
          const bool good = convergence.holds(&before) && !failing_;
          if (!good) {
            since.reset();
          } else if (!since) {
            since = std::max(at, end_);
          }
          if (since && event.at - *since >= kStableFor) return reconverged_ = since;
        }
        at = event.at;
      }
      convergence.apply(event);
      if (event.kind == EventKind::traffic) note_failures(event);
    }
    const bool good = convergence.holds(&before) && !failing_;
    if (good && !since) since = std::max(at, end_);
    if (good && inputs_.ended - *since >= kStableFor) return reconverged_ = since;
    pending_ = convergence.pending(&before);
    return std::nullopt;
  }

  void note_failures(const Event& event) {
    const auto sent = number_of(event, "sent").value_or(0);
    const auto failed = number_of(event, "failed").value_or(0);
    failing_ = sent > 0 && (sent - failed) * 1'000'000 < sent * kSuccessMin;
  }

  void reconvergence() {
    auto timing = blank("reconvergence");
    const auto when = reconverged();
    if (!fault_.end) {
      timing.note = "the fault had not ended when the run did";
    } else if (!when) {
      timing.note = pending_.empty() ? "not stable for a minute before the run ended"
                                     : fmt::format("still pending: {}", fmt::join(pending_, "; "));
    } else {
      timing.measured = *when - end_;
      timing.parts = parts_between(end_, *when, recovery_steps(*when));
    }
    timings_.push_back(std::move(timing));
  }

  /// What became right again between the fault's end and `when`: the last change of each subject
  /// counts.
  std::vector<Milestone> recovery_steps(RunTime when) const {
    std::map<std::string, Milestone> last;
    for (const auto& event : inputs_.events) {
      if (event.at < end_) continue;
      if (event.at > when) break;
      const auto parts = subject_segments(event.subject);
      const auto tell = [&](std::string what) {
        last[event.subject] = Milestone{event.at, std::move(what)};
      };
      if (event.kind == EventKind::belief && matches(event, "cluster.", ".connection")) {
        tell(fmt::format("the hub calls {} {}", parts[1], event.value));
      } else if (event.kind == EventKind::belief && matches(event, "traffic.", ".target.")) {
        tell(fmt::format("the router calls {} {}", parts[3], event.value));
      } else if (event.kind == EventKind::state && parts.size() == 3 && parts[0] == "app" &&
                 (parts[2] == "sync" || parts[2] == "health")) {
        tell(fmt::format("app {} is {}", parts[1], event.value));
      } else if (event.kind == EventKind::state && matches(event, "traffic.", ".route.")) {
        const bool all = event.value == "100%";
        tell(fmt::format("{} users of {} go to {}", all ? "all" : event.value + " of the", parts[1],
                         parts[3]));
        if (event.value == "0%") last.erase(event.subject);  // said by where they went instead
      }
    }
    std::vector<Milestone> steps;
    for (auto& [subject, step] : last) steps.push_back(std::move(step));
    return steps;
  }

  const TimingInputs& inputs_;
  const FaultWindow& fault_;
  RunTime start_;
  RunTime end_;
  std::vector<Timing> timings_;
  std::optional<RunTime> reconverged_;
  bool searched_ = false;
  bool failing_ = false;
  std::vector<std::string> pending_;
};

}  // namespace

std::vector<reports::Timing> measure(const TimingInputs& inputs) {
  std::vector<Timing> all;
  for (const auto& fault : inputs.faults) {
    if (!fault.start) continue;
    Measuring measuring(inputs, fault);
    for (auto& timing : measuring.all()) all.push_back(std::move(timing));
  }
  return all;
}

}  // namespace spokelab::harness
