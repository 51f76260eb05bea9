// Registry: Secrets in, clusters out.
#include "hub/cluster/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/json.h"
#include "hub/cluster/secret.h"

namespace spokelab::hub {

namespace {

kube::ReflectorOptions cluster_secrets(std::string ns, const Profile& profile) {
  kube::ReflectorOptions options;
  options.ns = std::move(ns);
  options.label_selector = fmt::format("{}=cluster", kSecretTypeLabel);
  if (profile.isolate_clusters) options.list_every = profile.relist_every;
  return options;
}

kube::ResourceType secret_type() { return {"", "v1", "secrets", "Secret", true}; }

}  // namespace

bool ClusterInfo::skips_reconcile() const {
  const auto hit = annotations.find(std::string(kSkipReconcileAnnotation));
  return hit != annotations.end() && hit->second == "true";
}

std::string_view name_of(ConnectionStatus status) noexcept {
  switch (status) {
    case ConnectionStatus::unknown:
      return "Unknown";
    case ConnectionStatus::successful:
      return "Successful";
    case ConnectionStatus::failed:
      return "Failed";
  }
  return "Unknown";
}

Registry::Registry(Clock& clock, Rng rng, kube::Client& hub, History& history,
                   const Profile& profile, std::string ns, std::string who)
    : history_(&history),
      hub_(&hub),
      profile_(&profile),
      who_(std::move(who)),
      secrets_(clock, rng, hub, secret_type(), cluster_secrets(std::move(ns), profile),
               kube::Reflector::Handler{
                   [this](const JsonRef& now) {
                     take(now);
                     if (secrets_.synced()) rebuild();
                   },
                   [this](const JsonRef&, const JsonRef& now) {
                     take(now);
                     if (secrets_.synced()) rebuild();
                   },
                   [this](const JsonRef& last) {
                     by_secret_.erase(text_at(*last, {"metadata", "name"}));
                     if (secrets_.synced()) rebuild();
                   },
                   [this] { rebuild(); },
               }) {}

Task<void> Registry::run() { return secrets_.run(); }

Task<void> Registry::wait_synced() { return secrets_.wait_synced(); }

void Registry::take(const JsonRef& secret) {
  const auto name = text_at(*secret, {"metadata", "name"});
  auto info = read_cluster_secret(*secret, *profile_);
  if (info) {
    by_secret_.insert_or_assign(name, std::move(*info));
    return;
  }
  by_secret_.erase(name);
  Event event;
  event.kind = EventKind::fact;
  event.who = who_;
  event.subject = "cluster-secret." + name;
  event.value = "skipped";
  event.message = fmt::format("cluster Secret {} is skipped: {}", name, info.error().message());
  history_->add(std::move(event));
}

void Registry::rebuild() {
  std::map<std::string, ClusterInfo> now;
  for (const auto& [name, info] : by_secret_) now.try_emplace(info.server, info);
  const std::string own(kInClusterServer);
  if (profile_->in_cluster && !now.contains(own)) {
    ClusterInfo info;
    info.name = kInClusterName;
    info.server = own;
    now.emplace(own, std::move(info));
  }
  // The hub's own API server is reached as the hub itself reaches it, unless a Secret brings
  // credentials.
  if (const auto hit = now.find(own); hit != now.end()) {
    auto& access = hit->second.access;
    const bool credentials = !access.bearer_token.empty() || !access.username.empty() ||
                             !access.endpoint.client_cert_pem.empty();
    auto inside = hub_->config();
    if (credentials) {
      inside.bearer_token = access.bearer_token;
      inside.username = access.username;
      inside.password = access.password;
      inside.endpoint.client_cert_pem = access.endpoint.client_cert_pem;
      inside.endpoint.client_key_pem = access.endpoint.client_key_pem;
    }
    apply_profile(inside, *profile_);
    inside.base_url = own;
    access = std::move(inside);
  }
  for (auto known = by_server_.begin(); known != by_server_.end();) {
    const bool gone = !now.contains(known->first);
    if (gone) removed_.push_back(std::move(known->second));
    known = gone ? by_server_.erase(known) : std::next(known);
  }
  for (auto& [server, info] : now) {
    auto& slot = by_server_[server];
    if (slot) {
      *slot = std::move(info);
    } else {
      slot = std::make_unique<ClusterInfo>(std::move(info));
    }
  }
  if (changed_) changed_();
}

std::vector<const ClusterInfo*> Registry::all() const {
  std::vector<const ClusterInfo*> found;
  for (const auto& [server, info] : by_server_) found.push_back(info.get());
  std::sort(found.begin(), found.end(), [](const ClusterInfo* a, const ClusterInfo* b) {
    return std::tie(a->name, a->server) < std::tie(b->name, b->server);
  });
  return found;
}

const ClusterInfo* Registry::by_server(const std::string& server) const {
  const auto hit = by_server_.find(trim_server_url(server));
  return hit == by_server_.end() ? nullptr : hit->second.get();
}

Result<const ClusterInfo*> Registry::resolve(const std::string& server,
                                             const std::string& name) const {
  if (!server.empty() && !name.empty()) {
    return Error(Errc::bad_input,
                 fmt::format("application destination can't have both name and server defined: "
                             "{} {}",
                             name, server));
  }
  if (server.empty() && name.empty()) {
    return Error(Errc::bad_input, "destination server or name is missing");
  }
  if (!server.empty()) {
    const auto* found = by_server(server);
    if (found != nullptr) return found;
    return Error(
        Errc::not_found,
        fmt::format("error getting cluster by server \"{0}\": rpc error: code = NotFound desc = "
                    "cluster \"{0}\" not found",
                    server));
  }
  std::vector<const ClusterInfo*> hits;
  for (const auto& [key, info] : by_server_) {
    if (info->name == name) hits.push_back(info.get());
  }
  if (hits.empty())
    return Error(Errc::not_found, fmt::format("there are no clusters with this name: {}", name));
  if (hits.size() == 1) return hits.front();
  std::string servers;
  for (const auto* hit : hits) servers += (servers.empty() ? "" : " ") + hit->server;
  return Error(Errc::conflict,
               fmt::format("there are {} clusters with the same name: [{}]", hits.size(), servers));
}

}  // namespace spokelab::hub
