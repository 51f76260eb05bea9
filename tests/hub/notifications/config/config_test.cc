// Reading argocd-notifications-cm and its Secret.
#include "hub/notifications/config/config.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "hub/notifications/config/subscriptions.h"

namespace spokelab::hub::notifications {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Config config_of(const Texts& data, const Texts& secrets = {}) {
  auto config = read_config(data, secrets);
  EXPECT_TRUE(config) << config.error().message();
  return config ? std::move(*config) : Config{};
}

std::string problem_of(const Texts& data) {
  const auto config = read_config(data, {});
  return config ? "none" : config.error().message();
}

TEST(NotificationConfig, TakesTriggersTemplatesAndServicesFromTheirKeys) {
  const auto config = config_of(
      {{"trigger.on-lost",
        "- when: app.status.health.status == 'Degraded'\n  send: [lost]\n  oncePer: "
        "app.metadata.name\n"},
       {"template.lost", "message: '{{.app.metadata.name}} is lost'\nslack: {attachments: '[]'}\n"},
       {"service.slack", "token: $slack-token\n"},
       {"service.webhook.alerts",
        "url: https://alerts.example.com\nheaders: [{name: Authorization, value: Bearer $key}]\n"},
       {"context", "argocdUrl: https://argocd.example.com\n"},
       {"defaultTriggers", "[on-lost]"},
       {"defaultTriggers.slack", "- on-lost\n- on-else\n"}},
      {{"slack-token", "xoxb"}, {"key", "secret"}});
  const auto& condition = config.triggers.at("on-lost").at(0);
  EXPECT_EQ(condition.key, "[0].zoG5zUjYGjimkwCGgIQGjx1hO5s");
  EXPECT_THAT(condition.send, ElementsAre("lost"));
  EXPECT_EQ(config.templates.at("lost").message, "{{.app.metadata.name}} is lost");
  EXPECT_EQ(text_at(config.services.at("slack").options, {"token"}), "xoxb");
  EXPECT_EQ(config.services.at("alerts").type, "webhook");
  EXPECT_EQ(config.services.at("alerts").options["headers"][0]["value"], "Bearer secret");
  EXPECT_EQ(config.context.at("argocdUrl"), "https://argocd.example.com");
  EXPECT_THAT(config.default_triggers, ElementsAre("on-lost"));
  EXPECT_THAT(config.service_default_triggers.at("slack"), ElementsAre("on-lost", "on-else"));
  EXPECT_THAT(config.problems, ElementsAre());
}

TEST(NotificationConfig, NamesAConditionByTheHashOfItsText) {
  const auto config = config_of({{"trigger.t", "- when: true\n- {}\n"}});
  EXPECT_EQ(config.triggers.at("t").at(0).key, "[0].X_5TO4MPCKAyY0ipFgr6_IraRNs");
  EXPECT_EQ(config.triggers.at("t").at(1).key, "[1].2jmj7l5rSw0yVb_vlWAYkK_YBwk");
}

TEST(NotificationConfig, SaysWhichEntryIsWrong) {
  for (const auto& [data, problem] : std::vector<std::pair<Texts, std::string>>{
           {{{"trigger.t", "- when: a ==\n"}},
            "trigger.t: condition 1: when: unexpected token EOF (1:5)"},
           {{{"trigger.t", "when: x"}},
            "trigger.t: must be a list of conditions, each with `when` and `send`"},
           {{{"trigger.t", "- send: x"}}, "trigger.t: send must be a list of texts"},
           {{{"service.fax", ""}}, "service.fax: service type 'fax' is not supported"},
           {{{"service.webhook.a.b", ""}},
            "service.webhook.a.b: invalid service key; expected 'service.<type>(.<name>)' but got "
            "'service.webhook.a.b'"},
           {{{"subscriptions", "- {recipients: [a], selector: '=='}"}}, "subscriptions: selector"},
           {{{"template.t", "message: '{{.x'"}}, "template.t: template: t:1: unclosed action"},
           {{{"context", "[a]"}}, "context: must be a map of texts"},
       }) {
    EXPECT_THAT(problem_of(data), HasSubstr(problem));
  }
}

TEST(NotificationConfig, TellsOfSecretsThatAreNotThereAndOfTheOldForm) {
  const auto config = config_of({{"service.slack", "token: $nothing"}, {"config.yaml", "x"}});
  EXPECT_THAT(config.problems,
              ElementsAre(HasSubstr("config.yaml: the form of old releases is not read"),
                          "service.slack: argocd-notifications-secret has no key 'nothing'"));
  EXPECT_EQ(text_at(config.services.at("slack").options, {"token"}), "$nothing");
}

TEST(NotificationConfig, TellsTriggersOfClustersFromThoseOfApplications) {
  const auto config = config_of({{"trigger.c", "- when: cluster.connection.status == 'Failed'"},
                                 {"trigger.a", "- when: app.status.health.status == 'Degraded'"}});
  EXPECT_TRUE(config.is_about_clusters("c"));
  EXPECT_FALSE(config.is_about_clusters("a"));
  EXPECT_FALSE(config.is_about_clusters("unknown"));
}

std::string shown(const Destinations& all) {
  std::string out;
  for (const auto& [trigger, destinations] : all) {
    for (const auto& to : destinations)
      out += trigger + ">" + to.service + "(" + to.recipient + ") ";
  }
  return out;
}

TEST(Subscriptions, ComeFromAnnotations) {
  const auto config =
      config_of({{"defaultTriggers", "[d1, d2]"}, {"defaultTriggers.teams", "[own]"}});
  const auto destinations = [&](const char* key, const char* value) {
    return shown(annotated_destinations(config, Json{{key, value}}));
  };
  EXPECT_EQ(destinations("notifications.argoproj.io/subscribe.on-lost.slack", "a; b ;;"),
            "on-lost>slack(a) on-lost>slack(b) ");
  EXPECT_EQ(destinations("notifications.argoproj.io/subscribe.on-lost.alerts", ""),
            "on-lost>alerts() ");
  EXPECT_EQ(destinations("notifications.argoproj.io/subscribe.slack", "a"),
            "d1>slack(a) d2>slack(a) ");
  EXPECT_EQ(destinations("notifications.argoproj.io/subscribe.teams", "a"), "own>teams(a) ");
  EXPECT_EQ(destinations("notifications.argoproj.io/subscribe_yaml",
                         "- trigger: [x]\n  destinations: [{service: slack, recipients: [a, b]}]"),
            "x>slack(a) x>slack(b) ");
  EXPECT_EQ(destinations("notified.notifications.argoproj.io", "{}"), "");
  EXPECT_EQ(destinations("other/subscribe.a.b", "c"), "");
}

TEST(Subscriptions, ComeByDefaultWhereTheSelectorMatches) {
  const auto config =
      config_of({{"subscriptions",
                  "- recipients: ['slack:ops', alerts]\n  triggers: [t]\n  selector: env=prod\n"
                  "- recipients: ['email:a@example.com']\n"},
                 {"defaultTriggers", "[d]"}});
  EXPECT_EQ(shown(default_destinations(config, Json{{"env", "prod"}})),
            "d>email(a@example.com) t>slack(ops) t>alerts() ");
  EXPECT_EQ(shown(default_destinations(config, Json::object())), "d>email(a@example.com) ");
}

TEST(Subscriptions, AreMergedWithoutRepeats) {
  Destinations all;
  merge(all, {{"t", {{"slack", "a"}, {"slack", "a"}}}});
  merge(all, {{"t", {{"slack", "b"}, {"slack", "a"}}}, {"u", {{"slack", "a"}}}});
  EXPECT_EQ(shown(all), "t>slack(a) t>slack(b) u>slack(a) ");
}

}  // namespace
}  // namespace spokelab::hub::notifications
