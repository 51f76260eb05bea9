// The forms of answers, and what the text of a body brings with it.
#include "base/yaml.h"
#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";

class AnswersTest : public ServerTest {
 protected:
  HttpReply ask(const std::string& method, const std::string& target, const std::string& accept,
                const std::string& body = "", const std::string& type = "application/json") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers.set("Authorization", "Bearer admin-token");
    if (!accept.empty()) request.headers.set("Accept", accept);
    if (!body.empty()) {
      request.headers.set("Content-Type", type);
      request.body = Body(body);
    }
    return server.handle(request, HttpPeer{"node-1", "", {}});
  }
  static std::string message(const HttpReply& reply) {
    const JsonRef document = reply.response.body.json();
    return document ? text_at(*document, {"message"}) : "";
  }
  static std::string warning(const HttpReply& reply) {
    const auto* header = reply.response.headers.find("Warning");
    return header != nullptr ? *header : "";
  }
};

TEST_F(AnswersTest, YamlIsSpokenWhereItIsAskedFor) {
  json("POST", kMaps, config_map("m"));
  for (const std::string& path :
       {std::string(kMaps) + "/m", std::string(kMaps), std::string(kMaps) + "/none",
        std::string("/api/v1"), std::string("/apis")}) {
    const HttpReply reply = ask("GET", path, "application/yaml");
    EXPECT_EQ(*reply.response.headers.find("Content-Type"), "application/yaml") << path;
    const auto read = parse_yaml(reply.response.body.bytes());
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, *ask("GET", path, "application/json").response.body.json());
  }
  const HttpReply table =
      ask("GET", std::string(kMaps) + "/m", "application/yaml;as=Table;v=v1;g=meta.k8s.io");
  EXPECT_NE(table.response.body.bytes().find("kind: Table"), std::string::npos);
}

TEST_F(AnswersTest, TheFirstKnownFormOfTheListIsTaken) {
  json("POST", kMaps, config_map("m"));
  const HttpReply reply =
      ask("GET", std::string(kMaps) + "/m", "application/json, application/yaml");
  EXPECT_EQ(*reply.response.headers.find("Content-Type"), "application/json");
}

TEST_F(AnswersTest, WatchesAreNotToBeHadInYaml) {
  const HttpReply reply = ask("GET", std::string(kMaps) + "?watch=1", "application/yaml");
  EXPECT_EQ(reply.response.status, 406);
  EXPECT_NE(reply.response.body.bytes().find("application/json;stream=watch"), std::string::npos);
}

TEST_F(AnswersTest, KeysWrittenTwiceAreWarnedOfOrRefused) {
  const std::string body =
      R"({"metadata":{"name":"d1","name":"d2"},"data":{"a":"1","a":"2"},"foo":1,"foo":2})";
  const HttpReply warned = ask("POST", kMaps, "", body);
  EXPECT_EQ(warned.response.status, 201);
  EXPECT_EQ(warning(warned),
            "299 - \"duplicate field \\\"metadata.name\\\"\", 299 - \"duplicate field "
            "\\\"data.a\\\"\", 299 - \"unknown field \\\"foo\\\"\"");
  EXPECT_EQ(message(ask("POST", std::string(kMaps) + "?fieldValidation=Strict", "", body)),
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: "
            "duplicate field \"metadata.name\", duplicate field \"data.a\", unknown field \"foo\"");
  EXPECT_EQ(warning(ask("PUT", std::string(kMaps) + "/d2?fieldValidation=Ignore", "",
                        R"({"metadata":{"name":"d2"},"data":{"a":"1","a":"2"}})")),
            "");
}

