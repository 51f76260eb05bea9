// Values files and their merging.
#include "hub/helm/values.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub::helm {
namespace {

TEST(HelmValues, NumbersAreFloatsAndTheFirstDocumentCounts) {
  EXPECT_EQ(read_values("a: {b: 1, c: [1, 2.5]}\n---\na: 2\n")->dump(),
            R"({"a":{"b":1.0,"c":[1.0,2.5]}})");
  EXPECT_EQ(read_values("\xEF\xBB\xBF# nothing\n")->dump(), "{}");
}

TEST(HelmValues, WhatIsNoTableIsRefused) {
  EXPECT_EQ(read_values("- a\n").error().message(),
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go "
            "value of type map[string]interface {}");
  EXPECT_TRUE(
      read_values("a: [\n").error().message().starts_with("error converting YAML to JSON: yaml: "));
}

TEST(HelmValues, FilesMergeByKeyAndListsAreReplaced) {
  Json values = *read_values("a: {b: 1, c: [1, 2], d: 2}\n");
  merge_values(values, *read_values("a: {c: [3], b: null}\n"));
  EXPECT_EQ(values.dump(), R"({"a":{"b":null,"c":[3.0],"d":2.0}})");
}

}  // namespace
}  // namespace spokelab::hub::helm
