// Structural schemas, as apiextensions-apiserver judges by them.
#include "fakeapi/admit/structural.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::fakeapi {
namespace {

std::string told(const char* property, const Json& value) {
  const Json schema{{"type", "object"}, {"properties", {{"x", Json::parse(property)}}}};
  std::string text;
  for (const auto& cause : validate_by_structure(schema, Json{{"x", value}}))
    text += (text.empty() ? "" : "; ") + cause.message;
  return text;
}

TEST(StructuralSchema, OneComplaintAboutATextIsEnough) {
  const char* schema = R"({"type":"string","minLength":2,"maxLength":5,"pattern":"^x"})";
  EXPECT_EQ(told(schema, "y"), "Invalid value: \"y\": x in body should be at least 2 chars long");
  EXPECT_EQ(told(schema, "yy"), "Invalid value: \"yy\": x in body should match '^x'");
  EXPECT_EQ(told(schema, "yyyyyyy"), "Too long: may not be more than 5 bytes");
  EXPECT_EQ(told(schema, "xy"), "");
}

TEST(StructuralSchema, FormatsAreChecked) {
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"date-time", "2026-01-02T03:04:05Z", "bad"},
      {"date", "2026-01-02", "2026-13-02"},
      {"uuid", "123e4567-e89b-12d3-a456-426614174000", "123"},
      {"ipv4", "10.0.0.1", "::1"},
      {"ipv6", "::1", "10.0.0.1"},
      {"cidr", "10.0.0.0/8", "10.0.0.0"},
      {"byte", "YWJj", "a"},
      {"duration", "1h5m", "soon"},
      {"email", "a@b.c", "a"},
      {"hostname", "a.b", "a_b"}};
  for (const auto& [format, good, bad] : rows) {
    const std::string schema = std::string(R"({"type":"string","format":")") + format + "\"}";
    EXPECT_EQ(told(schema.c_str(), good), "") << format;
    EXPECT_EQ(told(schema.c_str(), bad), std::string("Invalid value: \"") + bad +
                                             "\": x in body must be of type " + format + ": \"" +
                                             bad + "\"");
  }
  EXPECT_EQ(told(R"({"type":"string","format":"of-our-own"})", "anything"), "");
}

TEST(StructuralSchema, AlternativesAreToldWithWhatTheFirstLacks) {
  const Json schema = Json::parse(R"({"type":"object","properties":{"one":{"type":"object",
    "oneOf":[{"required":["x"]},{"required":["y"]}]}}})");
  const auto causes = validate_by_structure(schema, Json::parse(R"({"one":{}})"));
  ASSERT_EQ(causes.size(), 2U);
  EXPECT_EQ(causes[0].field, "<nil>");
  EXPECT_EQ(
      causes[0].message,
      "Invalid value: \"\": \"one\" must validate one and only one schema (oneOf). Found none "
      "valid");
  EXPECT_EQ(causes[1].field, "one.x");
}

TEST(StructuralSchema, KeysOfAListThatIsAMapAreToldAsGoPrintsThem) {
  const char* schema =
      R"({"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],
          "items":{"type":"object"}})";
  EXPECT_EQ(told(schema, Json::parse(R"([{"k":"1","v":2},{"k":"1"}])")),
            "Duplicate value: map[string]interface {}{\"k\":\"1\"}");
}

TEST(StructuralSchema, NullsThatMayNotBeAreAsIfTheyWereNotWritten) {
  const Json schema = Json::parse(R"({"type":"object","properties":{
    "plain":{"type":"string"},"free":{"type":"string","nullable":true},
    "given":{"type":"string","default":"d"}}})");
  Json object = Json::parse(R"({"plain":null,"free":null,"given":null})");
  default_by_structure(schema, object);
  EXPECT_EQ(object, Json::parse(R"({"free":null,"given":"d"})"));
}

TEST(StructuralSchema, RulesInCelAreCountedInOneWarningForEachVersion) {
  const Json definition = Json::parse(R"({"spec":{"versions":[
      {"name":"v1","schema":{"openAPIV3Schema":{"type":"object","properties":{
        "a":{"type":"integer","x-kubernetes-validations":[{"rule":"self > 1"},{"rule":"self < 9"}]},
        "b":{"type":"array","items":{"type":"string","x-kubernetes-validations":[{"rule":"true"}]}}
      }}}},
      {"name":"v2","schema":{"openAPIV3Schema":{"type":"object"}}}]}})");
  EXPECT_EQ(ignored_rules(definition),
            std::vector<std::string>{"spec.versions[0].schema.openAPIV3Schema: 3 CEL rules "
                                     "(x-kubernetes-validations) kept, but not evaluated"});
}

TEST(StructuralSchema, PatternsThatBlowUpElsewhereAreHarmless) {
  const char* schema = R"({"type":"string","pattern":"^(a+)+$"})";
  EXPECT_NE(told(schema, std::string(50'000, 'a') + "b"), "");
  EXPECT_EQ(told(R"({"type":"string","pattern":"(?<x"})", "anything"), "")
      << "a pattern that cannot be read judges nothing";
}

}  // namespace
}  // namespace spokelab::fakeapi
