// Webhooks.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/json.h"
#include "hub/gotemplate/time_format.h"
#include "hub/notifications/delivery/deliver.h"
#include "hub/notifications/delivery/http_call.h"

namespace spokelab::hub::notifications {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kRetriesMax = 100;

/// Go's time.Duration in YAML is a number of nanoseconds; "1s" is taken as well.
Nanos wait_of(const Json& options, std::string_view key, Nanos fallback) {
  const Json* value = find(options, {key});
  if (value == nullptr) return fallback;
  std::int64_t nanos = 0;
  if (value->is_number_integer()) {
    nanos = value->get<std::int64_t>();
  } else if (value->is_string()) {
    const auto span = gotemplate::parse_go_duration(value->get_ref<const std::string&>());
    if (span) nanos = *span;
  }
  return nanos > 0 ? std::min(Nanos(nanos), Nanos(1h)) : fallback;
}

HttpCall call_of(const Service& service, const Notification& notification, const Destination& to) {
  HttpCall call;
  call.url = text_at(service.options, {"url"});
  call.insecure = bool_at(service.options, {"insecureSkipVerify"});
  call.body = Body(notification.message);
  const auto written = notification.webhook.find(to.service);
  if (written != notification.webhook.end()) {
    const auto& own = written->second;
    call.body = Body(own.body);
    if (!own.method.empty()) call.method = own.method;
    if (!own.path.empty()) {
      while (call.url.ends_with('/')) call.url.pop_back();
      call.url += "/" + own.path.substr(std::min(own.path.find_first_not_of('/'), own.path.size()));
    }
  }
  const Json* headers = find(service.options, {"headers"});
  if (headers != nullptr && headers->is_array()) {
    for (const Json& header : *headers)
      call.headers.set(text_at(header, {"name"}), text_at(header, {"value"}));
  }
  const Json* auth = find(service.options, {"basicAuth"});
  if (auth != nullptr && auth->is_object()) {
    call.headers.set("Authorization",
                     basic_auth(text_at(*auth, {"username"}), text_at(*auth, {"password"})));
  }
  return call;
}

bool worth_another_try(const Result<HttpResponse>& answer) {
  if (!answer) {
    return answer.error().code() != Errc::tls && answer.error().code() != Errc::bad_input;
  }
  return answer->status == 429 || (answer->status >= 500 && answer->status != 501);
}

/// What the server asks for, with 429 and 503.
std::optional<Nanos> retry_after(const Result<HttpResponse>& answer) {
  if (!answer || (answer->status != 429 && answer->status != 503)) return std::nullopt;
  const auto* header = answer->headers.find("Retry-After");
  if (header == nullptr) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : *header) {
    if (c < '0' || c > '9' || seconds > 3'600) return std::nullopt;
    seconds = seconds * 10 + (c - '0');
  }
  return std::chrono::seconds(seconds);
}

std::string why(const Result<HttpResponse>& answer) {
  if (!answer) return ": " + answer.error().message();
  if (answer->status == 429) return "";
  return fmt::format(": unexpected HTTP status {}", answer->status);
}

}  // namespace

Task<Delivery> deliver_webhook(Clock& clock, HttpDialer& dialer, Service service,
                               Notification notification, Destination to) {
  Delivery out;
  out.carried = true;
  const HttpCall call = call_of(service, notification, to);
  const Nanos shortest = wait_of(service.options, "retryWaitMin", 1s);
  const Nanos longest = wait_of(service.options, "retryWaitMax", 5s);
  auto retries = int_at(service.options, {"retryMax"}, 3);
  if (retries <= 0 || retries > kRetriesMax) retries = retries <= 0 ? 3 : kRetriesMax;
  Nanos wait = shortest;
  for (;;) {
    ++out.attempts;
    HttpCall attempt = call;
    const auto answer = co_await http_call(clock, dialer, std::move(attempt));
    const bool again = worth_another_try(answer);
    if (again && out.attempts <= retries) {
      const RunTime next = clock.now() + retry_after(answer).value_or(std::min(wait, longest));
      wait = std::min(wait * 2, longest);
      co_await sleep_until(clock, next);
      continue;
    }
    if (again || !answer) {
      out.error = Error(answer ? Errc::server_error : answer.error().code(),
                        fmt::format("{} {} giving up after {} attempt(s){}", call.method, call.url,
                                    out.attempts, why(answer)));
    } else if (answer->status < 200 || answer->status > 299) {
      out.error = Error(Errc::server_error,
                        fmt::format("request to {} has failed with error code {} : {}", call.url,
                                    answer->status, answer->body.bytes().substr(0, 200)));
    }
    co_return out;
  }
}

}  // namespace spokelab::hub::notifications
