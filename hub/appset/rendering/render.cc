// Rendering: template, finalizers, templatePatch and ownership, in Argo CD's order.
#include "hub/appset/rendering/render.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/json.h"
#include "hub/app/finalizers.h"
#include "hub/appset/rendering/template_patch.h"

namespace spokelab::hub {

namespace {

constexpr std::size_t kApplicationsMax = 100'000;

/// The Application that a template is before parameters: only what its type has.
Json skeleton(const Json& merged) {
  Json metadata = Json::object();
  for (const char* key : {"name", "namespace", "labels", "annotations", "finalizers"}) {
    const Json* value = find(merged, {"metadata", key});
    if (value != nullptr && !value->is_null()) metadata[key] = *value;
  }
  const Json* spec = find(merged, {"spec"});
  return Json{{"metadata", std::move(metadata)},
              {"spec", spec != nullptr && spec->is_object() ? *spec : Json::object()}};
}

void add_finalizer(Json& app, const ApplicationSet& set) {
  const Json* finalizers = find(app, {"metadata", "finalizers"});
  const bool given = finalizers != nullptr && !finalizers->empty();
  if (given || set.preserve_resources) return;
  set_at(app, {"metadata", "finalizers"}, Json::array({std::string(kResourcesFinalizer)}));
}

Result<Json> render(const Json& bare, const ApplicationSet& set, const Json& params) {
  Json app = bare;
  if (!params.empty()) {  // no parameters: Argo CD hands the template back as it is, without a
                          // finalizer
    auto rendered = render_document(bare, params, set.dialect);
    if (!rendered) return rendered.error();
    app = std::move(*rendered);
    add_finalizer(app, set);
  }
  if (!set.template_patch.empty()) {
    const auto patched = apply_template_patch(app, set.template_patch, params, set.dialect);
    if (!patched) return patched.error();
  }
  app.erase("status");  // only a patch can have brought it, and nobody takes it
  app["apiVersion"] = "argoproj.io/v1alpha1";
  app["kind"] = "Application";
  set_at(app, {"metadata", "namespace"}, set.ns);
  set_at(app, {"metadata", "ownerReferences"},
         Json::array({Json{{"apiVersion", "argoproj.io/v1alpha1"},
                           {"kind", "ApplicationSet"},
                           {"name", set.name},
                           {"uid", set.uid},
                           {"controller", true},
                           {"blockOwnerDeletion", true}}}));
  normalize_application(app);
  return app;
}

/// True for null and for objects and lists that hold nothing but such.
bool hollow(const Json& value) {
  if (value.is_null()) return true;
  if (!value.is_object() && !value.is_array()) return false;
  for (const Json& item : value) {
    if (value.is_array() || !hollow(item)) return false;
  }
  return true;
}

void drop_hollow(Json& owner, std::string_view key) {
  const auto hit = owner.find(key);
  if (hit != owner.end() && hollow(*hit)) owner.erase(hit);
}

void normalize_source(Json& source) {
  if (!source.is_object()) return;
  for (const char* key : {"helm", "kustomize", "directory", "plugin"}) drop_hollow(source, key);
}

}  // namespace

void normalize_application(Json& app) {
  Json& metadata = app["metadata"];
  for (const char* key : {"labels", "annotations", "finalizers"}) drop_hollow(metadata, key);
  Json& spec = app["spec"];
  if (!spec.is_object()) spec = Json::object();
  if (text_at(spec, {"project"}).empty()) spec["project"] = "default";
  // `automated: {}` switches automation on: only a policy without any block is nothing.
  if (const auto policy = spec.find("syncPolicy"); policy != spec.end()) {
    const bool empty = policy->is_null() || (policy->is_object() && policy->empty());
    if (empty) spec.erase(policy);
  }
  if (spec.contains("source")) normalize_source(spec["source"]);
  if (spec.contains("sources") && spec["sources"].is_array()) {
    for (Json& source : spec["sources"]) normalize_source(source);
  }
}

Applications make_applications(const ApplicationSet& set, const GeneratorScope& scope) {
  std::vector<Json> apps;
  std::optional<GenerationFailure> first;
  const auto fail = [&first](const char* reason, Error error) {
    if (!first) first = GenerationFailure{reason, std::move(error)};
  };
  for (const Json& entry : set.generators()) {
    const auto made = produce(entry, scope);
    if (!made) {
      fail("ApplicationGenerationFromParamsError", made.error());
      if (!scope.facts.wanting()) break;
      continue;  // the other entries may want facts, too
    }
    for (const Produced& one : *made) {
      const Json* over = find(entry, {one.kind->key, "template"});
      const Json bare = skeleton(over == nullptr ? set.app_template()
                                                 : merge_template(*over, set.app_template()));
      for (const Json& params : one.sets) {
        if (first) break;
        auto app = render(bare, set, params);
        if (!app) {
          fail("RenderTemplateParamsError", app.error());
          break;
        }
        apps.push_back(std::move(*app));
        if (apps.size() > kApplicationsMax) {
          fail("ApplicationGenerationFromParamsError",
               Error(Errc::limit, fmt::format("more than {} Applications", kApplicationsMax)));
        }
      }
    }
    if (first && !scope.facts.wanting()) break;
  }
  if (first) return *first;
  return apps;
}

void throw_exception_from_error(const GenerationFailure& failure,
                                const boost::source_location& where) {
  spokelab::throw_exception_from_error(failure.error, where);
}

}  // namespace spokelab::hub
