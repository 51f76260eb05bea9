// Shards: watching Leases, planning, and one write after the other towards the plan.
#include "hub/engine/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/duration.h"
#include "base/json.h"
#include "base/task_group.h"
#include "hub/cluster/secret.h"
#include "hub/engine/shard_plan.h"

namespace spokelab::hub {

namespace {

constexpr const char* kLabel = "spokelab.dev/lease";
constexpr const char* kMember = "replica";
constexpr const char* kOwner = "owner";
constexpr std::string_view kMemberPrefix = "replica-";
constexpr std::size_t kNameMax = 200;

/// A name that a Lease may have, made from any text.
std::string safe_name(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kNameMax)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter) {
      out += c;
    } else if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "x" : out;
}

std::string member_lease(std::string_view replica) {
  return std::string(kMemberPrefix) + safe_name(replica);
}

std::string cluster_lease(const Shards::Cluster& cluster) {
  return fmt::format("cluster-{}-{}", safe_name(cluster.name), fnv32a(cluster.server));
}

/// Compares resourceVersions, which are decimal numbers.
bool older(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

kube::LeaseOptions member_options(const Profile& profile, const std::string& ns,
                                  const std::string& who) {
  kube::LeaseOptions options;
  options.ns = ns;
  options.name = member_lease(who);
  options.identity = who;
  options.duration = profile.lease_duration;
  options.renew_deadline = profile.lease_duration * 2 / 3;
  options.renew_every = profile.lease_renew_every;
  options.retry_every = profile.lease_retry_every;
  options.labels = {{kLabel, kMember}};
  return options;
}

kube::ReflectorOptions lease_watch(const std::string& ns) {
  kube::ReflectorOptions options;
  options.ns = ns;
  options.label_selector = kLabel;
  return options;
}

}  // namespace

const std::string& Shards::leader_lease() {
  static const std::string kName = "applicationset-leader";
  return kName;
}

Shards::Shards(Clock& clock, Rng rng, kube::Client& hub, History& history, const Profile& profile,
               std::string ns, std::string who)
    : clock_(&clock),
      hub_(&hub),
      history_(&history),
      profile_(&profile),
      ns_(std::move(ns)),
      who_(std::move(who)),
      member_(clock, hub, member_options(profile, ns_, who_)),
      leases_(clock, rng, hub, kube::lease_type(), lease_watch(ns_),
              kube::Reflector::Handler{
                  [this](const JsonRef& now) { observe(now, true); },
                  [this](const JsonRef&, const JsonRef& now) { observe(now, true); },
                  [this](const JsonRef& last) { observe(last, false); },
                  [this] {
                    written_.clear();
                    poke();
                  },
              }) {
  member_.on_change([this](bool held) { membership_changed(held); });
  slots_[leader_lease()];
}

// ---- What is known ----

void Shards::observe(const JsonRef& lease, bool present) {
  const auto name = text_at(*lease, {"metadata", "name"});
  const auto record = kube::lease_record(*lease);
  if (const auto written = written_.find(name); written != written_.end()) {
    if (older(record.version, written->second)) return;  // news from before our own write
    written_.erase(written);
  }
  if (text_at(*lease, {"metadata", "labels", kLabel}) == kMember) {
    if (!present) {
      members_.erase(name);
      poke();
      return;
    }
    auto& watch = members_[name];
    const auto before = watch.record();
    const bool was_alive = before && !watch.expired(clock_->now());
    watch.observe(record, clock_->now());
    // A mere renewal changes no plan, and there are many of them.
    if (!was_alive || before->holder != record.holder || before->transitions != record.transitions)
      poke();
    return;
  }
  if (!present) {
    owners_.erase(name);
  } else {
    owners_[name] = record;
  }
  const auto mine = mine_.find(name);
  if (mine != mine_.end() && (!present || record.transitions > mine->second)) lose(name);
  poke();
}

void Shards::membership_changed(bool held) {
  if (held) {
    joined_at_ = clock_->now();
  } else {
    while (!mine_.empty()) lose(std::string(mine_.begin()->first));
  }
  poke();
}

void Shards::poke() {
  poked_ = true;
  poke_.notify();
}

void Shards::set_clusters(const std::vector<Cluster>& clusters) {
  std::map<std::string, Slot> slots;
  slots[leader_lease()];
  lease_of_server_.clear();
  for (const auto& cluster : clusters) {
    const auto lease = cluster_lease(cluster);
    slots[lease] = Slot{cluster.server, cluster.name};
    lease_of_server_[cluster.server] = lease;
  }
  for (const auto& [lease, slot] : slots_) {
    if (slots.contains(lease) || !mine_.contains(lease)) continue;
    left_[lease] = slot.cluster;
    lose(lease);
  }
  slots_ = std::move(slots);
  clusters_known_ = true;
  poke();
}

