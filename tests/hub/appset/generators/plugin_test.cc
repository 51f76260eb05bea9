// The plugin generator.
#include <gtest/gtest.h>

#include <chrono>

#include "base/json.h"
#include "tests/hub/appset/generators/fixture.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;

const char* const kEntry =
    R"({"plugin": {"configMapRef": {"name": "shop-plugin"}, "input": {"parameters": {"region": "eu"}},
        "values": {"host": "{{digest}}.example"}}})";

class Plugins : public Generators {
 protected:
  void map(const char* data = R"({"baseUrl": "http://plugin:8080/x", "token": "$shop:token"})") {
    config_map("shop-plugin", Json::parse(data));
  }
  void secret(const std::string& name = "shop", const std::string& ns = "argocd") {
    // "s3cret\n" in base64.
    facts_.objects.put({"", "v1", "secrets", ns, name},
                       freeze(Json{{"data", {{"token", "czNjcmV0Cg=="}}}}));
  }
  void answers(const char* answer) {
    ASSERT_FALSE(run(kEntry));
    ASSERT_EQ(facts_.answers.wanted().size(), 1u);
    const PluginKey key = *facts_.answers.wanted().begin();
    facts_.answers.put(key, freeze(Json::parse(answer)));
  }
};

TEST_F(Plugins, AskWithTheTokenOfTheSecretAndTheParametersOfTheSet) {
  map();
  secret();
  EXPECT_FALSE(run(kEntry));
  ASSERT_EQ(facts_.answers.wanted().size(), 1u);
  const PluginKey key = *facts_.answers.wanted().begin();
  EXPECT_EQ(key.base_url, "http://plugin:8080/x");
  EXPECT_EQ(key.token, "s3cret");
  EXPECT_EQ(key.timeout, Nanos(30s));
  EXPECT_EQ(Json::parse(key.body), Json::parse(R"({"applicationSetName": "set",
      "input": {"parameters": {"region": "eu"}}})"));
}

TEST_F(Plugins, TheirAnswersAreFlatOrNested) {
  map();
  secret();
  answers(
      R"({"output": {"parameters": [{"digest": "d1", "size": {"replicas": 3}}, {"digest": "d2"}]}})");
  const auto flat = run(kEntry);
  ASSERT_TRUE(flat) << flat.error().message();
  ASSERT_EQ(flat->size(), 2u);
  EXPECT_EQ(flat->at(0), Json::parse(R"({"digest": "d1", "size.replicas": "3",
      "values.host": "d1.example", "generator": {"input": {"parameters": {"region": "eu"}}}})"));
  std::string entry = kEntry;
  entry.replace(entry.find("{{digest}}"), 10, "{{.digest}}");
  const auto nested = run(entry.c_str(), true);
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->at(0)["size"]["replicas"], 3);
  EXPECT_EQ(nested->at(0)["values"]["host"], "d1.example");
  EXPECT_EQ(nested->at(0)["generator"]["input"]["parameters"]["region"], "eu");
}

TEST_F(Plugins, TheKeyOfATokenWithoutASecretIsInArgoCdsOwn) {
  map(R"({"baseUrl": "http://p", "token": "$token", "requestTimeout": "5"})");
  secret("argocd-secret");
  EXPECT_FALSE(run(kEntry));
  ASSERT_EQ(facts_.answers.wanted().size(), 1u);
  EXPECT_EQ(facts_.answers.wanted().begin()->token, "s3cret");
  EXPECT_EQ(facts_.answers.wanted().begin()->timeout, Nanos(5s));
}

TEST_F(Plugins, AMapInAnotherNamespaceMustBeLabelled) {
  const char* entry =
      R"({"plugin": {"configMapRef": {"name": "shop-plugin", "namespace": "shop"}}})";
  const Json data = Json::parse(R"({"baseUrl": "http://p", "token": "$shop:token"})");
  config_map("shop-plugin", data, "shop");
  EXPECT_EQ(error(entry),
            "error getting plugin from generator: error fetching ConfigMap: configMap with name "
            "shop-plugin not found in namespace shop. Check if it's correctly labelled with "
            "argocd.argoproj.io/cm-type=plugin-generator");
  config_map("shop-plugin", data, "shop", Json{{"argocd.argoproj.io/cm-type", "plugin-generator"}});
  secret("shop", "shop");
  EXPECT_FALSE(run(entry));
  EXPECT_EQ(facts_.answers.wanted().size(), 1u);
}

TEST_F(Plugins, ErrorsAreWordedAsArgoCdWordsThem) {
  const std::string from = "error getting plugin from generator: ";
  facts_.objects.put({"", "v1", "configmaps", "argocd", "shop-plugin"},
                     Error(Errc::not_found, "configmaps \"shop-plugin\" not found"));
  EXPECT_EQ(error(kEntry), from + "error fetching ConfigMap: ConfigMap \"shop-plugin\" not found");
  const std::pair<const char*, const char*> maps[] = {
      {R"({"token": "$a:b"})", "error fetching ConfigMap: baseUrl not found in ConfigMap"},
      {R"({"baseUrl": "http://p"})", "error fetching ConfigMap: token not found in ConfigMap"},
      {R"({"baseUrl": "http://p", "token": "plain"})",
       "error fetching Secret token: token is empty, or does not reference a secret key starting "
       "with '$': plain"}};
  for (const auto& [data, expected] : maps) {
    map(data);
    EXPECT_EQ(error(kEntry), from + expected);
  }
  map();
  facts_.objects.put({"", "v1", "secrets", "argocd", "shop"},
                     Error(Errc::not_found, "secrets \"shop\" not found"));
  EXPECT_EQ(error(kEntry), from +
                               "error fetching Secret token: error fetching secret argocd/shop: "
                               "Secret \"shop\" not found");
  secret();
  map(R"({"baseUrl": "http://p", "token": "$shop:token", "requestTimeout": "5s"})");
  EXPECT_EQ(error(kEntry),
            from + "error set requestTimeout : strconv.Atoi: parsing \"5s\": invalid syntax");
  map();
  answers(R"({"output": {"parameters": "x"}})");
  EXPECT_EQ(
      error(kEntry),
      "error listing params: error get api 'set': output.parameters of the answer is no list");
}

TEST_F(Plugins, AnEmptyAnswerIsNoSet) {
  map();
  secret();
  answers("{}");
  const auto sets = run(kEntry);
  ASSERT_TRUE(sets);
  EXPECT_TRUE(sets->empty());
}

}  // namespace
}  // namespace spokelab::hub
