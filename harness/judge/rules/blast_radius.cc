#include "harness/judge/rules/blast_radius.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "harness/judge/board.h"

namespace spokelab::harness {

void BlastRadius::on_fault(const Event& event) {
  const auto name = event.subject.substr(event.subject.find('.') + 1);
  if (event.subject.starts_with("step.")) {
    disturbed_ = event.at;
  } else if (confined_.contains(name)) {
    if (event.value == "active") active_.insert(name);
    if (event.value == "healed" && active_.erase(name) > 0) healed_[name] = event.at;
  } else {
    disturbed_ = event.at;
    if (event.value == "active") elsewhere_.insert(name);
    if (event.value == "healed") elsewhere_.erase(name);
  }
}

bool BlastRadius::judging(RunTime now) const {
  if (!ready_ || !elsewhere_.empty() || (disturbed_ && now - *disturbed_ < kQuiet)) return false;
  if (!active_.empty()) return true;
  for (const auto& [name, at] : healed_) {
    if (now - at < kAftermath) return true;
  }
  return false;
}

bool BlastRadius::out_of_radius(const std::string& cluster, RunTime now) const {
  for (const auto& name : active_) {
    if (confined_.at(name).contains(cluster)) return false;
  }
  for (const auto& [name, at] : healed_) {
    if (now - at < kQuiet && confined_.at(name).contains(cluster)) return false;
  }
  return true;
}

std::string BlastRadius::struck(RunTime now) const {
  std::set<std::string> clusters;
  for (const auto& name : active_)
    clusters.insert(confined_.at(name).begin(), confined_.at(name).end());
  for (const auto& [name, at] : healed_) {
    if (now - at < kAftermath)
      clusters.insert(confined_.at(name).begin(), confined_.at(name).end());
  }
  return fmt::format("{}", fmt::join(clusters, ", "));
}

void BlastRadius::apply(const Event& event) {
  if (event.kind == EventKind::fault) return on_fault(event);
  if (event.kind != EventKind::state && event.kind != EventKind::belief) return;
  const auto parts = subject_segments(event.subject);
  if (parts.size() != 3) return;
  std::string cluster;
  std::string what;
  if (parts[0] == "app") {
    if (parts[2] == "cluster") {
      home_[parts[1]] = event.value;
      return;
    }
    const bool bad =
        (parts[2] == "sync" && event.value == "Unknown") ||
        (parts[2] == "health" &&
         (event.value == "Unknown" || event.value == "Missing" || event.value == "Degraded"));
    const auto home = home_.find(parts[1]);
    if (home == home_.end() || !judging(event.at)) return;
    ++looked_at_;
    if (!bad) return;
    cluster = home->second;
    what = fmt::format("app {} became {}", parts[1], event.value);
  } else if (parts[0] == "cluster" && parts[2] == "connection") {
    if (!judging(event.at)) return;
    ++looked_at_;
    if (event.value == "Successful" || event.value.empty()) return;
    cluster = parts[1];
    what = fmt::format("the hub called {} {}", cluster, event.value);
  } else {
    return;
  }
  // An application on the hub itself may be made of others.
  if (cluster == "in-cluster" || cluster == "hub" || !out_of_radius(cluster, event.at)) return;
  complain_(fmt::format("blast radius: at {} {} (on {}), while nothing was struck but {}{}",
                        format_run_time(event.at), what, cluster, struck(event.at),
                        event.message.empty() ? "" : ": " + event.message));
}

}  // namespace spokelab::harness
