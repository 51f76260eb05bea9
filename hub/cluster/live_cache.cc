// LiveCache: full syncs, watches, and what makes them start again.
#include "hub/cluster/live_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "base/json.h"
#include "base/task_group.h"
#include "hub/cluster/mirror.h"
#include "hub/out_of_reach.h"

namespace spokelab::hub {

namespace {

constexpr Nanos kBatch = std::chrono::milliseconds(100);  // gathers a burst of CRD changes
constexpr int kRediscoveriesMax = 9;                      // gitops-engine: 500 ms x 1.5, about 25 s
constexpr Nanos kRefusedPauseMax = std::chrono::seconds(30);  // between lists that are refused
constexpr Nanos kRediscoverFirst = std::chrono::milliseconds(500);

std::string kind_text(const kube::ResourceType& type) {
  return type.group.empty() ? type.kind : type.kind + "." + type.group;
}

/// "v1.32.4-gke.100+5" -> "v1.32.4".
std::string without_vendor(const std::string& version) {
  return version.substr(0, version.find_first_of("-+"));
}

bool changes_discovery(const kube::ResourceType& type) {
  return (type.group == "apiextensions.k8s.io" && type.kind == "CustomResourceDefinition") ||
         (type.group == "apiregistration.k8s.io" && type.kind == "APIService");
}

}  // namespace

struct LiveCache::State {
  State(Clock& c, Rng r, const Profile& p, kube::Client& cl, History& h, std::string w,
        std::string n)
      : clock(c),
        rng(r),
        profile(p),
        client(cl),
        history(h),
        who(std::move(w)),
        cluster(std::move(n)),
        mirror([this](const auto& key, const auto& before, const auto& after) {
          changed(key, before, after);
        }) {}

  Clock& clock;
  Rng rng;
  const Profile& profile;
  kube::Client& client;
  History& history;
  std::string who;
  std::string cluster;
  std::vector<std::string> namespaces;
  bool cluster_resources = false;
  CacheRules rules;
  std::vector<Listener> listeners;

  Mirror mirror;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<kube::ResourceType>> types;
  std::vector<std::string> api_versions;
  std::string version;
  std::map<std::pair<std::string, std::string>, Error> unreadable;  // by group and kind
  bool synced = false;
  Attempt attempt;
  std::string recorded;
  Signal attempt_ended;
  bool monitored = false;
  bool wanted = true;  // somebody asks for a full sync; the first is asked for by the start
  bool stale = false;  // invalidated while following
  Signal wake;
  bool discovery_stale = false;
  Signal rediscover;
  bool pilot = false;  // one watch tries to reach the cluster; the others wait for `back`
  Signal back;

  void changed(const kube::ObjectKey& key, const std::string& before, const std::string& after) {
    for (const auto& listener : listeners) {
      if (!listener.changed) continue;
      if (before != after && !before.empty()) listener.changed(key, before);
      if (before == after || !after.empty() || before.empty()) listener.changed(key, after);
    }
  }

  /// Namespaces to list a kind in: one "" for all of them; none when the kind is not mirrored.
  std::vector<std::string> scopes(const kube::ResourceType& type) const {
    if (rules.filter.excludes(type.group, type.kind, rules.server)) return {};
    if (namespaces.empty()) return {""};
    if (type.namespaced) return namespaces;
    return cluster_resources ? std::vector<std::string>{""} : std::vector<std::string>{};
  }

  void take_discovery(const kube::Discovery& found) {
    for (const auto& type : found.types) {
      auto& slot = types[{type.group, type.kind}];
      if (slot) {
        *slot = type;
      } else {
        slot = std::make_unique<kube::ResourceType>(type);
      }
    }
    api_versions = found.api_versions;
  }

  kube::ListOptions list_options() const {
    kube::ListOptions options;
    options.limit = profile.list_page;
    return options;
  }

  // ---- A full sync ----

