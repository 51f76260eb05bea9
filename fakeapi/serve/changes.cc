// Create, update, patch and apply.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/json.h"
#include "fakeapi/apply/server_side.h"
#include "fakeapi/conversion.h"
#include "fakeapi/serve/bodies.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/serve/options.h"
#include "fakeapi/serve/selection.h"
#include "kube/go_text.h"
#include "kube/patch.h"
#include "kube/strategic.h"

namespace spokelab::fakeapi {

namespace {

using kube::Answer;
using kube::Status;

/// Told without a list of what is known, save for custom resources.
Status unknown_patch_type(const ServedKind& kind) {
  if (kind.custom)
    return kube::unsupported_media_type(
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
  Status status;
  status.code = 415;
  status.reason = "UnsupportedMediaType";
  status.message = "415: Unsupported Media Type";
  status.bare_details = true;
  return status;
}

/// Keys that stand twice in an applied configuration: refused if fields are validated strictly,
/// otherwise remembered for a warning.
std::optional<Status> repeated_in_config(const HttpRequest& http, WriteRequest& request) {
  if (request.fields == FieldValidation::ignore || http.body.json()) return std::nullopt;
  request.written = repeated_in_yaml(http.body.bytes());
  if (request.fields != FieldValidation::strict || request.written.repeated.empty())
    return std::nullopt;
  return kube::bad_request("error strict decoding YAML: error converting YAML to JSON: " +
                           request.written.repeated_error);
}

HttpResponse serve_apply(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  const auto& query = exchange.info.query;
  auto request = read_write_request(exchange, "patch");
  if (!request) return answer_status(request.error());
  if (query.get("fieldManager").empty()) {
    const kube::ResourceType options{"meta.k8s.io", "", "", "PatchOptions", false};
    return answer_status(kube::invalid(
        options, "", {kube::required_value("fieldManager", "is required for apply patch")}));
  }
  auto force = query.flag("force");
  if (!force) return answer_status(force.error());
  auto body = read_body(exchange.http);
  if (!body) {
    if (body.error().code != 400) return answer_status(body.error());
    return answer_status(kube::bad_request("error decoding YAML: error converting YAML to JSON: " +
                                           body.error().message));
  }
  if (auto refusal = repeated_in_config(exchange.http, *request)) return answer_status(*refusal);
  Json config = *body && !(*body)->is_null() ? **body : Json::object();
  if (!config.is_object()) {
    return answer_status(kube::bad_request(
        fmt::format("error decoding YAML: error unmarshaling JSON: while decoding JSON: json: "
                    "cannot unmarshal {} into Go value of type map[string]interface {{}}",
                    go_kind(config))));
  }
  const std::string version = text_at(config, {"apiVersion"});
  if (version != kind.type().api_version() || text_at(config, {"kind"}) != kind.type().kind) {
    return answer_status(
        kube::bad_request(fmt::format("invalid object type: {}, Kind={}",
                                      version.empty() ? "/" : version, text_at(config, {"kind"}))));
  }
  if (auto status = fit_type(kind, config)) return answer_status(*status);
  if (text_at(config, {"metadata", "name"}).empty())  // the URL's, for an apply
    config["metadata"]["name"] = exchange.info.name;
  const FieldWrite write{request->manager, exchange.info.subresource, context.admission.now_text()};
  request->apply = true;
  const std::string ns = store_ns(kind, exchange.info);
  if (!kind.bucket->get(ns, exchange.info.name)) {
    if (!exchange.info.subresource.empty())
      return answer_status(kube::not_found(kind.type(), exchange.info.name));
    if (!text_at(config, {"metadata", "uid"}).empty()) {
      return answer_status(kube::conflict(
          kind.type(), exchange.info.name,
          fmt::format("uid mismatch: the provided object specified uid {}, and no existing object "
                      "was found",
                      text_at(config, {"metadata", "uid"}))));
    }
    auto made = apply_server_side(kind, empty_object(kind), config, write, *force);
    if (!made) return answer_status(made.error());
    if (auto status = fit_identity(kind, exchange.info, *made)) return answer_status(*status);
    auto result = context.writes.create(kind, ns, std::move(*made), *request);
    return written(context, exchange, kind, 201, std::move(result), *request);
  }
  const auto change = [&](const Json& current) -> Answer<Json> {
    auto merged = apply_server_side(kind, current, config, write, *force);
    if (!merged) return merged;
    if (auto status = fit_identity(kind, exchange.info, *merged)) return std::move(*status);
    return merged;
  };
  auto result = context.writes.modify(kind, ns, exchange.info.name, change, *request);
  return written(context, exchange, kind, 200, std::move(result), *request);
}

/// An update of something that is not there may create it, for these kinds alone (the strategies'
/// AllowCreateOnUpdate).
bool creates_on_update(const ServedKind& kind) {
  static constexpr std::string_view kKinds[] = {"endpoints",
                                                "events",
                                                "leases.coordination.k8s.io",
                                                "limitranges",
                                                "services",
                                                "roles.rbac.authorization.k8s.io",
                                                "clusterroles.rbac.authorization.k8s.io",
                                                "rolebindings.rbac.authorization.k8s.io",
                                                "clusterrolebindings.rbac.authorization.k8s.io"};
  const auto& resource = kind.bucket->group_resource();
  return std::find(std::begin(kKinds), std::end(kKinds), resource) != std::end(kKinds);
}

/// Kinds whose replacement must say which version it replaces (the strategies'
/// AllowUnconditionalUpdate).
bool replaces_only_the_known(const ServedKind& kind) {
  static constexpr std::string_view kKinds[] = {
      "apiservices.apiregistration.k8s.io",
      "certificatesigningrequests.certificates.k8s.io",
      "csidrivers.storage.k8s.io",
      "csinodes.storage.k8s.io",
      "csistoragecapacities.storage.k8s.io",
      "customresourcedefinitions.apiextensions.k8s.io",
      "leases.coordination.k8s.io",
      "mutatingwebhookconfigurations.admissionregistration.k8s.io",
      "poddisruptionbudgets.policy",
      "runtimeclasses.node.k8s.io",
      "validatingadmissionpolicies.admissionregistration.k8s.io",
      "validatingadmissionpolicybindings.admissionregistration.k8s.io",
      "validatingwebhookconfigurations.admissionregistration.k8s.io",
      "volumeattachments.storage.k8s.io"};
  const auto& resource = kind.bucket->group_resource();
  return kind.custom != nullptr ||
         std::find(std::begin(kKinds), std::end(kKinds), resource) != std::end(kKinds);
}

Status undecodable_patch(const Json& patch, std::string_view wanted) {
  return kube::bad_request(
      fmt::format("error decoding patch: json: cannot unmarshal {} into Go value of type {}",
                  go_kind(patch), wanted));
}

std::optional<Status> misshapen_json_patch(const Json& patch) {
  if (!patch.is_array()) return undecodable_patch(patch, "[]handlers.jsonPatchOp");
  for (const Json& operation : patch) {
    if (!operation.is_object() && !operation.is_null())
      return undecodable_patch(operation, "handlers.jsonPatchOp");
  }
  return std::nullopt;
}

/// The body of a PATCH that is not server-side apply. Errors: 400, 413, 415.
Answer<JsonRef> read_patch(const ServedKind& kind, const HttpRequest& request,
                           WrittenBody& written) {
  const std::string type = content_type(request);
  const bool strategic = type == "application/strategic-merge-patch+json";
  if (type != "application/json-patch+json" && type != "application/merge-patch+json" &&
      (!strategic || kind.custom))
    return unknown_patch_type(kind);
  if (JsonRef json = request.body.json()) return json;
  const std::string text = request.body.bytes();
  if (text.size() > kBodyBytesMax) return kube::too_large();
  auto parsed = parse_json(text);
  if (parsed) {
    const char* what = type == "application/json-patch+json" ? "json patch duplicate" : "duplicate";
    for (const auto& path : repeated_keys(text))
      written.repeated.push_back(fmt::format("{} field \"{}\"", what, path));
    return freeze(std::move(*parsed));
  }
  return kube::bad_request(
      fmt::format("{}{}", strategic ? "" : "error decoding patch: ", go_json_error(text)));
}

}  // namespace

HttpResponse serve_create(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  if (kind.type().namespaced && exchange.info.ns.empty())
    return answer_status(kube::no_such_method());
  auto request = read_write_request(exchange, "create");
  if (!request) return answer_status(request.error());
  auto object = read_object(kind, exchange, request->written);
  if (!object) return answer_status(object.error());
  if (auto status = fit_identity(kind, exchange.info, *object)) return answer_status(*status);
  auto made = context.writes.create(kind, exchange.info.ns, std::move(*object), *request);
  return written(context, exchange, kind, 201, std::move(made), *request);
}

HttpResponse serve_update(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  auto request = read_write_request(exchange, "update");
  if (!request) return answer_status(request.error());
  auto object = read_object(kind, exchange, request->written);
  if (!object) return answer_status(object.error());
  if (auto status = fit_identity(kind, exchange.info, *object)) return answer_status(*status);
  const bool missing = !kind.bucket->get(store_ns(kind, exchange.info), exchange.info.name);
  if (missing && exchange.info.subresource.empty() && creates_on_update(kind)) {
    auto made = context.writes.create(kind, exchange.info.ns, std::move(*object), *request);
    return written(context, exchange, kind, 201, std::move(made), *request);
  }
  if (!missing && text_at(*object, {"metadata", "resourceVersion"}).empty() &&
      replaces_only_the_known(kind)) {
    kube::ResourceType shown = kind.type();
    shown.kind = shown.plural;
    return answer_status(
        kube::invalid(shown, exchange.info.name,
                      {{"FieldValueInvalid", "Invalid value: 0x0: must be specified for an update",
                        "metadata.resourceVersion"}}));
  }
  auto result = context.writes.modify(
      kind, exchange.info.ns, exchange.info.name,
      [&object](const Json&) -> Answer<Json> { return std::move(*object); }, *request);
  return written(context, exchange, kind, 200, std::move(result), *request);
}

HttpResponse serve_patch(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  if (content_type(exchange.http) == "application/apply-patch+yaml")
    return serve_apply(context, exchange, kind);
  auto request = read_write_request(exchange, "patch");
  if (!request) return answer_status(request.error());
  if (exchange.info.query.has("force")) {
    const kube::ResourceType options{"meta.k8s.io", "", "", "PatchOptions", false};
    return answer_status(kube::invalid(
        options, "", {kube::forbidden_value("force", "may not be specified for non-apply patch")}));
  }
  auto body = read_patch(kind, exchange.http, request->written);
  if (!body) return answer_status(body.error());
  const Json& patch = **body;
  request->merged_strategically = content_type(exchange.http).starts_with("application/strategic");
  request->shown_patch = [&] {
    if (content_type(exchange.http).starts_with("application/strategic"))
      return kube::go_text(patch);
    const JsonRef current = kind.bucket->get(store_ns(kind, exchange.info), exchange.info.name);
    const auto changed = apply_patch_body(kind, exchange.http, patch, *to_served(kind, current));
    return changed ? changed->dump() : std::string();
  };
  auto result = context.writes.modify(
      kind, exchange.info.ns, exchange.info.name,
      [&](const Json& current) -> Answer<Json> {
        auto changed = apply_patch_body(kind, exchange.http, patch, current);
        if (!changed) return changed;
        if (!changed->is_object())
          return kube::bad_request("the patched object is not a JSON object");
        if (auto status = fit_type(kind, *changed)) {
          return kube::invalid(kube::ResourceType{}, "",
                               {kube::invalid_value("patch", changed->dump(), status->message)});
        }
        if (auto status = fit_identity(kind, exchange.info, *changed)) return std::move(*status);
        return changed;
      },
      *request);
  return written(context, exchange, kind, 200, std::move(result), *request);
}

Answer<Json> apply_patch_body(const ServedKind& kind, const HttpRequest& request, const Json& patch,
                              const Json& current) {
  const std::string type = content_type(request);
  if (type == "application/merge-patch+json") {
    if (patch.is_null()) return kube::bad_request("Invalid JSON Patch");
    if (!patch.is_object()) return undecodable_patch(patch, "map[string]interface {}");
    Json changed = current;
    kube::apply_merge_patch(changed, patch);
    return changed;
  }
  if (type == "application/json-patch+json") {
    if (auto status = misshapen_json_patch(patch)) return std::move(*status);
    auto changed = kube::apply_json_patch(current, patch);
    if (changed) return std::move(*changed);
    Status status = kube::too_large();
    status.message = changed.error().message();
    if (changed.error().code() == Errc::limit) return status;
    status.code = 422;
    status.reason = "Invalid";
    status.message = "the server rejected our request due to an error in our request";
    status.bare_details = true;
    return status;
  }
  if (type == "application/strategic-merge-patch+json" && !kind.custom) {
    if (patch.is_null()) return Json(current);
    if (!patch.is_object())
      return kube::bad_request(
          fmt::format("json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                      go_kind(patch)));
    auto changed = kube::apply_strategic_patch(current, patch, kind.info.schema);
    if (changed) {
      // The type is that of the object that is patched, whatever the patch says.
      for (const char* field : {"apiVersion", "kind"}) {
        if (changed->is_object() && current.contains(field)) (*changed)[field] = current[field];
      }
      return std::move(*changed);
    }
    Status status;
    status.message = changed.error().message();
    return status;
  }
  return unknown_patch_type(kind);
}

}  // namespace spokelab::fakeapi
