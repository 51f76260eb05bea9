// Delivery over a simulated network.
#include "hub/notifications/delivery/deliver.h"

#include <gmock/gmock.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/world.h"

namespace spokelab::hub::notifications {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Answers with the statuses given, then with 200, and keeps what came.
class Receiver : public HttpHandler {
 public:
  HttpReply handle(const HttpRequest& request, const HttpPeer&) override {
    requests.push_back(request);
    HttpReply reply;
    if (!statuses.empty()) {
      reply.response.status = statuses.front();
      if (statuses.front() == 503 && !retry_after.empty())
        reply.response.headers.set("Retry-After", retry_after);
      statuses.erase(statuses.begin());
    }
    reply.response.body = Body(std::string("thanks"));
    return reply;
  }
  std::vector<int> statuses;
  std::string retry_after;
  std::vector<HttpRequest> requests;
};

class Deliveries : public ::testing::Test {
 protected:
  Deliveries() {
    network_.add_node("hub-0", "east");
    network_.add_node("alerts", "east");
    network_.add_name("alerts.example.com", "alerts");
    network_.serve("alerts", 80, receiver_, std::nullopt);
    network_.serve("alerts", 9093, receiver_, std::nullopt);
    sim::TlsIdentity identity;
    identity.ca_pem = "somebody";
    identity.names = {"alerts.example.com"};
    network_.serve("alerts", 443, receiver_, identity);
    notification_.message = "it burns";
  }
  ~Deliveries() override {
    process_.kill();
    world_.settle();
  }

  Delivery deliver_through(const std::string& type, Json options) {
    service_ = Service{"hook", type, std::move(options)};
    process_.start();
    world_.run_for(20min);
    EXPECT_TRUE(outcome_) << "still under way";
    return outcome_.value_or(Delivery{});
  }

  Task<void> main(int) {
    const auto dialer = network_.dialer("hub-0", process_.clock());
    const auto began = world_.now();
    const Destination to{"hook", "ops"};
    outcome_ = co_await deliver(process_.clock(), *dialer, service_, notification_, to);
    took_ = world_.now() - began;
    co_await sleep_until(process_.clock(), kNever);
  }

