// Options of writes.
#include "fakeapi/serve/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "fakeapi/serve/bodies.h"
#include "kube/protobuf.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::size_t kManagerMax = 128;

kube::ResourceType options_type(std::string_view verb) {
  const char* kind = verb == "update"   ? "UpdateOptions"
                     : verb == "patch"  ? "PatchOptions"
                     : verb == "delete" ? "DeleteOptions"
                                        : "CreateOptions";
  return {"meta.k8s.io", "", "", kind, false};
}

/// dryRun may be given several times, and must be "All" each time.
std::optional<kube::StatusCause> dry_run_problem(const std::vector<std::string>& values) {
  if (std::all_of(values.begin(), values.end(), [](const auto& one) { return one == "All"; }))
    return std::nullopt;
  std::string shown;
  for (const auto& one : values) shown += (shown.empty() ? "" : ", ") + Json(one).dump();
  return kube::StatusCause{
      "FieldValueNotSupported",
      fmt::format("Unsupported value: []string{{{}}}: supported values: \"All\"", shown), "dryRun"};
}

void check_manager(std::vector<kube::StatusCause>& causes, const std::string& manager) {
  if (manager.size() > kManagerMax) {
    causes.push_back({"FieldValueTooLong",
                      fmt::format("Too long: may not be more than {} bytes", kManagerMax),
                      "fieldManager"});
  }
  const auto bad = std::find_if(manager.begin(), manager.end(),
                                [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (bad != manager.end()) {
    causes.push_back(
        kube::invalid_value("fieldManager", manager,
                            fmt::format("invalid character U+{:04X} (at position {})",
                                        static_cast<unsigned>(static_cast<unsigned char>(*bad)),
                                        bad - manager.begin())));
  }
}

}  // namespace

kube::Answer<WriteRequest> read_write_request(const Exchange& exchange, std::string verb) {
  const Query& query = exchange.info.query;
  WriteRequest request;
  request.user = exchange.user.name;
  request.who = &exchange.user;
  request.agent = exchange.info.client();
  request.verb = std::move(verb);
  request.subresource = exchange.info.subresource;
  request.manager = query.get("fieldManager");
  std::vector<kube::StatusCause> causes;
  check_manager(causes, request.manager);
  if (request.manager.empty())
    request.manager = exchange.info.user_agent.empty() ? "unknown" : exchange.info.user_agent;
  const auto dry = query.all("dryRun");
  if (auto problem = dry_run_problem(dry)) causes.push_back(std::move(*problem));
  request.dry_run = !dry.empty();
  const std::string& fields = query.get("fieldValidation");
  if (fields.empty() || fields == "Warn")
    request.fields = FieldValidation::warn;
  else if (fields == "Strict")
    request.fields = FieldValidation::strict;
  else if (fields == "Ignore")
    request.fields = FieldValidation::ignore;
  else
    causes.push_back(
        kube::not_supported("fieldValidation", fields, {"", "Ignore", "Strict", "Warn"}));
  if (!causes.empty()) return kube::invalid(options_type(request.verb), "", std::move(causes));
  return request;
}

kube::Answer<DeleteRequest> read_delete_request(const Exchange& exchange) {
  DeleteRequest request;
  request.user = exchange.user.name;
  request.agent = exchange.info.client();
  const Query& query = exchange.info.query;
  auto body = read_body(exchange.http);
  if (!body && body.error().code == 400 && content_type(exchange.http) != kube::kProtobufType) {
    // Undecodable options are an error of the server's own, as upstream has it.
    kube::Status status;
    status.message =
        "couldn't get version/kind; json parse error: " + go_json_error(exchange.http.body.bytes());
    return status;
  }
  if (!body) return body.error();
  const Json none = Json::object();
  if (*body && !(*body)->is_object() && !(*body)->is_null())
    return kube::bad_request("DeleteOptions must be an object");
  const bool given = *body && (*body)->is_object();
  const Json& options = given ? **body : none;
  request.propagation =
      text_at(options, {"propagationPolicy"}, given ? "" : query.get("propagationPolicy"));
  auto grace = query.number("gracePeriodSeconds", -1);
  if (!grace) return grace.error();
  request.grace_seconds = int_at(options, {"gracePeriodSeconds"}, *grace);
  request.uid = text_at(options, {"preconditions", "uid"});
  request.resource_version = text_at(options, {"preconditions", "resourceVersion"});
  auto dry = query.all("dryRun");
  if (const Json* list = find(options, {"dryRun"}); list != nullptr && list->is_array()) {
    for (const Json& one : *list) dry.push_back(one.is_string() ? one.get<std::string>() : "");
  }
  std::vector<kube::StatusCause> causes;
  if (auto problem = dry_run_problem(dry)) causes.push_back(std::move(*problem));
  request.dry_run = !dry.empty();
  std::optional<bool> orphan;
  if (const Json* value = find(options, {"orphanDependents"});
      value != nullptr && value->is_boolean()) {
    orphan = value->get<bool>();
  } else if (!given && query.has("orphanDependents")) {
    auto flag = query.flag("orphanDependents");
    if (!flag) return flag.error();
    orphan = *flag;
  }
  const auto& policy = request.propagation;
  if (orphan && !policy.empty()) {
    causes.push_back(kube::invalid_value("propagationPolicy", policy,
                                         "orphanDependents and deletionPropagation cannot be both "
                                         "set"));
  } else if (!policy.empty() && policy != "Background" && policy != "Foreground" &&
             policy != "Orphan") {
    causes.push_back(kube::not_supported("propagationPolicy", policy,
                                         {"Foreground", "Background", "Orphan", "nil"}));
  }
  if (!causes.empty()) return kube::invalid(options_type("delete"), "", std::move(causes));
  if (orphan) request.propagation = *orphan ? "Orphan" : "Background";
  return request;
}

}  // namespace spokelab::fakeapi
