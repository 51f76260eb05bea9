// Client: requests, retries and the one connection they share.
#include "kube/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "kube/client_answer.h"
#include "kube/client_link.h"

namespace spokelab::kube {

namespace {

using detail::document_of;
using detail::kLost;
using detail::part_of;
using std::chrono::seconds;

constexpr Nanos kDiscoveryTimeout = seconds(32);  // client-go discovery.defaultTimeout
constexpr Nanos kResetRetryDelay = seconds(1);    // client-go rest.WithRetry
constexpr int kPagesMax = 20'000;

/// Counts a request as under way while it is in scope.
class UnderWay {
 public:
  UnderWay(std::shared_ptr<detail::Link> link, RunTime now) : link_(std::move(link)) {
    link_->enter(now);
  }
  ~UnderWay() { link_->leave(); }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  std::shared_ptr<detail::Link> link_;
};

/// Clears the mark of a running dial, and wakes those who wait for it, however the dial ends.
class DialMark {
 public:
  explicit DialMark(detail::ClientState& state) : state_(&state) {
    state.dialing = std::make_shared<detail::ClientState::Dial>();
    mine_ = state.dialing;
  }
  ~DialMark() {
    if (state_->dialing == mine_) state_->dialing = nullptr;
    mine_->ended.notify();
  }
  DialMark(const DialMark&) = delete;
  DialMark& operator=(const DialMark&) = delete;
  void end(const Result<std::shared_ptr<detail::Link>>& outcome) { mine_->outcome = outcome; }

 private:
  detail::ClientState* state_;
  std::shared_ptr<detail::ClientState::Dial> mine_;
};

/// "GET" -> "Get", as Go's url.Error prints the method.
std::string title_case(std::string_view method) {
  std::string text(method);
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] >= 'A' && text[i] <= 'Z') text[i] = static_cast<char>(text[i] - 'A' + 'a');
  }
  return text;
}

Error url_error(std::string_view method, std::string_view url, const Error& cause) {
  return Error(cause.code(),
               fmt::format("{} \"{}\": {}", title_case(method), url, cause.message()));
}

