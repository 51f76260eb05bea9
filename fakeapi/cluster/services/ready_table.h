// ReadyTable: how many endpoints each Service has, listed and in truth; the traffic model asks it.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

/// `listed`: ready endpoints in the EndpointSlices, where traffic is sent. `answering`: how many of
/// those would really answer; fewer while a loss has not been noticed yet.
struct ReadyEndpoints {
  int listed = 0;
  int answering = 0;
  friend bool operator==(const ReadyEndpoints&, const ReadyEndpoints&) = default;
};

/// Called with namespace and name of a Service, after its counts changed.
using OnReadyChange = std::function<void(const std::string&, const std::string&, ReadyEndpoints)>;

class ReadyTable {
 public:
  ReadyEndpoints of(const Name& service) const {
    const auto found = services_.find(service);
    return found != services_.end() ? found->second.counts : ReadyEndpoints{};
  }
  void subscribe(OnReadyChange watcher) { watchers_.push_back(std::move(watcher)); }
  /// What the slices now list; empties are kept until forget(). `answers` says the truth of one
  /// pod.
  void list(const Name& service, std::set<Name> pods,
            const std::function<bool(const Name&)>& answers) {
    Entry& entry = services_[service];
    for (const Name& pod : entry.pods) drop(pod, service);
    for (const Name& pod : pods) by_pod_[pod].insert(service);
    entry.pods = std::move(pods);
    recount(service, entry, answers);
  }
  void forget(const Name& service) {
    list(service, {}, [](const Name&) { return false; });
    services_.erase(service);
  }
  /// The truth of this pod may have changed.
  void check(const Name& pod, const std::function<bool(const Name&)>& answers) {
    const auto found = by_pod_.find(pod);
    if (found == by_pod_.end()) return;
    for (const Name& service : found->second) recount(service, services_[service], answers);
  }

 private:
  struct Entry {
    std::set<Name> pods;
    ReadyEndpoints counts;
  };
  void drop(const Name& pod, const Name& service) {
    const auto found = by_pod_.find(pod);
    if (found == by_pod_.end()) return;
    found->second.erase(service);
    if (found->second.empty()) by_pod_.erase(found);
  }
  void recount(const Name& service, Entry& entry, const std::function<bool(const Name&)>& answers) {
    ReadyEndpoints counts;
    for (const Name& pod : entry.pods) {
      ++counts.listed;
      if (answers(pod)) ++counts.answering;
    }
    if (counts == entry.counts) return;
    entry.counts = counts;
    for (const auto& watcher : watchers_) watcher(service.ns, service.name, counts);
  }

  std::map<Name, Entry> services_;
  std::map<Name, std::set<Name>> by_pod_;
  std::vector<OnReadyChange> watchers_;
};

}  // namespace spokelab::fakeapi
