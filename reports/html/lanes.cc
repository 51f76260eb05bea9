// Lanes from the history.
#include "reports/html/lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/text.h"

namespace spokelab::reports::html {

namespace {

/// One change of a lane's value.
struct Change {
  RunTime at;
  std::string value;
  std::string why;
  Tone tone = Tone::quiet;
};
using Changes = std::vector<Change>;

struct ClusterNews {
  Changes reachable, serving, connection, owner;
  std::map<std::string, Changes> router;                       // by traffic
  std::map<std::string, std::map<std::string, Changes>> apps;  // by app, field
  std::size_t count = 0;
};

Lane lane(std::string name, const Changes& changes, RunTime end) {
  Lane out{std::move(name), {}};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto to = i + 1 < changes.size() ? changes[i + 1].at : end;
    const auto& change = changes[i];
    if (change.value.empty() || to <= change.at) continue;
    if (!out.spans.empty() && out.spans.back().to == change.at &&
        out.spans.back().value == change.value) {
      out.spans.back().to = to;
      continue;
    }
    out.spans.push_back({change.at, to, change.value, change.why, change.tone});
  }
  return out;
}

class Sorting {
 public:
  explicit Sorting(const Run& run) : run_(run) {
    for (const auto& cluster : run.clusters) clusters_[cluster.name];
    for (const auto& event : run.events) {
      end_ = std::max(end_, event.at);
      take(event);
    }
    end_ = std::max(end_, run.ended);
  }

  Lanes all() {
    Lanes out;
    for (auto& [name, requests] : requests_) out.requests.push_back(std::move(requests));
    users(out);
    for (const auto& cluster : chosen(out)) out.groups.push_back(group(cluster));
    hub(out);
    std::erase_if(out.groups, [](const LaneGroup& group) { return group.lanes.empty(); });
    return out;
  }

 private:
  static Change change(const Event& event) {
    return {event.at, clean(event.value), clean(event.message), tone_of(event.value)};
  }

  ClusterNews* cluster(const std::string& name) {
    const auto known = clusters_.find(name == "in-cluster" ? "hub" : name);
    if (known == clusters_.end()) return nullptr;
    ++known->second.count;
    return &known->second;
  }

  void take(const Event& event) {
    if (event.kind == EventKind::traffic) return count(event);
    const auto parts = subject_parts(event.subject);
    if (parts.size() == 4 && parts[0] == "truth" && parts[1] == "cluster") {
      auto* news = cluster(parts[2]);
      auto one = change(event);
      const bool yes = event.value == "true";
      const bool way = parts[3] == "reachable";
      one.value = way ? (yes ? "reachable" : "unreachable") : (yes ? "serving" : "not serving");
      if (news != nullptr) (way ? news->reachable : news->serving).push_back(std::move(one));
    } else if (parts.size() == 3 && parts[0] == "cluster") {
      take_cluster(event, parts);
    } else if (parts.size() == 4 && parts[0] == "traffic" && parts[2] == "target") {
      auto* news = cluster(parts[3]);
      if (news != nullptr) news->router[parts[1]].push_back(change(event));
    } else if (parts.size() == 3 && parts[0] == "app" &&
               (parts[2] == "sync" || parts[2] == "health" || parts[2] == "exists")) {
      take_application(event, parts);
    } else if (parts.size() == 3 && parts[0] == "hub" && parts[2] == "state") {
      replicas_[parts[1]].push_back(change(event));
    } else if (parts.size() == 2 && parts[0] == "hub" && parts[1] == "leader") {
      auto one = change(event);
      if (one.value.empty()) one = {event.at, "nobody", one.why, Tone::bad};
      leader_.push_back(std::move(one));
    }
  }

