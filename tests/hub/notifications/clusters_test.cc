// Notifications about clusters.
#include "hub/notifications/clusters.h"

#include <gmock/gmock.h>

#include <chrono>

#include "tests/hub/notifications/bench.h"

namespace spokelab::hub::notifications {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Task<void> run_clusters(Ports ports) {
  ClusterNotifications alerts(ports, Rng(3));
  co_await alerts.run();
}

class ClusterAlerts : public NotificationBench {
 protected:
  ClusterAlerts() : NotificationBench(run_clusters) {
    admin(Json{{"apiVersion", "v1"},
               {"kind", "Secret"},
               {"metadata", {{"name", "cluster-prod"}, {"namespace", "argocd"}}}});
    config(
        Json{{"trigger.on-lost", "- when: cluster.connection.status == 'Failed'\n  send: [lost]"},
             {"trigger.on-app", "- when: app.status.health.status == 'Degraded'\n  send: [lost]"},
             {"template.lost", "message: '{{.cluster.name}}: {{.cluster.connection.message}}'"},
             {"service.slack", "token: x"},
             {"subscriptions",
              "- {recipients: ['slack:all'], triggers: [on-lost, on-app], selector: env=dr}"}});
    clusters_.serve("prod", {{"notifications.argoproj.io/subscribe.on-lost.slack", "ops"}});
    clusters_.serve("dr", {});
  }
};

TEST_F(ClusterAlerts, TellThatAConnectionFailedAndForgetWhenItIsBack) {
  start();
  clusters_.connect("prod", ConnectionStatus::successful);
  world_.run_for(1s);
  EXPECT_THAT(told("alert.prod.on-lost"), IsEmpty());
  clusters_.connect("prod", ConnectionStatus::failed, "i/o timeout");
  world_.run_for(1s);
  EXPECT_THAT(told("alert.prod.on-lost"),
              ElementsAre("delivered would be sent through slack to ops: prod: i/o timeout"));
  EXPECT_THAT(annotation("secrets", "cluster-prod"), HasSubstr("on-lost:[0]."));
  world_.run_for(10min);
  EXPECT_EQ(told("alert.prod.on-lost").size(), 1U);
  clusters_.connect("prod", ConnectionStatus::successful);
  world_.run_for(1s);
  EXPECT_EQ(annotation("secrets", "cluster-prod"), "");
  clusters_.connect("prod", ConnectionStatus::failed, "again");
  world_.run_for(1s);
  EXPECT_EQ(told("alert.prod.on-lost").size(), 2U);
}

TEST_F(ClusterAlerts, HeedDefaultSubscriptionsByTheLabelsOfTheSecret) {
  start();
  clusters_.connect("dr", ConnectionStatus::failed, "refused");
  world_.run_for(1s);
  EXPECT_THAT(told("alert.dr.on-lost"),
              ElementsAre("delivered would be sent through slack to all: dr: refused"));
  EXPECT_THAT(told("hub.notifications"), ElementsAre("on"));
}

TEST_F(ClusterAlerts, AreOffInTheProfileOfArgoCd) {
  profile_ = *make_profile("argocd-3.5", {});
  start();
  clusters_.connect("prod", ConnectionStatus::failed, "i/o timeout");
  world_.run_for(5min);
  EXPECT_THAT(told("alert.prod.on-lost"), IsEmpty());
}

}  // namespace
}  // namespace spokelab::hub::notifications