  struct Load {
    kube::Discovery discovery;
    struct One {
      Mirror::Kind* kind;
      std::string ns;
      std::string version;
    };
    std::vector<One> wanted;
    std::size_t next = 0;
    std::optional<Error> failure;
  };

  Error sync_failure(const kube::ResourceType& type, const Error& cause) const {
    const auto& config = client.config();
    const auto host = config.base_url.empty()
                          ? fmt::format("https://{}:{}", config.endpoint.host, config.endpoint.port)
                          : config.base_url;
    return cause.within(fmt::format("failed to load initial state of resource {}", kind_text(type)))
        .within(fmt::format("failed to sync cluster {}", host));
  }

  Task<Result<void>> load(std::shared_ptr<Load> load) {
    auto served = co_await client.server_version();
    if (!served) {
      // Argo CD wraps this error twice.
      co_return served.error()
          .within("failed to get server version")
          .within("failed to get server version");
    }
    version = without_vendor(*served);
    auto found = co_await client.discovery();
    if (!found) co_return found.error().within("failed to get api resources");
    load->discovery = std::move(*found);
    take_discovery(load->discovery);
    for (const auto& type : load->discovery.types) {
      for (const auto& ns : scopes(type)) {
        load->wanted.push_back(Load::One{&mirror.kind(type), ns, ""});
      }
    }
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup lists(executor);
    const auto at_once =
        std::min(load->wanted.size(), static_cast<std::size_t>(std::max(1, profile.lists_at_once)));
    for (std::size_t i = 0; i < at_once; ++i) lists.spawn(list_some(load));
    co_await lists.join();
    if (load->failure) co_return *load->failure;
    co_return Result<void>();
  }

  /// Whether a failed list tells of that kind only: the server is there and knows the hub.
  bool is_of_the_kind(Errc code) const {
    return profile.narrow_unreadable_kinds && !out_of_reach(code) && code != Errc::unauthorized;
  }

  /// Lists one kind after the other, until all are done or one has failed.
  Task<void> list_some(std::shared_ptr<Load> load) {
    while (load->next < load->wanted.size() && !load->failure) {
      auto& one = load->wanted[load->next++];
      const auto type = one.kind->type;
      const auto options = list_options();
      auto list = co_await client.list(type, one.ns, options);
      const bool refused = !list && (list.error().code() == Errc::forbidden ||
                                     list.error().code() == Errc::unauthorized);
      if (refused && rules.respect_rbac != RespectRbac::off) {
        const auto ns = one.ns;
        const Error refusal = list.error();
        auto kept = co_await keeps(type, ns, refusal);
        if (kept && !*kept) continue;
        if (!kept && !load->failure) load->failure = kept.error();
        if (!kept) co_return;
      }
      if (!list && is_of_the_kind(list.error().code())) {
        // Its own watch loop goes on asking for it.
        unreadable.insert_or_assign({type.group, type.kind}, sync_failure(type, list.error()));
        continue;
      }
      if (!list) {
        if (!load->failure) load->failure = sync_failure(type, list.error());
        co_return;
      }
      one.version = list->resource_version;
      mirror.replace(*one.kind, one.ns, *list, false);
      one.kind->followed = true;
    }
  }

  /// Whether a kind that could not be listed must be there all the same (gitops-engine
  /// checkPermission). Under `normal` never; under `strict` the cluster is asked whether it is
  /// allowed.
  Task<Result<bool>> keeps(kube::ResourceType type, std::string ns, Error refusal) {
    if (rules.respect_rbac == RespectRbac::normal) co_return false;
    Json review = {{"apiVersion", "authorization.k8s.io/v1"},
                   {"kind", "SelfSubjectAccessReview"},
                   {"spec",
                    {{"resourceAttributes",
                      {{"verb", "list"}, {"group", type.group}, {"resource", type.plural}}}}}};
    if (!ns.empty()) review["spec"]["resourceAttributes"]["namespace"] = ns;
    const kube::ResourceType reviews{"authorization.k8s.io", "v1", "selfsubjectaccessreviews",
                                     "SelfSubjectAccessReview", false};
    const kube::WriteOptions options;
    const auto body = freeze(std::move(review));
    const std::string no_ns;
    auto answer = co_await client.create(reviews, no_ns, body, options);
    if (!answer) {
      co_return Error(answer.error().code(),
                      fmt::format("failed to check permissions for resource {}: {}, original "
                                  "error={}",
                                  kind_text(type), answer.error().message(), refusal.message()));
    }
    co_return bool_at(**answer, {"status", "allowed"});
  }