  void take_cluster(const Event& event, const std::vector<std::string>& parts) {
    if (parts[2] != "connection" && parts[2] != "owner") return;
    auto* news = cluster(parts[1]);
    if (news == nullptr) return;
    auto one = change(event);
    if (parts[2] == "connection") {
      news->connection.push_back(std::move(one));
      return;
    }
    if (one.value.empty()) {
      one.value = "nobody";
      one.tone = Tone::bad;
    } else {
      one.tone = Tone::quiet;
    }
    news->owner.push_back(std::move(one));
  }

  void take_application(const Event& event, const std::vector<std::string>& parts) {
    auto& home = homes_[parts[1]];
    if (!event.cluster.empty()) home = event.cluster;
    auto* news = cluster(home);
    if (news == nullptr) return;
    auto& fields = news->apps[parts[1]];
    if (parts[2] != "exists") {
      fields[parts[2]].push_back(change(event));
    } else if (event.value == "false") {
      for (auto& [field, changes] : fields) changes.push_back({event.at, "gone", "", Tone::quiet});
    }
  }

  void count(const Event& event) {
    const auto parts = subject_parts(event.subject);
    if (parts.size() != 2) return;
    auto& requests = requests_[parts[1]];
    requests.traffic = clean(parts[1]);
    Interval interval{event.at - std::chrono::seconds(1), event.at, 0, 0, {}};
    interval.from = std::max(interval.from,
                             requests.intervals.empty() ? RunTime{} : requests.intervals.back().to);
    const auto sane = [](std::int64_t n) { return std::clamp<std::int64_t>(n, 0, 1'000'000'000); };
    interval.sent = sane(number_of(event, "sent"));
    interval.failed = sane(number_of(event, "failed"));
    for (const auto& [name, number] : event.numbers) {
      if (!name.starts_with("ok.")) continue;
      const auto target = name.substr(3);
      auto at = std::find(requests.clusters.begin(), requests.clusters.end(), target);
      if (at == requests.clusters.end())
        at = requests.clusters.insert(requests.clusters.end(), target);
      const auto index = static_cast<std::size_t>(at - requests.clusters.begin());
      if (interval.ok.size() <= index) interval.ok.resize(index + 1);
      interval.ok[index] = sane(number);
    }
    requests.intervals.push_back(std::move(interval));
  }

  std::vector<std::string> chosen(Lanes& out) const {
    std::set<std::string> hit;
    for (const auto& fault : run_.faults) hit.insert(fault.clusters.begin(), fault.clusters.end());
    std::vector<std::string> names;
    for (const auto& cluster : run_.clusters) {
      if (cluster.name != "hub") names.push_back(cluster.name);
    }
    std::stable_partition(names.begin(), names.end(),
                          [&](const std::string& name) { return hit.contains(name); });
    if (names.size() <= kClustersMax) return names;
    auto order = names;
    std::stable_sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
      const bool hit_a = hit.contains(a);
      const bool hit_b = hit.contains(b);
      if (hit_a != hit_b) return hit_a;
      return clusters_.at(a).count > clusters_.at(b).count;
    });
    out.clusters_left_out = order.size() - kClustersMax;
    order.resize(kClustersMax);
    const std::set<std::string> kept(order.begin(), order.end());
    std::erase_if(names, [&](const std::string& name) { return !kept.contains(name); });
    return names;
  }

  void add(LaneGroup& group, std::string name, const Changes& changes) const {
    if (changes.empty()) return;
    group.lanes.push_back(lane(std::move(name), changes, end_));
  }

  LaneGroup group(const std::string& name) const {
    const auto& news = clusters_.at(name);
    LaneGroup out{clean(name), "", {}};
    for (const auto& cluster : run_.clusters) {
      if (cluster.name == name) out.remark = clean(cluster.region);
    }
    add(out, "truth: API", news.reachable);
    add(out, "truth: users", news.serving);
    add(out, "hub believes", news.connection);
    for (const auto& [traffic, changes] : news.router) {
      add(out, requests_.size() > 1 ? fmt::format("router {}", clean(traffic)) : "router believes",
          changes);
    }
    applications(out, news);
    add(out, "owner", news.owner);
    return out;
  }

