// The server: its parts, the way of a request through them, and the local door.
#include "fakeapi/api_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/json.h"
#include "fakeapi/admission.h"
#include "fakeapi/bootstrap.h"
#include "fakeapi/escalation.h"
#include "fakeapi/rbac.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/upkeep/aggregation.h"
#include "fakeapi/upkeep/upkeep.h"
#include "fakeapi/writes.h"
#include "kube/patch.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kCrds = "customresourcedefinitions.apiextensions.k8s.io";
constexpr std::size_t kCountsMax = 10'000;

/// Kubernetes' own words for an answer that nobody asked for. Lost rights read as they do in
/// earnest: who may not do what.
kube::Status fault_status(const FaultEffect& effect, const RequestInfo& info,
                          const kube::Answer<UserInfo>& user) {
  if (effect.status == 403 && effect.message.empty() && user)
    return Authorizer::refusal(*user, access_of(info));
  kube::Status status;
  status.code = effect.status;
  status.retry_after_seconds = effect.retry_after_seconds;
  switch (effect.status) {
    case 401:
      status = kube::unauthorized();
      break;
    case 403:
      status.reason = "Forbidden", status.message = "forbidden";
      break;
    case 404:
      status = kube::no_such_path();
      break;
    case 409:
      status.reason = "Conflict", status.message = "the object has been modified";
      break;
    case 429:
      status = kube::too_many_requests("Too many requests, please try again later.",
                                       effect.retry_after_seconds);
      break;
    case 500:
      status = kube::internal_error("etcdserver: request timed out");
      break;
    case 503:
      status = kube::unavailable("the server is currently unable to handle the request");
      break;
    case 504:
      status.reason = "Timeout",
      status.message = "Timeout: request did not complete within the allotted timeout";
      break;
    default:
      status.reason = "Unknown", status.message = fmt::format("HTTP status {}", effect.status);
      break;
  }
  status.retry_after_seconds = effect.retry_after_seconds;
  if (!effect.message.empty()) status.message = effect.message;
  return status;
}

}  // namespace

struct ApiServer::Parts {
  Parts(Clock& clock_in, Rng rng, History& history_in, ApiServerSettings settings_in)
      : settings(std::move(settings_in)),
        clock(clock_in),
        history(history_in),
        store(clock, settings.store),
        kinds(store),
        admission(store, kinds, clock, rng.stream("admission"),
                  {settings.service_prefix, settings.track_fields}),
        writes(store, kinds, admission, clock, history_in, settings.cluster),
        watches(clock, rng.stream("watches"), store, settings.watches),
        authenticator(clock, rng.stream("tokens"), store, users(settings), settings.sign),
        authorizer(store),
        faults(rng.stream("faults")),
        upkeep(clock, store, kinds, writes, authenticator, settings.ca_pem),
        aggregation(clock, store, kinds, writes),
        documents(kinds, settings.version),
        logs(clock, store),
        context{settings, clock,         store,      kinds,     admission, writes,
                watches,  authenticator, authorizer, documents, logs} {}

  static std::vector<StaticToken> users(const ApiServerSettings& settings) {
    std::vector<StaticToken> all = settings.users;
    if (!settings.admin_token.empty())
      all.push_back({settings.admin_token, "admin", {"system:masters"}});
    return all;
  }

  void on_commit(Bucket& bucket, const Record& record) {
    if (bucket.group_resource() == kCrds) {
      const JsonRef crd = record.object();
      if (record.type == EventType::deleted)
        kinds.undefine(text_at(*crd, {"metadata", "name"}));
      else if (record.type == EventType::added || (*record.before)["spec"] != (*crd)["spec"])
        kinds.define(crd);
    }
    watches.on_commit(bucket, record);
    upkeep.on_commit(bucket, record);
    aggregation.on_commit(bucket, record);
    if (subscribers.empty()) return;
    const Change change{bucket.group_resource(), record.before,
                        record.type == EventType::deleted ? nullptr : record.object()};
    if (record.type == EventType::deleted) {
      const Change removal{bucket.group_resource(), record.object(), nullptr};
      for (const auto& subscriber : subscribers) subscriber(removal);
      return;
    }
    for (const auto& subscriber : subscribers) subscriber(change);
  }

