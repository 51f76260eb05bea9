// Rendering notifications.
#include "hub/notifications/message/render.h"

#include <gmock/gmock.h>

#include <string>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub::notifications {
namespace {

using ::testing::HasSubstr;

Config config_of(Texts data) {
  auto config = read_config(data, {{"key", "hush"}});
  EXPECT_TRUE(config) << config.error().message();
  return config ? std::move(*config) : Config{};
}

Result<Notification> rendered(const Config& config, const std::vector<std::string>& templates,
                              const char* service = "slack") {
  RenderInputs inputs;
  inputs.objects.emplace("app", freeze(*parse_json(R"({
    "metadata": {"name": "shop"}, "spec": {"source": {"repoURL": "git@github.com:example/shop.git"}},
    "status": {"conditions": [{"message": "broken"}]}})")));
  inputs.destination = {service, "ops"};
  inputs.now = *parse_rfc3339("2026-01-01T00:05:00Z");
  return render(config, templates, inputs);
}

TEST(Rendering, FillsInTheObjectTheContextAndTheReceiver) {
  const auto config =
      config_of({{"context", "url: https://argocd"},
                 {"template.t",
                  "message: '{{.app.metadata.name | upper}} {{.context.url}} {{.context.none}} "
                  "{{.serviceType}} {{.recipient}} {{printf \"%s\" .secrets.key}}'"}});
  EXPECT_EQ(rendered(config, {"t"})->message, "SHOP https://argocd <no value> slack ops hush");
}

TEST(Rendering, LaysOneTemplateOverTheOther) {
  const auto config = config_of(
      {{"template.a", "message: first\nemail: {subject: 'about {{.app.metadata.name}}'}"},
       {"template.b",
        "message: ''\nwebhook: {hook: {method: POST, path: /x, body: '{{.app.metadata.name}}'}}"}});
  const auto both = rendered(config, {"a", "b"});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->message, "first");
  EXPECT_EQ(text_at(both->sections.at("email"), {"subject"}), "about shop");
  EXPECT_EQ(both->webhook.at("hook").body, "shop");
  EXPECT_EQ(both->webhook.at("hook").path, "/x");
}

TEST(Rendering, MakesAlertsForAlertmanager) {
  const auto config =
      config_of({{"template.lost",
                  "alertmanager:\n  labels: {severity: critical, app: '{{.app.metadata.name}}'}\n"
                  "  annotations: {summary: '{{(index .app.status.conditions 0).message}}'}"}});
  const auto alert = rendered(config, {"lost"});
  ASSERT_TRUE(alert) << alert.error().message();
  EXPECT_EQ(alert->alertmanager, *parse_json(R"({"annotations": {"summary": "broken"},
              "generatorURL": "https://github.com/example/shop.git",
              "labels": {"alertname": "lost", "app": "shop", "severity": "critical"},
              "startsAt": "2026-01-01T00:05:00Z"})"));
  EXPECT_EQ(alert->headline("alertmanager"), "broken");
  const auto none = rendered(config_of({{"template.t", "alertmanager: {labels: {}}"}}), {"t"});
  EXPECT_EQ(none.error().message(), "at least one label pair required");
}

TEST(Rendering, SaysWhatIsWrongAsGoDoes) {
  const auto config =
      config_of({{"template.t", "message: '{{.app.metadata.name.first}}'"},
                 {"template.s", "message: ok\nslack: {attachments: '{{fail \"no\"}}'}"}});
  EXPECT_THAT(rendered(config, {"t"}).error().message(), HasSubstr("template: t:1:"));
  EXPECT_THAT(rendered(config, {"s"}).error().message(), HasSubstr("error calling fail: no"));
  EXPECT_EQ(rendered(config, {"none"}).error().message(), "template 'none' is not supported");
}

TEST(Rendering, HasAHeadlineForPeople) {
  Notification one;
  one.sections["pagerduty"] = Json{{"summary", "it burns"}};
  EXPECT_EQ(one.headline("pagerduty"), "it burns");
  EXPECT_EQ(one.headline("slack"), "");
  one.message = "\n  first line \n second";
  EXPECT_EQ(one.headline("slack"), "first line");
  one.message = std::string(199, 'x') + "äöü";
  EXPECT_EQ(one.headline("slack"), std::string(199, 'x') + "...");
}

}  // namespace
}  // namespace spokelab::hub::notifications
