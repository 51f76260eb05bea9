#include "hub/notifications/delivery/http_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "base/base64.h"
#include "hub/cluster/secret.h"

namespace spokelab::hub::notifications {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kDialMax = 127s;
constexpr Nanos kSilenceMax = 15min;

struct Target {
  HttpEndpoint endpoint;
  std::string path;
};

Result<Target> target_of(const HttpCall& call) {
  const auto scheme = call.url.find("://");
  const auto from = scheme == std::string::npos ? 0 : scheme + 3;
  const auto end = std::min(call.url.find_first_of("/?#", from), call.url.size());
  const auto server = parse_server_url(call.url.substr(0, end));
  if (!server) {
    return Error(Errc::bad_input,
                 fmt::format("\"{}\" is no http or https URL with a host", call.url));
  }
  Target out;
  out.endpoint.host = server->host;
  out.endpoint.port = server->port;
  out.endpoint.tls = server->tls;
  out.endpoint.insecure = call.insecure;
  out.path = call.url.substr(end, std::min(call.url.find('#', end), call.url.size()) - end);
  if (!out.path.starts_with('/')) out.path.insert(0, "/");
  return out;
}

/// As url.Error has it: `Post "http://host/path": what happened`.
Error within_url(const HttpCall& call, const Error& error) {
  auto method = call.method;
  for (std::size_t i = 1; i < method.size(); ++i) {
    if (method[i] >= 'A' && method[i] <= 'Z') method[i] = static_cast<char>(method[i] - 'A' + 'a');
  }
  return error.within(fmt::format("{} \"{}\"", method, call.url));
}

}  // namespace

std::string basic_auth(const std::string& username, const std::string& password) {
  return "Basic " + base64(username + ":" + password);
}

Task<Result<HttpResponse>> http_call(Clock& clock, HttpDialer& dialer, HttpCall call) {
  const auto target = target_of(call);
  if (!target) co_return target.error();
  HttpEndpoint endpoint = target->endpoint;
  const RunTime dial_by = std::min(call.deadline, clock.now() + kDialMax);
  auto dialled = co_await dialer.dial(endpoint, dial_by);
  if (!dialled) co_return within_url(call, dialled.error());
  const std::shared_ptr<HttpConnection> connection = *dialled;
  HttpRequest request;
  request.method = call.method;
  request.target = target->path;
  request.headers = call.headers;
  request.body = call.body;
  const RunTime answer_by = std::min(call.deadline, clock.now() + kSilenceMax);
  auto answer = co_await connection->send(std::move(request), answer_by);
  if (!answer) co_return within_url(call, answer.error());
  connection->close();
  co_return std::move(*answer);
}

}  // namespace spokelab::hub::notifications