  void boot() {
    WriteRequest request;
    request.user = "system:apiserver";
    for (Json& object : bootstrap_objects()) {
      const auto [group, version] = kube::split_api_version(text_at(object, {"apiVersion"}));
      const ServedKind* kind = kinds.by_kind(group, version, text_at(object, {"kind"}));
      const std::string ns = text_at(object, {"metadata", "namespace"});
      const std::string name = text_at(object, {"metadata", "name"});
      auto made = writes.create(*kind, ns, std::move(object), request);
      SPOKELAB_CHECK(made.has_value());
      if (kind->type().plural == "namespaces") upkeep.furnish_namespace(name);
    }
    aggregation.run();
  }

  /// After the creation of a namespace its account and CA are there at once, so that nobody has to
  /// wait.
  void furnish(const ServedKind& kind, const JsonRef& object) {
    if (kind.bucket->group_resource() == "namespaces")
      upkeep.furnish_namespace(text_at(*object, {"metadata", "name"}));
  }

  HttpResponse answer(const Exchange& exchange) {
    const AccessRequest access = access_of(exchange.info);
    if (!authorizer.allowed(exchange.user, access))
      return answer_status(Authorizer::refusal(exchange.user, access));
    if (!exchange.info.is_resource) return serve_path(context, exchange);
    asking_now = &exchange.user;
    HttpResponse response = serve_resource(context, exchange);
    asking_now = nullptr;
    const auto& info = exchange.info;
    if (response.status == 201 && info.plural == "namespaces" && info.group.empty() &&
        info.subresource.empty() && !info.query.has("dryRun")) {  // created, or applied
      upkeep.furnish_namespace(
          info.name.empty() ? text_at(*response.body.json(), {"metadata", "name"}) : info.name);
    }
    return response;
  }

  /// Who the request is made for. Errors: 401, 403.
  kube::Answer<UserInfo> asking(const HttpRequest& request, const HttpPeer& peer);
  HttpReply reply_to(const HttpRequest& request, const RequestInfo& info,
                     const kube::Answer<UserInfo>& user);
  void audit(const HttpRequest& request, const RequestInfo& info,
             const kube::Answer<UserInfo>& user, const HttpReply& reply);

  const ServedKind* kind_of(const Json& object) const {
    const auto [group, version] = kube::split_api_version(text_at(object, {"apiVersion"}));
    return kinds.by_kind(group, version, text_at(object, {"kind"}));
  }

  ApiServerSettings settings;
  Clock& clock;
  History& history;
  Store store;
  ServedKinds kinds;
  Admission admission;
  Writes writes;
  Watches watches;
  Authenticator authenticator;
  Authorizer authorizer;
  Faults faults;
  Upkeep upkeep;
  Aggregation aggregation;
  Documents documents;
  LogStreams logs;
  ServeContext context;
  std::vector<std::function<void(const Change&)>> subscribers;
  RequestCounts counts;
  std::function<void(std::string_view, std::string_view)> on_request;
  const UserInfo* asking_now = nullptr;  // whose request is being served; null: the cluster's own
};

ApiServer::ApiServer(Clock& clock, Rng rng, History& history, ApiServerSettings settings)
    : parts_(std::make_unique<Parts>(clock, rng, history, std::move(settings))) {
  Parts* parts = parts_.get();
  parts->store.subscribe(
      [parts](Bucket& bucket, const Record& record) { parts->on_commit(bucket, record); });
  parts->boot();
  parts->writes.set_guard([parts](const ServedKind& kind, const Json* before, const Json& next) {
    return parts->asking_now == nullptr
               ? std::nullopt
               : escalation(parts->authorizer, *parts->asking_now, kind, before, next);
  });
}

ApiServer::~ApiServer() = default;

