// Scenario: one story as typed values, everything drawn and every default filled in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json_fwd.h"
#include "base/run_time.h"
#include "harness/scenario/diagnostic.h"
#include "harness/scenario/expression.h"
#include "harness/scenario/schema/presets.h"
#include "harness/scenario/values.h"

namespace spokelab::harness {

/// A place in the world: where something stands, or one end of a path.
struct Place {
  enum class Kind : std::uint8_t {
    hub,      ///< The hub cluster (its API server, its network). `name` is "hub".
    replica,  ///< One hub replica: "hub-0".
    cluster,
    region,
    users,    ///< All users.
    router,   ///< All routers.
    traffic,  ///< One traffic: its users, names and router.
    git,      ///< The hosts of all repositories.
    repo,     ///< One repository, by URL.
    owner,    ///< The hub replica that looks after cluster `name` when it is asked for.
  };
  Kind kind = Kind::cluster;
  std::string name;
  friend bool operator==(const Place&, const Place&) = default;
};
std::string_view name_of(Place::Kind kind) noexcept;

/// A path of a file as written, and where it lies.
struct FileRef {
  std::string written;
  std::string path;  ///< Relative to the working directory, or absolute.
  Position at;
};

/// A setting of the hub's profile, as written; the hub's own table judges it.
struct Setting {
  std::string text;
  Position at;
};

struct HubSpec {
  std::string region;
  int replicas = 1;
  std::string profile;  ///< "spokelab" or "argocd-3.5".
  std::string ns;       ///< Of Applications and cluster Secrets.
  std::map<std::string, Setting> settings;
  Position at;
};

struct ClusterSpec {
  std::string region;
  std::map<std::string, std::string> labels;  ///< Of the cluster Secret.
  std::map<std::string, std::string> annotations;
  bool registered = true;  ///< `register`
  int nodes = 3;
  int zones = 3;
  Position at;
};

struct ProbeSpec {
  std::string kind;  ///< "http", "tcp" or "endpoints".
  std::string path;
  Nanos every{};
  Nanos timeout{};
  int unhealthy = 0;
  int healthy = 0;
  int checkers = 1;
  Nanos answer{};
  std::string spacing;  ///< "grid" or "answer".
  std::string begins;   ///< "unknown" or "healthy".
  int retries = 0;
  int samples = 0;
  int successes = 1;
  Nanos silence{};
  Share quorum;
  int regions = 1;
};

/// The proxies of a mesh.
struct SidecarSpec {
  int proxies = 0;
  int errors = 0;
  Nanos sweep{};
  Nanos ejection{};
  Nanos ejection_max{};
  Nanos connect_timeout{};
};

struct RouterSpec {
  std::string kind;  ///< "nlb", "route53", "mesh", ...
  Mechanism mechanism = Mechanism::balancer;
  std::string region;              ///< Of router and probes; the hub's where none was given.
  std::vector<std::string> order;  ///< Clusters by preference; or
  std::vector<std::pair<std::string, std::int64_t>> weights;  ///< clusters by weight.
  ProbeSpec probe;
  Nanos ttl{};
  Nanos propagation{};
  Nanos hold{};
  std::string fallback;  ///< "all", "usual", "last"; "nobody" also where `fail-open` is false.
  bool cut = true;
  bool by_request = false;
  SidecarSpec sidecar;
  Position at;
};

/// Users of one sort: their programs and their resolver.
struct UsersSpec {
  Share share;
  std::string like;
  Nanos names_for{};
  bool pinned = false;
  Nanos pool{};
  Nanos dead_after{};
  int retries = 0;
  Nanos backoff{};
  Share retry_budget;
  Nanos ttl_min{};
  Nanos ttl_max{};
  Nanos serve_stale{};
  Position at;
};

/// What a Service's pods carry in each cluster.
struct CapacitySpec {
  Rate per_pod;
  std::string overload;  ///< "shed" or "queue".
  std::int64_t queue = 0;
  Nanos warm_up{};
  Share cold;
  friend bool operator==(const CapacitySpec&, const CapacitySpec&) = default;
};

struct TrafficSpec {
  Rate users;
  std::map<std::string, Share> from;             ///< Region to share; never empty.
  std::map<std::string, UsersSpec> populations;  ///< Of `populations` or `clients`; never empty.
  Nanos timeout{};
  Nanos connect_timeout{};
  Nanos slow{};
  Share slo;
  int retries = 0;
  std::optional<CapacitySpec> capacity;
  ServiceRef service;
  RouterSpec by;
  Position at;
};

struct NetworkSpec {
  Nanos within_region{};
  Nanos between_regions{};
  /// Round trips, by regions; the smaller name first.
  std::map<std::pair<std::string, std::string>, Nanos> round_trip;
  Share jitter;
  /// The round trip between two regions.
  Nanos between(const std::string& a, const std::string& b) const;
};

struct World {
  HubSpec hub;
  std::map<std::string, ClusterSpec> clusters;
  std::map<std::string, FileRef> repos;               ///< By URL.
  std::map<std::string, std::vector<FileRef>> apply;  ///< By target: "hub" or a cluster.
  std::map<std::string, TrafficSpec> traffic;
  NetworkSpec network;
};

/// When a fault or step begins: at a time, or the first time a condition holds.
struct Start {
  std::optional<RunTime> at;
  std::optional<Expression> when;
  Position where;
};

/// A fault's parameters, by the names of the table. What has a default is always there.
class Parameters {
 public:
  using Parameter = std::variant<Nanos, Share, Bytes, std::int64_t, std::string, ObjectRef,
                                 std::vector<std::string>>;
  void set(std::string name, Parameter value) { values_[std::move(name)] = std::move(value); }
  const std::map<std::string, Parameter>& all() const noexcept { return values_; }
  /// nullptr when it was neither given nor has a default, or is of another type.
  template <class T>
  const T* find(const std::string& name) const {
    const auto known = values_.find(name);
    return known == values_.end() ? nullptr : std::get_if<T>(&known->second);
  }
  /// What was given, the default, or the fallback.
  Nanos duration(const std::string& name, Nanos fallback = Nanos(0)) const;
  Share share(const std::string& name, Share fallback = kWhole) const;
  std::int64_t count(const std::string& name, std::int64_t fallback = 0) const;
  std::string text(const std::string& name, std::string fallback = "") const;
  std::vector<std::string> list(const std::string& name) const;

