// The files made from the table that lie in the tree are what the program prints today.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "harness/scenario/schema.h"
#include "tests/support/places.h"

namespace spokelab::harness {
namespace {

std::string committed(const std::string& path) {
  std::ifstream in(test::source_dir() + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(CommittedFiles, TheSchemaForEditorsIsWhatTheProgramPrints) {
  EXPECT_TRUE(committed("scenarios/scenario.schema.json") == json_schema_text())
      << "make it anew: build/release/spokelab schema > scenarios/scenario.schema.json";
}

TEST(CommittedFiles, TheReferencePageIsWhatTheProgramPrints) {
  EXPECT_TRUE(committed("docs/scenario-reference.md") == reference_markdown())
      << "make it anew: build/release/spokelab schema --markdown > docs/scenario-reference.md";
}

}  // namespace
}  // namespace spokelab::harness