bool Shards::owns(const std::string& server) const {
  const auto hit = lease_of_server_.find(server);
  return hit != lease_of_server_.end() && mine_.contains(hit->second);
}

std::int64_t Shards::fencing_token(const std::string& server) const {
  const auto lease = lease_of_server_.find(server);
  if (lease == lease_of_server_.end()) return 0;
  const auto mine = mine_.find(lease->second);
  return mine == mine_.end() ? 0 : mine->second;
}

/// Whether a replica's Lease stands: it was renewed in time, as far as we can see, and nobody
/// voided it.
bool Shards::alive(const std::string& replica) const {
  if (replica.empty()) return false;
  if (replica == who_) return member_.held();
  const auto hit = members_.find(member_lease(replica));
  return hit != members_.end() && hit->second.record() && hit->second.record()->holder == replica;
}

/// The owner whose claim must be respected; "" when the slot is free.
std::string Shards::owner_of(const std::string& lease) const {
  const auto hit = owners_.find(lease);
  if (hit == owners_.end()) return "";
  const auto& holder = hit->second.holder;
  if (holder == who_) return mine_.contains(lease) ? who_ : "";
  return alive(holder) ? holder : "";
}

// ---- What to do ----

std::map<std::string, std::string> Shards::plan() const {
  std::vector<std::string> living{who_};
  for (const auto& [name, watch] : members_) {
    const auto& record = watch.record();
    if (!record || record->holder.empty() || record->holder == who_ || watch.expired(clock_->now()))
      continue;
    living.push_back(record->holder);
  }
  std::sort(living.begin(), living.end());
  living.erase(std::unique(living.begin(), living.end()), living.end());
  std::map<std::string, std::string> owners;
  for (const auto& [lease, slot] : slots_) {
    if (slot.server.empty()) continue;
    // Clusters that bear our name are ours to take up again, whoever we were before.
    const auto record = owners_.find(lease);
    const bool ours = record != owners_.end() && record->second.holder == who_;
    owners[lease] = ours ? who_ : owner_of(lease);
  }
  auto planned = plan_shards(owners, living);
  const auto leader = owner_of(leader_lease());
  const bool stays = std::binary_search(living.begin(), living.end(), leader);
  planned[leader_lease()] = stays ? leader : living.front();
  return planned;
}

Shards::Action Shards::next_action() const {
  if (!member_.held() || !leases_.synced() || !clusters_known_) return {};
  for (const auto& [lease, cluster] : left_) return {Action::erase, lease};
  for (const auto& [lease, watch] : members_) {
    const auto& record = watch.record();
    if (!record || record->holder.empty() || record->holder == who_) continue;
    if (watch.expired(clock_->now())) return {Action::fence, lease};
  }
  const auto planned = plan();
  // At first everybody may still be starting: who comes first must not take everything.
  const bool settled = clock_->now() >= joined_at_ + profile_->lease_retry_every;
  for (const auto& [lease, owner] : planned) {
    const bool mine = mine_.contains(lease);
    const auto record = owners_.find(lease);
    const bool again = record != owners_.end() && record->second.holder == who_;
    if ((mine || again) && owner != who_) return {Action::release, lease};
    if (mine || owner != who_ || !owner_of(lease).empty()) continue;
    if (settled || again) return {Action::acquire, lease};
  }
  return {};
}

RunTime Shards::next_expiry() const {
  auto next = kNever;
  const auto settled = joined_at_ + profile_->lease_retry_every;
  if (member_.held() && settled > clock_->now()) next = settled;
  for (const auto& [lease, watch] : members_) {
    const auto& record = watch.record();
    if (!record || record->holder.empty() || record->holder == who_) continue;
    next = std::min(next, watch.expires());
  }
  return next;
}

Task<void> Shards::run() {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup tasks(executor);
  tasks.spawn(member_.run());
  tasks.spawn(leases_.run());
  tasks.spawn(act());
  co_await tasks.join();
}

Task<void> Shards::act() {
  for (;;) {
    poked_ = false;
    const auto action = next_action();
    switch (action.kind) {
      case Action::fence:
        co_await fence(action.lease);
        continue;
      case Action::acquire:
        co_await acquire(action.lease);
        continue;
      case Action::release:
        co_await release(action.lease);
        continue;
      case Action::erase:
        co_await erase(action.lease);
        continue;
      case Action::none:
        break;
    }
    if (poked_) continue;
    const auto until = next_expiry();
    if (until == kNever || !member_.held()) {
      co_await poke_.wait();
    } else if (until > clock_->now()) {
      co_await poke_.wait_until(*clock_, until);
    } else {
      co_await sleep_for(*clock_, profile_->lease_retry_every);
    }
  }
}

