#include "harness/judge/convergence.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/judge/board.h"

namespace spokelab::harness {

void Convergence::apply(const Event& event) {
  switch (event.kind) {
    case EventKind::truth:
    case EventKind::belief:
    case EventKind::state:
      break;
    default:
      return;
  }
  const auto parts = subject_segments(event.subject);
  const auto is = [&](std::size_t size, std::string_view root, std::size_t at,
                      std::string_view field) {
    return parts.size() == size && parts[0] == root && parts[at] == field;
  };
  if (is(3, "app", 2, "exists") && event.value == "false") {
    apps_.erase(parts[1]);
    bad_apps_.erase(parts[1]);
  } else if (is(3, "app", 2, "sync") || is(3, "app", 2, "health") || is(3, "app", 2, "operation")) {
    auto& app = apps_[parts[1]];
    (parts[2] == "sync"     ? app.sync
     : parts[2] == "health" ? app.health
                            : app.operation) = event.value;
    app.why[parts[2]] = event.message;
    judge_app(parts[1], app);
  } else if (is(3, "app", 2, "exists")) {
    judge_app(parts[1], apps_[parts[1]]);
  } else if (is(3, "appset", 2, "error")) {
    if (event.value == "none") {
      set_errors_.erase(parts[1]);
    } else {
      set_errors_[parts[1]] = event.message;
    }
  } else if (is(3, "cluster", 2, "connection")) {
    auto& mind = connections_[parts[1]];
    mind.belief = event.value;
    mind.unmonitored = std::any_of(
        event.numbers.begin(), event.numbers.end(),
        [](const auto& number) { return number.first == "monitored" && number.second == 0; });
    judge_connection(parts[1]);
  } else if (is(3, "cluster", 2, "registered")) {
    if (event.value == "true") {
      unregistered_.erase(parts[1]);
    } else {
      unregistered_.insert(parts[1]);
      connections_[parts[1]].belief.clear();
    }
    judge_connection(parts[1]);
  } else if (is(4, "truth", 3, "reachable") && parts[1] == "cluster") {
    connections_[parts[2]].truth = event.value;
    judge_connection(parts[2]);
  } else if (is(4, "traffic", 2, "target")) {
    const auto key = parts[1] + "/" + parts[3];
    targets_[key].belief = event.value;
    judge_target(key);
  } else if (is(4, "truth", 1, "traffic")) {
    const auto key = parts[2] + "/" + parts[3];
    targets_[key].truth = event.value;
    judge_target(key);
  } else if (is(4, "traffic", 2, "route")) {
    split_[parts[1]][parts[3]] = event.value;
  }
}

void Convergence::judge_app(const std::string& name, const App& app) {
  if (app.good()) {
    bad_apps_.erase(name);
  } else {
    bad_apps_.insert(name);
  }
}

void Convergence::judge_connection(const std::string& cluster) {
  auto& mind = connections_[cluster];
  // Who knows that it does not look believes nothing wrong.
  mind.good = unregistered_.contains(cluster) || mind.truth.empty() || mind.unmonitored ||
              (mind.truth == "true" ? mind.belief == "Successful" : mind.belief == "Failed");
  if (mind.good) {
    wrong_connections_.erase(cluster);
  } else {
    wrong_connections_.insert(cluster);
  }
}

void Convergence::judge_target(const std::string& key) {
  auto& mind = targets_[key];
  mind.good =
      !mind.truth.empty() && mind.belief == (mind.truth == "true" ? "healthy" : "unhealthy");
  // A target that never served and that no probe ever called healthy: no news is the right belief.
  if (mind.truth == "false" && mind.belief.empty()) mind.good = true;
  if (mind.good) {
    wrong_targets_.erase(key);
  } else {
    wrong_targets_.insert(key);
  }
}

std::string Convergence::describe(const std::string& name, const App& app) {
  const auto word = [](const std::string& text) {
    return text.empty() ? std::string("unknown") : text;
  };
  auto text = fmt::format("app {} is {} and {}", name, word(app.sync), word(app.health));
  std::vector<std::string> reasons;
  const auto give = [&](const std::string& what) {
    const auto why = app.why.find(what);
    if (why == app.why.end() || why->second.empty()) return;
    if (std::find(reasons.begin(), reasons.end(), why->second) == reasons.end())
      reasons.push_back(why->second);
  };
  if (app.sync != "Synced") {
    if (!app.operation.empty() && app.operation != "Succeeded") {
      text += fmt::format(", its last sync {}", app.operation);
      give("operation");
    }
    give("sync");
  }
  if (app.health != "Healthy") give("health");
  if (!reasons.empty()) text += fmt::format(" ({})", fmt::join(reasons, "; "));
  return text;
}

bool Convergence::holds(const Split* split) const {
  if (!bad_apps_.empty() || !wrong_connections_.empty() || !wrong_targets_.empty()) return false;
  if (apps_.size() < applications_min_) return false;
  if (split == nullptr) return true;
  // Users who had not come yet were not sent anywhere.
  return std::all_of(split->begin(), split->end(), [&](const auto& one) {
    const auto now = split_.find(one.first);
    return now != split_.end() && now->second == one.second;
  });
}

std::vector<std::string> Convergence::pending(const Split* split, std::size_t most) const {
  std::vector<std::string> all;
  if (apps_.size() < applications_min_) {
    all.push_back(
        fmt::format("{} of at least {} applications exist", apps_.size(), applications_min_));
    for (const auto& [name, why] : set_errors_)
      all.push_back(fmt::format("ApplicationSet {}: {}", name, why));
  }
  for (const auto& name : bad_apps_) {
    all.push_back(describe(name, apps_.at(name)));
  }
  for (const auto& cluster : wrong_connections_) {
    const auto& mind = connections_.at(cluster);
    all.push_back(fmt::format("the hub believes {} of its connection to {}, which is {}",
                              mind.belief.empty() ? "nothing yet" : mind.belief, cluster,
                              mind.truth == "true" ? "reachable" : "out of reach"));
  }
  for (const auto& key : wrong_targets_) {
    const auto& mind = targets_.at(key);
    const auto slash = key.find('/');
    all.push_back(fmt::format("the router of {} calls {} {}, though it {}", key.substr(0, slash),
                              key.substr(slash + 1), mind.belief.empty() ? "untested" : mind.belief,
                              mind.truth == "true" ? "serves" : "does not serve"));
  }
  if (split != nullptr && *split != split_) {
    for (const auto& [traffic, shares] : *split) {
      const auto now = split_.find(traffic);
      for (const auto& [cluster, share] : shares) {
        const auto present = now == split_.end() || !now->second.contains(cluster)
                                 ? std::string("none")
                                 : now->second.at(cluster);
        if (present == share) continue;
        all.push_back(fmt::format("{} of the users of {} go to {}, not {}", present, traffic,
                                  cluster, share));
      }
    }
  }
  if (all.size() > most) {
    const auto more = all.size() - most;
    all.resize(most);
    all.push_back(fmt::format("and {} more", more));
  }
  return all;
}

}  // namespace spokelab::harness
