// Rendering the Applications of a scenario's hub.
#include "harness/run/rendering.h"

#include <fmt/format.h>

#include <set>

#include "base/json.h"
#include "harness/run/lab.h"
#include "harness/wall/kustomize_binary.h"
#include "hub/app/application.h"
#include "hub/app/manifest_source.h"
#include "hub/cluster/cluster_set.h"

namespace spokelab::harness {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kStep = 1s;
constexpr Nanos kQuietFor = 10s;  // no ApplicationSet is slower between two steps of its work
constexpr Nanos kSetUpMax = 10min;

class Rendering {
 public:
  Rendering(const Scenario& scenario, const Assets& assets, hub::Profile profile,
            std::uint64_t seed)
      : lab_(scenario, assets, std::move(profile), seed),
        source_(lab_.world(), lab_.stream("render"), lab_.profile(), lab_.repos(), nullptr, nullptr,
                &KustomizeBinary::here()) {}

  RenderedScenario run(const std::string& app, const std::string& cluster) {
    lab_.start();
    set_up();
    if (out_.errors.empty()) tell_sets();
    std::vector<JsonRef> wanted;
    for (const JsonRef& object : applications()) {
      const std::string name = text_at(*object, {"metadata", "name"});
      const std::string destination = cluster_of(*object);
      const bool other =
          (!app.empty() && name != app) || (!cluster.empty() && destination != cluster);
      if (other)
        out_.passed_over.push_back(fmt::format("{} (cluster {})", name, destination));
      else
        wanted.push_back(object);
    }
    lab_.operate(render_all(std::move(wanted)));
    while (!done_ && lab_.failure().empty()) lab_.world().run_until(lab_.world().now() + kStep);
    lab_.stop();
    return std::move(out_);
  }

 private:
  std::vector<JsonRef> list(std::string_view kind) {
    return lab_.site("hub").api->list(kind, lab_.scenario().world.hub.ns);
  }
  std::vector<JsonRef> applications() { return list("applications.argoproj.io"); }

  /// Until the operator is done and no ApplicationSet makes another Application.
  void set_up() {
    std::set<std::string> known;
    Nanos quiet{0};
    while (quiet < kQuietFor) {
      if (!lab_.failure().empty()) return out_.errors.push_back(lab_.failure());
      if (lab_.world().now() > RunTime(kSetUpMax)) {
        return out_.errors.push_back(
            fmt::format("the world is not set up after {} minutes of its time; what is applied may "
                        "need a kind that its cluster does not serve",
                        std::chrono::duration_cast<std::chrono::minutes>(kSetUpMax).count()));
      }
      lab_.world().run_until(lab_.world().now() + kStep);
      std::set<std::string> names;
      for (const JsonRef& object : applications())
        names.insert(text_at(*object, {"metadata", "name"}));
      bool settled = lab_.set_up_done() && names == known;
      for (const JsonRef& set : list("applicationsets.argoproj.io"))
        settled = settled && find(*set, {"status", "conditions"}) != nullptr;
      quiet = settled ? quiet + kStep : Nanos{0};
      known = std::move(names);
    }
  }

  void tell_sets() {
    for (const JsonRef& set : list("applicationsets.argoproj.io")) {
      const Json* conditions = find(*set, {"status", "conditions"});
      for (const Json& condition : conditions == nullptr ? Json::array() : *conditions) {
        if (text_at(condition, {"type"}) != "ErrorOccurred" ||
            text_at(condition, {"status"}) != "True")
          continue;
        out_.errors.push_back(fmt::format("ApplicationSet {}: {}",
                                          text_at(*set, {"metadata", "name"}),
                                          text_at(condition, {"message"})));
      }
    }
  }

  std::string cluster_of(const Json& app) {
    const std::string name = text_at(app, {"spec", "destination", "name"});
    const std::string server = text_at(app, {"spec", "destination", "server"});
    if (name == hub::kInClusterName) return "hub";
    for (const auto& [known, site] : lab_.sites()) {
      if (known == name || (!server.empty() && site->server == server)) return known;
    }
    return name.empty() ? server : name;
  }

  Task<void> render_all(std::vector<JsonRef> apps) {
    for (const JsonRef& app : apps) {
      RenderedApplication one;
      one.name = text_at(*app, {"metadata", "name"});
      one.cluster = cluster_of(*app);
      auto made = co_await render_one(app, one.cluster);
      if (made) {
        one.objects = std::move(made->objects);
        one.warnings = std::move(made->warnings);
      } else {
        one.error = made.error().message();
      }
      out_.applications.push_back(std::move(one));
    }
    done_ = true;
  }

  Task<Result<hub::Manifests>> render_one(JsonRef object, std::string cluster) {
    const auto app = hub::read_application(*object);
    if (!app) co_return app.error();
    if (!lab_.sites().contains(cluster)) {
      co_return Error(Errc::not_found,
                      fmt::format("there is no cluster with this name or server: {}", cluster));
    }
    kube::Client& client = lab_.admin(cluster);
    auto version = co_await client.server_version();
    if (!version) co_return version.error();
    auto discovery = co_await client.discovery();
    if (!discovery) co_return discovery.error();
    hub::RenderContext context;
    context.app_name = app->name;
    context.app_namespace = app->ns;
    context.project = app->spec.project;
    context.destination_namespace = app->spec.destination.ns;
    context.kube_version = *version;
    context.api_versions = discovery->api_versions;
    const auto spec = freeze(object->at("spec"));
    std::vector<std::string> revisions;
    co_return co_await source_.generate(spec, revisions, context, false);
  }

  Lab lab_;
  hub::ManifestSource source_;
  RenderedScenario out_;
  bool done_ = false;
};

}  // namespace

RenderedScenario render_applications(const Scenario& scenario, const Assets& assets,
                                     hub::Profile profile, std::uint64_t seed,
                                     const std::string& wanted_app,
                                     const std::string& wanted_cluster) {
  return Rendering(scenario, assets, std::move(profile), seed).run(wanted_app, wanted_cluster);
}

}  // namespace spokelab::harness