  void applications(LaneGroup& out, const ClusterNews& news) const {
    for (const auto& [name, fields] : news.apps) {
      if (news.apps.size() > kApplicationsMax) break;
      for (const char* field : {"sync", "health"}) {
        const auto known = fields.find(field);
        const auto label = news.apps.size() == 1 ? fmt::format("app {}", field)
                                                 : fmt::format("{} {}", clean(name), field);
        if (known != fields.end()) add(out, label, known->second);
      }
    }
    if (news.apps.size() <= kApplicationsMax) return;
    add(out, "apps in sync", together(news, "sync", "Synced"));
    add(out, "apps healthy", together(news, "health", "Healthy"));
  }

  /// How many applications have the good value, whenever that changes.
  static Changes together(const ClusterNews& news, const std::string& field,
                          std::string_view good) {
    struct Step {
      RunTime at;
      const std::string* app;
      const std::string* value;
    };
    std::vector<Step> steps;
    for (const auto& [name, fields] : news.apps) {
      const auto known = fields.find(field);
      if (known == fields.end()) continue;
      for (const auto& one : known->second) steps.push_back({one.at, &name, &one.value});
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [](const Step& a, const Step& b) { return a.at < b.at; });
    std::map<std::string, bool> is;
    std::size_t well = 0;
    Changes out;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto& step = steps[i];
      const bool now = *step.value == good;
      if (*step.value == "gone") {
        const auto known = is.find(*step.app);
        if (known != is.end()) {
          well -= known->second;
          is.erase(known);
        }
      } else {
        const auto [known, first] = is.emplace(*step.app, false);
        well += now;
        well -= known->second;
        known->second = now;
      }
      if (i + 1 < steps.size() && steps[i + 1].at == step.at) continue;
      out.push_back({step.at, fmt::format("{} of {} {}", well, is.size(), good), "",
                     well == is.size() ? Tone::good : Tone::warn});
    }
    return out;
  }

  void users(Lanes& out) const {
    LaneGroup group{"users", "", {}};
    for (const auto& requests : out.requests) {
      Changes changes;
      RunTime last{};
      for (const auto& one : requests.intervals) {
        if (!changes.empty() && one.from > last) changes.push_back({last, "", "", Tone::quiet});
        last = one.to;
        if (one.sent == 0) continue;
        const bool served = one.failed * 1000 <= one.sent;
        const bool none = one.failed >= one.sent;
        changes.push_back({one.from,
                           served ? "served"
                           : none ? "all fail"
                                  : "some fail",
                           "",
                           served ? Tone::good
                           : none ? Tone::bad
                                  : Tone::warn});
      }
      if (changes.empty()) continue;
      changes.push_back({last, "", "", Tone::quiet});
      add(group, requests.traffic, changes);
    }
    if (!group.lanes.empty()) out.groups.push_back(std::move(group));
  }

  void hub(Lanes& out) const {
    LaneGroup group{"hub", "", {}};
    const auto known = clusters_.find("hub");
    if (known != clusters_.end()) group = this->group("hub");
    group.name = "hub";
    add(group, "leader", leader_);
    std::size_t drawn = 0;
    for (const auto& [name, changes] : replicas_) {
      if (++drawn > kClustersMax) break;
      add(group, clean(name), changes);
    }
    out.groups.push_back(std::move(group));
  }

  const Run& run_;
  RunTime end_{};
  std::map<std::string, ClusterNews> clusters_;
  std::map<std::string, std::string> homes_;  // application -> cluster
  std::map<std::string, Changes> replicas_;
  Changes leader_;
  std::map<std::string, Requests> requests_;
};

}  // namespace

Lanes lanes_of(const Run& run) { return Sorting(run).all(); }

}  // namespace spokelab::reports::html