class Query {
 public:
  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_ += text_.empty() ? '?' : '&';
    text_ += name;
    text_ += '=';
    text_ += query_escape(value);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string write_query(const WriteOptions& options, bool force_known) {
  Query query;
  if (options.dry_run) query.add("dryRun", "All");
  query.add("fieldManager", options.field_manager);
  if (force_known && options.force) query.add("force", "true");
  return query.text();
}

std::string_view content_type_of(PatchType kind) {
  switch (kind) {
    case PatchType::json:
      return "application/json-patch+json";
    case PatchType::merge:
      return "application/merge-patch+json";
    case PatchType::strategic:
      return "application/strategic-merge-patch+json";
    case PatchType::apply:
      return "application/apply-patch+yaml";
  }
  return "";
}

/// An item of a list. A server may leave out what kind it is, since the list says so (as for
/// built-in kinds); then there is no way around a copy.
JsonRef item_of(const JsonRef& list, const Json& item, const ResourceType& type) {
  if (item.is_object() && item.contains("kind") && item.contains("apiVersion"))
    return part_of(list, item);
  Json named = item;
  if (!named.is_object()) named = Json::object();
  named["apiVersion"] = type.api_version();
  named["kind"] = type.kind;
  return freeze(std::move(named));
}

std::optional<Nanos> retry_after(const HttpResponse& response) {
  if (response.status != 429 && response.status < 500) return std::nullopt;
  const auto* header = response.headers.find("Retry-After");
  if (header == nullptr) return std::nullopt;
  int wait = 0;
  const auto [end, failure] =
      std::from_chars(header->data(), header->data() + header->size(), wait);
  if (failure != std::errc{} || end != header->data() + header->size() || wait < 0)
    return std::nullopt;
  return Nanos(seconds(wait));
}

std::string_view verb_of(std::string_view method) {
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return "delete";
  return "get";
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

}  // namespace

std::string query_escape(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

// ---- Client: the connection ----

Client::Client(Clock& clock, HttpDialer& dialer, ClientConfig config)
    : clock_(&clock),
      dialer_(&dialer),
      config_(std::move(config)),
      state_(std::make_shared<detail::ClientState>()) {}

Client::~Client() { disconnect(); }

const Client::RequestCounts& Client::request_counts() const noexcept { return state_->counts; }

std::optional<RunTime> Client::last_answer() const noexcept { return state_->last_answer; }

void Client::disconnect() {
  const auto link = std::exchange(state_->live, nullptr);
  if (link && link->connection->alive()) link->connection->close();
}

std::string Client::url_of(std::string_view target) const {
  if (!config_.base_url.empty()) return fmt::format("{}{}", config_.base_url, target);
  return fmt::format("{}://{}:{}{}{}", config_.endpoint.tls ? "https" : "http",
                     config_.endpoint.host, config_.endpoint.port, config_.path_prefix, target);
}

RunTime Client::request_deadline(Nanos limit) const {
  const auto own = config_.request_timeout;
  const auto span = own.count() == 0 ? limit : limit.count() == 0 ? own : std::min(own, limit);
  return span.count() == 0 ? kNever : clock_->now() + span;
}

Task<Result<std::shared_ptr<detail::Link>>> Client::connection(RunTime deadline) {
  for (;;) {
    if (state_->live && state_->live->connection->alive()) co_return state_->live;
    const auto dialing = state_->dialing;
    if (!dialing) {
      auto dialled = co_await dial(deadline);
      co_return dialled;
    }
    const bool ended = co_await dialing->ended.wait_until(*clock_, deadline);
    if (!ended) co_return Error(Errc::timeout, "context deadline exceeded");
    if (dialing->outcome && !*dialing->outcome) co_return dialing->outcome->error();
  }
}

Task<Result<std::shared_ptr<detail::Link>>> Client::dial(RunTime deadline) {
  const auto state = state_;
  DialMark mark(*state);
  const auto own = clock_->now() + config_.dial_timeout;
  const auto until = std::min(own, deadline);
  const auto endpoint = config_.endpoint;
  auto connection = co_await dialer_->dial(endpoint, until);
  if (!connection) {
    if (connection.error().code() == Errc::timeout && deadline < own) {
      // The caller's own deadline, not the dial's: those who wait with a later one dial again.
      co_return Error(Errc::timeout, "context deadline exceeded");
    }
    Result<std::shared_ptr<detail::Link>> failed(connection.error());
    mark.end(failed);
    co_return failed;
  }
  auto link = std::make_shared<detail::Link>();
  link->connection = std::move(*connection);
  link->state = state;
  link->heard = clock_->now();
  state->live = link;
  Result<std::shared_ptr<detail::Link>> made(link);
  mark.end(made);
  co_return made;
}

Task<void> Client::keep_alive() {
  const auto state = state_;
  for (;;) {
    const auto link = state->live;
    if (!link || link->under_way == 0 || !link->connection->alive()) {
      co_await state->busy.wait();
      continue;
    }
    const auto due = std::max(link->heard, link->busy_since) + config_.read_idle;
    if (clock_->now() < due) {
      co_await sleep_until(*clock_, due);
      continue;
    }
    co_await ping(link);
  }
}

Task<void> Client::ping(std::shared_ptr<detail::Link> link) {
  const auto asked = clock_->now();
  const auto deadline = asked + config_.ping_timeout;
  HttpRequest request;
  request.target = config_.path_prefix + "/livez";
  request.headers.set("User-Agent", config_.user_agent);
  auto answer = co_await link->connection->send(request, deadline);
  if (answer) {
    link->hear(clock_->now());
    co_return;
  }
  // Silent: had anything else been heard meanwhile, the connection would live and only /livez be
  // slow.
  if (link->heard >= asked || answer.error().code() != Errc::timeout) co_return;
  link->lost = true;
  link->connection->close();
}

// ---- Client: requests ----

void Client::authorize(HttpRequest& request) const {
  if (request.headers.find("Authorization") != nullptr) return;
  if (!config_.bearer_token.empty()) {
    request.headers.set("Authorization", "Bearer " + config_.bearer_token);
  } else if (!config_.username.empty()) {
    request.headers.set("Authorization",
                        "Basic " + base64(config_.username + ":" + config_.password));
  }
}

Task<Result<HttpResponse>> Client::exchange(HttpRequest request, RunTime deadline,
                                            std::shared_ptr<detail::Link>* used) {
  authorize(request);
  request.headers.set("User-Agent", config_.user_agent);
  const auto method = request.method;
  const auto url = url_of(request.target);
  if (!config_.path_prefix.empty()) request.target = config_.path_prefix + request.target;
  const auto state = state_;
  auto link = co_await connection(deadline);
  if (!link) {
    ++state->counts[{method, 0}];
    co_return url_error(method, url, link.error());
  }
  const auto held = *link;
  if (used != nullptr) *used = held;
  const UnderWay mark(held, clock_->now());
  const auto sent = clock_->now();
  auto answer = co_await held->connection->send(std::move(request), deadline);
  if (answer) {
    held->hear(clock_->now());
    ++state->counts[{method, answer->status}];
    co_return std::move(*answer);
  }
  ++state->counts[{method, 0}];
  auto error = answer.error();
  if (held->lost) {
    error = Error(Errc::reset, std::string(kLost));
  } else if (error.code() == Errc::timeout) {
    error = Error(Errc::timeout, "context deadline exceeded");
    const auto silent = clock_->now() - std::max(held->heard, sent);
    if (silent >= config_.read_idle + config_.ping_timeout) held->connection->close();
  } else if (error.code() == Errc::closed) {
    error = Error(Errc::reset, error.message().empty() ? "EOF" : error.message());
  }
  co_return url_error(method, url, error);
}

Task<Result<HttpResponse>> Client::retried(HttpRequest request, RunTime deadline) {
  for (int attempt = 0;; ++attempt) {
    const HttpRequest again = request;
    auto answer = co_await exchange(again, deadline);
    Nanos wait{0};
    if (answer) {
      const auto told = retry_after(*answer);
      if (!told) co_return answer;
      wait = *told;
    } else {
      const bool lost_at_silence = answer.error().message().ends_with(kLost);
      if (request.method != "GET" || answer.error().code() != Errc::reset || lost_at_silence) {
        co_return answer;
      }
      wait = kResetRetryDelay;
    }
    if (attempt >= config_.retries_max) co_return answer;
    if (deadline != kNever && clock_->now() + wait >= deadline) co_return answer;
    co_await sleep_for(*clock_, wait);
  }
}

Task<Result<HttpResponse>> Client::send(HttpRequest request, RunTime deadline) {
  auto answer = co_await exchange(std::move(request), deadline);
  co_return answer;
}

Task<Result<JsonRef>> Client::call(std::string method, std::string target, JsonRef body,
                                   std::string content_type, Nanos timeout) {
  HttpRequest request;
  request.method = method;
  request.target = target;
  request.headers.set("Accept", "application/json");
  if (body) {
    request.headers.set("Content-Type", content_type);
    request.body = Body(std::move(body));
  }
  const auto deadline = request_deadline(timeout);
  auto answer = co_await retried(std::move(request), deadline);
  if (!answer) co_return answer.error();
  if (answer->status >= 400) co_return error_of(*answer, verb_of(method), path_of(target));
  auto document = document_of(answer->body);
  if (!document)
    co_return Error(Errc::bad_input, fmt::format("{}: the answer is no JSON", url_of(target)));
  co_return document;
}

Task<Result<JsonRef>> Client::fetch(std::string target, std::string accept) {
  HttpRequest request;
  request.target = target + "?timeout=32s";
  request.headers.set("Accept", accept);
  const auto deadline = request_deadline(kDiscoveryTimeout);
  auto answer = co_await retried(std::move(request), deadline);
  if (!answer) co_return answer.error();
  if (answer->status >= 400) co_return error_of(*answer, "get", "");
  auto document = document_of(answer->body);
  if (!document)
    co_return Error(Errc::bad_input, fmt::format("{}: the answer is no JSON", url_of(target)));
  co_return document;
}

Task<Result<JsonRef>> Client::get(ResourceType type, std::string ns, std::string name,
                                  Nanos timeout) {
  const auto target = type.path(ns, name);
  auto answer = co_await call("GET", target, nullptr, "", timeout);
  co_return answer;
}

Task<Result<ObjectList>> Client::list(ResourceType type, std::string ns, ListOptions options) {
  ObjectList all;
  std::string next;
  for (int page = 0;; ++page) {
    if (page == kPagesMax) co_return Error(Errc::limit, "list longer than 20000 pages");
    Query query;
    query.add("labelSelector", options.label_selector);
    query.add("fieldSelector", options.field_selector);
    if (options.limit > 0) query.add("limit", std::to_string(options.limit));
    if (next.empty()) {
      query.add("resourceVersion", options.resource_version);
    } else {
      query.add("continue", next);
    }
    const auto target = type.path(ns) + query.text();
    auto answer = co_await call("GET", target, nullptr, "");
    if (!answer) {
      if (answer.error().code() != Errc::gone || next.empty()) co_return answer.error();
      // The snapshot was compacted away between two pages: one full list instead (client-go
      // tools/pager).
      all.items.clear();
      next.clear();
      options.limit = 0;
      options.resource_version.clear();
      continue;
    }
    const JsonRef body = *answer;
    if (page == 0 || all.items.empty())
      all.resource_version = text_at(*body, {"metadata", "resourceVersion"});
    const auto* items = find(*body, {"items"});
    if (items != nullptr && items->is_array()) {
      all.items.reserve(all.items.size() + items->size());
      for (const auto& item : *items) all.items.push_back(item_of(body, item, type));
    }
    next = text_at(*body, {"metadata", "continue"});
    if (next.empty()) co_return all;
  }
}

Task<Result<std::unique_ptr<Watch>>> Client::watch(ResourceType type, std::string ns,
                                                   std::string resource_version,
                                                   ListOptions options, Nanos timeout) {
  Query query;
  query.add("allowWatchBookmarks", "true");
  query.add("labelSelector", options.label_selector);
  query.add("fieldSelector", options.field_selector);
  query.add("resourceVersion", resource_version);
  if (timeout.count() > 0) {
    query.add("timeoutSeconds", std::to_string(std::chrono::ceil<seconds>(timeout).count()));
  }
  query.add("watch", "true");
  HttpRequest request;
  request.target = type.path(ns) + query.text();
  request.headers.set("Accept", "application/json");
  request.takes_stream = true;
  // The head must come in time; the events that follow have no deadline.
  const auto deadline = request_deadline(Nanos{0});
  const auto resource = type.group_resource();
  std::shared_ptr<detail::Link> link;
  auto answer = co_await exchange(std::move(request), deadline, &link);
  if (!answer) co_return answer.error();
  if (answer->status >= 400) co_return error_of(*answer, "watch", resource);
  if (!answer->stream) co_return Error(Errc::bad_input, "the answer to a watch is no stream");
  co_return std::make_unique<Watch>(*clock_, answer->stream, link);
}

Task<Result<JsonRef>> Client::create(ResourceType type, std::string ns, JsonRef object,
                                     WriteOptions options) {
  const auto target = type.path(ns) + write_query(options, false);
  auto answer = co_await call("POST", target, object, "application/json", options.timeout);
  co_return answer;
}

Task<Result<JsonRef>> Client::update(ResourceType type, std::string ns, std::string name,
                                     JsonRef object, std::string subresource,
                                     WriteOptions options) {
  const auto target = type.path(ns, name, subresource) + write_query(options, false);
  auto answer = co_await call("PUT", target, object, "application/json", options.timeout);
  co_return answer;
}

Task<Result<JsonRef>> Client::patch(ResourceType type, std::string ns, std::string name,
                                    PatchType kind, JsonRef patch, std::string subresource,
                                    WriteOptions options) {
  const auto target =
      type.path(ns, name, subresource) + write_query(options, kind == PatchType::apply);
  const std::string content_type(content_type_of(kind));
  auto answer = co_await call("PATCH", target, patch, content_type, options.timeout);
  co_return answer;
}

Task<Result<JsonRef>> Client::remove(ResourceType type, std::string ns, std::string name,
                                     DeleteOptions options) {
  Json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!options.propagation.empty()) body["propagationPolicy"] = options.propagation;
  if (!options.precondition_uid.empty())
    body["preconditions"] = {{"uid", options.precondition_uid}};
  const auto frozen = freeze(std::move(body));
  const auto target = type.path(ns, name);
  auto answer = co_await call("DELETE", target, frozen, "application/json");
  co_return answer;
}

}  // namespace spokelab::kube
