// Subresources with a life of their own: scale, eviction, binding.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "fakeapi/admit/decode.h"
#include "fakeapi/apply/server_side.h"
#include "fakeapi/serve/bodies.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/serve/options.h"
#include "kube/selector.h"

namespace spokelab::fakeapi {

namespace {

using kube::Answer;
using kube::Status;

const kube::ResourceType kScale{"autoscaling", "v1", "scales", "Scale", true};

std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto end = std::min(path.find('.'), path.size());
    if (end > 0) parts.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

const Json* at_path(const Json& object, std::string_view path) {
  const Json* at = &object;
  for (const auto& part : path_parts(path)) {
    at = at != nullptr ? find(*at, {part}) : nullptr;
  }
  return at;
}

std::int64_t number_at(const Json& object, std::string_view path) {
  const Json* value = at_path(object, path);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

std::string spec_path(const ServedKind& kind) {
  return kind.custom ? kind.custom->scale_spec_path : ".spec.replicas";
}

Json scale_of(const ServedKind& kind, const Json& object) {
  Json metadata = Json::object();
  for (const char* field : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}) {
    if (const Json* value = find(object, {"metadata", field})) metadata[field] = *value;
  }
  Json spec = Json::object();
  if (const auto replicas = number_at(object, spec_path(kind)); replicas != 0)
    spec["replicas"] = replicas;
  Json status{{"replicas", number_at(object, kind.custom ? kind.custom->scale_status_path
                                                         : ".status.replicas")}};
  if (kind.custom) {
    const Json* text = at_path(object, kind.custom->scale_selector_path);
    if (!kind.custom->scale_selector_path.empty() && text != nullptr && text->is_string())
      status["selector"] = *text;
  } else if (const Json* selector = find(object, {"spec", "selector"})) {
    const bool plain = kind.type().plural == "replicationcontrollers";
    auto parsed = plain ? Result<kube::LabelSelector>(kube::LabelSelector::from_map(*selector))
                        : kube::LabelSelector::from_json(*selector);
    if (parsed) status["selector"] = parsed->text();
  }
  return Json{{"kind", "Scale"},
              {"apiVersion", "autoscaling/v1"},
              {"metadata", std::move(metadata)},
              {"spec", std::move(spec)},
              {"status", std::move(status)}};
}

/// Server-side apply of a Scale: of spec.replicas, for that matter.
HttpResponse apply_scale(ServeContext& context, const Exchange& exchange, const ServedKind& kind,
                         const Json& scale, WriteRequest& request) {
  const RequestInfo& info = exchange.info;
  auto force = info.query.flag("force");
  if (!force) return answer_status(force.error());
  Json config{{"apiVersion", kind.type().api_version()},
              {"kind", kind.type().kind},
              {"metadata", {{"name", info.name}}}};
  Json* at = &config;
  for (const auto& part : path_parts(spec_path(kind))) at = &(*at)[part];
  *at = int_at(scale, {"spec", "replicas"});
  request.apply = true;
  const FieldWrite write{request.manager, "scale", context.admission.now_text()};
  const auto change = [&](const Json& current) {
    return apply_server_side(kind, current, config, write, *force);
  };
  auto result = context.writes.modify(kind, info.ns, info.name, change, request);
  if (!result) return answer_status(result.error());
  return answer_json(200, freeze(scale_of(kind, **result)));
}

/// What a typed server takes of a scale. nullopt: it is one now.
std::optional<Status> read_scale(const Exchange& exchange, Json& scale, WriteRequest& request) {
  if (!scale.is_object()) return kube::bad_request("a scale must be an object");
  DecodeFindings findings;
  const Json shown = scale;
  decode_by_schema(scale, *kube::schema_named("autoscaling.v1.Scale"), findings);
  std::string problem = findings.type_error;
  if (problem.empty() && !findings.unknown.empty() && request.fields != FieldValidation::ignore) {
    for (const auto& path : findings.unknown) {
      const std::string text = fmt::format("unknown field \"{}\"", path);
      if (request.fields == FieldValidation::warn)
        request.warnings.push_back(text);
      else
        problem += (problem.empty() ? "strict decoding error: " : ", ") + text;
    }
  }
  if (!problem.empty() && exchange.info.verb == "patch")
    return kube::invalid(kube::ResourceType{}, "",
                         {kube::invalid_value("patch", shown.dump(), problem)});
  if (!problem.empty())
    return kube::bad_request("Scale in version \"v1\" cannot be handled as a Scale: " + problem);
  ServedKind plain;
  plain.info.type = kScale;
  return fit_identity(plain, exchange.info, scale);
}

HttpResponse serve_scale(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  const RequestInfo& info = exchange.info;
  const JsonRef object = kind.bucket->get(kind.type().namespaced ? info.ns : "", info.name);
  if (!object) return answer_status(kube::not_found(kind.type(), info.name));
  if (info.verb == "get") return answer_json(200, freeze(scale_of(kind, *object)));
  if (info.verb != "update" && info.verb != "patch") return answer_status(kube::no_such_method());
  auto request = read_write_request(exchange, info.verb);
  if (!request) return answer_status(request.error());
  auto body = read_body_as(exchange.http, "Scale");
  if (!body) return answer_status(body.error());
  if (!*body) return answer_status(kube::bad_request("a scale needs a body"));
  const auto* type = exchange.http.headers.find("Content-Type");
  if (type != nullptr && type->starts_with("application/apply-patch+yaml"))
    return apply_scale(context, exchange, kind, **body, *request);
  auto result = context.writes.modify(
      kind, info.ns, info.name,
      [&](const Json& current) -> Answer<Json> {
        Json scale = scale_of(kind, current);
        if (info.verb == "update") {
          scale = **body;
        } else {
          ServedKind plain;
          plain.info.type = kScale;
          plain.info.schema = kube::schema_named("autoscaling.v1.Scale");
          auto changed = apply_patch_body(plain, exchange.http, **body, scale);
          if (!changed) return changed;
          scale = std::move(*changed);
        }
        if (auto status = read_scale(exchange, scale, *request)) return std::move(*status);
        const auto replicas = int_at(scale, {"spec", "replicas"});
        if (replicas < 0) {
          return kube::invalid(kScale, info.name,
                               {kube::invalid_value("spec.replicas", replicas,
                                                    "must be greater than or equal to 0")});
        }
        Json next = current;
        Json* at = &next;
        for (const auto& part : path_parts(spec_path(kind))) at = &(*at)[part];
        *at = replicas;
        const std::string version = text_at(scale, {"metadata", "resourceVersion"});
        if (!version.empty()) next["metadata"]["resourceVersion"] = version;
        return next;
      },
      *request);
  const auto told = request->warnings;
  HttpResponse response =
      result ? answer_json(200, freeze(scale_of(kind, **result))) : answer_status(result.error());
  add_warnings(response, told);
  return response;
}

Json success() {
  return Json{{"kind", "Status"},
              {"apiVersion", "v1"},
              {"metadata", Json::object()},
              {"status", "Success"},
              {"code", 201}};
}

/// The disruption budgets that are about a pod.
std::vector<JsonRef> budgets_of(ServeContext& context, const Json& pod) {
  std::vector<JsonRef> found;
  const ServedKind* kind = context.kinds.by_resource("poddisruptionbudgets.policy");
  kind->bucket->each(text_at(pod, {"metadata", "namespace"}), [&](const std::string&,
                                                                  const JsonRef& budget) {
    const Json* selector = find(*budget, {"spec", "selector"});
    const auto parsed = kube::LabelSelector::from_json(selector != nullptr ? *selector : Json());
    if (parsed && parsed->matches_object(pod)) found.push_back(budget);
    return true;
  });
  return found;
}

/// Takes one disruption from a budget, or says why it may not be taken.
std::optional<Status> take_disruption(ServeContext& context, const Exchange& exchange,
                                      const Json& budget, const std::string& pod) {
  const std::string name = text_at(budget, {"metadata", "name"});
  if (int_at(budget, {"status", "disruptionsAllowed"}) < 1) {
    Status status = kube::too_many_requests(
        "Cannot evict pod as it would violate the pod's disruption budget.", 0);
    status.causes.push_back(
        {"DisruptionBudget",
         fmt::format("The disruption budget {} needs {} healthy pods and has {} currently", name,
                     int_at(budget, {"status", "desiredHealthy"}),
                     int_at(budget, {"status", "currentHealthy"})),
         ""});
    return status;
  }
  WriteRequest request;
  request.user = exchange.user.name;
  request.subresource = "status";
  const auto change = [&](const Json& current) -> Answer<Json> {
    Json next = current;
    next["status"]["disruptionsAllowed"] = int_at(current, {"status", "disruptionsAllowed"}) - 1;
    next["status"]["disruptedPods"][pod] = context.admission.now_text();
    return next;
  };
  const ServedKind* kind = context.kinds.by_resource("poddisruptionbudgets.policy");
  auto written = context.writes.modify(*kind, exchange.info.ns, name, change, request);
  if (!written) return written.error();
  return std::nullopt;
}

/// Puts a condition in the place of the one of its type.
void set_condition(Json& pod, Json condition) {
  Json& list = pod["status"]["conditions"];
  if (!list.is_array()) list = Json::array();
  for (Json& one : list) {
    if (one["type"] != condition["type"]) continue;
    one = std::move(condition);
    return;
  }
  list.push_back(std::move(condition));
}

HttpResponse serve_eviction(ServeContext& context, const Exchange& exchange,
                            const ServedKind& kind) {
  const RequestInfo& info = exchange.info;
  if (info.verb != "create") return answer_status(kube::no_such_method());
  const JsonRef pod = kind.bucket->get(info.ns, info.name);
  if (!pod) return answer_status(kube::not_found(kind.type(), info.name));
  auto body = read_body_as(exchange.http, "Eviction");
  if (!body) return answer_status(body.error());
  const Json none = Json::object();
  const Json& options = *body ? **body : none;
  const std::string phase = text_at(*pod, {"status", "phase"});
  const bool counted = phase != "Succeeded" && phase != "Failed" && phase != "Pending" &&
                       find(*pod, {"metadata", "deletionTimestamp"}) == nullptr;
  const auto budgets = counted ? budgets_of(context, *pod) : std::vector<JsonRef>();
  if (budgets.size() > 1)
    return answer_status(kube::internal_error(
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not "
        "support."));
  for (const JsonRef& budget : budgets) {
    if (auto refusal = take_disruption(context, exchange, *budget, info.name))
      return answer_status(*refusal);
  }
  DeleteRequest request;
  request.user = exchange.user.name;
  request.agent = exchange.info.client();
  request.grace_seconds = int_at(options, {"deleteOptions", "gracePeriodSeconds"}, -1);
  request.uid = text_at(options, {"deleteOptions", "preconditions", "uid"});
  WriteRequest mark;
  mark.user = exchange.user.name;
  mark.agent = exchange.info.client();
  mark.subresource = "status";
  const auto disrupt = [&](const Json& current) -> Answer<Json> {
    Json marked = current;
    set_condition(marked, {{"type", "DisruptionTarget"},
                           {"status", "True"},
                           {"reason", "EvictionByEvictionAPI"},
                           {"message", "Eviction API: evicting"},
                           {"lastProbeTime", nullptr},
                           {"lastTransitionTime", context.admission.now_text()}});
    return marked;
  };
  if (phase != "Succeeded" && phase != "Failed")
    (void)context.writes.modify(kind, info.ns, info.name, disrupt, mark);
  auto deleted = context.writes.remove(kind, info.ns, info.name, request);
  if (!deleted) return answer_status(deleted.error());
  return answer_json(201, freeze(success()));
}

HttpResponse serve_binding(ServeContext& context, const Exchange& exchange,
                           const ServedKind& kind) {
  const RequestInfo& info = exchange.info;
  if (info.verb != "create") return answer_status(kube::no_such_method());
  auto body = read_body_as(exchange.http, "Binding");
  if (!body) return answer_status(body.error());
  const Json none = Json::object();
  const Json& binding = *body ? **body : none;
  if (text_at(binding, {"metadata", "name"}) != info.name)
    return answer_status(kube::bad_request("name in URL does not match name in Binding object"));
  const std::string node = text_at(binding, {"target", "name"});
  if (node.empty()) {
    Status status;
    status.message = "target.name: Required value";
    return answer_status(status);
  }
  WriteRequest request;
  request.user = exchange.user.name;
  request.agent = exchange.info.client();
  request.verb = "update";
  request.subresource = "binding";
  auto bound = context.writes.modify(
      kind, info.ns, info.name,
      [&](const Json& current) -> Answer<Json> {
        const std::string have = text_at(current, {"spec", "nodeName"});
        if (!have.empty()) {
          return kube::conflict(
              kind.type(), info.name,
              fmt::format("pod {} is already assigned to node \"{}\"", info.name, have));
        }
        Json pod = current;
        pod["spec"]["nodeName"] = node;
        set_condition(pod, {{"type", "PodScheduled"},
                            {"status", "True"},
                            {"lastProbeTime", nullptr},
                            {"lastTransitionTime", context.admission.now_text()}});
        return pod;
      },
      request);
  if (!bound) return answer_status(bound.error());
  return answer_json(201, freeze(success()));
}

}  // namespace

HttpResponse serve_subresource(ServeContext& context, const Exchange& exchange,
                               const ServedKind& kind) {
  const std::string& name = exchange.info.subresource;
  if (name == "scale") return serve_scale(context, exchange, kind);
  if (name == "token") return serve_token(context, exchange, kind);
  if (name == "eviction") return serve_eviction(context, exchange, kind);
  if (name == "binding") return serve_binding(context, exchange, kind);
  if (name == "log") return serve_log(context, exchange, kind);
  if (name == "exec" || name == "attach" || name == "portforward" || name == "proxy")
    return serve_connect(exchange, kind);
  Status status = kube::unavailable(
      fmt::format("{}/{} is not available on this server", kind.type().plural, name));
  return answer_status(status);
}

}  // namespace spokelab::fakeapi