/// Writes a Lease on condition that it still is the version we know. After a failure, waits for
/// news of it.
Task<bool> Shards::store(std::string lease, kube::LeaseRecord record, bool create, bool member) {
  const auto slot = slots_.find(lease);
  std::map<std::string, std::string> annotations;
  if (slot != slots_.end() && !slot->second.server.empty()) {
    annotations["spokelab.dev/cluster"] = slot->second.cluster;
    annotations["spokelab.dev/server"] = slot->second.server;
  }
  const std::map<std::string, std::string> labels{{kLabel, member ? kMember : kOwner}};
  if (profile_->plants.has(Plant::lost_update)) record.version.clear();
  const auto object = kube::lease_object(ns_, lease, record, labels, annotations);
  const auto type = kube::lease_type();
  const kube::WriteOptions options;
  Result<JsonRef> answer = Error();
  if (create) {
    answer = co_await hub_->create(type, ns_, object, options);
  } else {
    answer = co_await hub_->update(type, ns_, lease, object, "", options);
  }
  if (answer) {
    // Our own write is known at once; its watch event then tells nothing new.
    const auto now_stored = kube::lease_record(**answer);
    written_[lease] = now_stored.version;
    if (member) {
      members_[lease].observe(now_stored, clock_->now());
    } else {
      owners_[lease] = now_stored;
    }
    co_return true;
  }
  // Somebody was faster, or the hub is out of reach: the watch will tell what holds now.
  if (!poked_) co_await poke_.wait_until(*clock_, clock_->now() + profile_->lease_retry_every);
  co_return false;
}

Task<void> Shards::acquire(std::string lease) {
  const auto known = owners_.find(lease);
  const bool create = known == owners_.end();
  const auto stamp = format_rfc3339_micro(clock_->wall_now());
  kube::LeaseRecord record;
  if (!create) record = known->second;
  record.holder = who_;
  record.duration = profile_->lease_duration;
  record.acquire_time = stamp;
  record.renew_time = stamp;
  record.transitions = create ? 1 : record.transitions + 1;
  const auto token = record.transitions;
  const bool stored = co_await store(lease, record, create, false);
  if (!stored || !member_.held() || !slots_.contains(lease)) co_return;
  mine_[lease] = token;
  this->record(lease, who_);
  if (changed_) changed_();
}

Task<void> Shards::release(std::string lease) {
  const auto known = owners_.find(lease);
  if (known == owners_.end()) {
    lose(lease);
    co_return;
  }
  auto record = known->second;
  lose(lease);  // stops our writes first; only then may another begin
  record.holder.clear();
  record.renew_time = format_rfc3339_micro(clock_->wall_now());
  co_await store(lease, record, false, false);
}

/// Voids the Lease of a replica that has fallen silent, so that it cannot come back unnoticed.
Task<void> Shards::fence(std::string lease) {
  auto record = *members_.at(lease).record();
  Event event;
  event.kind = EventKind::fact;
  event.who = who_;
  event.subject = "hub." + record.holder + ".lease";
  event.value = "expired";
  event.message = fmt::format("{} has not renewed its Lease for {}", record.holder,
                              format_duration(record.duration));
  record.holder.clear();
  record.transitions += 1;
  const bool stored = co_await store(lease, record, false, true);
  if (stored) history_->add(std::move(event));
}

Task<void> Shards::erase(std::string lease) {
  const auto type = kube::lease_type();
  const kube::DeleteOptions options;
  auto gone = co_await hub_->remove(type, ns_, lease, options);
  if (gone || gone.error().code() == Errc::not_found) {
    left_.erase(lease);
    co_return;
  }
  if (!poked_) co_await poke_.wait_until(*clock_, clock_->now() + profile_->lease_retry_every);
}

void Shards::lose(const std::string& lease) {
  if (mine_.erase(lease) == 0) return;
  record(lease, "");
  if (changed_) changed_();
}

void Shards::record(const std::string& lease, const std::string& owner) {
  Event event;
  event.kind = EventKind::state;
  event.who = who_;
  event.value = owner;
  const auto slot = slots_.find(lease);
  if (lease == leader_lease()) {
    event.subject = "hub.leader";
  } else if (slot != slots_.end()) {
    event.subject = "cluster." + slot->second.cluster + ".owner";
    event.cluster = slot->second.cluster;
    if (!owner.empty()) event.numbers = {{"token", mine_.at(lease)}};
  } else {
    return;
  }
  history_->add(std::move(event));
}

}  // namespace spokelab::hub
