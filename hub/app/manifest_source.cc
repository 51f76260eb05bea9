// ManifestSource: resolving revisions, reading trees and rendering, each remembered.
#include "hub/app/manifest_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/json.h"
#include "hub/app/application.h"
#include "hub/app/source/detect.h"
#include "hub/app/source/directory.h"
#include "hub/app/source/helm_call.h"
#include "hub/app/source/helm_render.h"
#include "hub/app/source/kustomize.h"

namespace spokelab::hub {

namespace {

constexpr std::size_t kRevisionsMax = 10'000;
constexpr std::size_t kRenderedMax = 65'536;

/// A map that forgets what was put in first when it is full.
template <class Key, class Value>
class Remembered {
 public:
  explicit Remembered(std::size_t max) : max_(max) {}
  const Value* get(const Key& key) const {
    const auto hit = all_.find(key);
    return hit == all_.end() ? nullptr : &hit->second;
  }
  void clear() {
    all_.clear();
    order_.clear();
  }
  void put(const Key& key, Value value) {
    if (all_.insert_or_assign(key, std::move(value)).second) order_.push_back(key);
    while (order_.size() > max_) {
      all_.erase(order_.front());
      order_.pop_front();
    }
  }

 private:
  std::size_t max_;
  std::map<Key, Value> all_;
  std::deque<Key> order_;
};

struct Resolved {
  std::string commit;
  RunTime at{};
};

/// What one source gives at one commit in one context: a 128-bit name for it.
using RenderKey = std::pair<std::uint64_t, std::uint64_t>;

class KeyMaker {
 public:
  void add(std::string_view text) {
    // The length goes in as well, so that "ab"+"c" and "a"+"bc" differ.
    const std::string size = std::to_string(text.size()) + ":";
    key_.first = stable_hash(text, stable_hash(size, key_.first));
    key_.second = stable_hash(text, stable_hash(size, key_.second));
  }
  RenderKey key() const { return key_; }

 private:
  RenderKey key_{0xcbf29ce484222325ULL, 0x9ae16a3b2f90404fULL};
};

bool is_commit_id(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Repositories are known by their URL; ".git" and a trailing "/" make no difference.
std::string plain_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with(".git")) url.resize(url.size() - 4);
  return url;
}

/// As a gRPC error of the repo-server reads.
Error rpc(const Error& error, std::string_view code = "Unknown") {
  return Error(error.code(), fmt::format("rpc error: code = {} desc = {}", code, error.message()));
}

}  // namespace

struct ManifestSource::State {
  State(Clock& time, Rng chance, const Profile& settings, Repos& all, Components* parts,
        HubMetrics* counts, KustomizeTool* overlays)
      : clock(time),
        rng(chance),
        profile(settings),
        repos(all),
        components(parts),
        metrics(counts),
        kustomize(overlays) {
    charts.emplace(clock, rng);
  }

  Clock& clock;
  Rng rng;
  const Profile& profile;
  Repos& repos;
  Components* components;
  HubMetrics* metrics;
  KustomizeTool* kustomize;
  std::set<std::pair<std::string, std::string>> cloned;  // repository and commit, of this life
  std::uint64_t server_lives = 0;  // as last seen: a new life begins with nothing in memory
  std::uint64_t redis_lives = 0;
  int generating = 0;
  Signal generated;
  Remembered<std::pair<std::string, std::string>, Resolved> revisions{kRevisionsMax};
  Remembered<RenderKey, std::shared_ptr<const SourceObjects>> rendered{kRenderedMax};
  std::optional<ChartCache> charts;

  /// Begins a call: what died meanwhile has forgotten, what is down answers nobody.
  Result<void> begin_call();
  bool remembers() const { return components == nullptr || components->up(Component::redis); }
  /// Which life the repo-server is in: a wait that ends in another one has lost its call.
  std::uint64_t life() const {
    return components == nullptr ? 0 : components->deaths(Component::repo_server);
  }