  void end_attempt(const Result<void>& outcome) {
    attempt.running = false;
    attempt.tried = true;
    attempt.ended = clock.now();
    attempt.error = outcome ? std::nullopt : std::optional<Error>(outcome.error());
    synced = static_cast<bool>(outcome);
    if (!synced) mirror.clear();
    if (!synced) unreadable.clear();
    attempt_ended.notify();
    record(outcome);
    for (const auto& listener : listeners) {
      if (listener.synced) listener.synced(attempt.error);
    }
  }

  /// Tells the history when full syncs begin to work or to fail.
  void record(const Result<void>& outcome) {
    const std::string value = outcome ? "synced" : "failed";
    if (std::exchange(recorded, value) == value) return;
    Event event;
    event.kind = EventKind::fact;
    event.who = who;
    event.subject = "cluster." + cluster + ".cache";
    event.value = value;
    event.cluster = cluster;
    if (!outcome) event.message = outcome.error().message();
    if (outcome && !unreadable.empty()) {
      event.message =
          fmt::format("degraded: {} kind{} unreadable: {}", unreadable.size(),
                      unreadable.size() == 1 ? "" : "s", unreadable.begin()->second.message());
    }
    event.numbers = {{"apis", static_cast<std::int64_t>(mirror.followed())},
                     {"resources", static_cast<std::int64_t>(mirror.objects())}};
    history.add(std::move(event));
  }

  // ---- Following ----

  /// The one watch loop that tries again while the cluster is out of reach.
  struct Pilot {
    explicit Pilot(State& s) : state(s) {}
    ~Pilot() { release(); }
    Pilot(const Pilot&) = delete;
    Pilot& operator=(const Pilot&) = delete;
    bool take() {
      if (!mine && !state.pilot) mine = state.pilot = true;
      return mine;
    }
    void release() {
      if (!std::exchange(mine, false)) return;
      state.pilot = false;
      state.back.notify();
    }
    State& state;
    bool mine = false;
  };

  /// The wait after a failed list or watch.
  Task<void> wait_to_retry(Pilot& pilot, Errc code) {
    if (!out_of_reach(code)) {
      pilot.release();
      co_await sleep_for(clock, profile.watch_retry);
      co_return;
    }
    if (!pilot.take()) {
      co_await back.wait();
      co_return;
    }
    co_await sleep_for(clock, profile.watch_retry);
  }

  /// How a watch ended, and what comes next.
  struct Following {
    std::string version;  // empty: list first
    RunTime relist_at = kNever;
    bool skip_one_list = false;  // Plant::watch_gap
    int refused = 0;             // lists in a row that the server answered with an error
    RunTime refused_since{};
  };

