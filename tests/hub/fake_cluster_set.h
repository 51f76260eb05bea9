// FakeClusterSet: registrations as a test sets them.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "hub/cluster/cluster_set.h"

namespace spokelab::hub {

class FakeClusterSet : public ClusterSet {
 public:
  FakeClusterSet() {
    ClusterInfo local;
    local.name = kInClusterName;
    local.server = kInClusterServer;
    clusters_[local.name] = local;
  }
  void put(const std::string& name, std::map<std::string, std::string> labels) {
    ClusterInfo info;
    info.name = name;
    info.server = "https://" + name + ":6443";
    info.labels = std::move(labels);
    info.secret_name = "cluster-" + name;
    clusters_[name] = info;
    tell();
  }
  void remove(const std::string& name) {
    clusters_.erase(name);
    tell();
  }

  std::vector<const ClusterInfo*> all() const override {
    std::vector<const ClusterInfo*> list;
    for (const auto& [name, info] : clusters_) list.push_back(&info);
    return list;
  }
  Result<const ClusterInfo*> resolve(const std::string& server,
                                     const std::string& name) const override {
    for (const auto& [key, info] : clusters_) {
      if ((!name.empty() && key == name) || (!server.empty() && info.server == server))
        return &info;
    }
    if (!name.empty()) {
      return Error(Errc::not_found, fmt::format("there are no clusters with this name: {}", name));
    }
    return Error(
        Errc::not_found,
        fmt::format("error getting cluster by server \"{0}\": rpc error: code = NotFound desc "
                    "= cluster \"{0}\" not found",
                    server));
  }
  ServedCluster* served(const std::string&) override { return nullptr; }
  void count_applications(std::map<std::string, std::int64_t>) override {}
  bool may_write(const std::string&) const override { return true; }
  void listen(Listener listener) override { listeners_.push_back(std::move(listener)); }

 private:
  void tell() {
    for (const auto& listener : listeners_) {
      if (listener.registrations_changed) listener.registrations_changed();
    }
  }
  std::map<std::string, ClusterInfo> clusters_;
  std::vector<Listener> listeners_;
};

}  // namespace spokelab::hub