HttpReply ApiServer::handle(const HttpRequest& request, const HttpPeer& peer) {
  RequestInfo info = read_request(request);
  info.address = peer.address;
  auto user = parts_->asking(request, peer);
  HttpReply reply;
  try {
    reply = parts_->reply_to(request, info, user);
  } catch (const Json::exception& bad) {
    // A document that nobody expected: one client's error must not end the others' server.
    parts_->asking_now = nullptr;
    reply.response = answer_status(kube::internal_error(bad.what()));
  }
  if (parts_->settings.audit) parts_->audit(request, info, user, reply);
  return reply;
}

kube::Answer<UserInfo> ApiServer::Parts::asking(const HttpRequest& request, const HttpPeer& peer) {
  auto user = authenticator.authenticate(request, peer);
  if (!user) return user;
  const auto may = [&](const std::string& group, const std::string& resource, const std::string& ns,
                       const std::string& name) -> std::optional<kube::Status> {
    AccessRequest access;
    access.verb = "impersonate";
    access.group = group;
    access.resource = resource;
    access.ns = ns;
    access.name = name;
    if (authorizer.allowed(*user, access)) return std::nullopt;
    return Authorizer::refusal(*user, access);
  };
  return impersonated(*user, request.headers, may);
}

void ApiServer::Parts::audit(const HttpRequest& request, const RequestInfo& info,
                             const kube::Answer<UserInfo>& user, const HttpReply& reply) {
  Event event;
  event.who = settings.cluster + ".api";
  event.cluster = settings.cluster;
  event.subject = "request." + settings.cluster;
  event.value = info.verb;
  event.message = fmt::format("{} {} by {} ({})", request.method, request.target,
                              user ? user->name : "nobody", info.user_agent);
  event.numbers.emplace_back("code", reply.never || reply.reset ? 0 : reply.response.status);
  history.add(std::move(event));
}

HttpReply ApiServer::Parts::reply_to(const HttpRequest& request, const RequestInfo& info,
                                     const kube::Answer<UserInfo>& user) {
  if (on_request) on_request(info.address, info.verb);
  if (counts.size() < kCountsMax || counts.contains({info.user_agent, info.verb})) {
    ++counts[{info.user_agent, info.verb}];
  }
  HttpReply reply;
  std::string resource = info.path;
  if (info.is_resource)
    resource = info.group.empty() ? info.plural : info.plural + "." + info.group;
  const auto effect =
      faults.decide({info.verb, resource, info.ns, info.name,
                     user ? std::string_view(user->name) : std::string_view(), info.user_agent});
  if (effect) {
    reply.after = effect->delay_min;
    reply.never = effect->hang;
    reply.reset = effect->reset;
    if (effect->status != 0) {
      reply.response = answer_status(fault_status(*effect, info, user));
      return reply;
    }
  }
  const bool reads = info.verb == "get" || info.verb == "list";
  const Store::LookBack back(store, effect && reads ? effect->past : nullptr);
  reply.response = user ? answer({request, info, *user}) : answer_status(user.error());
  // Discovery, too; OpenAPI and /version look at Accept themselves.
  if (info.is_resource || info.path.starts_with("/api"))
    reply.response = in_accepted_form(request, std::move(reply.response));
  return reply;
}

JsonRef ApiServer::get(std::string_view group_resource, std::string_view ns,
                       std::string_view name) const {
  const Bucket* bucket = parts_->store.find_bucket(group_resource);
  return bucket != nullptr ? bucket->get(ns, name) : nullptr;
}

std::vector<JsonRef> ApiServer::list(std::string_view group_resource, std::string_view ns) const {
  std::vector<JsonRef> all;
  const Bucket* bucket = parts_->store.find_bucket(group_resource);
  if (bucket == nullptr) return all;
  bucket->each(ns, [&all](const std::string&, const JsonRef& object) {
    all.push_back(object);
    return true;
  });
  return all;
}