  Task<void> follow(Mirror::Kind& kind, std::string ns, std::string from) {
    Pilot pilot(*this);
    Following at;
    at.version = std::move(from);
    kind.followed = true;
    arm_relist(at);
    for (;;) {
      if (at.version.empty() || clock.now() >= at.relist_at) {
        auto listed = co_await list_again(kind, ns, at);
        if (listed) {
          pilot.release();
          at.refused = 0;
          believe(kind);
          continue;
        }
        const auto code = listed.error().code();
        if (code == Errc::not_found) break;
        if (!is_of_the_kind(code)) {
          co_await wait_to_retry(pilot, code);
          continue;
        }
        pilot.release();
        doubt(kind, listed.error(), at);
        // The server has better things to do than to fail again and again.
        const auto pause =
            std::min<Nanos>(profile.watch_retry * (1 << std::min(at.refused, 5)), kRefusedPauseMax);
        co_await sleep_for(clock, pause);
        continue;
      }
      const auto type = kind.type;
      const auto version = at.version;
      const kube::ListOptions options;
      auto watch = co_await client.watch(type, ns, version, options, Nanos{0});
      if (!watch) {
        const auto code = watch.error().code();
        if (code == Errc::not_found) break;
        if (code == Errc::gone || code == Errc::unauthorized || code == Errc::forbidden)
          at.version.clear();
        at.skip_one_list = code == Errc::gone && profile.plants.has(Plant::watch_gap);
        co_await wait_to_retry(pilot, code);
        continue;
      }
      pilot.release();
      const auto stream = std::move(*watch);
      co_await read(kind, *stream, at);
    }
    // The API is gone (gitops-engine stopWatching): a CRD event or a full sync brings it back.
    kind.followed = false;
    mirror.drop_all(kind, true);
    believe(kind);
  }

  /// What was known of a kind is worth nothing once its lists have failed for long.
  void doubt(const Mirror::Kind& kind, const Error& error, Following& at) {
    if (at.refused++ == 0) at.refused_since = clock.now();
    const std::pair key{kind.type.group, kind.type.kind};
    if (unreadable.contains(key) || clock.now() - at.refused_since < profile.evidence_limit) return;
    unreadable.insert_or_assign(key, sync_failure(kind.type, error));
    tell_synced();
  }
  void believe(const Mirror::Kind& kind) {
    if (unreadable.erase({kind.type.group, kind.type.kind}) > 0) tell_synced();
  }
  void tell_synced() {
    for (const auto& listener : listeners) {
      if (listener.synced) listener.synced(std::nullopt);
    }
  }

  void arm_relist(Following& at) {
    at.relist_at = kNever;
    if (profile.relist_every.count() == 0) return;
    // Argo CD lists all kinds again at one instant; spread out it costs the cluster less.
    const auto early =
        profile.cache_retries_itself ? rng.between(Nanos{0}, profile.relist_every / 5) : Nanos{0};
    at.relist_at = clock.now() + profile.relist_every - early;
  }

  Task<Result<void>> list_again(Mirror::Kind& kind, std::string ns, Following& at) {
    const auto type = kind.type;
    const auto options = list_options();
    auto list = co_await client.list(type, ns, options);
    if (!list) co_return list.error();
    at.version = list->resource_version;
    arm_relist(at);
    if (std::exchange(at.skip_one_list, false)) co_return Result<void>();
    mirror.replace(kind, ns, *list, true);
    co_return Result<void>();
  }

  /// Reads one watch to its end.
  Task<void> read(Mirror::Kind& kind, kube::Watch& stream, Following& at) {
    const auto began = clock.now();
    for (;;) {
      auto event = co_await stream.next(at.relist_at);
      if (event) {
        apply(kind, *event, at);
        continue;
      }
      const auto code = event.error().code();
      if (code == Errc::timeout) co_return;  // time to list again
      if (code == Errc::gone || code == Errc::bad_input) at.version.clear();
      at.skip_one_list = code == Errc::gone && profile.plants.has(Plant::watch_gap);
      // A watch that ends in order is opened again at once, but never twice within the retry time.
      const auto earliest =
          code == Errc::closed ? began + profile.watch_retry : clock.now() + profile.watch_retry;
      co_await sleep_until(clock, earliest);
      co_return;
    }
  }

