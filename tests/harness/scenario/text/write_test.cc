// Scenario files written from trees.
#include "harness/scenario/text/write.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "tests/support/places.h"

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Read {
  Sources sources;
  YamlNode tree;
};

std::unique_ptr<Read> read(const std::string& text) {
  auto out = std::make_unique<Read>();
  const auto file = out->sources.add("a.yaml", text);
  Diagnostics diagnostics;
  auto tree = parse_yaml_tree(out->sources, file, diagnostics);
  EXPECT_TRUE(tree) << render(diagnostics, out->sources) << text;
  if (tree) out->tree = std::move(*tree);
  return out;
}

std::string written(const std::string& text) {
  const auto one = read(text);
  return write_scenario(one->tree, one->sources);
}

/// The tree without places and without who was quoted though it need not be.
std::string shape(const YamlNode& node) {
  std::string out;
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "null";
    case YamlNode::Kind::scalar:
      return (node.quoted ? "'" : "") + node.text;
    case YamlNode::Kind::sequence:
      for (const auto& item : node.items) out += shape(item) + ";";
      return "[" + out + "]";
    case YamlNode::Kind::mapping:
      for (const auto& entry : node.entries) out += entry.key + "=" + shape(entry.value) + ";";
      return "{" + out + "}";
  }
  return out;
}

TEST(WriteScenario, ReadsBackAsTheSameTreeAndIsWrittenTheSameAgain) {
  std::size_t files = 0;
  const std::string root = test::source_dir();
  for (const auto* directory : {"/scenarios", "/scenarios/library", "/scenarios/library/modules",
                                "/tests/harness/scenario/files/good"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root + directory)) {
      if (entry.path().extension() != ".yaml") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      const auto before = read(text);
      const auto once = write_scenario(before->tree, before->sources);
      const auto after = read(once);
      EXPECT_EQ(shape(after->tree), shape(before->tree)) << entry.path() << once;
      EXPECT_EQ(write_scenario(after->tree, after->sources), once) << entry.path();
      const auto compact = write_scenario(before->tree, before->sources, Layout::compact);
      EXPECT_EQ(shape(read(compact)->tree), shape(before->tree)) << entry.path() << compact;
      ++files;
    }
  }
  EXPECT_GE(files, 25u);
}

TEST(WriteScenario, KeepsCommentsBlankLinesAndWhatStoodInOneLine) {
  const std::string text = R"(# A story.
scenario: a  # its name
because: it must hold

# The world.
world:
  hub: {region: us-east, replicas: 3}  # three of them
  clusters:
    # Where users go.
    prod: {region: us-east, labels: {deploy: "true"}}

expect:
  # First.
  - always: app.a.health == Healthy
    because: it is said so
  - reached: traffic.a.share.dr == 100%  # all of them
)";
  EXPECT_EQ(written(text), text);
}

TEST(WriteScenario, IsCompactWhereThatIsAskedFor) {
  const auto one = read(R"(scenario: a
because: it must hold

world:
  hub:
    region: us-east
  clusters:
    prod:
      region: us-east

steps:
  - name: first
    at: 1m
    register: prod
  - at: 2m
    # Why.
    unregister: prod
)");
  EXPECT_EQ(write_scenario(one->tree, one->sources, Layout::compact), R"(scenario: a
because: it must hold
world:
  hub: {region: us-east}
  clusters: {prod: {region: us-east}}
steps:
  - {name: first, at: 1m, register: prod}
  - at: 2m
    # Why.
    unregister: prod
)");
}

TEST(WriteScenario, LeavesOutWhatOnlyConcernsTheOldPlace) {
  const auto text = written("# yaml-language-server: $schema=./x.json\n# Kept.\nscenario: a\n");
  EXPECT_EQ(text, "# Kept.\nscenario: a\n");
}

TEST(WriteScenario, QuotesWhatYamlWouldReadAsSomethingElse) {
  auto one = read("a: {b: x}\nc: [y]\nd: z\n");
  const char* hostile[] = {"",
                           "- a",
                           "a: b",
                           "a #b",
                           "yes",
                           "1:30",
                           "{a}",
                           "[a]",
                           "a, b",
                           "any[a, b]",
                           "#a",
                           "\"a\"",
                           "'a'",
                           "a\nb",
                           " a",
                           "a ",
                           "*",
                           "&a",
                           "!a",
                           "%a",
                           "a:",
                           "-",
                           "?",
                           "?a",
                           "@a",
                           "`a",
                           "|",
                           ">",
                           "010",
                           "tab\there",
                           "\xc3\xa9t\xc3\xa9"};
  for (const std::string value : hostile) {
    one->tree.entries[0].value.entries[0].value.text = value;
    one->tree.entries[1].value.items[0].text = value;
    one->tree.entries[2].value.text = value;
    one->tree.entries[2].key = value.empty() ? "k" : value + "2";
    const auto text = write_scenario(one->tree, one->sources);
    const auto again = read(text);
    ASSERT_EQ(again->tree.entries.size(), 3u) << text;
    EXPECT_EQ(again->tree.entries[0].value.entries[0].value.text, value) << text;
    EXPECT_EQ(again->tree.entries[1].value.items[0].text, value) << text;
    EXPECT_EQ(again->tree.entries[2].value.text, value) << text;
    EXPECT_EQ(again->tree.entries[2].key, value.empty() ? "k" : value + "2") << text;
  }
}

TEST(WriteScenario, LeavesKeysAsPeopleWriteThem) {
  const std::string text = "faults:\n  a: {what: refused, on: prod}\n  \"y\": {on: prod}\n";
  EXPECT_EQ(written(text), text);
}

TEST(WriteScenario, KeepsTextOfSeveralLines) {
  const std::string text = "steps:\n  - at: 1m\n    note: |\n      a\n\n      b: c\n    last: x\n";
  EXPECT_EQ(written(text), text);
}

TEST(WriteScenario, FindsTheEndOfAValue) {
  Sources sources;
  sources.add("a", "a: {b: 'it''s }', c: [1, \"]\"]}  # d\ne: \"x\\\"y\" # f\n");
  const std::string_view text = sources.text(0);
  EXPECT_EQ(text.substr(0, end_of_value(sources, {0, 1, 4, 1})),
            "a: {b: 'it''s }', c: [1, \"]\"]}");
  const auto end = end_of_value(sources, {0, 2, 4, 1});
  EXPECT_THAT(std::string(text.substr(end)), testing::StartsWith(" # f"));
}

}  // namespace
}  // namespace spokelab::harness
