// Rendering: template, finalizers, templatePatch and ownership, in Argo CD's order.
#include "hub/appset/render.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/appset/params.h"
#include "kube/patch.h"

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

/// Applications have no lists with merge keys, so that a strategic merge is a plain one.
Result<void> apply_template_patch(Json& app, const ApplicationSet& set, const Json& params) {
  const auto text = render_text(set.template_patch, params, set.dialect);
  if (!text) return text.error().within("error replacing values in templatePatch");
  auto patch = parse_yaml(*text);
  if (patch && patch->is_null()) patch = Json::object();
  if (!patch || !patch->is_object()) {
    return Error(Errc::bad_input,
                 fmt::format("error while converting template to json {}: {}", go_quote(*text),
                             patch ? "an object is expected" : patch.error().message()));
  }
  const std::string project = text_at(app, {"spec", "project"});
  kube::apply_merge_patch(app, *patch);
  if (!app["metadata"].is_object() || (app.contains("spec") && !app["spec"].is_object())) {
    return Error(
        Errc::bad_input,
        fmt::format("invalid templatePatch {}: metadata and spec are objects", go_quote(*text)));
  }
  set_at(app, {"spec", "project"}, project);
  return {};
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
    const auto patched = apply_template_patch(app, set, params);
    if (!patched) return patched.error();
  }
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
  for (const Json& entry : set.generators()) {
    const auto sets = generate(entry, scope);
    if (!sets) return GenerationFailure{"ApplicationGenerationFromParamsError", sets.error()};
    Json merged = set.app_template();
    for (const GeneratorKind& kind : generator_kinds()) {
      const Json* over = find(entry, {kind.key, "template"});
      if (over != nullptr) merged = merge_template(*over, merged);
    }
    const Json bare = skeleton(merged);
    for (const Json& params : *sets) {
      auto app = render(bare, set, params);
      if (!app) return GenerationFailure{"RenderTemplateParamsError", app.error()};
      apps.push_back(std::move(*app));
      if (apps.size() > kApplicationsMax) {
        return GenerationFailure{
            "ApplicationGenerationFromParamsError",
            Error(Errc::limit, fmt::format("more than {} Applications", kApplicationsMax))};
      }
    }
  }
  return apps;
}

void throw_exception_from_error(const GenerationFailure& failure,
                                const boost::source_location& where) {
  spokelab::throw_exception_from_error(failure.error, where);
}

}  // namespace spokelab::hub