  sim::World world_;
  Receiver receiver_;
  sim::Network network_{world_, Rng(1)};
  Notification notification_;
  Service service_;
  std::optional<Delivery> outcome_;
  Nanos took_{0};
  sim::Process process_{world_, "hub-0", [this](int incarnation) { return main(incarnation); }};
};

TEST_F(Deliveries, AWebhookSendsMethodPathHeadersAndBody) {
  notification_.webhook["hook"] = {"PUT", "/rooms/1?x=2", "{\"a\": 1}"};
  const auto done = deliver_through(
      "webhook", Json{{"url", "http://alerts.example.com/base/"},
                      {"headers", Json::array({Json{{"name", "X-Key"}, {"value", "v"}}})},
                      {"basicAuth", {{"username", "u"}, {"password", "p"}}}});
  EXPECT_FALSE(done.error);
  EXPECT_TRUE(done.carried);
  ASSERT_EQ(receiver_.requests.size(), 1U);
  const auto& request = receiver_.requests[0];
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/base/rooms/1?x=2");
  EXPECT_EQ(*request.headers.find("x-key"), "v");
  EXPECT_EQ(*request.headers.find("Authorization"), "Basic dTpw");
  EXPECT_EQ(request.body.bytes(), "{\"a\": 1}");
}

TEST_F(Deliveries, AWebhookWithoutATemplateOfItsOwnGetsTheMessage) {
  EXPECT_FALSE(deliver_through("webhook", Json{{"url", "http://alerts.example.com"}}).error);
  EXPECT_EQ(receiver_.requests.at(0).method, "GET");
  EXPECT_EQ(receiver_.requests.at(0).target, "/");
  EXPECT_EQ(receiver_.requests.at(0).body.bytes(), "it burns");
}

TEST_F(Deliveries, AWebhookIsTriedAgainAfterOneTwoAndFourSeconds) {
  receiver_.statuses = {500, 429, 502};
  const auto done = deliver_through("webhook", Json{{"url", "http://alerts.example.com"}});
  EXPECT_FALSE(done.error);
  EXPECT_EQ(done.attempts, 4);
  EXPECT_GE(took_, 7s);
  EXPECT_LT(took_, 8s);
}

TEST_F(Deliveries, AWebhookGivesUpInTheWordsOfItsLibrary) {
  receiver_.statuses = {503, 503, 503, 503};
  const auto done = deliver_through("webhook", Json{{"url", "http://alerts.example.com/x"}});
  ASSERT_TRUE(done.error);
  EXPECT_EQ(
      done.error->message(),
      "GET http://alerts.example.com/x giving up after 4 attempt(s): unexpected HTTP status 503");
}

TEST_F(Deliveries, AWebhookWaitsAsLongAsItsServerAsks) {
  receiver_.statuses = {503};
  receiver_.retry_after = "60";
  EXPECT_FALSE(deliver_through("webhook", Json{{"url", "http://alerts.example.com"}}).error);
  EXPECT_GE(took_, 60s);
}

TEST_F(Deliveries, WhatWillNotGetBetterIsNotTriedAgain) {
  receiver_.statuses = {404};
  const auto refused = deliver_through("webhook", Json{{"url", "http://alerts.example.com"}});
  EXPECT_EQ(refused.attempts, 1);
  EXPECT_EQ(refused.error->message(),
            "request to http://alerts.example.com has failed with error code 404 : thanks");
}

TEST_F(Deliveries, ACertificateOfAStrangerEndsItAtOnceUnlessItIsNotAsked) {
  const auto done = deliver_through("webhook", Json{{"url", "https://alerts.example.com"}});
  EXPECT_EQ(done.attempts, 1);
  EXPECT_THAT(done.error->message(), HasSubstr("certificate signed by unknown authority"));
}

TEST_F(Deliveries, ChecksOfCertificatesCanBeSkipped) {
  EXPECT_FALSE(deliver_through("webhook", Json{{"url", "https://alerts.example.com"},
                                               {"insecureSkipVerify", true}})
                   .error);
}

TEST_F(Deliveries, AHostThatDoesNotExistIsTriedFourTimes) {
  const auto done = deliver_through(
      "webhook", Json{{"url", "http://nobody.example.com/x"}, {"retryWaitMin", "100ms"}});
  EXPECT_EQ(done.attempts, 4);
  EXPECT_EQ(done.error->message(),
            "GET http://nobody.example.com/x giving up after 4 attempt(s): Get "
            "\"http://nobody.example.com/x\": dial tcp: lookup nobody.example.com: no such host");
}

TEST_F(Deliveries, AUrlThatIsNoneIsSaid) {
  const auto done = deliver_through("webhook", Json{{"url", "alerts"}});
  EXPECT_THAT(done.error->message(), HasSubstr("\"alerts\" is no http or https URL with a host"));
}

TEST_F(Deliveries, AlertmanagerGetsAListOfAlerts) {
  notification_.alertmanager = Json{{"labels", {{"alertname", "lost"}}}};
  const auto done = deliver_through(
      "alertmanager", Json{{"targets", Json::array({"alerts.example.com:9093", "nobody:1"})},
                           {"bearerToken", "t"}});
  EXPECT_FALSE(done.error);
  EXPECT_EQ(done.attempts, 2);
  ASSERT_EQ(receiver_.requests.size(), 1U);
  EXPECT_EQ(receiver_.requests[0].method, "POST");
  EXPECT_EQ(receiver_.requests[0].target, "/api/v2/alerts");
  EXPECT_EQ(*receiver_.requests[0].headers.find("authorization"), "Bearer t");
  EXPECT_EQ(*receiver_.requests[0].body.json(),
            *parse_json(R"([{"labels": {"alertname": "lost"}}])"));
}

TEST_F(Deliveries, AlertmanagerIsNotTriedAgain) {
  notification_.alertmanager = Json{{"labels", {{"alertname", "lost"}}}};
  receiver_.statuses = {500};
  const auto done =
      deliver_through("alertmanager", Json{{"targets", Json::array({"alerts.example.com:9093"})}});
  EXPECT_THAT(done.error->message(),
              HasSubstr("no events were successfully received by alertmanager"));
  EXPECT_EQ(receiver_.requests.size(), 1U);
}

TEST_F(Deliveries, WhatOnlyRealLifeHasIsDeliveredWithoutBeingCarried) {
  const auto done = deliver_through("slack", Json::object());
  EXPECT_FALSE(done.error);
  EXPECT_FALSE(done.carried);
}

}  // namespace
}  // namespace spokelab::hub::notifications
