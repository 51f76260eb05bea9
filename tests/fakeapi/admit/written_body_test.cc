// What the text of a body tells beside its document.
#include "fakeapi/admit/written_body.h"

#include <gmock/gmock.h>

namespace spokelab::fakeapi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WrittenBody, KeysWrittenTwiceAreToldByTheirPaths) {
  EXPECT_THAT(repeated_keys(R"({"a":1,"a":2,"s":{"l":[{"k":1},{"k":1,"k":2}]},"s":{}})"),
              ElementsAre("a", "s.l[1].k", "s"));
  EXPECT_THAT(repeated_keys(R"([{"op":1},{"op":1,"op":2}])"), ElementsAre("[1].op"));
  EXPECT_THAT(repeated_keys(R"({"a":{"x":1},"b":{"x":1}})"), IsEmpty());
}

TEST(WrittenBody, FindingsComeInTheOrderOfTheText) {
  EXPECT_THAT(
      strict_findings(
          R"({"metadata":{"name":"fv","foo":1},"bar":{"x":1,"x":2},"data":{"a":"1","a":"2"},"data":{}})",
          {"bar", "metadata.foo"}),
      ElementsAre("unknown field \"metadata.foo\"", "unknown field \"bar\"",
                  "duplicate field \"data.a\"", "duplicate field \"data\""));
}

TEST(WrittenBody, WhatStandsInNoTextIsToldAllTheSame) {
  EXPECT_THAT(strict_findings("{}", {"spec.x"}), ElementsAre("unknown field \"spec.x\""));
}

TEST(WrittenBody, YamlIsWordedAsGoYamlWordsIt) {
  const auto body = repeated_in_yaml("metadata: {name: a, name: b}\ndata:\n  a: 1\n  a: 2\n");
  EXPECT_THAT(body.repeated, ElementsAre("line 1: key \"name\" already set in map",
                                         "line 4: key \"a\" already set in map"));
  EXPECT_EQ(body.repeated_error,
            "yaml: unmarshal errors:\n  line 1: key \"name\" already set in map\n  line 4: key "
            "\"a\" already set in map");
}

TEST(WrittenBody, HostileTextsEndTheWalk) {
  EXPECT_THAT(repeated_keys("{\"a\":"), IsEmpty());
  EXPECT_THAT(repeated_keys(std::string(100'000, '[')), IsEmpty());
  std::string many = "{";
  for (int i = 0; i < 500; ++i) many += R"("a":1,)";
  EXPECT_EQ(repeated_keys(many + R"("b":2})").size(), 100U);
}

}  // namespace
}  // namespace spokelab::fakeapi
