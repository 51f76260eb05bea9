// YamlTree: positions, traps, limits.
#include "harness/scenario/yaml_tree.h"

#include <gmock/gmock.h>

#include "base/json.h"

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;

struct Parsed {
  Sources sources;
  Diagnostics found;
  std::optional<YamlNode> tree;
  explicit Parsed(std::string text) {
    sources.add("a.yaml", std::move(text));
    tree = parse_yaml_tree(sources, 0, found);
  }
  std::string first_code() const { return found.all().empty() ? "" : found.all()[0].code; }
  std::string text() const { return render(found, sources); }
};

TEST(YamlTree, EachKeyAndValueKnowsItsPlace) {
  const Parsed parsed("a: 1\nb:\n  - {c: \"x y\", d: word}\n");
  ASSERT_TRUE(parsed.tree);
  const auto* list = parsed.tree->value("b");
  ASSERT_NE(list, nullptr);
  const auto& map = list->items.at(0);
  EXPECT_EQ(map.find("c")->key_at, (Position{0, 3, 6, 1}));
  EXPECT_EQ(map.value("c")->at, (Position{0, 3, 9, 5}));
  EXPECT_TRUE(map.value("c")->quoted);
  EXPECT_EQ(map.value("d")->at, (Position{0, 3, 19, 4}));
  EXPECT_FALSE(map.value("d")->quoted);
}

TEST(YamlTree, KeepsScalarsAsWritten) {
  const Parsed parsed("on: prod\nyes: 1:30\nn: 007\n");
  ASSERT_TRUE(parsed.tree);
  EXPECT_EQ(parsed.tree->value("on")->text, "prod");
  EXPECT_EQ(parsed.tree->value("yes")->text, "1:30");
  EXPECT_EQ(parsed.tree->value("n")->text, "007");
}

TEST(YamlTree, ReportsEveryDuplicateKeyWithTheFirstPlace) {
  const Parsed parsed("a: 1\na: 2\nb: {c: 1, c: 2}\n");
  EXPECT_EQ(parsed.found.errors(), 2U);
  EXPECT_THAT(parsed.text(), HasSubstr("`a` stands twice"));
  EXPECT_THAT(parsed.text(), HasSubstr("- first here"));
}

TEST(YamlTree, FollowsAliasesAndMergeKeys) {
  const Parsed parsed("base: &base {x: 1, y: 2}\nmine: {<<: *base, y: 3}\nsame: *base\n");
  ASSERT_TRUE(parsed.tree);
  EXPECT_EQ(parsed.found.errors(), 0U);
  EXPECT_EQ(parsed.tree->value("mine")->value("x")->text, "1");
  EXPECT_EQ(parsed.tree->value("mine")->value("y")->text, "3");
  EXPECT_EQ(parsed.tree->value("same")->value("y")->text, "2");
}

TEST(YamlTree, RefusesWhatIsNoScenarioText) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "SL1005"},
      {"# only a comment\n", "SL1005"},
      {"a: 1\n---\nb: 2\n", "SL1006"},
      {"a:\n\tb: 1\n", "SL1002"},
      {"a:\n  b: 1\n \tc: 2\n", "SL1002"},
      {std::string("a: \0", 4), "SL1009"},
      {"a: \xff\xfe", "SL1009"},
      {"a: \xE2\x82", "SL1009"},
      {"a: [1, 2\n", "SL1001"},
      {"a: b: c\n", "SL1001"},
      {"a: \"x\n", "SL1001"},
      {"a: *nobody\n", "SL1001"},
      {"a: &a [*a]\n", "SL1008"},
      {"? [a]\n: b\n", "SL2003"},
      {"~: b\n", "SL2003"},
      {"a: {b: any[x, y]}\n", "SL1001"},
      {std::string(2 << 20, ' '), "SL1004"},
      {std::string(400, '['), "SL1004"},
      {std::string(100'000, '{'), "SL1004"},
  };
  for (const auto& [text, code] : cases) {
    EXPECT_EQ(Parsed(text).first_code(), code) << text.substr(0, 40);
  }
}

TEST(YamlTree, ABombOfAliasesIsALimitNotAHang) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_EQ(Parsed(bomb).first_code(), "SL1004");
}

TEST(YamlTree, WideMapsTakeLinearTime) {
  std::string wide;
  for (int i = 0; i < 40'000; ++i) wide += "k" + std::to_string(i) + ": 1\n";
  const Parsed parsed(wide);
  ASSERT_TRUE(parsed.tree);
  EXPECT_EQ(parsed.tree->entries.size(), 40'000U);
}

TEST(YamlTree, TurnsIntoJsonAsYaml12Does) {
  const Parsed parsed("{a: true, b: 3, c: 1.5, d: null, e: \"3\", f: [x], g: -7, h: word}");
  ASSERT_TRUE(parsed.tree);
  Diagnostics found;
  EXPECT_EQ(to_json(*parsed.tree, found).dump(),
            R"({"a":true,"b":3,"c":1.5,"d":null,"e":"3","f":["x"],"g":-7,"h":"word"})");
  EXPECT_EQ(found.errors(), 0U);
}

TEST(YamlTree, NamesTheTrapsOfYaml11) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"yes", "the boolean true"},
      {"Off", "the boolean false"},
      {"n", "the boolean false"},
      {"1:30", "the number 90"},
      {"1:2:3", "the number 3723"},
      {"010", "the number 8"},
      {"09", "a number with a leading zero"},
      {"1:75", ""},
      {"10s", ""},
      {"0", ""},
      {"word", ""},
      {"10:00:00", "the number 36000"},
      {"a:b", ""},
      {"", ""}};
  for (const auto& [text, meaning] : cases) EXPECT_EQ(yaml11_meaning(text), meaning) << text;
}

}  // namespace
}  // namespace spokelab::harness