Result<JsonRef> ApiServer::create(std::string_view user, Json object) {
  const ServedKind* kind = parts_->kind_of(object);
  if (kind == nullptr) return kube::no_such_path().to_error();
  WriteRequest request;
  request.user = std::string(user);
  const std::string ns = text_at(object, {"metadata", "namespace"});
  auto made = parts_->writes.create(*kind, ns, std::move(object), request);
  if (!made) return made.error().to_error();
  parts_->furnish(*kind, *made);
  return std::move(*made);
}

Result<JsonRef> ApiServer::update(std::string_view user, Json object,
                                  std::string_view subresource) {
  const ServedKind* kind = parts_->kind_of(object);
  if (kind == nullptr) return kube::no_such_path().to_error();
  WriteRequest request;
  request.user = std::string(user);
  request.subresource = std::string(subresource);
  const std::string ns = text_at(object, {"metadata", "namespace"});
  const std::string name = text_at(object, {"metadata", "name"});
  auto result = parts_->writes.modify(
      *kind, ns, name, [&object](const Json&) -> kube::Answer<Json> { return std::move(object); },
      request);
  if (!result) return result.error().to_error();
  return std::move(*result);
}

Result<JsonRef> ApiServer::merge_patch(std::string_view user, std::string_view group_resource,
                                       std::string_view ns, std::string_view name,
                                       const Json& patch, std::string_view subresource) {
  const ServedKind* kind = parts_->kinds.by_resource(group_resource);
  if (kind == nullptr) return kube::no_such_path().to_error();
  WriteRequest request;
  request.user = std::string(user);
  request.verb = "patch";
  request.subresource = std::string(subresource);
  const auto change = [&patch](const Json& current) -> kube::Answer<Json> {
    Json next = current;
    kube::apply_merge_patch(next, patch);
    return next;
  };
  auto result = parts_->writes.modify(*kind, ns, name, change, request);
  if (!result) return result.error().to_error();
  return std::move(*result);
}

Result<JsonRef> ApiServer::remove(std::string_view user, std::string_view group_resource,
                                  std::string_view ns, std::string_view name,
                                  std::string_view propagation, int grace_seconds) {
  const ServedKind* kind = parts_->kinds.by_resource(group_resource);
  if (kind == nullptr) return kube::no_such_path().to_error();
  DeleteRequest request;
  request.user = std::string(user);
  request.propagation = std::string(propagation);
  request.grace_seconds = grace_seconds;
  auto deleted = parts_->writes.remove(*kind, ns, name, request);
  if (!deleted) return deleted.error().to_error();
  return std::move(deleted->object);
}

void ApiServer::subscribe(std::function<void(const Change&)> watcher) {
  parts_->subscribers.push_back(std::move(watcher));
}

void ApiServer::on_request(
    std::function<void(std::string_view client, std::string_view verb)> handler) {
  parts_->on_request = std::move(handler);
}

std::string ApiServer::issue_token(std::string_view ns, std::string_view account) {
  const JsonRef found = get("serviceaccounts", ns, account);
  if (!found) return "";
  return parts_->authenticator.issue({.ns = std::string(ns),
                                      .account = std::string(account),
                                      .account_uid = text_at(*found, {"metadata", "uid"})});
}

Faults& ApiServer::faults() { return parts_->faults; }
Watches& ApiServer::watches() { return parts_->watches; }
std::shared_ptr<const StoreSnapshot> ApiServer::snapshot() const {
  return parts_->store.snapshot();
}
void ApiServer::compact() { parts_->store.compact(); }
void ApiServer::revoke_tokens() { parts_->authenticator.revoke_all(); }
void ApiServer::revoke_tokens(std::string_view ns, std::string_view account) {
  parts_->authenticator.revoke(ns, account);
}
const Store& ApiServer::store() const { return parts_->store; }
const ServedKinds& ApiServer::kinds() const { return parts_->kinds; }
const RequestCounts& ApiServer::request_counts() const { return parts_->counts; }
std::uint64_t ApiServer::noop_writes() const { return parts_->writes.noops(); }
const ApiServerSettings& ApiServer::settings() const { return parts_->settings; }

}  // namespace spokelab::fakeapi
