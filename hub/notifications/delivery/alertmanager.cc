// Alertmanager.
#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/task_group.h"
#include "hub/notifications/delivery/deliver.h"
#include "hub/notifications/delivery/http_call.h"

namespace spokelab::hub::notifications {

namespace {

constexpr std::size_t kTargetsMax = 50;

struct Outcome {
  int taken = 0;
  std::string refusal;  ///< The last one.
};

std::vector<std::string> targets_of(const Json& options) {
  std::vector<std::string> out;
  const Json* list = find(options, {"targets"});
  if (list != nullptr && list->is_array()) {
    for (const Json& one : *list) {
      if (one.is_string() && out.size() < kTargetsMax) out.push_back(one.get<std::string>());
    }
  }
  if (out.empty()) out.push_back("127.0.0.1:9093");
  return out;
}

Task<void> post(Clock& clock, HttpDialer& dialer, HttpCall call, std::shared_ptr<Outcome> outcome) {
  const auto url = call.url;
  const auto answer = co_await http_call(clock, dialer, std::move(call));
  if (answer && answer->status == 200) {
    ++outcome->taken;
  } else {
    outcome->refusal = answer ? fmt::format("request to {} has failed with error code {} : {}", url,
                                            answer->status, answer->body.bytes().substr(0, 200))
                              : answer.error().message();
  }
}

}  // namespace

Task<Delivery> deliver_alert(Clock& clock, HttpDialer& dialer, Service service,
                             Notification notification) {
  Delivery out;
  out.carried = true;
  if (!notification.alertmanager.is_object()) {
    out.error = Error(Errc::bad_input, "notification alertmanager no config");
    co_return out;
  }
  const Json& options = service.options;
  HttpCall call;
  call.method = "POST";
  call.insecure = bool_at(options, {"insecureSkipVerify"});
  call.headers.set("Content-Type", "application/json");
  const Json* auth = find(options, {"basicAuth"});
  const auto token = text_at(options, {"bearerToken"});
  if (auth != nullptr && auth->is_object()) {
    call.headers.set("Authorization",
                     basic_auth(text_at(*auth, {"username"}), text_at(*auth, {"password"})));
  } else if (!token.empty()) {
    call.headers.set("Authorization", "Bearer " + token);
  }
  Json alerts = Json::array();
  alerts.push_back(notification.alertmanager);
  call.body = Body(freeze(std::move(alerts)));
  auto timeout = int_at(options, {"timeout"});
  if (timeout <= 0 || timeout > 600) timeout = timeout <= 0 ? 3 : 600;
  call.deadline = clock.now() + std::chrono::seconds(timeout);
  auto path = text_at(options, {"apiPath"});
  if (path.empty()) path = "/api/v2/alerts";
  auto scheme = text_at(options, {"scheme"});
  if (scheme.empty()) scheme = "http";

  const auto outcome = std::make_shared<Outcome>();
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup tasks(executor);
  for (const auto& target : targets_of(options)) {
    HttpCall one = call;
    one.url = scheme + "://" + target + path;
    ++out.attempts;
    tasks.spawn(post(clock, dialer, std::move(one), outcome));
  }
  co_await tasks.join();
  if (outcome->taken == 0) {
    out.error = Error(
        Errc::server_error,
        fmt::format("no events were successfully received by alertmanager: {}", outcome->refusal));
  }
  co_return out;
}

}  // namespace spokelab::hub::notifications