 private:
  std::map<std::string, Parameter> values_;
};

struct Fault {
  std::string name;
  std::string what;
  std::string because;
  std::vector<Place> on;    ///< What it strikes, wildcards expanded; empty for a path.
  std::vector<Place> from;  ///< A path: its ends, wildcards expanded ...
  std::vector<Place> to;
  bool both_ways = false;  ///< ... and whether it was given by `between`.
  Start start;
  Nanos lasts{};
  Parameters parameters;
  Position at;
};

struct ReplaceText {
  std::string from;
  std::string to;
};
/// New values by dotted path in a YAML file, as JSON.
struct SetValues {
  std::vector<std::pair<std::string, JsonRef>> values;
};
struct NewContent {
  std::string text;
};
struct DeleteFile {};
using FileChange = std::variant<NewContent, DeleteFile, ReplaceText, SetValues, FileRef>;

struct CommitStep {
  std::string repo;
  std::string branch;  ///< Empty: the repository's HEAD.
  std::string message;
  std::map<std::string, FileChange> files;
  bool webhook = false;  ///< Whether the Git server tells argocd-server of it.
};
struct EditStep {
  std::string cluster;  ///< "hub" or a cluster.
  ObjectRef object;
  JsonRef patch;  ///< RFC 7386.
};
struct DeleteStep {
  std::string cluster;
  ObjectRef object;
  std::string propagation;  ///< "background", "foreground", "orphan".
};
struct LabelStep {
  std::string cluster;
  std::map<std::string, std::optional<std::string>> labels;  ///< nullopt removes.
};
struct ApplyStep {
  std::string cluster;
  std::vector<FileRef> files;
};
struct RegisterStep {
  std::string cluster;
};
struct UnregisterStep {
  std::string cluster;
};
/// `argocd app sync`.
struct SyncStep {
  std::string app;
  std::string revision;  ///< Empty: what the spec names.
  bool prune = false;
};
/// `argocd app get --refresh` or `--hard-refresh`.
struct RefreshStep {
  std::string app;
  bool hard = false;
};
struct RestartStep {
  Place replica;  ///< Kind hub: all of them.
};

struct Step {
  std::string name;  ///< Empty: no events.
  std::string because;
  Start start;
  std::variant<CommitStep, EditStep, DeleteStep, LabelStep, ApplyStep, RegisterStep, UnregisterStep,
               RestartStep, SyncStep, RefreshStep>
      action;
  Position at;
};

/// A bound on one timing of a fault.
struct Limit {
  Nanos most{};
  Position at;
};

/// A bound on what the run costs, from its readiness to the end of its own time. One of `total`,
/// `rate` and `part` is set.
struct Budget {
  std::string key;      ///< As written: "requests.prod".
  std::string text;     ///< As written: "600/m".
  std::string measure;  ///< "requests".
  std::string object;   ///< What it is counted for, may hold '*'; empty: all together.
  std::optional<std::int64_t> total = {};
  std::optional<Rate> rate = {};  ///< Most in any one window of its length.
  /// Millionths of what it is without the faults; of "failed", of all that users sent.
  std::optional<std::int64_t> part = {};
  Position at = {};
};

/// Start or end of the run, a fault or a named step, and a time after it.
struct EventTime {
  std::string event;  ///< "start", "end", "NAME.start", "NAME.end".
  Nanos plus{};
};

struct Expectation {
  enum class Word : std::uint8_t { always, never, eventually, stable, reached };
  Word word = Word::always;
  std::optional<Expression> condition;  ///< Always set.
  EventTime after;
  EventTime until;
  std::optional<Nanos> within;  ///< From `after`.
  std::optional<Nanos> lasts;   ///< `for`
  std::string because;
  Position at;            ///< The whole expectation.
  Position condition_at;  ///< Its condition.
};
std::string_view name_of(Expectation::Word word) noexcept;

struct Scenario {
  std::string name;
  std::string variant;             ///< "spokes=50,how=refused" of a matrix; empty without.
  std::string verdict = "passed";  ///< What the file says that the run ends with.
  std::string because;
  std::optional<std::uint64_t> seed;
  Nanos lasts{};
  Nanos settle{};
  World world;
  std::map<std::string, Fault> faults;
  std::vector<Step> steps;
  /// By fault, then by timing: "detection.hub", "detection.alert", "failover", "downtime",
  /// "reconvergence", ...
  std::map<std::string, std::map<std::string, Limit>> limits;
  std::vector<Budget> budgets;
  bool control = false;  ///< The same seed is played without the faults, too.
  std::vector<Expectation> expect;
  /// Where each value was written, by its path: "faults.prod-lost.at", "expect[2].within".
  std::map<std::string, Position> positions;
  /// Where a value was written; line 0 when it was not (a default).
  Position where(const std::string& path) const;
};

}  // namespace spokelab::harness