  void apply(Mirror::Kind& kind, const kube::WatchEvent& event, Following& at) {
    const auto& object = *event.object;
    auto version = text_at(object, {"metadata", "resourceVersion"});
    if (!version.empty()) at.version = std::move(version);
    if (event.type == kube::WatchEventType::bookmark) return;
    ++kind.events;
    if (event.type == kube::WatchEventType::deleted) {
      const Mirror::Name name(text_at(object, {"metadata", "namespace"}),
                              text_at(object, {"metadata", "name"}));
      mirror.drop(kind, name, true);
    } else {
      mirror.put(kind, event.object, true);
    }
    if (changes_discovery(kind.type)) {
      discovery_stale = true;
      rediscover.notify();
    }
  }

  /// Asks for discovery again whenever a CRD or APIService changed, and follows what is new.
  Task<void> keep_discovery(TaskGroup& followers) {
    for (;;) {
      while (!discovery_stale) co_await rediscover.wait();
      co_await sleep_for(clock, kBatch);
      discovery_stale = false;
      auto delay = kRediscoverFirst;
      for (int tries = 1;; ++tries) {
        auto found = co_await client.discovery();
        if (found) {
          take_new(*found, followers);
          break;
        }
        if (tries == kRediscoveriesMax) break;
        co_await sleep_for(clock, delay);
        delay = delay * 3 / 2;
      }
    }
  }

  void take_new(const kube::Discovery& found, TaskGroup& followers) {
    take_discovery(found);
    for (const auto& type : found.types) {
      const auto* known = mirror.find_kind(type.group, type.kind);
      if (known != nullptr && known->followed) continue;
      for (const auto& ns : scopes(type)) {
        auto& kind = mirror.kind(type);
        kind.followed = true;
        followers.spawn(follow(kind, ns, ""));
      }
    }
  }

  /// Ends the generation of watches: on invalidation, and when the full resync is due.
  Task<void> watch_over(TaskGroup& followers) {
    const auto due =
        profile.cache_resync_every.count() > 0 ? clock.now() + profile.cache_resync_every : kNever;
    while (!stale && clock.now() < due) {
      if (due == kNever) {
        co_await wake.wait();
      } else {
        co_await wake.wait_until(clock, due);
      }
    }
    followers.cancel();
  }

  Task<void> follow_all(std::shared_ptr<Load> load) {
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup followers(executor);
    for (const auto& one : load->wanted) {
      // What may not be read is not watched either; what could not be read is tried again.
      const auto& type = one.kind->type;
      if (!one.version.empty() || unreadable.contains({type.group, type.kind}))
        followers.spawn(follow(*one.kind, one.ns, one.version));
    }
    load.reset();
    followers.spawn(keep_discovery(followers));
    followers.spawn(watch_over(followers));
    co_await followers.join();
  }

  Task<void> wait_to_try_again() {
    const auto due = clock.now() + profile.cache_retry;
    const bool by_itself = profile.cache_retries_itself;
    wanted = by_itself;
    while (!stale && (clock.now() < due || !wanted)) {
      if (clock.now() < due) {
        co_await wake.wait_until(clock, due);
      } else {
        co_await wake.wait();
      }
    }
  }

