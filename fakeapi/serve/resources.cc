// The verbs on resources.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "base/json.h"
#include "fakeapi/apply/server_side.h"
#include "fakeapi/conversion.h"
#include "fakeapi/serve/context.h"
#include "kube/patch.h"
#include "kube/strategic.h"

namespace spokelab::fakeapi {

namespace {

using kube::Answer;
using kube::Status;

constexpr const char* kPatchTypes =
    "application/json-patch+json, application/merge-patch+json, "
    "application/strategic-merge-patch+json, "
    "application/apply-patch+yaml";

Answer<Revision> read_revision(const std::string& text) {
  Revision revision = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (bad != std::errc{} || end != text.data() + text.size()) {
    return kube::bad_request(fmt::format(
        "invalid resource version: \"{}\": strconv.ParseUint: parsing \"{}\": invalid syntax", text,
        text));
  }
  return revision;
}

/// Fields that a kind's field selectors may name besides metadata.name and metadata.namespace.
bool field_supported(const ServedKind& kind, const std::string& path) {
  if (path == "metadata.name" || (path == "metadata.namespace" && kind.type().namespaced))
    return true;
  struct Row {
    std::string_view resource;
    std::string_view fields;
  };
  static constexpr Row kRows[] = {
      {"pods",
       " spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "
       "spec.hostNetwork "
       "status.phase status.podIP status.podIPs status.nominatedNodeName "},
      {"events",
       " involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
       "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason "
       "reportingComponent source type "},
      {"secrets", " type "},
      {"namespaces", " status.phase "},
      {"nodes", " spec.unschedulable "},
      {"services", " spec.clusterIP spec.type "},
      {"replicationcontrollers", " status.replicas "},
      {"jobs.batch", " status.successful "},
      {"certificatesigningrequests.certificates.k8s.io", " spec.signerName "}};
  for (const Row& row : kRows) {
    if (row.resource == kind.bucket->group_resource())
      return row.fields.find(" " + path + " ") != std::string_view::npos;
  }
  if (!kind.custom) return false;
  const Json* versions = find(*kind.custom->definition, {"spec", "versions"});
  for (const Json& version : *versions) {
    if (text_at(version, {"name"}) != kind.type().version) continue;
    const Json* fields = find(version, {"selectableFields"});
    if (fields == nullptr || !fields->is_array()) return false;
    for (const Json& field : *fields) {
      if (text_at(field, {"jsonPath"}) == "." + path) return true;
    }
  }
  return false;
}

struct Selection {
  kube::LabelSelector labels;
  kube::FieldSelector fields;
  bool all() const { return labels.empty() && fields.empty(); }
  bool takes(const Json& object) const {
    return (labels.empty() || labels.matches_object(object)) &&
           (fields.empty() || fields.matches(object));
  }
};

Answer<Selection> read_selection(const ServedKind& kind, const RequestInfo& info) {
  Selection selection;
  auto labels = kube::LabelSelector::parse(info.query.get("labelSelector"));
  if (!labels) return kube::bad_request(labels.error().message());
  selection.labels = std::move(*labels);
  std::string text = info.query.get("fieldSelector");
  if (!info.name.empty() && info.verb == "watch") {
    text += (text.empty() ? "" : ",") + std::string("metadata.name=") + info.name;
  }
  auto fields = kube::FieldSelector::parse(text);
  if (!fields) return kube::bad_request(fields.error().message());
  for (const auto& need : fields->requirements()) {
    if (!field_supported(kind, need.path)) {
      return kube::bad_request(fmt::format("field label not supported: {}", need.path));
    }
  }
  selection.fields = std::move(*fields);
  return selection;
}

std::string store_ns(const ServedKind& kind, const RequestInfo& info) {
  return kind.type().namespaced ? info.ns : "";
}

Status list_options_invalid(std::string field, std::string why) {
  kube::ResourceType type{"meta.k8s.io", "", "", "ListOptions", false};
  return kube::invalid(type, "", {kube::forbidden_value(std::move(field), why)});
}

/// A continue token: where the next page starts, in which revision.
struct PageToken {
  Revision revision = 0;
  std::string after;
};

std::string write_token(const PageToken& token) {
  Json json{{"v", "meta.k8s.io/v1"},
            {"rv", token.revision},
            {"start", token.after + std::string(1, '\0')}};
  return base64_url(json.dump());
}

Answer<PageToken> read_token(const std::string& text) {
  const auto bytes = from_base64_url(text);
  auto json = bytes ? parse_json(*bytes) : Result<Json>(Error(Errc::bad_input, "not base64"));
  PageToken token;
  if (!json || text_at(*json, {"v"}) != "meta.k8s.io/v1") {
    return kube::bad_request("continue key is not valid: the token is malformed");
  }
  token.revision = static_cast<Revision>(int_at(*json, {"rv"}));
  token.after = text_at(*json, {"start"});
  if (!token.after.empty() && token.after.back() == '\0') token.after.pop_back();
  return token;
}

/// Objects as they were at a past revision, where that differs from now; nullptr: absent then.
std::map<std::string, JsonRef> past_differences(const Bucket& bucket, Revision revision) {
  std::map<std::string, JsonRef> past;
  for (const Record& record : bucket.log()) {
    if (record.revision <= revision) continue;
    const JsonRef object = record.object();
    past.emplace(store_key(text_at(*object, {"metadata", "namespace"}),
                           text_at(*object, {"metadata", "name"})),
                 record.before);
  }
  return past;
}

/// Walks the objects of a namespace in key order, as they were at `revision` (0: now).
void each_at(const Bucket& bucket, const std::string& ns, Revision revision,
             const std::string& after,
             const std::function<bool(const std::string&, const JsonRef&)>& visit) {
  if (revision == 0 || bucket.revision() <= revision) {
    bucket.each(ns, visit, after);
    return;
  }
  std::map<std::string, JsonRef> then;
  bucket.each(ns, [&](const std::string& key, const JsonRef& object) {
    then[key] = object;
    return true;
  });
  const std::string prefix = ns.empty() ? "" : ns + "/";
  for (const auto& [key, object] : past_differences(bucket, revision)) {
    if (key.compare(0, prefix.size(), prefix) != 0) continue;
    if (object)
      then[key] = object;
    else
      then.erase(key);
  }
  for (auto at = after.empty() ? then.begin() : then.upper_bound(after); at != then.end(); ++at) {
    if (!visit(at->first, at->second)) return;
  }
}

HttpResponse serve_list(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  const auto& query = exchange.info.query;
  auto selection = read_selection(kind, exchange.info);
  if (!selection) return answer_status(selection.error());
  auto limit = query.number("limit", 0);
  if (!limit) return answer_status(limit.error());
  const std::string& version = query.get("resourceVersion");
  const std::string& match = query.get("resourceVersionMatch");
  const std::string& resume = query.get("continue");
  if (!match.empty() && (version.empty() || !resume.empty())) {
    return answer_status(list_options_invalid(
        "resourceVersionMatch",
        resume.empty() ? "resourceVersionMatch is forbidden unless resourceVersion is provided"
                       : "resourceVersionMatch is forbidden when continue is provided"));
  }
  if (match == "Exact" && version == "0") {
    return answer_status(list_options_invalid(
        "resourceVersionMatch",
        "resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\""));
  }
  Revision at = 0;
  std::string after;
  if (!version.empty() && resume.empty()) {
    auto asked = read_revision(version);
    if (!asked) return answer_status(asked.error());
    if (*asked > context.store.revision()) {
      return answer_status(
          kube::too_large_resource_version(version, std::to_string(context.store.revision())));
    }
    if (match == "Exact" || (match.empty() && *limit > 0 && *asked > 0)) at = *asked;
    if (*asked == 0) limit = 0;  // served from the cache, which knows no pages
  }
  if (!resume.empty()) {
    if (!version.empty() && version != "0") {
      return answer_status(
          kube::bad_request("specifying resource version is not allowed when using continue"));
    }
    auto token = read_token(resume);
    if (!token) return answer_status(token.error());
    at = token->revision;
    after = token->after;
  }
  if (at != 0 && at < kind.bucket->compacted()) {
    Status status = kube::expired(
        resume.empty() ? fmt::format("The resourceVersion for the provided list is too old.")
                       : "The provided continue parameter is too old to display a consistent list "
                         "result. You can start a new list "
                         "without the continue parameter, or use the continue token in this "
                         "response to retrieve the remainder of "
                         "the results. Continuing with the provided token results in an "
                         "inconsistent list - objects that were "
                         "created, modified, or deleted between the time the first chunk was "
                         "returned and now may show up in the list.");
    Json body = status.to_json();
    if (!resume.empty()) body["metadata"]["continue"] = write_token({0, after});
    return answer_json(410, freeze(std::move(body)));
  }
  const std::string ns = store_ns(kind, exchange.info);
  const Revision shown = at != 0 ? at : context.store.revision();
  Json items = Json::array();
  std::string last;
  std::int64_t left = 0;
  each_at(*kind.bucket, ns, at, after, [&](const std::string& key, const JsonRef& object) {
    if (!selection->all() && !selection->takes(*object)) return true;
    if (*limit > 0 && static_cast<std::int64_t>(items.size()) >= *limit) {
      ++left;
      return true;
    }
    items.push_back(*to_served(kind, object));
    last = key;
    return true;
  });
  Json list = Json::object();
  list["kind"] = kind.info.list_kind;
  list["apiVersion"] = kind.type().api_version();
  Json& metadata = list["metadata"];
  metadata["resourceVersion"] = std::to_string(shown);
  if (left > 0) {
    metadata["continue"] = write_token({shown, last});
    if (selection->all()) metadata["remainingItemCount"] = left;
  }
  list["items"] = std::move(items);
  return answer_json(200, freeze(std::move(list)));
}

HttpResponse serve_watch(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  const auto& query = exchange.info.query;
  auto selection = read_selection(kind, exchange.info);
  if (!selection) return answer_status(selection.error());
  auto seconds = query.number("timeoutSeconds", 0);
  if (!seconds) return answer_status(seconds.error());
  auto bookmarks = query.flag("allowWatchBookmarks");
  if (!bookmarks) return answer_status(bookmarks.error());
  auto initial = query.flag("sendInitialEvents");
  if (!initial) return answer_status(initial.error());
  const std::string& version = query.get("resourceVersion");
  const std::string& match = query.get("resourceVersionMatch");
  if (query.has("sendInitialEvents") && match != "NotOlderThan") {
    return answer_status(list_options_invalid(
        "resourceVersionMatch",
        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  }
  if (!match.empty() && !query.has("sendInitialEvents")) {
    return answer_status(list_options_invalid(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  }
  WatchRequest want;
  want.ns = store_ns(kind, exchange.info);
  want.labels = std::move(selection->labels);
  want.fields = std::move(selection->fields);
  want.bookmarks = *bookmarks;
  want.timeout = std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, 86'400));
  want.user = exchange.user.name;
  if (!version.empty() && version != "0") {
    auto asked = read_revision(version);
    if (!asked) return answer_status(asked.error());
    if (*initial && *asked > context.store.revision()) {
      return answer_status(
          kube::too_large_resource_version(version, std::to_string(context.store.revision())));
    }
    if (!*initial) want.from = *asked;
  }
  if (query.has("sendInitialEvents") && !*initial && !want.from)
    want.from = context.store.revision();
  want.initial_end_bookmark = *initial && *bookmarks;
  HttpResponse response = context.watches.open(kind, std::move(want));
  if (!response.stream)
    return answer_status(kube::too_many_requests("too many watches are open", 1));
  return response;
}

HttpResponse serve_get(const Exchange& exchange, const ServedKind& kind, ServeContext& context) {
  const std::string& version = exchange.info.query.get("resourceVersion");
  if (!version.empty()) {
    auto asked = read_revision(version);
    if (!asked) return answer_status(asked.error());
    if (*asked > context.store.revision()) {
      return answer_status(
          kube::too_large_resource_version(version, std::to_string(context.store.revision())));
    }
  }
  const JsonRef object = kind.bucket->get(store_ns(kind, exchange.info), exchange.info.name);
  if (!object) return answer_status(kube::not_found(kind.type(), exchange.info.name));
  return answer_json(200, to_served(kind, object));
}

HttpResponse written(int code, Answer<JsonRef> result, const WriteRequest& request) {
  if (!result) return answer_status(result.error());
  HttpResponse response = answer_json(code, std::move(*result));
  if (!request.warnings.empty()) {
    std::string text;
    for (const auto& warning : request.warnings) {
      text +=
          fmt::format("{}299 - {}", text.empty() ? "" : ", ", Json(warning.substr(0, 256)).dump());
    }
    response.headers.set("Warning", std::move(text));
  }
  return response;
}

/// apiVersion and kind of a body must be those of the URL; absent ones are taken from there.
std::optional<Status> fit_type(const ServedKind& kind, Json& object) {
  const auto& type = kind.type();
  const std::string version = text_at(object, {"apiVersion"});
  const std::string name = text_at(object, {"kind"});
  if ((!version.empty() && version != type.api_version()) || (!name.empty() && name != type.kind)) {
    return kube::bad_request(fmt::format(
        "the object provided is unrecognized (must be of type {}): {}, Kind={} does not "
        "match the request's {}, Kind={}",
        type.kind, version, name, type.api_version(), type.kind));
  }
  object["apiVersion"] = type.api_version();
  object["kind"] = type.kind;
  if (!object.contains("metadata") || !object["metadata"].is_object()) {
    if (object.contains("metadata") && !object["metadata"].is_null())
      return kube::bad_request("metadata must be an object");
    object["metadata"] = Json::object();
  }
  return std::nullopt;
}

std::optional<Status> fit_identity(const ServedKind& kind, const RequestInfo& info, Json& object) {
  const std::string ns = text_at(object, {"metadata", "namespace"});
  if (kind.type().namespaced && !ns.empty() && ns != info.ns) {
    return kube::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  if (info.name.empty()) return std::nullopt;
  const std::string name = text_at(object, {"metadata", "name"});
  if (name.empty())
    object["metadata"]["name"] = info.name;
  else if (name != info.name) {
    return kube::bad_request(fmt::format(
        "the name of the object ({}) does not match the name on the URL ({})", name, info.name));
  }
  return std::nullopt;
}

HttpResponse serve_create(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  auto request = read_write_request(exchange, "create");
  if (!request) return answer_status(request.error());
  auto body = read_body(exchange.http);
  if (!body) return answer_status(body.error());
  if (!*body || !(*body)->is_object())
    return answer_status(kube::bad_request("the body must be an object"));
  Json object = **body;
  if (auto status = fit_type(kind, object)) return answer_status(*status);
  if (auto status = fit_identity(kind, exchange.info, object)) return answer_status(*status);
  if (kind.type().namespaced && exchange.info.ns.empty()) {
    return answer_status(kube::method_not_allowed(kind.type(), "create"));
  }
  auto made = context.writes.create(kind, exchange.info.ns, std::move(object), *request);
  return written(201, std::move(made), *request);
}

HttpResponse serve_update(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  auto request = read_write_request(exchange, "update");
  if (!request) return answer_status(request.error());
  auto body = read_body(exchange.http);
  if (!body) return answer_status(body.error());
  if (!*body || !(*body)->is_object())
    return answer_status(kube::bad_request("the body must be an object"));
  Json object = **body;
  if (auto status = fit_type(kind, object)) return answer_status(*status);
  if (auto status = fit_identity(kind, exchange.info, object)) return answer_status(*status);
  auto result = context.writes.modify(
      kind, exchange.info.ns, exchange.info.name,
      [&object](const Json&) -> Answer<Json> { return std::move(object); }, *request);
  return written(200, std::move(result), *request);
}

std::string content_type(const HttpRequest& request) {
  const auto* header = request.headers.find("Content-Type");
  return header != nullptr ? header->substr(0, header->find(';')) : "";
}

HttpResponse serve_apply(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  auto request = read_write_request(exchange, "patch");
  if (!request) return answer_status(request.error());
  const auto& query = exchange.info.query;
  const kube::ResourceType options{"meta.k8s.io", "", "", "PatchOptions", false};
  if (query.get("fieldManager").empty()) {
    return answer_status(kube::invalid(
        options, "", {kube::required_value("fieldManager", "is required for apply patch")}));
  }
  auto force = query.flag("force");
  if (!force) return answer_status(force.error());
  auto body = read_body(exchange.http);
  if (!body) return answer_status(body.error());
  if (!*body || !(*body)->is_object())
    return answer_status(kube::bad_request("the body must be an object"));
  Json config = **body;
  if (const auto version = text_at(config, {"apiVersion"}); version != kind.type().api_version()) {
    return answer_status(kube::bad_request(fmt::format(
        "Incorrect version specified in apply patch. Specified patch version: {}, expected: {}",
        version, kind.type().api_version())));
  }
  if (auto status = fit_type(kind, config)) return answer_status(*status);
  if (auto status = fit_identity(kind, exchange.info, config)) return answer_status(*status);
  if (kind.type().namespaced) config["metadata"]["namespace"] = exchange.info.ns;
  const ApplyRequest apply{query.get("fieldManager"), exchange.info.subresource, *force,
                           context.admission.now_text()};
  request->apply = true;
  const std::string ns = store_ns(kind, exchange.info);
  if (!kind.bucket->get(ns, exchange.info.name)) {
    if (!exchange.info.subresource.empty())
      return answer_status(kube::not_found(kind.type(), exchange.info.name));
    auto made = apply_server_side(kind, nullptr, config, apply);
    if (!made) return answer_status(made.error());
    return written(201, context.writes.create(kind, ns, std::move(*made), *request), *request);
  }
  const auto change = [&](const Json& current) {
    return apply_server_side(kind, &current, config, apply);
  };
  return written(200, context.writes.modify(kind, ns, exchange.info.name, change, *request),
                 *request);
}

HttpResponse serve_patch(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  if (content_type(exchange.http) == "application/apply-patch+yaml")
    return serve_apply(context, exchange, kind);
  auto request = read_write_request(exchange, "patch");
  if (!request) return answer_status(request.error());
  auto body = read_body(exchange.http);
  if (!body) return answer_status(body.error());
  if (!*body) return answer_status(kube::bad_request("a patch needs a body"));
  const Json& patch = **body;
  auto result = context.writes.modify(
      kind, exchange.info.ns, exchange.info.name,
      [&](const Json& current) -> Answer<Json> {
        auto changed = apply_patch_body(kind, exchange.http, patch, current);
        if (!changed) return changed;
        if (!changed->is_object()) return kube::bad_request("the patched object is no object");
        if (auto status = fit_type(kind, *changed)) return std::move(*status);
        if (auto status = fit_identity(kind, exchange.info, *changed)) return std::move(*status);
        return changed;
      },
      *request);
  return written(200, std::move(result), *request);
}

Answer<DeleteRequest> read_delete(const Exchange& exchange) {
  DeleteRequest request;
  request.user = exchange.user.name;
  request.agent = exchange.info.user_agent;
  const auto& query = exchange.info.query;
  auto body = read_body(exchange.http);
  if (!body) return body.error();
  const Json none = Json::object();
  const Json& options = *body && (*body)->is_object() ? **body : none;
  request.propagation = text_at(options, {"propagationPolicy"}, query.get("propagationPolicy"));
  auto grace = query.number("gracePeriodSeconds", -1);
  if (!grace) return grace.error();
  request.grace_seconds = int_at(options, {"gracePeriodSeconds"}, *grace);
  request.uid = text_at(options, {"preconditions", "uid"});
  request.resource_version = text_at(options, {"preconditions", "resourceVersion"});
  auto dry = query.all("dryRun");
  if (const Json* list = find(options, {"dryRun"}); list != nullptr && list->is_array()) {
    for (const Json& one : *list) dry.push_back(one.is_string() ? one.get<std::string>() : "");
  }
  for (const auto& one : dry) {
    if (one != "All") {
      kube::ResourceType type{"meta.k8s.io", "", "", "DeleteOptions", false};
      return kube::invalid(type, "", {kube::not_supported("dryRun", one, {"All"})});
    }
    request.dry_run = true;
  }
  if (const Json* orphan = find(options, {"orphanDependents"});
      orphan != nullptr && orphan->is_boolean()) {
    request.propagation = orphan->get<bool>() ? "Orphan" : "Background";
  }
  const auto& policy = request.propagation;
  if (!policy.empty() && policy != "Background" && policy != "Foreground" && policy != "Orphan") {
    kube::ResourceType type{"meta.k8s.io", "", "", "DeleteOptions", false};
    return kube::invalid(
        type, "",
        {kube::not_supported("propagationPolicy", policy, {"Foreground", "Background", "Orphan"})});
  }
  return request;
}

HttpResponse serve_delete(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  auto request = read_delete(exchange);
  if (!request) return answer_status(request.error());
  auto deleted = context.writes.remove(kind, exchange.info.ns, exchange.info.name, *request);
  if (!deleted) return answer_status(deleted.error());
  if (!deleted->finished || kind.info.delete_returns_object)
    return answer_json(200, deleted->object);
  const auto& type = kind.type();
  Json details{{"name", exchange.info.name},
               {"kind", type.plural},
               {"uid", text_at(*deleted->object, {"metadata", "uid"})}};
  if (!type.group.empty()) details["group"] = type.group;
  return answer_json(200, freeze(Json{{"kind", "Status"},
                                      {"apiVersion", "v1"},
                                      {"metadata", Json::object()},
                                      {"status", "Success"},
                                      {"details", std::move(details)}}));
}

HttpResponse serve_delete_all(ServeContext& context, const Exchange& exchange,
                              const ServedKind& kind) {
  auto request = read_delete(exchange);
  if (!request) return answer_status(request.error());
  auto selection = read_selection(kind, exchange.info);
  if (!selection) return answer_status(selection.error());
  std::vector<JsonRef> chosen;
  kind.bucket->each(store_ns(kind, exchange.info), [&](const std::string&, const JsonRef& object) {
    if (selection->takes(*object)) chosen.push_back(object);
    return true;
  });
  Json items = Json::array();
  for (const JsonRef& object : chosen) {
    auto deleted = context.writes.remove(kind, text_at(*object, {"metadata", "namespace"}),
                                         text_at(*object, {"metadata", "name"}), *request);
    if (!deleted && deleted.error().code != 404) return answer_status(deleted.error());
    if (deleted) items.push_back(*deleted->object);
  }
  Json list{{"kind", kind.info.list_kind},
            {"apiVersion", kind.type().api_version()},
            {"metadata", {{"resourceVersion", std::to_string(context.store.revision())}}}};
  list["items"] = std::move(items);
  return answer_json(200, freeze(std::move(list)));
}

}  // namespace

kube::Answer<WriteRequest> read_write_request(const Exchange& exchange, std::string verb) {
  WriteRequest request;
  request.user = exchange.user.name;
  request.agent = exchange.info.user_agent;
  request.verb = std::move(verb);
  request.subresource = exchange.info.subresource;
  request.manager = exchange.info.query.get("fieldManager");
  if (request.manager.empty())
    request.manager = exchange.info.user_agent.empty() ? "unknown" : exchange.info.user_agent;
  const std::string& fields = exchange.info.query.get("fieldValidation");
  kube::ResourceType options{"meta.k8s.io", "", "", "CreateOptions", false};
  if (request.verb == "update") options.kind = "UpdateOptions";
  if (request.verb == "patch") options.kind = "PatchOptions";
  if (fields.empty() || fields == "Warn")
    request.fields = FieldValidation::warn;
  else if (fields == "Strict")
    request.fields = FieldValidation::strict;
  else if (fields != "Ignore") {
    return kube::invalid(
        options, "",
        {kube::not_supported("fieldValidation", fields, {"", "Ignore", "Warn", "Strict"})});
  }
  for (const auto& dry : exchange.info.query.all("dryRun")) {
    if (dry != "All")
      return kube::invalid(options, "", {kube::not_supported("dryRun", dry, {"All"})});
    request.dry_run = true;
  }
  return request;
}

kube::Answer<Json> apply_patch_body(const ServedKind& kind, const HttpRequest& request,
                                    const Json& patch, const Json& current) {
  std::string type;
  if (const auto* header = request.headers.find("Content-Type"))
    type = header->substr(0, header->find(';'));
  if (type == "application/merge-patch+json") {
    if (!patch.is_object()) return kube::bad_request("a merge patch must be an object");
    Json changed = current;
    kube::apply_merge_patch(changed, patch);
    return changed;
  }
  if (type == "application/json-patch+json") {
    auto changed = kube::apply_json_patch(current, patch);
    if (changed) return std::move(*changed);
    if (changed.error().code() == Errc::bad_input)
      return kube::bad_request(changed.error().message());
    Status status = kube::status_of(changed.error());
    if (status.code == 422) {
      status.message = "the server rejected our request due to an error in our request";
      status.causes.push_back({"", changed.error().message(), ""});
    }
    return status;
  }
  if (type == "application/strategic-merge-patch+json" && !kind.custom) {
    auto changed = kube::apply_strategic_patch(current, patch, kind.info.schema);
    if (!changed) return kube::bad_request(changed.error().message());
    return std::move(*changed);
  }
  return kube::unsupported_media_type(
      kind.custom ? "application/json-patch+json, application/merge-patch+json, "
                    "application/apply-patch+yaml"
                  : kPatchTypes);
}

HttpResponse serve_resource(ServeContext& context, const Exchange& exchange) {
  const RequestInfo& info = exchange.info;
  const ServedKind* kind = context.kinds.by_path(info.group, info.version, info.plural);
  if (kind == nullptr) return answer_status(kube::no_such_path());
  if (is_review(*kind)) {
    if (info.verb != "create")
      return answer_status(kube::method_not_allowed(kind->type(), info.verb));
    return serve_review(context, exchange, *kind);
  }
  if (!info.subresource.empty()) {
    if (kind->info.subresource(info.subresource) == nullptr)
      return answer_status(kube::no_such_path());
    if (info.subresource != "status" && info.subresource != "finalize") {
      return serve_subresource(context, exchange, *kind);
    }
  }
  if (info.verb.empty() || !kind->info.can(info.verb)) {
    return answer_status(kube::method_not_allowed(kind->type(), info.verb));
  }
  if (info.verb == "get") return serve_get(exchange, *kind, context);
  if (info.verb == "list") return serve_list(context, exchange, *kind);
  if (info.verb == "watch") return serve_watch(context, exchange, *kind);
  if (info.verb == "create" && info.name.empty()) return serve_create(context, exchange, *kind);
  if (info.verb == "update" && !info.name.empty()) return serve_update(context, exchange, *kind);
  if (info.verb == "patch" && !info.name.empty()) return serve_patch(context, exchange, *kind);
  if (info.subresource.empty()) {
    if (info.verb == "delete") return serve_delete(context, exchange, *kind);
    if (info.verb == "deletecollection") return serve_delete_all(context, exchange, *kind);
  }
  return answer_status(kube::method_not_allowed(kind->type(), info.verb));
}

}  // namespace spokelab::fakeapi
