// Notifications about Applications.
#include "hub/notifications/applications.h"

#include <gmock/gmock.h>

#include <chrono>

#include "tests/hub/notifications/bench.h"

namespace spokelab::hub::notifications {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Task<void> run_applications(Ports ports) {
  AppNotifications alerts(ports, Rng(3));
  co_await alerts.run();
}

const char* const kSubject = "alert.shop.on-degraded";

class AppAlerts : public NotificationBench {
 protected:
  AppAlerts() : NotificationBench(run_applications) {
    clusters_.put("prod", {});
    admin(Json{{"apiVersion", "argoproj.io/v1alpha1"},
               {"kind", "AppProject"},
               {"metadata", {{"name", "default"}, {"namespace", "argocd"}}}});
  }
  static Json rules() {
    return Json{
        {"trigger.on-degraded", "- when: app.status.health.status == 'Degraded'\n  send: [bad]"},
        {"template.bad",
         "message: '{{.app.metadata.name}} is bad'\nwebhook: {hook: {method: POST, "
         "body: '{{.app.metadata.name}}'}}"},
        {"service.webhook.hook", "url: http://alerts.example.com/x"},
        {"service.slack", "token: x"}};
  }
  void app(const Json& annotations) {
    admin(Json{
        {"apiVersion", "argoproj.io/v1alpha1"},
        {"kind", "Application"},
        {"metadata", {{"name", "shop"}, {"namespace", "argocd"}, {"annotations", annotations}}},
        {"spec", {{"project", "default"}, {"destination", {{"name", "prod"}}}}},
        {"status", {{"health", {{"status", "Healthy"}}}}}});
  }
  void health(const char* status) {
    patch("applications.argoproj.io", "shop", Json{{"status", {{"health", {{"status", status}}}}}});
    world_.run_for(1s);
  }
  std::string state() const { return annotation("applications.argoproj.io", "shop"); }
};

TEST_F(AppAlerts, TellASubscriberOnceForAsLongAsTheConditionHolds) {
  config(rules());
  app({{"notifications.argoproj.io/subscribe.on-degraded.hook", ""}});
  start();
  EXPECT_THAT(told(kSubject), IsEmpty());
  health("Degraded");
  EXPECT_THAT(told(kSubject), ElementsAre("delivered sent through webhook hook: shop is bad"));
  EXPECT_THAT(received_, ElementsAre("shop"));
  EXPECT_THAT(state(), HasSubstr(R"({"on-degraded:[0].zoG5zUjYGjimkwCGgIQGjx1hO5s:hook:":)"));
  world_.run_for(10min);
  EXPECT_THAT(received_, SizeIs(1));
  health("Healthy");
  EXPECT_EQ(state(), "");
  health("Degraded");
  EXPECT_THAT(received_, SizeIs(2));
  for (const Event& event : history_.events()) {
    if (event.subject == kSubject) {
      EXPECT_EQ(event.cluster, "prod");
    }
  }
}

TEST_F(AppAlerts, RememberAcrossARestartWhatWasTold) {
  config(rules());
  app({{"notifications.argoproj.io/subscribe.on-degraded.hook", ""}});
  start();
  health("Degraded");
  process_.kill();
  world_.settle();
  process_.start();
  world_.run_for(10min);
  EXPECT_THAT(received_, SizeIs(1));
}

TEST_F(AppAlerts, GoToSubscribersOfTheProjectAndOfTheConfigMapToo) {
  auto data = rules();
  data["subscriptions"] = "- {recipients: ['slack:all'], triggers: [on-degraded]}";
  config(data);
  patch("appprojects.argoproj.io", "default",
        Json{{"metadata",
              {{"annotations",
                {{"notifications.argoproj.io/subscribe.on-degraded.slack", "team"}}}}}});
  app(Json::object());
  start();
  health("Degraded");
  EXPECT_THAT(told(kSubject),
              ElementsAre("delivered would be sent through slack to all: shop is bad",
                          "delivered would be sent through slack to team: shop is bad"));
}

TEST_F(AppAlerts, ThatFailAreTriedAgainAtTheNextLook) {
  config(rules());
  app({{"notifications.argoproj.io/subscribe.on-degraded.hook", ""}});
  start();
  status_ = 404;
  health("Degraded");
  EXPECT_THAT(
      told(kSubject),
      ElementsAre(
          "failed not sent through webhook hook: request to http://alerts.example.com/x has "
          "failed with error code 404 : "));
  EXPECT_EQ(state(), "");
  status_ = 200;
  world_.run_for(kResyncEvery);
  EXPECT_THAT(told(kSubject), SizeIs(2));
  EXPECT_NE(state(), "");
}

TEST_F(AppAlerts, OncePerRevisionAreNotTriedAgainAsInArgoCd) {
  auto data = rules();
  data["trigger.on-degraded"] =
      "- {when: app.status.health.status == 'Degraded', send: [bad], oncePer: app.metadata.name}";
  config(data);
  app({{"notifications.argoproj.io/subscribe.on-degraded.hook", ""}});
  start();
  status_ = 404;
  health("Degraded");
  status_ = 200;
  world_.run_for(10min);
  health("Healthy");
  health("Degraded");
  EXPECT_THAT(told(kSubject), SizeIs(1));
  EXPECT_THAT(state(), HasSubstr(R"({"shop:on-degraded:)"));
}

TEST_F(AppAlerts, WaitUntilTheStatusIsNewerThanTheLastOperation) {
  config(rules());
  app({{"notifications.argoproj.io/subscribe.on-degraded.hook", ""}});
  start();
  patch("applications.argoproj.io", "shop",
        *parse_json(
            R"({"status": {"health": {"status": "Degraded"}, "reconciledAt": "2026-01-01T00:00:00Z",
          "operationState": {"phase": "Failed", "finishedAt": "2026-01-01T00:00:01Z"}}})"));
  world_.run_for(5min);
  EXPECT_THAT(received_, IsEmpty());
  patch("applications.argoproj.io", "shop",
        *parse_json(R"({"status": {"reconciledAt": "2026-01-01T00:00:01Z"}})"));
  world_.run_for(1s);
  EXPECT_THAT(received_, SizeIs(1));
}

TEST_F(AppAlerts, BeginAndEndWithTheConfigMap) {
  app({{"notifications.argoproj.io/subscribe.on-degraded.hook", ""}});
  start();
  health("Degraded");
  EXPECT_THAT(received_, IsEmpty());
  EXPECT_THAT(told("hub.notifications"), IsEmpty());
  config(rules());
  world_.run_for(1s);
  EXPECT_THAT(received_, SizeIs(1));
  ASSERT_TRUE(server_.remove("admin", "configmaps", "argocd", "argocd-notifications-cm"));
  world_.run_for(1s);
  health("Healthy");
  health("Degraded");
  EXPECT_THAT(received_, SizeIs(1));
  EXPECT_THAT(told("hub.notifications"), ElementsAre("on", "off"));
}

TEST_F(AppAlerts, SayWhatIsWrongWithTheirRules) {
  auto data = rules();
  data["trigger.odd"] = "- when: app.metadata.name > 3";
  config(data);
  app({{"notifications.argoproj.io/subscribe.odd.hook", ""},
       {"notifications.argoproj.io/subscribe.none.hook", ""},
       {"notifications.argoproj.io/subscribe.on-degraded.fax", "x"}});
  start();
  health("Degraded");
  world_.run_for(5min);
  EXPECT_THAT(
      told("hub.notifications"),
      ElementsAre(
          "on", "trigger-failed trigger none: trigger 'none' is not configured",
          "trigger-failed trigger odd: failed to execute when condition: invalid operation: "
          "string > int (1:19)"));
  EXPECT_EQ(told(kSubject).at(0),
            "failed not sent through fax to x: notification service 'fax' is not supported");
  patch("configmaps", "argocd-notifications-cm", Json{{"data", {{"trigger.odd", "- when: ("}}}});
  world_.run_for(1s);
  EXPECT_EQ(told("hub.notifications").back(),
            "invalid argocd-notifications-cm: trigger.odd: condition 1: when: unexpected token EOF "
            "(1:2)");
}

TEST_F(AppAlerts, WaitForEachOther) {
  auto data = rules();
  data["service.webhook.hook"] = "url: http://10.9.9.9/";
  data["service.webhook.other"] = "url: http://alerts.example.com/";
  config(data);
  app({{"notifications.argoproj.io/subscribe.on-degraded.hook", ""},
       {"notifications.argoproj.io/subscribe.on-degraded.other", ""}});
  start();
  health("Degraded");
  EXPECT_THAT(received_, IsEmpty());  // a host that is not there: 1, 2 and 4 seconds of waiting
  world_.run_for(10s);
  EXPECT_THAT(received_, SizeIs(1));
}

}  // namespace
}  // namespace spokelab::hub::notifications