  Task<void> run() {
    monitored = monitored || !profile.cache_on_demand;
    while (!monitored) co_await wake.wait();
    for (;;) {
      stale = false;
      synced = false;
      mirror.clear();
      unreadable.clear();
      attempt.running = true;
      auto loading = std::make_shared<Load>();
      const auto outcome = co_await load(loading);
      if (stale) continue;  // invalidated meanwhile: what was loaded may be the old
      end_attempt(outcome);
      if (outcome) {
        co_await follow_all(std::move(loading));
      } else {
        co_await wait_to_try_again();
      }
    }
  }
};

LiveCache::LiveCache(Clock& clock, Rng rng, const Profile& profile, kube::Client& client,
                     History& history, std::string who, std::string cluster)
    : state_(std::make_shared<State>(clock, rng, profile, client, history, std::move(who),
                                     std::move(cluster))) {}

LiveCache::~LiveCache() = default;

Task<void> LiveCache::run() { return state_->run(); }

void LiveCache::listen(Listener listener) { state_->listeners.push_back(std::move(listener)); }

void LiveCache::restrict_to(std::vector<std::string> namespaces, bool cluster_resources) {
  state_->namespaces = std::move(namespaces);
  state_->cluster_resources = cluster_resources;
}

void LiveCache::configure(CacheRules rules) {
  if (rules == state_->rules) return;
  state_->rules = std::move(rules);
  state_->mirror.track_by(state_->rules.tracking);
  if (state_->attempt.tried || state_->attempt.running) invalidate();
}

Task<Result<void>> LiveCache::ensure_synced() {
  const auto state = state_;
  const auto& attempt = state->attempt;
  if (state->synced) co_return Result<void>();
  if (!std::exchange(state->monitored, true)) state->wake.notify();
  const bool lazy = !state->profile.cache_retries_itself;
  if (lazy && attempt.tried && !attempt.running &&
      state->clock.now() >= attempt.ended + state->profile.cache_retry) {
    state->wanted = true;
    state->attempt.running = true;  // it starts at this instant
    state->wake.notify();
  }
  while (!attempt.tried || (lazy && attempt.running)) co_await state->attempt_ended.wait();
  if (attempt.error) co_return *attempt.error;
  co_return Result<void>();
}

void LiveCache::invalidate() {
  state_->stale = true;
  state_->synced = false;
  state_->attempt.tried = false;
  state_->attempt.error.reset();
  state_->mirror.clear();
  state_->wake.notify();
}

void LiveCache::retry_now() {
  state_->back.notify();
  if (state_->synced || !state_->attempt.tried || state_->attempt.running) return;
  state_->stale = true;
  state_->wake.notify();
}

const LiveCache::Attempt& LiveCache::last_attempt() const noexcept { return state_->attempt; }

Task<void> LiveCache::wait_idle() {
  const auto state = state_;
  while (state->attempt.running) co_await state->attempt_ended.wait();
}

bool LiveCache::synced() const noexcept { return state_->synced; }

bool LiveCache::monitored() const noexcept { return state_->monitored; }

std::optional<RunTime> LiveCache::evidence() const noexcept { return state_->client.last_answer(); }

std::optional<Error> LiveCache::unreadable(const std::string& group,
                                           const std::string& kind) const {
  const auto known = state_->unreadable.find({group, kind});
  if (known == state_->unreadable.end()) return std::nullopt;
  return known->second;
}

JsonRef LiveCache::get(const kube::ObjectKey& key) const { return state_->mirror.get(key); }

bool LiveCache::follows(const std::string& group, const std::string& kind) const {
  const auto* known = state_->mirror.find_kind(group, kind);
  return known != nullptr && known->followed;
}

std::vector<JsonRef> LiveCache::tracked_by(const std::string& app) const {
  return state_->mirror.tracked_by(app);
}

std::vector<JsonRef> LiveCache::children_of(const std::string& uid) const {
  return state_->mirror.children_of(uid);
}

std::vector<JsonRef> LiveCache::top_level(const std::string& ns) const {
  return state_->mirror.top_level(ns);
}

const kube::ResourceType* LiveCache::type_of(const std::string& group,
                                             const std::string& kind) const {
  const auto hit = state_->types.find({group, kind});
  return hit == state_->types.end() ? nullptr : hit->second.get();
}

const std::string& LiveCache::server_version() const noexcept { return state_->version; }

std::vector<std::string> LiveCache::api_versions() const { return state_->api_versions; }

std::size_t LiveCache::resources() const noexcept { return state_->mirror.objects(); }

std::size_t LiveCache::apis() const noexcept { return state_->mirror.followed(); }

void LiveCache::each_kind_with_events(
    const std::function<void(const kube::ResourceType&, std::uint64_t)>& visit) const {
  for (const auto& kind : state_->mirror.kinds()) {
    if (kind->events > 0) visit(kind->type, kind->events);
  }
}

}  // namespace spokelab::hub
