// ReadyTable: how many endpoints each Service has, listed and in truth; the traffic model asks it.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

/// What becomes of a request that is sent to a pod.
enum class PodAnswer { answer, refusal, silence };

/// `listed`: ready endpoints in the EndpointSlices, where traffic is sent. `answering`: how many of
/// those would really answer; fewer while a loss has not been noticed yet. `silent`: of how many
/// nothing is heard at all, because their node is gone.
struct ReadyEndpoints {
  int listed = 0;
  int answering = 0;
  int silent = 0;
  friend bool operator==(const ReadyEndpoints&, const ReadyEndpoints&) = default;
};

/// Called with namespace and name of a Service, after its counts changed.
using OnReadyChange = std::function<void(const std::string&, const std::string&, ReadyEndpoints)>;

class ReadyTable {
 public:
  using Truth = std::function<PodAnswer(const Name&)>;
  ReadyEndpoints of(const Name& service) const {
    const auto found = services_.find(service);
    return found != services_.end() ? found->second.counts : ReadyEndpoints{};
  }
  void subscribe(OnReadyChange watcher) { watchers_.push_back(std::move(watcher)); }
  /// What the slices now list; empties are kept until forget(). `truth` is asked for each pod.
  void list(const Name& service, std::set<Name> pods, const Truth& truth) {
    Entry& entry = services_[service];
    for (const Name& pod : entry.pods) drop(pod, service);
    for (const Name& pod : pods) by_pod_[pod].insert(service);
    entry.pods = std::move(pods);
    recount(service, entry, truth);
  }
  void forget(const Name& service) {
    list(service, {}, [](const Name&) { return PodAnswer::refusal; });
    services_.erase(service);
  }
  /// The truth of this pod may have changed.
  void check(const Name& pod, const Truth& truth) {
    const auto found = by_pod_.find(pod);
    if (found == by_pod_.end()) return;
    for (const Name& service : found->second) recount(service, services_[service], truth);
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
  void recount(const Name& service, Entry& entry, const Truth& truth) {
    ReadyEndpoints counts;
    for (const Name& pod : entry.pods) {
      ++counts.listed;
      const auto answer = truth(pod);
      if (answer == PodAnswer::answer) ++counts.answering;
      if (answer == PodAnswer::silence) ++counts.silent;
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
