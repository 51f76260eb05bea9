// Shards: which clusters this replica serves, agreed among replicas by Lease.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/history.h"
#include "base/rng.h"
#include "hub/profile.h"
#include "kube/client.h"
#include "kube/lease.h"
#include "kube/reflector.h"

namespace spokelab::hub {

/// Every cluster has a Lease in the hub's namespace which names its owner; it is written only when
/// the owner changes. That an owner is alive is told by one Lease for each replica,
/// "replica-<name>", which it renews every Profile::lease_renew_every. So a calm hub writes one
/// Lease for each replica, however many clusters it has.
///
/// Safety: a replica that has not renewed stops writing to clusters two thirds of
/// Profile::lease_duration after it sent its last good renewal. Others first void its replica
/// Lease, on condition that it still is the version which they saw stand still for the whole
/// duration, and only then take its clusters. Every change of a cluster's owner raises that Lease's
/// leaseTransitions: the fencing token.
///
/// One more Lease, "applicationset-leader", names the replica that runs the ApplicationSet
/// controller.
class Shards {
 public:
  struct Cluster {
    std::string name;
    std::string server;
    friend auto operator<=>(const Cluster&, const Cluster&) = default;
  };

  /// All ports must outlive it. `who` is this replica's name.
  Shards(Clock& clock, Rng rng, kube::Client& hub, History& history, const Profile& profile,
         std::string ns, std::string who);

  /// Takes part until cancelled.
  Task<void> run();
  /// The clusters there are to share.
  void set_clusters(const std::vector<Cluster>& clusters);
  /// Called after a cluster or the leadership was won or lost.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  bool owns(const std::string& server) const;
  /// Owned, and our own Lease was renewed in time.
  bool may_write(const std::string& server) const { return member_.held() && owns(server); }
  /// Of an owned cluster; 0 for others.
  std::int64_t fencing_token(const std::string& server) const;
  bool leads() const { return member_.held() && mine_.contains(leader_lease()); }

 private:
  struct Slot {
    std::string server;   // empty for the leadership
    std::string cluster;  // its name
  };
  struct Action {
    enum Kind { none, fence, acquire, release, erase } kind = none;
    std::string lease;
  };

  static const std::string& leader_lease();
  void observe(const JsonRef& lease, bool present);
  void membership_changed(bool held);
  void poke();
  bool alive(const std::string& replica) const;
  std::string owner_of(const std::string& lease) const;
  std::map<std::string, std::string> plan() const;
  Action next_action() const;
  RunTime next_expiry() const;
  Task<void> act();
  Task<void> acquire(std::string lease);
  Task<void> release(std::string lease);
  Task<void> fence(std::string lease);
  Task<void> erase(std::string lease);
  Task<bool> store(std::string lease, kube::LeaseRecord record, bool create, bool member);
  void lose(const std::string& lease);
  void record(const std::string& lease, const std::string& owner);

  Clock* clock_;
  kube::Client* hub_;
  History* history_;
  const Profile* profile_;
  std::string ns_;
  std::string who_;
  std::function<void()> changed_;
  kube::LeaseHolder member_;
  kube::Reflector leases_;
  std::map<std::string, kube::LeaseWatch> members_;  // by Lease
  std::map<std::string, kube::LeaseRecord> owners_;  // by Lease
  std::map<std::string, Slot> slots_;                // by Lease
  std::map<std::string, std::string> lease_of_server_;
  std::map<std::string, std::int64_t> mine_;  // by Lease: fencing token
  std::map<std::string, std::string> left_;   // Leases of unregistered clusters that we owned
  std::map<std::string, std::string>
      written_;  // by Lease: version of our own write, until it is seen
  bool clusters_known_ = false;
  RunTime joined_at_{};
  bool poked_ = false;
  Signal poke_;
};

}  // namespace spokelab::hub
