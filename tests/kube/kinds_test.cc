// The schema table: kinds, types, defaults; names and Status wording.
#include "kube/kinds.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "kube/defaults.h"
#include "kube/names.h"
#include "kube/status.h"

namespace spokelab::kube {
namespace {

TEST(Kinds, EveryBuiltInKindIsThereOnceWithItsNames) {
  const KindInfo* deployment = builtin_kind("apps", "v1", "Deployment");
  ASSERT_NE(deployment, nullptr);
  EXPECT_EQ(deployment->type.plural, "deployments");
  EXPECT_EQ(deployment->short_names, std::vector<std::string>{"deploy"});
  EXPECT_EQ(deployment->subresource("scale")->group, "autoscaling");
  EXPECT_TRUE(deployment->can("watch"));
  EXPECT_FALSE(builtin_kind("", "v1", "Binding")->can("get"));
  EXPECT_EQ(builtin_kind("apps", "v1", "Nothing"), nullptr);
  for (const KindInfo& info : builtin_kinds()) {
    EXPECT_EQ(builtin_kind(info.type.group, info.type.version, info.type.kind), &info);
    const bool untyped =
        info.type.kind == "APIService" || info.type.group.rfind("flowcontrol", 0) == 0;
    if (info.can("create") && !untyped) {
      EXPECT_NE(info.schema, nullptr) << info.type.kind;
    }
  }
}

TEST(Schema, KnowsMergeKeysAndListTypes) {
  const SchemaType* spec = schema_named("core.v1.PodSpec");
  ASSERT_NE(spec, nullptr);
  EXPECT_EQ(spec->field("containers")->merge_key, "name");
  EXPECT_TRUE(spec->field("volumes")->retain_keys);
  EXPECT_FALSE(spec->field("tolerations")->merge);
  const SchemaField* ports = schema_named("core.v1.Container")->field("ports");
  EXPECT_EQ(ports->list_kind, ListKind::keyed);
  EXPECT_EQ(ports->map_keys, (std::vector<std::string>{"containerPort", "protocol"}));
  EXPECT_NE(schema_named("core.v1.Volume")->field("configMap"), nullptr);
  EXPECT_EQ(schema_named("core.v1.PodSpec")->field("typo"), nullptr);
}

TEST(Defaults, NeverOverwriteAndSettleAtOnce) {
  Json deployment =
      Json::parse(R"({"spec":{"replicas":0,"strategy":{"type":"Recreate"},"template":{"spec":
    {"containers":[{"name":"c","image":"registry:5000/x","livenessProbe":{"httpGet":{"port":1}}}],"volumes":[{"name":"v"}]}}}})");
  apply_defaults("apps", "v1", "Deployment", deployment);
  EXPECT_EQ(deployment["spec"]["replicas"], 0);
  EXPECT_EQ(deployment["spec"]["strategy"], (Json{{"type", "Recreate"}}));
  const Json& pod = deployment["spec"]["template"]["spec"];
  EXPECT_EQ(pod["containers"][0]["imagePullPolicy"], "Always");
  EXPECT_EQ(pod["containers"][0]["livenessProbe"]["httpGet"]["scheme"], "HTTP");
  EXPECT_EQ(pod["volumes"][0]["emptyDir"], Json::object());
  const Json once = deployment;
  apply_defaults("apps", "v1", "Deployment", deployment);
  EXPECT_EQ(deployment, once);
}

TEST(Defaults, PullPolicyDependsOnTagAndDigest) {
  const std::pair<const char*, const char*> rows[] = {
      {"a", "Always"},        {"a:latest", "Always"},          {"a:1", "IfNotPresent"},
      {"r:5000/a", "Always"}, {"a@sha256:00", "IfNotPresent"}, {"a:latest@sha256:00", "Always"}};
  for (const auto& [image, want] : rows) {
    Json pod{{"spec", {{"containers", Json::array({{{"image", image}}})}}}};
    apply_defaults("", "v1", "Pod", pod);
    EXPECT_EQ(pod["spec"]["containers"][0]["imagePullPolicy"], want) << image;
  }
}

TEST(Names, FollowKubernetesRules) {
  EXPECT_EQ(dns_subdomain_problem("a.b-c"), "");
  EXPECT_NE(dns_subdomain_problem("a..b"), "");
  EXPECT_NE(dns_subdomain_problem("A"), "");
  EXPECT_NE(dns_label_problem(std::string(64, 'a')), "");
  EXPECT_NE(dns1035_label_problem("1a"), "");
  EXPECT_EQ(label_key_problem("example.com/A_b.c"), "");
  EXPECT_NE(label_key_problem("a/b/c"), "");
  EXPECT_NE(label_key_problem(""), "");
  EXPECT_EQ(label_value_problem(""), "");
  EXPECT_NE(label_value_problem("-a"), "");
}

TEST(Status, SaysNoInKubernetesWordsAndComesBackAsAnError) {
  const ResourceType type{"apps", "v1", "deployments", "Deployment", true};
  const Status status =
      invalid(type, "x",
              {invalid_value("spec.replicas", -1, "must be greater than or equal to 0"),
               required_value("spec.selector", "")});
  EXPECT_EQ(status.message,
            "Deployment.apps \"x\" is invalid: [spec.replicas: Invalid value: -1: must be greater "
            "than or equal to 0, spec.selector: Required value]");
  const Error error = error_of(422, status.to_json());
  EXPECT_EQ(error.code(), Errc::invalid);
  EXPECT_EQ(error.message(), status.message);
  EXPECT_EQ(error_of(409, already_exists(type, "x").to_json()).code(), Errc::already_exists);
  EXPECT_EQ(error_of(409, conflict(type, "x").to_json()).code(), Errc::conflict);
  EXPECT_EQ(error_of(503, Json("nope")).code(), Errc::server_error);
  EXPECT_EQ(not_found(type, "x").to_json()["details"],
            (Json{{"name", "x"}, {"group", "apps"}, {"kind", "deployments"}}));
}

TEST(Resource, NamesAndPaths) {
  const ResourceType type{"apps", "v1", "deployments", "Deployment", true};
  EXPECT_EQ(type.path("shop", "web", "scale"),
            "/apis/apps/v1/namespaces/shop/deployments/web/scale");
  EXPECT_EQ((ResourceType{"", "v1", "pods", "Pod", true}.path()), "/api/v1/pods");
  EXPECT_EQ(
      key_of(
          Json::parse(
              R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"namespace":"shop","name":"web"}})"))
          .text(),
      "apps/Deployment shop/web");
  EXPECT_EQ(
      key_of(Json::parse(R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}})"))
          .text(),
      "Namespace shop");
}

}  // namespace
}  // namespace spokelab::kube
