#include "hub/engine/dynamic/dynamic_shards.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/json.h"
#include "base/rng.h"

namespace spokelab::hub {

namespace {

constexpr Nanos kFirstProbe = std::chrono::seconds(5);  // manifests: readinessProbe
constexpr Nanos kProbeEvery = std::chrono::seconds(10);
constexpr Nanos kStartAgain = std::chrono::seconds(1);  // the pod's container is restarted
constexpr int kConflictsMax = 3;
constexpr int kHeartbeatsMissed = 3;

const kube::ResourceType& config_map_type() {
  static const kube::ResourceType kType{"", "v1", "configmaps", "ConfigMap", true};
  return kType;
}

/// "hub-1-x7k2q": the instant of birth tells one life from the next.
std::string pod_name(const std::string& who, WallTime born) {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  auto rest = stable_hash(fmt::format("{}@{}", who, born.time_since_epoch().count()));
  std::string suffix;
  for (int i = 0; i < 5; ++i) {
    suffix += kLetters[rest % kLetters.size()];
    rest /= kLetters.size();
  }
  return who + "-" + suffix;
}

}  // namespace

DynamicShards::DynamicShards(Clock& clock, kube::Client& hub, History& history,
                             const Profile& profile, std::string ns, std::string who, int replicas)
    : clock_(&clock),
      hub_(&hub),
      history_(&history),
      profile_(&profile),
      ns_(std::move(ns)),
      who_(std::move(who)),
      pod_(pod_name(who_, clock.wall_now())),
      replicas_(replicas) {}

Task<void> DynamicShards::run() {
  // A controller that cannot read or write the mapping when it starts dies, and is started again.
  for (;;) {
    const auto claimed = co_await renew();
    if (claimed) {
      take(*claimed);
      break;
    }
    co_await sleep_for(*clock_, kStartAgain);
  }
  auto next = clock_->now() + kFirstProbe;
  for (;;) {
    co_await sleep_until(*clock_, next);
    while (next <= clock_->now()) next += kProbeEvery;
    const auto renewed = co_await renew();
    if (renewed) take(*renewed);
  }
}

/// The shard in the mapping; after conflicts that go on, the one there was.
Task<Result<int>> DynamicShards::renew() {
  for (int conflicts = 0;; ++conflicts) {
    auto outcome = co_await renew_once();
    const bool conflict = !outcome && outcome.error().code() == Errc::conflict;
    if (!conflict) co_return outcome;
    if (conflicts == kConflictsMax) co_return shard_;
  }
}

Task<Result<int>> DynamicShards::renew_once() {
  const auto type = config_map_type();
  const std::string name(kShardConfigMap);
  const std::string key(kShardMappingKey);
  const kube::WriteOptions options;
  auto stored = co_await hub_->get(type, ns_, name);
  if (!stored && stored.error().code() != Errc::not_found) co_return stored.error();
  const bool create = !stored;
  auto mapping = free_shards(replicas_);
  if (!create) {
    auto read = read_shard_mapping(text_at(**stored, {"data", kShardMappingKey}));
    if (!read) co_return read.error();
    mapping = std::move(*read);
  }
  const Nanos timeout = profile_->heartbeat * kHeartbeatsMissed;
  const int shard = claim_shard(mapping, pod_, replicas_, clock_->wall_now(), timeout);
  Json object = Json::object();
  if (!create) object = **stored;
  object["apiVersion"] = "v1";
  object["kind"] = "ConfigMap";
  object["metadata"]["name"] = name;
  object["metadata"]["namespace"] = ns_;
  object["data"][key] = print_shard_mapping(mapping);
  const JsonRef body = freeze(std::move(object));
  Result<JsonRef> written = Error();
  if (create) {
    written = co_await hub_->create(type, ns_, body, options);
  } else {
    written = co_await hub_->update(type, ns_, name, body, "", options);
  }
  if (!written) co_return written.error();
  co_return shard;
}

void DynamicShards::take(int shard) {
  if (shard == shard_) return;
  shard_ = shard;
  Event event;
  event.kind = EventKind::fact;
  event.who = who_;
  event.subject = "hub." + who_ + ".shard";
  event.value = std::to_string(shard);
  event.message = shard < 0 ? fmt::format("{} has no shard", pod_)
                            : fmt::format("{} holds shard {} of {}", pod_, shard, replicas_);
  history_->add(std::move(event));
  if (changed_) changed_();
}

}  // namespace spokelab::hub