  /// One request to Redis.
  void count_redis(const char* command) const {
    if (metrics == nullptr) return;
    metrics->redis.add({metrics->who, "argocd-repo-server", command, truth_text(!remembers())});
  }
  void count_git(const std::string& repo, const char* type, Nanos took) const {
    if (metrics == nullptr) return;
    metrics->git_requests.add({repo, type});
    metrics->git_seconds.observe({repo, type}, took);
  }
  /// Whether a commit has to be fetched: the repo-server keeps its clones.
  bool is_new(const std::string& repo, const std::string& commit) {
    if (metrics == nullptr) return false;
    if (cloned.size() >= kRevisionsMax) cloned.clear();
    return cloned.emplace(repo, commit).second;
  }

  struct Fetched {
    Repo* repo = nullptr;
    std::string commit;
    std::shared_ptr<const FileTree> tree;
  };

  /// One of the places of Profile::repo_parallelism, while it lives.
  struct Place {
    explicit Place(State& of) : state(of) { ++state.generating; }
    ~Place() {
      --state.generating;
      state.generated.notify();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    State& state;
  };

  Task<Result<std::string>> resolve(ApplicationSource source, bool force);
  Task<Result<Fetched>> fetch(ApplicationSource source, std::string commit, bool force);
  Result<std::shared_ptr<const SourceObjects>> objects(const SourcePlace& place, SourceType type,
                                                       const RenderContext& context, bool force);
  Result<SourceObjects> render(const SourcePlace& place, SourceType type,
                               const RenderContext& context);
  Result<void> add_source(const ApplicationSpec& spec, std::size_t index,
                          const std::vector<Fetched>& fetched,
                          const std::map<std::string, RefSource>& refs,
                          const RenderContext& context, bool force, Manifests& out);
};

namespace {

bool only_a_ref(const ApplicationSource& source) {
  return !source.ref.empty() && source.path.empty() && source.chart.empty();
}

RenderKey render_key(const SourcePlace& place, SourceType type, const RenderContext& context) {
  KeyMaker key;
  key.add(name_of(type));
  key.add(plain_url(place.source.repo_url));
  key.add(place.commit);
  key.add(place.path);
  if (type == SourceType::directory) {
    const auto options = place.source.directory.value_or(DirectoryOptions{});
    key.add(options.recurse ? "recurse" : "");
    key.add(options.include);
    key.add(options.exclude);
    return key.key();
  }
  key.add(place.source.raw->dump());
  key.add(context.app_name);
  key.add(context.project);
  key.add(context.destination_namespace);
  key.add(context.kube_version);
  for (const std::string& version : context.api_versions) key.add(version);
  for (const std::string& option : context.kustomize_options) key.add(option);
  key.add("refs");
  for (const auto& [name, ref] : place.refs) {
    key.add(name);
    key.add(plain_url(ref.repo_url));
    key.add(ref.commit);
  }
  return key.key();
}

}  // namespace

Result<void> ManifestSource::State::begin_call() {
  if (components == nullptr) return {};
  if (const auto deaths = components->deaths(Component::redis); deaths != redis_lives) {
    redis_lives = deaths;
    revisions.clear();
    rendered.clear();
  }
  if (const auto deaths = components->deaths(Component::repo_server); deaths != server_lives) {
    server_lives = deaths;
    charts.emplace(clock, rng);
    cloned.clear();
  }
  if (!components->up(Component::redis)) components->miss(Component::redis);
  if (components->up(Component::repo_server)) return {};
  components->miss(Component::repo_server);
  return repo_server_down();
}

Task<Result<std::string>> ManifestSource::State::resolve(ApplicationSource source, bool force) {
  if (!source.chart.empty()) {
    co_return rpc(Error(Errc::unsupported,
                        fmt::format("chart {}: Helm repositories are not available, only charts in "
                                    "Git repositories",
                                    source.chart)));
  }
  if (is_commit_id(source.target_revision)) co_return source.target_revision;
  const std::pair key(plain_url(source.repo_url), source.target_revision);
  count_redis("get");
  const Resolved* known = remembers() ? revisions.get(key) : nullptr;
  const bool for_ever = profile.plants.has(Plant::stale_revision);
  if (known != nullptr &&
      (for_ever || (!force && clock.now() - known->at < profile.repo_poll_every))) {
    co_return known->commit;
  }
  Repo* repo = repos.find(source.repo_url);
  if (repo == nullptr) {
    co_return rpc(
        Error(Errc::not_found,
              fmt::format("failed to list refs: repository not found: {}", source.repo_url)));
  }
  std::string revision = source.target_revision;
  const auto lives = life();
  const auto began = clock.now();
  auto commit = co_await repo->resolve(revision);
  if (life() != lives) co_return repo_server_died();
  count_git(source.repo_url, "ls-remote", clock.now() - began);
  if (!commit) {
    if (metrics != nullptr) metrics->ls_remotes_failed.add({source.repo_url, revision});
    if (commit.error().code() == Errc::not_found) co_return rpc(commit.error());
    co_return rpc(Error(commit.error().code(),
                        fmt::format("failed to list refs: {}", commit.error().message())));
  }
  count_redis("set");
  if (remembers()) revisions.put(key, Resolved{*commit, clock.now()});
  co_return commit;
}

Task<Result<ManifestSource::State::Fetched>> ManifestSource::State::fetch(ApplicationSource source,
                                                                          std::string commit,
                                                                          bool force) {
  Fetched fetched;
  fetched.commit = commit;
  if (commit.empty()) {
    auto resolved = co_await resolve(source, force);
    if (!resolved) co_return resolved.error();
    fetched.commit = *resolved;
  }
  fetched.repo = repos.find(source.repo_url);
  if (fetched.repo == nullptr) {
    co_return rpc(Error(Errc::not_found, fmt::format("repository not found: {}", source.repo_url)));
  }
  std::string id = fetched.commit;
  const auto lives = life();
  const auto began = clock.now();
  auto tree = co_await fetched.repo->files(id);
  if (life() != lives) co_return repo_server_died();
  if (!tree || is_new(source.repo_url, id))
    count_git(source.repo_url, "fetch", clock.now() - began);
  if (!tree) {
    if (metrics != nullptr) metrics->fetches_failed.add({source.repo_url, id});
    co_return rpc(Error(
        tree.error().code(),
        fmt::format("failed to initialize repository resources: {}", tree.error().message())));
  }
  fetched.tree = *tree;
  co_return fetched;
}

Result<SourceObjects> ManifestSource::State::render(const SourcePlace& place, SourceType type,
                                                    const RenderContext& context) {
  switch (type) {
    case SourceType::directory: {
      auto objects = directory_objects(place.tree, place.path,
                                       place.source.directory.value_or(DirectoryOptions{}));
      if (!objects) return objects.error();
      return SourceObjects{std::move(*objects), {}};
    }
    case SourceType::helm: {
      const auto call = make_helm_call(place, context);
      if (!call) return call.error();
      return charts->render(plain_url(place.source.repo_url) + "@" + place.commit, place.tree,
                            place.path, *call);
    }
    case SourceType::kustomize: {
      auto objects = kustomize_objects(place, context, kustomize);
      if (!objects) return objects.error();
      return SourceObjects{std::move(*objects), {}};
    }
    case SourceType::plugin:
      break;
  }
  return Error(Errc::unsupported,
               fmt::format("{}: {} sources are not available", place.source.path, name_of(type)));
}

Result<std::shared_ptr<const SourceObjects>> ManifestSource::State::objects(
    const SourcePlace& place, SourceType type, const RenderContext& context, bool force) {
  const RenderKey key = render_key(place, type, context);
  count_redis("get");
  if (const auto* known = rendered.get(key); known != nullptr && remembers() && !force)
    return *known;
  auto made = render(place, type, context);
  if (!made) return made.error();
  auto shared = std::make_shared<const SourceObjects>(std::move(*made));
  count_redis("set");
  if (remembers()) rendered.put(key, shared);
  return shared;
}

Result<void> ManifestSource::State::add_source(const ApplicationSpec& spec, std::size_t index,
                                               const std::vector<Fetched>& fetched,
                                               const std::map<std::string, RefSource>& refs,
                                               const RenderContext& context, bool force,
                                               Manifests& out) {
  const ApplicationSource& written = spec.sources[index];
  const Fetched& from = fetched[index];
  out.revisions.push_back(from.commit);
  if (only_a_ref(written)) {
    out.source_types.emplace_back(name_of(SourceType::directory));
    return {};
  }
  const auto path = clean_app_path(*from.tree, written.path);
  if (!path) return rpc(path.error());
  const auto source = with_overrides(written, *from.tree, *path, context.app_name);
  if (!source) return rpc(source.error());
  const auto type = detect_source_type(*source, *from.tree, *path);
  if (!type) return rpc(type.error());
  const SourcePlace place{*from.tree, *path, from.commit, *source, refs, spec.multi_source};
  const auto made = objects(place, *type, context, force);
  if (!made) {
    const bool precondition = made.error().message().starts_with("Failed to unmarshal");
    return rpc(made.error(), precondition ? "FailedPrecondition" : "Unknown");
  }
  out.source_types.emplace_back(name_of(*type));
  const SourceObjects& given = **made;
  out.objects.insert(out.objects.end(), given.objects.begin(), given.objects.end());
  out.warnings.insert(out.warnings.end(), given.warnings.begin(), given.warnings.end());
  return {};
}

ManifestSource::ManifestSource(Clock& clock, Rng rng, const Profile& profile, Repos& repos,
                               Components* components, HubMetrics* metrics,
                               KustomizeTool* kustomize)
    : state_(std::make_unique<State>(clock, rng.stream("charts"), profile, repos, components,
                                     metrics, kustomize)) {}

ManifestSource::~ManifestSource() = default;

void ManifestSource::forget_revisions() { state_->revisions.clear(); }

Task<Result<std::string>> ManifestSource::resolve(JsonRef source, bool force) {
  auto read = read_source(*source);
  if (!read) co_return read.error();
  if (const auto begun = state_->begin_call(); !begun) co_return begun.error();
  ApplicationSource copy = std::move(*read);
  co_return co_await state_->resolve(copy, force);
}

Task<Result<Manifests>> ManifestSource::generate(JsonRef app_spec,
                                                 std::vector<std::string> revisions,
                                                 RenderContext context, bool force) {
  const auto spec = read_application_spec(*app_spec);
  if (!spec) co_return spec.error();
  if (const auto begun = state_->begin_call(); !begun) co_return begun.error();
  const int places = state_->profile.repo_parallelism;
  while (places > 0 && state_->generating >= places) co_await state_->generated.wait();
  const State::Place place(*state_);
  std::vector<State::Fetched> fetched;
  std::map<std::string, RefSource> refs;
  for (std::size_t at = 0; at < spec->sources.size(); ++at) {
    auto source = spec->sources[at];
    std::string commit = at < revisions.size() ? revisions[at] : "";
    auto one = co_await state_->fetch(source, commit, force);
    if (!one) co_return one.error();
    if (!source.ref.empty()) {
      refs["$" + source.ref] = RefSource{source.repo_url, one->commit, one->tree};
    }
    fetched.push_back(std::move(*one));
  }
  Manifests manifests;
  for (std::size_t at = 0; at < spec->sources.size(); ++at) {
    const auto added = state_->add_source(*spec, at, fetched, refs, context, force, manifests);
    if (!added) co_return added.error();
  }
  co_return manifests;
}

}  // namespace spokelab::hub
