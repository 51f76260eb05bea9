// pods/log, and the subresources that would need a running program: exec, attach, portforward,
// proxy.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/serve/log_streams.h"

namespace spokelab::fakeapi {

namespace {

using kube::Answer;
using kube::Status;

constexpr std::int64_t kSinceMost = 3'000'000'000;  // seconds: longer ago than any log begins

struct LogOptions {
  std::string container;
  bool follow = false;
  bool previous = false;
  bool timestamps = false;
  std::optional<std::int64_t> tail;
  std::optional<std::int64_t> bytes;
  std::optional<std::int64_t> since_seconds;
  std::optional<WallTime> since_time;
};

Answer<std::optional<std::int64_t>> optional_number(const Query& query, std::string_view name) {
  if (query.get(name).empty()) return std::optional<std::int64_t>();
  auto number = query.number(name, 0);
  if (!number) return number.error();
  return std::optional<std::int64_t>(*number);
}

/// As core/validation's ValidatePodLogOptions.
std::vector<kube::StatusCause> problems_of(const LogOptions& options, const Query& query) {
  std::vector<kube::StatusCause> causes;
  if (options.tail && *options.tail < 0)
    causes.push_back(
        kube::invalid_value("tailLines", *options.tail, "must be greater than or equal to 0"));
  if (options.bytes && *options.bytes < 1)
    causes.push_back(kube::invalid_value("limitBytes", *options.bytes, "must be greater than 0"));
  if (options.since_seconds && options.since_time) {
    causes.push_back({"FieldValueForbidden",
                      "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
                      "[]"});
  } else if (options.since_seconds && *options.since_seconds < 1) {
    causes.push_back(
        kube::invalid_value("sinceSeconds", *options.since_seconds, "must be greater than 0"));
  }
  // Behind a gate that is closed in 1.32.
  if (query.has("stream"))
    causes.push_back(kube::forbidden_value("stream", "may not be specified"));
  return causes;
}

Answer<LogOptions> read_options(const RequestInfo& info) {
  const Query& query = info.query;
  LogOptions options;
  options.container = query.get("container");
  for (const auto& [name, into] :
       {std::pair{"follow", &options.follow}, std::pair{"previous", &options.previous},
        std::pair{"timestamps", &options.timestamps}}) {
    auto flag = query.flag(name);
    if (!flag) return flag.error();
    *into = *flag;
  }
  for (const auto& [name, into] :
       {std::pair{"tailLines", &options.tail}, std::pair{"limitBytes", &options.bytes},
        std::pair{"sinceSeconds", &options.since_seconds}}) {
    auto number = optional_number(query, name);
    if (!number) return number.error();
    *into = *number;
  }
  if (const auto& text = query.get("sinceTime"); !text.empty()) {
    const auto time = parse_rfc3339(text);
    if (!time)
      return kube::bad_request(fmt::format(
          "parsing time {0} as \"2006-01-02T15:04:05Z07:00\": cannot parse {0} as \"2006\"",
          Json(text).dump()));
    options.since_time = *time;
  }
  if (auto causes = problems_of(options, query); !causes.empty()) {
    const kube::ResourceType type{"", "v1", "", "PodLogOptions", true};
    return kube::invalid(type, info.name, std::move(causes));
  }
  return options;
}

/// The container that is meant. Errors: 400.
Answer<std::string> chosen_container(const Json& pod, const std::string& asked) {
  const std::string name = text_at(pod, {"metadata", "name"});
  if (!asked.empty()) {
    if (container_named(pod, asked) != nullptr) return asked;
    return kube::bad_request(fmt::format("container {} is not valid for pod {}", asked, name));
  }
  std::string names;
  std::string only;
  for (const char* list : {"initContainers", "containers", "ephemeralContainers"}) {
    const Json* all = find(pod, {"spec", list});
    if (all == nullptr) continue;
    for (const Json& one : *all) names += (names.empty() ? "" : " ") + text_at(one, {"name"});
    if (std::string_view(list) == "containers" && all->size() == 1)
      only = text_at((*all)[0], {"name"});
  }
  if (!only.empty()) return only;
  return kube::bad_request(fmt::format(
      "a container name must be specified for pod {}, choose one of: [{}]", name, names));
}

/// The run whose lines are asked for, as pkg/kubelet's validateContainerLogStatus picks it.
/// Errors: 400.
Answer<Json> chosen_run(const Json& pod, const std::string& container, bool previous) {
  const std::string name = text_at(pod, {"metadata", "name"});
  const auto say = [&](std::string_view what) {
    return kube::bad_request(
        fmt::format("container \"{}\" in pod \"{}\" {}", container, name, what));
  };
  const Json* status = container_status(pod, container);
  if (status == nullptr) return say("is not available");
  const Json* last = find(*status, {"lastState", "terminated"});
  if (previous) {
    if (last == nullptr)
      return kube::bad_request(fmt::format(
          "previous terminated container \"{}\" in pod \"{}\" not found", container, name));
    return (*status)["lastState"];
  }
  const Json* waiting = find(*status, {"state", "waiting"});
  if (waiting == nullptr) {
    const Json* state = find(*status, {"state"});
    if (state == nullptr || state->empty()) return say("is waiting to start - no logs yet");
    return *state;
  }
  if (last != nullptr) return (*status)["lastState"];
  const std::string reason = text_at(*waiting, {"reason"});
  if (reason == "ErrImagePull") return say("is waiting to start: image can't be pulled");
  if (reason == "ImagePullBackOff")
    return say("is waiting to start: trying and failing to pull image");
  return say("is waiting to start: " + reason);
}

std::string last_lines(const std::string& text, std::int64_t count) {
  std::size_t at = text.size();
  while (count-- > 0 && at > 0) {
    const auto end = at < 2 ? std::string::npos : text.rfind('\n', at - 2);
    at = end == std::string::npos ? 0 : end + 1;
  }
  return text.substr(at);
}

}  // namespace

HttpResponse serve_log(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  const RequestInfo& info = exchange.info;
  if (info.verb != "get") return answer_status(kube::no_such_method());
  auto options = read_options(info);
  if (!options) return answer_status(options.error());
  const JsonRef pod = kind.bucket->get(info.ns, info.name);
  if (!pod) return answer_status(kube::not_found(kind.type(), info.name));
  auto container = chosen_container(*pod, options->container);
  if (!container) return answer_status(container.error());
  if (text_at(*pod, {"spec", "nodeName"}).empty()) {
    HttpResponse nothing;
    nothing.status = 204;
    return nothing;
  }
  auto run = chosen_run(*pod, *container, options->previous);
  if (!run) return answer_status(run.error());
  const WallTime now = context.clock.wall_now();
  WallTime from = options->since_time.value_or(WallTime::min());
  if (options->since_seconds)
    from = now - std::chrono::seconds(std::min(*options->since_seconds, kSinceMost));
  std::string text =
      log_text(*pod, *container_named(*pod, *container), *run, from, now, options->timestamps);
  if (options->tail) text = last_lines(text, *options->tail);
  const bool limited = options->bytes.has_value();
  if (limited && text.size() > static_cast<std::uint64_t>(*options->bytes))
    text.resize(static_cast<std::size_t>(*options->bytes));
  if (!options->follow || limited || find(*run, {"running"}) == nullptr)
    return answer_text(200, std::move(text));
  LogTarget target{info.ns,
                   info.name,
                   text_at(*pod, {"metadata", "uid"}),
                   *container,
                   int_at(*container_status(*pod, *container), {"restartCount"}),
                   options->timestamps};
  HttpResponse response = answer_text(200, "");
  response.body = Body();
  response.stream = context.logs.follow(std::move(target), std::move(text), now);
  if (!response.stream)
    return answer_status(kube::too_many_requests("too many logs are being followed", 1));
  return response;
}

HttpResponse serve_connect(const Exchange& exchange, const ServedKind& kind) {
  const RequestInfo& info = exchange.info;
  const JsonRef object = kind.bucket->get(kind.type().namespaced ? info.ns : "", info.name);
  if (!object) return answer_status(kube::not_found(kind.type(), info.name));
  if (kind.type().plural == "pods" && info.subresource != "proxy") {
    if (info.subresource != "portforward") {
      const auto container = chosen_container(*object, info.query.get("container"));
      if (!container) return answer_status(container.error());
    }
    if (text_at(*object, {"spec", "nodeName"}).empty())
      return answer_status(
          kube::bad_request(fmt::format("pod {} does not have a host assigned", info.name)));
  }
  Status status;
  status.code = 501;
  status.reason = "NotImplemented";
  status.message = fmt::format(
      "{}/{} is not to be had: the containers of this cluster are simulated, and no program runs "
      "in them; kubectl logs, describe and get events tell what they do",
      kind.type().plural, info.subresource);
  return answer_status(status);
}

}  // namespace spokelab::fakeapi
