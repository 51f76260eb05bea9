#include "harness/run/lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "base/task_group.h"
#include "harness/run/argocd_install.h"
#include "harness/scenario/zones.h"
#include "harness/wall/kustomize_binary.h"
#include "hub/api/application_service.h"
#include "hub/cluster/register.h"
#include "hub/engine/replica.h"
#include "kube/kinds.h"
#include "kube/three_way.h"

namespace spokelab::harness {

using namespace std::chrono_literals;

namespace {

constexpr Nanos kOperatorRetry = 5s;

/// A text that stands for a CA certificate: in virtual time certificates are compared, not parsed.
std::string certificate_of(const std::string& site) {
  return fmt::format(
      "-----BEGIN CERTIFICATE-----\nspokelab CA of cluster {}\n-----END CERTIFICATE-----\n", site);
}

}  // namespace

Lab::Lab(const Scenario& scenario, const Assets& assets, hub::Profile profile, std::uint64_t seed,
         LabOptions options)
    : scenario_(scenario),
      assets_(assets),
      profile_(std::move(profile)),
      options_(options),
      rng_(seed),
      world_(options.epoch, options.events_per_instant_max),
      history_(world_, options.events_kept),
      network_(world_, rng_.stream("network")) {
  if (options_.outside != nullptr) options_.outside->begin(world_);
  history_.subscribe([this](const Event& event) {
    if (event.kind == EventKind::state && event.subject.ends_with(".owner"))
      owners_[event.cluster] = event.value;
  });
  lay_network();
  const auto& hub = scenario_.world.hub;
  if (options_.hub) add_site("hub", hub.region, 3, 3);
  for (const auto& [name, spec] : scenario_.world.clusters)
    add_site(name, spec.region, spec.nodes, spec.zones);
  for (const auto& [url, file] : scenario_.world.repos) {
    repos_.add(url, std::make_unique<ScenarioRepo>(world_, url, assets_.repo(url)));
  }
  network_.add_node(std::string(kGitNode), std::string(kGitNode));  // a region of its own
  if (options_.hub) {
    install_hub();
    for (int n = 0; n < hub.replicas; ++n) add_replica(n);
  }
  add_node("operator", hub.region);
  dialers_["operator"] = dialer_of("operator", world_);
  operator_ =
      std::make_unique<sim::Process>(world_, "operator", [this](int) { return operator_main(); });
  for (const auto& [name, spec] : scenario_.world.traffic) add_traffic(name, spec);
  alerts_.join(network_);
  watch_costs();
}

Lab::~Lab() { stop(); }

void Lab::lay_network() {
  const auto& net = scenario_.world.network;
  std::vector<std::string> regions{scenario_.world.hub.region};
  for (const auto& [name, spec] : scenario_.world.clusters) regions.push_back(spec.region);
  std::sort(regions.begin(), regions.end());
  regions.erase(std::unique(regions.begin(), regions.end()), regions.end());
  for (const auto& a : regions) {
    for (const auto& b : regions) {
      if (b < a) continue;
      const auto latency = net.between(a, b) / 2;
      const auto jitter = Nanos(static_cast<std::int64_t>(static_cast<__int128>(latency.count()) *
                                                          net.jitter.millionths / 1'000'000));
      network_.set_link(a, b, sim::LinkQuality{latency, jitter});
    }
  }
}

void Lab::add_site(const std::string& name, const std::string& region, int nodes, int zones) {
  auto site = std::make_unique<Site>(world_);
  site->name = name;
  site->region = region;
  site->api_node = name + ".api";
  site->host = name == "hub" ? "kubernetes.default.svc" : fmt::format("api.{}.example.com", name);
  site->port = port_of(*site);
  site->server = name == "hub" ? "https://kubernetes.default.svc"
                               : fmt::format("https://{}:{}", site->host, kApiPort);
  site->ca_pem = certificate_of(name);
  site->front_node = name + ".front";
  add_node(site->api_node, region);
  add_node(site->front_node, region);
  network_.add_name(site->host, site->api_node);
  site->names = {site->host, network_.address_of(site->api_node)};

  fakeapi::ApiServerSettings settings;
  if (options_.outside != nullptr) {
    const auto address = options_.outside->address_of(name);
    site->host = address.host;
    site->port = address.port;
    site->server = address.server;
    site->names = address.names;
    site->ca_pem = address.ca_pem;
    site->tls = address.tls;
    settings.sign = options_.outside->signer_of(name);
  }
  // Virtual runs do without what only a person at a real client would look at: an event for each
  // request, owners of fields, and the Events and node Leases that are most of what a cluster
  // writes.
  const bool watched = options_.outside != nullptr;
  settings.audit = watched;
  settings.track_fields = watched;
  settings.cluster = name;
  settings.ca_pem = site->ca_pem;
  settings.users.push_back({admin_token(name), "lab-admin", {"system:masters"}});
  for (int n = 0; name == "hub" && n < scenario_.world.hub.replicas; ++n) {
    const auto replica = fmt::format("hub-{}", n);
    settings.users.push_back(
        {replica_token(replica),
         fmt::format("system:serviceaccount:{}:{}", scenario_.world.hub.ns, replica),
         {"system:masters"}});
  }
  site->api = std::make_unique<fakeapi::ApiServer>(site->clock, rng_.stream("api/" + name),
                                                   history_, settings);

  fakeapi::ClusterSettings behind;
  behind.name = name;
  behind.region = region;
  behind.nodes = nodes;
  behind.ca_pem = site->ca_pem;
  behind.events = behind.leases = watched;
  behind.zones = zone_letters(zones);
  auto* api = site->api.get();
  site->controllers = std::make_unique<fakeapi::Controllers>(
      *api, site->clock, history_, rng_.stream("cluster/" + name), behind,
      [api](const std::string& ns, const std::string& account) {
        return api->issue_token(ns, account);
      });
  if (const auto started = site->controllers->start(); !started)
    failure_ = started.error().message();

  auto& placed = *sites_.emplace(name, std::move(site)).first->second;
  network_.serve(placed.api_node, port_of(placed), *api, identity_of(name));
}

void Lab::install_hub() {
  std::map<std::string, std::string> settings;
  for (const auto& [name, value] : scenario_.world.hub.settings) settings[name] = value.text;
  std::vector<JsonRef> brought;
  if (const auto ours = scenario_.world.apply.find("hub"); ours != scenario_.world.apply.end()) {
    for (const auto& file : ours->second) {
      const auto& objects = assets_.manifests(file.path);
      brought.insert(brought.end(), objects.begin(), objects.end());
    }
  }
  const auto done = install_argocd(*site("hub").api, scenario_.world.hub.ns, settings, brought);
  if (!done) {
    failure_ = done.error().message();
  }
}

void Lab::add_replica(int number) {
  const auto name = fmt::format("hub-{}", number);
  add_node(name, scenario_.world.hub.region);
  auto main = [this, name](int) {
    hub::ReplicaConfig config;
    config.name = name;
    config.ns = scenario_.world.hub.ns;
    config.profile = profile_;
    config.replicas = scenario_.world.hub.replicas;
    config.hub_access.endpoint.host = site("hub").host;
    config.hub_access.endpoint.port = site("hub").port;
    config.hub_access.endpoint.tls = site("hub").tls;
    config.hub_access.endpoint.ca_pem = site("hub").ca_pem;
    config.hub_access.bearer_token = replica_token(name);
    config.hub_access.user_agent = name;
    config.components = &components_[name];
    config.window = &windows_[name];
    config.kustomize = &KustomizeBinary::here();
    auto& process = *replicas_.at(name);
    return hub::run_replica(process.clock(), *dialers_.at(name), *replica_repos_.at(name), history_,
                            rng_.stream("replica/" + name), std::move(config));
  };
  auto process = std::make_unique<sim::Process>(world_, name, main);
  dialers_[name] = dialer_of(name, process->clock());
  components_.try_emplace(name);
  replica_repos_[name] = std::make_unique<ReplicaRepos>(name, repos_, network_, world_);
  metrics_pages_[name] = std::make_unique<MetricsPage>(
      windows_[name], [this, name] { return replicas_.at(name)->paused(); });
  network_.serve(name, kMetricsPort, *metrics_pages_[name], std::nullopt);
  network_.set_up(name, kMetricsPort, false);
  process->on_change([this, name](bool running) {
    if (!stopping_) network_.set_up(name, kMetricsPort, running);
    tell_replica(name, running ? "running" : "stopped");
  });
  process->on_exit([this, name](const std::string& failure) {
    failure_ =
        fmt::format("{} ended by itself: {}", name, failure.empty() ? "it returned" : failure);
  });
  replicas_.emplace(name, std::move(process));
}

std::string Lab::admin_token(const std::string& site) const {
  const auto user = "admin-of-" + site;
  return options_.outside != nullptr ? options_.outside->token_of(user) : user;
}

std::string Lab::replica_token(const std::string& replica) const {
  const auto user = "token-of-" + replica;
  return options_.outside != nullptr ? options_.outside->token_of(user) : user;
}

std::unique_ptr<HttpDialer> Lab::dialer_of(const std::string& node, Clock& clock) {
  return options_.outside != nullptr ? options_.outside->dialer(node, clock)
                                     : network_.dialer(node, clock);
}

void Lab::tell_replica(const std::string& name, std::string state) {
  if (stopping_) return;
  Event event;
  event.kind = EventKind::state;
  event.who = name;
  event.subject = "hub." + name + ".state";
  event.value = std::move(state);
  history_.add(std::move(event));
}

bool Lab::take_node_down(const std::string& cluster, const std::string& node) {
  auto& at = site(cluster);
  auto& holders = at.nodes_down[node];
  if (holders == 0 && !at.controllers->lose_node(node)) return false;
  ++holders;
  return true;
}

void Lab::bring_node_up(const std::string& cluster, const std::string& node) {
  auto& at = site(cluster);
  const auto holders = at.nodes_down.find(node);
  if (holders == at.nodes_down.end() || --holders->second > 0) return;
  at.nodes_down.erase(holders);
  at.controllers->restore_node(node);
}

void Lab::take_replica_down(const std::string& name) {
  if (++holds_[name].down == 1) replicas_.at(name)->kill();
}

void Lab::bring_replica_up(const std::string& name) {
  if (--holds_.at(name).down == 0) replicas_.at(name)->start();
}

void Lab::pause_replica(const std::string& name) {
  if (++holds_[name].paused > 1) return;
  replicas_.at(name)->pause();
  tell_replica(name, "paused");
}

void Lab::resume_replica(const std::string& name) {
  if (--holds_.at(name).paused > 0) return;
  replicas_.at(name)->resume();
  if (replicas_.at(name)->running()) tell_replica(name, "running");
}

void Lab::add_node(const std::string& name, const std::string& region) {
  if (!nodes_.emplace(name, region).second) return;
  network_.add_node(name, region);
}

std::string Lab::owner_of(const std::string& cluster) const {
  const auto owner = owners_.find(cluster);
  return owner == owners_.end() ? "" : owner->second;
}

std::vector<std::string> Lab::nodes_in(const std::string& region) const {
  std::vector<std::string> names;
  for (const auto& [name, where] : nodes_) {
    if (where == region && name != "operator") names.push_back(name);
  }
  return names;
}

std::uint16_t port_of(const Site& site) {
  return site.name == "hub" ? std::uint16_t{443} : kApiPort;
}

sim::TlsIdentity Lab::identity_of(const std::string& cluster) const {
  const auto& site = *sites_.at(cluster);
  sim::TlsIdentity identity;
  identity.ca_pem = site.ca_pem;
  identity.names = site.names;
  return identity;
}

void Lab::show_certificate(const std::string& cluster) {
  auto& at = site(cluster);
  network_.set_identity(at.api_node, port_of(at),
                        at.certificates.top().value_or(identity_of(cluster)));
}

void Lab::take_api_down(const std::string& cluster) {
  auto& at = site(cluster);
  if (++at.api_down > 1) return;
  network_.set_up(at.api_node, port_of(at), false);
  at.api->watches().cut_all();
  at.controllers->pause();
}

void Lab::bring_api_up(const std::string& cluster) {
  auto& at = site(cluster);
  if (--at.api_down > 0) return;
  network_.set_up(at.api_node, port_of(at), true);
  at.controllers->resume();
}

std::vector<std::pair<std::string, std::int64_t>> Lab::counters() const {
  std::vector<std::pair<std::string, std::int64_t>> all;
  all.emplace_back("kernel.events", static_cast<std::int64_t>(world_.steps()));
  all.emplace_back("network.messages", static_cast<std::int64_t>(network_.messages()));
  for (const auto& [name, site] : sites_) {
    std::int64_t requests = 0;
    for (const auto& [who, count] : site->api->request_counts())
      requests += static_cast<std::int64_t>(count);
    all.emplace_back(name + ".requests", requests);
    all.emplace_back(name + ".noop-writes", static_cast<std::int64_t>(site->api->noop_writes()));
  }
  for (const auto& [name, traffic] : traffic_) {
    if (!traffic->population) continue;
    const auto& totals = traffic->population->totals();
    all.emplace_back("traffic." + name + ".sent", static_cast<std::int64_t>(totals.sent));
    all.emplace_back("traffic." + name + ".failed", static_cast<std::int64_t>(totals.failed()));
  }
  return all;
}

void Lab::watch_costs() {
  for (const auto& [name, site] : sites_) {
    site->api->on_request([this, cluster = name, &asked = hub_requests_[name]](
                              std::string_view client, std::string_view verb) {
      if (!replicas_.contains(std::string(client))) return;
      ++asked;
      if (!on_cost_) return;
      on_cost_("requests", cluster);
      if (verb == "list") on_cost_("lists", cluster);
      if (verb == "create" || verb == "update" || verb == "patch" || verb == "delete")
        on_cost_("writes", cluster);
    });
    clusters_by_node_.emplace(site->api_node, name);
  }
  network_.on_dial([this](const std::string& client, const std::string& server) {
    const auto cluster = clusters_by_node_.find(server);
    if (on_cost_ && cluster != clusters_by_node_.end() && replicas_.contains(client))
      on_cost_("dials", cluster->second);
  });
  for (const auto& [name, repos] : replica_repos_) {
    repos->on_fetch([this] {
      if (on_cost_) on_cost_("fetches", "");
    });
  }
}

std::uint64_t Lab::hub_requests(const std::string& cluster) const {
  const auto known = hub_requests_.find(cluster);
  return known == hub_requests_.end() ? 0 : known->second;
}

std::uint64_t Lab::hub_dials(const std::string& cluster) const {
  std::uint64_t sum = 0;
  const auto& node = sites_.at(cluster)->api_node;
  for (const auto& [name, replica] : replicas_) sum += network_.dials(name, node);
  return sum;
}

void Lab::add_traffic(const std::string& name, const TrafficSpec& spec) {
  for (const auto& [region, share] : spec.from) add_node(user_node(region), region);
  add_node(router_node(name), spec.by.region);
  if (spec.by.mechanism == Mechanism::balancer) add_node(sender_node(name), spec.by.region);
  traffic_.emplace(name, std::make_unique<TrafficSite>(name, spec, *this));
}

void Lab::start_users() {
  for (auto& [name, traffic] : traffic_) traffic->start_users(*this);
}

void Lab::flush_users() {
  for (auto& [name, traffic] : traffic_) {
    if (traffic->population) traffic->population->flush();
  }
}

kube::Client& Lab::admin(const std::string& name) {
  auto& client = admins_[name];
  if (!client) {
    kube::ClientConfig config;
    config.endpoint.host = site(name).host;
    config.endpoint.port = site(name).port;
    config.endpoint.tls = site(name).tls;
    config.endpoint.ca_pem = site(name).ca_pem;
    config.bearer_token = admin_token(name);
    config.user_agent = "operator";
    config.dial_timeout = 5s;
    config.request_timeout = 10s;
    client = std::make_unique<kube::Client>(world_, *dialers_.at("operator"), config);
  }
  return *client;
}

void Lab::start() {
  for (auto& [name, process] : replicas_) process->start();
  operator_->start();
  // A router that begins with an opinion (Route 53 calls a new target healthy) says so.
  for (const auto& [name, traffic] : traffic_) {
    const bool watched = traffic->spec->by.mechanism != Mechanism::direct;
    for (std::size_t i = 0; i < traffic->targets.size(); ++i) {
      if (watched && traffic->router->belief(i) == sim::traffic::Health::initial) continue;
      Event event;
      event.kind = EventKind::belief;
      event.who = "router." + name;
      event.subject = fmt::format("traffic.{}.target.{}", name, traffic->targets[i]);
      event.value = watched ? std::string(sim::traffic::name_of(traffic->router->belief(i)))
                            : std::string("unwatched");
      event.cluster = traffic->targets[i];
      event.message = watched ? "assumed at the start" : "callers have its address; nobody probes";
      history_.add(std::move(event));
    }
  }
}

void Lab::stop() {
  stopping_ = true;
  for (auto& [name, site] : traffic_) {
    site->population.reset();
    site->router.reset();
  }
  operator_->kill();
  for (auto& [name, process] : replicas_) process->kill();
  world_.settle();
  orders_.clear();
  admins_.clear();
  world_.settle();
}

Task<void> Lab::operator_main() {
  co_await set_up();
  for (;;) {
    while (orders_.empty()) co_await ordered_.wait();
    auto next = std::move(orders_.front());
    orders_.erase(orders_.begin());
    co_await std::move(next);
  }
}

void Lab::operate(Task<void> task) {
  orders_.push_back(std::move(task));
  ordered_.notify();
}

Task<void> Lab::set_up() {
  if (!options_.hub) {
    set_up_done_ = true;
    co_return;
  }
  for (const auto& [name, spec] : scenario_.world.clusters) {
    if (spec.registered) co_await register_site(name);
  }
  for (const auto& [target, files] : scenario_.world.apply) {
    for (const auto& file : files) {
      const auto& objects = assets_.manifests(file.path);
      co_await apply(target, objects);
    }
  }
  set_up_done_ = true;
}

Task<void> Lab::register_site(std::string cluster) {
  const auto& spec = scenario_.world.clusters.at(cluster);
  hub::RegisterOptions options;
  options.name = cluster;
  options.server = site(cluster).server;
  options.ca_pem = site(cluster).ca_pem;
  options.ns = scenario_.world.hub.ns;
  options.labels = spec.labels;
  options.annotations = spec.annotations;
  auto& spoke = admin(cluster);
  auto& hub = admin("hub");
  for (;;) {
    co_await wait_for_server();
    auto done = co_await hub::register_cluster(world_, spoke, hub, options);
    Event event;
    event.kind = EventKind::fact;
    event.who = "operator";
    event.subject = "cluster." + cluster;
    event.cluster = cluster;
    event.value = done ? "registered" : "registration-failed";
    event.message = done ? "" : done.error().message();
    history_.add(std::move(event));
    if (done) break;
    co_await sleep_for(world_, kOperatorRetry);
  }
}

Task<void> Lab::unregister_site(std::string cluster) {
  auto& spoke = admin(cluster);
  auto& hub = admin("hub");
  const auto ns = scenario_.world.hub.ns;
  const auto server = site(cluster).server;
  const std::string system_ns = "kube-system";
  for (;;) {
    co_await wait_for_server();
    auto done = co_await hub::unregister_cluster(hub, &spoke, ns, server, system_ns);
    if (done || done.error().code() == Errc::not_found) co_return;
    co_await sleep_for(world_, kOperatorRetry);
  }
}

/// Every replica has one; any will do.
bool Lab::server_answers() {
  for (auto& [name, replica] : replicas_) {
    auto& parts = components_.at(name);
    if (!parts.up(hub::Component::server)) {
      parts.miss(hub::Component::server);
    } else if (!holds_.contains(name) || holds_.at(name).down + holds_.at(name).paused == 0) {
      return true;
    }
  }
  return false;
}

Task<void> Lab::wait_for_server() {
  while (!server_answers()) co_await sleep_for(world_, kOperatorRetry);
}

void Lab::tell_of_order(const std::string& subject, const Result<void>& outcome) {
  Event event;
  event.kind = EventKind::fact;
  event.who = "operator";
  event.subject = subject;
  event.value = outcome ? "ordered" : "refused";
  event.message = outcome ? "" : outcome.error().message();
  history_.add(std::move(event));
}

Task<void> Lab::sync_app(SyncStep step) {
  auto& hub = admin("hub");
  const auto ns = scenario_.world.hub.ns;
  for (;;) {
    Result<void> outcome = hub::api_server_down();
    if (server_answers()) {
      hub::SyncOrder order;
      order.app = step.app;
      order.revision = step.revision;
      order.prune = step.prune;
      outcome = co_await hub::order_sync(world_, hub, ns, order);
    }
    tell_of_order("sync." + step.app, outcome);
    if (outcome) co_return;
    co_await sleep_for(world_, kOperatorRetry);
  }
}

Task<void> Lab::refresh_app(RefreshStep step) {
  auto& hub = admin("hub");
  const auto ns = scenario_.world.hub.ns;
  const std::string app = step.app;
  const bool hard = step.hard;
  for (;;) {
    Result<void> outcome = hub::api_server_down();
    if (server_answers()) outcome = co_await hub::order_refresh(hub, ns, app, hard);
    tell_of_order("refresh." + step.app, outcome);
    if (outcome) co_return;
    co_await sleep_for(world_, kOperatorRetry);
  }
}

Task<void> Lab::tell_of_push(std::string repo, std::string branch, bool head) {
  auto& hub = admin("hub");
  const auto ns = scenario_.world.hub.ns;
  Result<void> outcome = hub::api_server_down();
  if (server_answers()) {
    const auto refreshed = co_await hub::take_push(hub, ns, repo, branch, head);
    outcome = refreshed ? Result<void>() : Result<void>(refreshed.error());
  }
  tell_of_order("webhook." + repo, outcome);
}

const kube::ResourceType* Lab::type_of(const std::string& cluster, const std::string& name) const {
  const auto dot = name.find('.');
  const auto word = kube::lower(name.substr(0, dot));
  const auto group = dot == std::string::npos ? std::string() : name.substr(dot + 1);
  const fakeapi::ServedKind* best = nullptr;
  for (const auto& served : sites_.at(cluster)->api->kinds().all()) {
    const auto& info = served->info;
    if (dot != std::string::npos && info.type.group != group) continue;
    const bool named =
        word == info.type.plural || word == info.singular || word == kube::lower(info.type.kind) ||
        std::find(info.short_names.begin(), info.short_names.end(), word) != info.short_names.end();
    if (named && (best == nullptr || (served->preferred && !best->preferred))) best = served.get();
  }
  return best == nullptr ? nullptr : &best->type();
}

namespace {

/// What is Argo CD's own: its kinds, its ConfigMaps, the Secrets that it reads.
bool is_for_argocd(const Json& object) {
  const auto group = kube::split_api_version(text_at(object, {"apiVersion"})).group;
  return group == "argoproj.io" || text_at(object, {"metadata", "name"}).starts_with("argocd-") ||
         find(object, {"metadata", "labels", "argocd.argoproj.io/secret-type"}) != nullptr;
}

/// One object by kubectl's client-side apply, with `-n <ns>`. Errors: the server's.
Task<Result<void>> apply_one(kube::Client& client, kube::ResourceType type, JsonRef object,
                             std::string usual_ns) {
  Json wanted = *object;
  const auto name = text_at(wanted, {"metadata", "name"});
  auto ns = text_at(wanted, {"metadata", "namespace"});
  if (type.namespaced && ns.empty()) {
    ns = usual_ns;
    wanted["metadata"]["namespace"] = ns;
  }
  kube::WriteOptions options;
  options.field_manager = "kubectl-client-side-apply";
  const std::string no_subresource;
  auto live = co_await client.get(type, ns, name);
  if (!live && live.error().code() == Errc::not_found) {
    auto body = freeze(kube::with_last_applied(std::move(wanted)));
    auto created = co_await client.create(type, ns, body, options);
    if (!created) co_return created.error();
    co_return Result<void>();
  }
  if (!live) co_return live.error();
  auto change = kube::apply_patch(wanted, **live);
  if (!change) co_return change.error();
  if (change->empty()) co_return Result<void>();
  const auto kind = change->strategic ? kube::PatchType::strategic : kube::PatchType::merge;
  auto patched =
      co_await client.patch(type, ns, name, kind, change->patch, no_subresource, options);
  if (!patched) co_return patched.error();
  co_return Result<void>();
}

}  // namespace

Task<void> Lab::apply(std::string target, std::vector<JsonRef> objects) {
  auto& client = admin(target);
  for (const auto& object : objects) {
    for (;;) {
      const auto gv = kube::split_api_version(text_at(*object, {"apiVersion"}));
      const auto kind = text_at(*object, {"kind"});
      const auto* served = site(target).api->kinds().by_kind(gv.group, gv.version, kind);
      Result<void> done =
          Error(Errc::not_found, fmt::format("no matches for kind \"{}\" in version \"{}\"", kind,
                                             text_at(*object, {"apiVersion"})));
      if (served != nullptr) {
        const auto type = served->type();
        const bool argocd = target == "hub" && is_for_argocd(*object);
        const std::string ns = argocd ? scenario_.world.hub.ns : "default";
        done = co_await apply_one(client, type, object, ns);
      }
      if (done) break;
      Event event;
      event.kind = EventKind::fact;
      event.who = "operator";
      event.subject = "apply." + target;
      event.cluster = target;
      event.value = "failed";
      event.message = fmt::format("{} {}: {}", kind, text_at(*object, {"metadata", "name"}),
                                  done.error().message());
      history_.add(std::move(event));
      co_await sleep_for(world_, kOperatorRetry);
    }
  }
}

Task<void> Lab::label(std::string cluster,
                      std::map<std::string, std::optional<std::string>> labels) {
  auto& hub = admin("hub");
  const auto ns = scenario_.world.hub.ns;
  const kube::ResourceType secrets{"", "v1", "secrets", "Secret", true};
  Json change = Json::object();
  for (const auto& [key, value] : labels) change[key] = value ? Json(*value) : Json(nullptr);
  const auto patch = freeze(Json{{"metadata", {{"labels", change}}}});
  const std::string no_subresource;
  for (;;) {
    kube::ListOptions all;
    all.label_selector = "argocd.argoproj.io/secret-type=cluster";
    auto listed = co_await hub.list(secrets, ns, all);
    bool done = false;
    if (listed) {
      for (const auto& secret : listed->items) {
        const auto name = text_at(*secret, {"metadata", "name"});
        if (from_base64(text_at(*secret, {"data", "name"})) != cluster) continue;
        kube::WriteOptions options;
        auto patched = co_await hub.patch(secrets, ns, name, kube::PatchType::merge, patch,
                                          no_subresource, options);
        done = patched.has_value();
      }
    }
    if (done) co_return;
    co_await sleep_for(world_, kOperatorRetry);
  }
}

}  // namespace spokelab::harness
