// The table: what is made from it, and that its own examples and defaults pass its own validator.
#include "harness/scenario/schema.h"

#include <gmock/gmock.h>

#include <set>

#include "base/json.h"
#include "harness/scenario/reading/scalar.h"

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SchemaTable, EachRowHasOnePathAndASentence) {
  std::set<std::string_view> paths;
  for (const auto& field : fields()) {
    EXPECT_TRUE(paths.insert(field.path).second) << field.path;
    EXPECT_FALSE(field.doc.empty()) << field.path;
    EXPECT_EQ(field.doc.back(), '.') << field.path;
    EXPECT_FALSE(field.example.empty()) << field.path;
    EXPECT_NE(schema_at(field.path), nullptr) << field.path;
  }
}

TEST(SchemaTable, DefaultsAndExamplesAreValuesOfTheirType) {
  for (const auto& field : fields()) {
    if (field.type == Type::object || field.type == Type::map || field.type == Type::list ||
        field.type == Type::json || field.type == Type::file_change) {
      continue;
    }
    for (const auto text : {field.default_text, field.example}) {
      if (text.empty() || text == "null") continue;
      const auto choices = choices_of(field);
      const auto problem = check_scalar(field.type, field.path, text, false, field.limits, choices);
      EXPECT_FALSE(problem) << field.path << ": " << text << ": "
                            << (problem ? problem->message : "");
    }
  }
}

TEST(SchemaTable, KindsNameKeysThatExist) {
  for (const auto& kind : kinds()) {
    const auto* object = schema_at(kind.object);
    ASSERT_NE(object, nullptr) << kind.object;
    for (const auto list : {kind.required, kind.optional}) {
      std::string word;
      for (const char c : std::string(list) + " ") {
        if (c != ' ') {
          word += c;
          continue;
        }
        EXPECT_TRUE(word.empty() || object->child(word) != nullptr) << kind.name << ": " << word;
        word.clear();
      }
    }
    EXPECT_TRUE(!discriminator_of(kind.object).empty() || object->child(kind.name) != nullptr)
        << kind.name;
    EXPECT_EQ(kind.doc.back(), '.') << kind.name;
  }
}

TEST(SchemaTable, KindsHaveTheirOwnDefaults) {
  const auto* by = schema_at("world/traffic/*/by");
  const auto* probe = schema_at("world/traffic/*/by/probe");
  EXPECT_EQ(default_of(*probe, "nlb", "healthy"), "5");
  EXPECT_EQ(default_of(*probe, "dns-failover", "healthy"), "3");
  EXPECT_EQ(default_of(*probe, "nlb", "path"), "/");
  EXPECT_EQ(default_of(*by, "nlb", "ttl"), "60s");
  EXPECT_EQ(default_of(*schema_at("faults/*"), "git-down", "how"), "refused");
}

TEST(Explain, FindsKeysHoweverTheyAreWritten) {
  for (const char* path : {"faults.at", "faults.NAME.at", "faults.prod-lost.at", "faults.*.at"}) {
    EXPECT_THAT(explain(path), HasSubstr("When it begins.")) << path;
  }
  for (const char* path : {"expect.within", "expect[].within", "expect[2].within"}) {
    EXPECT_THAT(explain(path), HasSubstr("The time it has")) << path;
  }
  EXPECT_THAT(explain("limits.detection.hub"), HasSubstr("hub's connection state"));
  EXPECT_THAT(explain("limits.prod-lost.detection.hub"), HasSubstr("hub's connection state"));
  EXPECT_THAT(explain("world.clusters.prod.region"), HasSubstr("Where it stands."));
  EXPECT_THAT(explain("world.traffic.shop.by.probe.every"), HasSubstr("default 30s"));
  EXPECT_THAT(explain("steps.commit.files"), HasSubstr("Changes by path"));
  EXPECT_THAT(explain("steps.commit.files.set"), HasSubstr("dotted path"));
}

TEST(Explain, TellsFaultsRoutersAndCodes) {
  EXPECT_THAT(explain("region-loss"), HasSubstr("Everything is gone at once"));
  EXPECT_THAT(explain("faults.latency"), HasSubstr("latency"));
  EXPECT_THAT(explain("dns-failover"), HasSubstr("ttl propagation"));
  EXPECT_THAT(explain("SL2004"), HasSubstr("Units are always written"));
  EXPECT_THAT(explain("faults"), HasSubstr("region-loss"));
  EXPECT_THAT(explain("expect"), HasSubstr("EXACTLY ONE OF"));
}

TEST(Explain, WithoutAPathShowsTheWholeAndRecursiveAllKeys) {
  EXPECT_THAT(explain(""), HasSubstr("because"));
  EXPECT_THAT(explain(""), Not(HasSubstr("unhealthy")));
  EXPECT_THAT(explain("", true), HasSubstr("unhealthy"));
}

TEST(Explain, AnswersAnUnknownPathWithTheNearest) {
  EXPECT_THAT(explain("fauts"), HasSubstr("did you mean `faults`?"));
  EXPECT_THAT(explain("nonsense.every"), HasSubstr("world.traffic.NAME.by.probe.every"));
  for (const char* odd :
       {".", "[", "]", "...", "faults..", "a.b.c.d.e.f", "[][][]", "SL", "world.hub.region.x"}) {
    EXPECT_FALSE(explain(odd).empty()) << odd;
  }
}

TEST(Reference, ListsEveryKeyKindValueAndCode) {
  const auto page = reference_markdown();
  for (const auto& kind : kinds()) {
    if (kind.object == "faults/*" || kind.object == "world/traffic/*/by") {
      EXPECT_THAT(page, HasSubstr("| `" + std::string(kind.name) + "` |"));
    }
  }
  for (const char* key : {"`scenario`", "`lasts`", "`faults.NAME.what`",
                          "`world.clusters.NAME.region`", "`use[].file`", "`parameters.NAME.type`",
                          "`matrix.NAME`", "`app.APP.health`", "`SL2004`", "`settle`"}) {
    EXPECT_THAT(page, HasSubstr(key));
  }
}

TEST(JsonSchema, DescribesTheSameKeys) {
  const auto schema = json_schema();
  EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#");
  const auto& fault = schema["properties"]["faults"]["additionalProperties"];
  EXPECT_EQ(fault["additionalProperties"], false);
  EXPECT_EQ(fault["required"], Json({"what", "for"}));
  EXPECT_TRUE(fault["properties"].contains("latency"));
  EXPECT_THAT(fault["properties"]["at"]["description"].get<std::string>(),
              HasSubstr("When it begins."));
  const auto& expect = schema["properties"]["expect"]["anyOf"][0]["items"];
  EXPECT_EQ(expect["oneOf"].size(), 5U);
}

}  // namespace
}  // namespace spokelab::harness