TEST_F(AnswersTest, KeysWrittenTwiceInPatchesAndYamlToo) {
  json("POST", kMaps, config_map("m"));
  const std::string one = std::string(kMaps) + "/m";
  EXPECT_EQ(warning(ask("PATCH", one, "", R"({"data":{"z":"1","z":"2"}})",
                        "application/strategic-merge-patch+json")),
            "299 - \"duplicate field \\\"data.z\\\"\"");
  EXPECT_EQ(
      warning(ask("PATCH", one, "", R"([{"op":"add","op":"add","path":"/data/q","value":"1"}])",
                  "application/json-patch+json")),
      "299 - \"json patch duplicate field \\\"[0].op\\\"\"");
  const std::string config = R"({"apiVersion":"v1","kind":"ConfigMap","data":{"z":"1","z":"2"}})";
  EXPECT_EQ(warning(ask("PATCH", one + "?fieldManager=x&force=true", "", config,
                        "application/apply-patch+yaml")),
            "299 - \"line 1: key \\\"z\\\" already set in map\"");
  EXPECT_EQ(message(ask("PATCH", one + "?fieldManager=x&fieldValidation=Strict", "", config,
                        "application/apply-patch+yaml")),
            "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n"
            "  line 1: key \"z\" already set in map");
  EXPECT_EQ(
      message(ask("POST", std::string(kMaps) + "?fieldValidation=Strict", "",
                  "metadata: {name: m2}\ndata:\n  a: \"1\"\n  a: \"2\"\nfoo: 3\n",
                  "application/yaml")),
      "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: "
      "yaml: unmarshal errors:\n  line 4: key \"a\" already set in map, unknown field \"foo\"");
}

TEST_F(AnswersTest, MalformedYamlIsToldInGosWords) {
  EXPECT_EQ(message(ask("POST", kMaps, "", "a: b: c\n", "application/yaml")),
            "the object provided is unrecognized (must be of type ConfigMap): yaml: mapping values "
            "are not allowed in this context (613a20623a20630a)");
  EXPECT_EQ(message(ask("PATCH", std::string(kMaps) + "/m?fieldManager=x", "", "a: b: c",
                        "application/apply-patch+yaml")),
            "error decoding YAML: error converting YAML to JSON: yaml: mapping values are not "
            "allowed in this context");
}

TEST_F(AnswersTest, BodiesThatAreNoJsonAreToldInGosWords) {
  const std::string why =
      "couldn't get version/kind; json parse error: invalid character 'o' looking for beginning of "
      "value";
  json("POST", kMaps, config_map("m"));
  const HttpReply options = ask("DELETE", std::string(kMaps) + "/m", "", "o{\"a\":1");
  EXPECT_EQ(message(options), why);
  EXPECT_EQ(options.response.status, 500);
  EXPECT_EQ(message(ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "",
                        "o{\"a\":1")),
            "the object provided is unrecognized (must be of type SelfSubjectAccessReview): " +
                why + " (6f7b2261223a31)");
}

TEST_F(AnswersTest, BytesThatAreNoUtf8HarmNobody) {
  const HttpReply parameter =
      ask("POST", std::string(kMaps) + "?fieldValidation=%ff\xfe", "", config_map("u").dump());
  EXPECT_EQ(parameter.response.status, 422);
  EXPECT_NE(message(parameter).find("Unsupported value: \"\xEF\xBF\xBD"), std::string::npos);
  EXPECT_EQ(ask("GET", std::string(kMaps) + "/%ff", "").response.status, 404);
}

TEST_F(AnswersTest, AGroupThatNobodyServesIsAPageThatIsNotThere) {
  const HttpReply none = ask("GET", "/apis/nobody.io/v1/namespaces/default/things", "");
  EXPECT_EQ(none.response.status, 404);
  EXPECT_EQ(none.response.body.bytes(), "404 page not found\n");
  EXPECT_EQ(message(ask("GET", "/apis/apps/v1/namespaces/default/things", "")),
            "the server could not find the requested resource");
}

TEST_F(AnswersTest, EmptySegmentsOfAPathNameNothing) {
  for (const char* path : {"/api/v1/namespaces/default//configmaps", "/api//v1/namespaces",
                           "/api/v1//namespaces", "/api/v1/namespaces/default/configmaps//m"}) {
    ask("GET", path, "");
    EXPECT_EQ(ask("GET", path, "").response.status, 404) << path;
  }
}

}  // namespace
}  // namespace spokelab::fakeapi
