// YAML both ways, against what sigs.k8s.io/yaml answers.
#include "base/yaml.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "base/yaml_floats.h"
#include "base/yaml_keys.h"
#include "base/yaml_scalar.h"

namespace spokelab {
namespace {

std::string read(std::string_view text, YamlDuplicates duplicates = YamlDuplicates::last_wins) {
  const Result<Json> got = parse_yaml(text, duplicates);
  return got ? got->dump() : "error: " + got.error().message();
}

struct Pair {
  std::string_view from;
  std::string_view to;
};

TEST(Yaml, PlainScalarsResolveByYaml11) {
  for (const auto& [text, json] :
       std::initializer_list<Pair>{{"yes", "true"},
                                   {"Off", "false"},
                                   {"y", "true"},
                                   {"~", "null"},
                                   {"", "null"},
                                   {"0644", "420"},
                                   {"0o644", "420"},
                                   {"0x1f", "31"},
                                   {"0b11", "3"},
                                   {"1_000", "1000"},
                                   {"-12", "-12"},
                                   {"+12", "12"},
                                   {"08", "8"},
                                   {"1e3", "1000"},
                                   {".5", "0.5"},
                                   {"5.", "5"},
                                   {"1.0", "1"},
                                   {"1.5", "1.5"},
                                   {"12:30", "\"12:30\""},
                                   {"2020-01-02", "\"2020-01-02\""},
                                   {"18446744073709551615", "18446744073709551615"},
                                   {"yEs", "\"yEs\""},
                                   {"'yes'", "\"yes\""},
                                   {"\"12\"", "\"12\""},
                                   {"!!str 12", "\"12\""},
                                   {"!!int 3", "3"},
                                   {"!!binary aGk=", "\"hi\""},
                                   {"v1.2", "\"v1.2\""},
                                   {"http://x:80/a", "\"http://x:80/a\""}}) {
    EXPECT_EQ(read("k: " + std::string(text) + "\n"), "{\"k\":" + std::string(json) + "}") << text;
  }
}

TEST(Yaml, DocumentsOfManyShapesReadAsSigsYamlReadsThem) {
  for (const auto& [text, json] : std::initializer_list<Pair>{
           {"", "null"},
           {"# nothing\n", "null"},
           {"a:\n- 1\n- b: 2\n  c: 3\n", R"({"a":[1,{"b":2,"c":3}]})"},
           {"a:\n  - - x\n    - q\n  -\n    z: 1\n", R"({"a":[["x","q"],{"z":1}]})"},
           {"a: |\n  x\n   y\n\nb: >-\n  q\n  r\n\n  s\n", R"({"a":"x\n y\n","b":"q r\ns"})"},
           {"a: |+\n  x\n\nb: |-\n  y\n", R"({"a":"x\n\n","b":"y"})"},
           {"a: |2\n   x\n  y\n", R"({"a":" x\ny\n"})"},
           {"a: 'it''s' # c\nb: \"x\\ty\\u00e9\"\n", "{\"a\":\"it's\",\"b\":\"x\\tyé\"}"},
           {"a:\n  b\n  c\n", R"({"a":"b c"})"},
           {"{a: [1, {b: c}], 'd': e, f: }", R"({"a":[1,{"b":"c"}],"d":"e","f":null})"},
           {"? a\n: b\n", R"({"a":"b"})"},
           {"yes: 1\n1: 2\n1.5: 3\n", R"({"1":2,"1.5":3,"true":1})"},
           {"a: &x {b: 1}\nc: *x\n", R"({"a":{"b":1},"c":{"b":1}})"},
           {"x: &x {b: 1, c: 2}\nd:\n  b: 0\n  <<: *x\n  c: 5\n",
            R"({"d":{"b":1,"c":5},"x":{"b":1,"c":2}})"},
           {"- <<: [{a: 1}, {a: 2, b: 3}]\n", R"([{"a":1,"b":3}])"},
           {"a: x#y\nb: x #y\n", R"({"a":"x#y","b":"x"})"},
           {"--- \na: 1\n---\nb: 2\n", R"({"a":1})"},
           {"a: 1\na: 2\n", R"({"a":2})"}}) {
    EXPECT_EQ(read(text), json) << text;
  }
}

TEST(Yaml, MistakesNameLineAndColumn) {
  const auto strict = [](std::string_view text) { return read(text, YamlDuplicates::refuse); };
  EXPECT_EQ(strict("a: 1\na: 2\n"), "error: line 2, column 1: key \"a\" already set in map");
  EXPECT_TRUE(strict("a: b: c\n").starts_with("error: line 1, column 5: "));
  EXPECT_TRUE(strict("a:\n  - b\n  c: d\n").starts_with("error: line 3, column "));
  EXPECT_TRUE(strict("a: [1, 2\n").starts_with("error: line "));
  EXPECT_EQ(strict("a: .inf\n"), "error: line 1, column 4: unsupported value: .inf");
  EXPECT_EQ(strict("~: a\n"), "error: line 1, column 1: unsupported map key of type: nil");
  EXPECT_TRUE(strict("a: \x01\n").ends_with(": control characters are not allowed"));
  EXPECT_TRUE(strict("a: \xff\n").ends_with("UTF-8 octet"));
}

TEST(Yaml, MistakesInWhatHelmReadsAreWordedAsGoYamlWordsThem) {
  EXPECT_EQ(read("a: b: c\n"), "error: mapping values are not allowed in this context");
  EXPECT_EQ(read("']1.2.3\n"), "error: line 2: found unexpected end of stream");
  EXPECT_EQ(read("a: .inf\n"), "error: unsupported value: .inf");
  EXPECT_EQ(read("a: *b\n"), "error: unknown anchor 'b' referenced");
  EXPECT_EQ(read("a: {{ .Values.x }}\n"),
            "error: invalid map key: map[interface {}]interface "
            "{}{\".Values.x\":interface {}(nil)}");
  EXPECT_EQ(read("? [b, 1, {c: true}]\n: d\n"),
            "error: invalid map key: []interface {}{\"b\", 1, map[interface {}]interface "
            "{}{\"c\":true}}");
  // What stops the parser comes before values that are wrong.
  EXPECT_EQ(read("a: .inf\nb: &b .inf\nc: *b\nd: *e\n"), "error: unknown anchor 'e' referenced");
  EXPECT_EQ(read("a: {[b]: c}\nd: *e\nf: g: h\n"), "error: unknown anchor 'e' referenced");
  EXPECT_EQ(read("a: .inf\nb: &b .inf\nc: *b\n"), "error: unsupported value: .inf");
}

TEST(Yaml, FloatsStayFloatsForWhoeverAsks) {
  const auto floats = parse_yaml_with_floats("{a: 2.0, b: 72e2, c: 2, d: 1.5}").value();
  EXPECT_EQ(floats.dump(), R"({"a":2.0,"b":7200.0,"c":2,"d":1.5})");
  EXPECT_EQ(parse_yaml("{a: 2.0, b: 72e2}").value().dump(), R"({"a":2,"b":7200})");
}

TEST(Yaml, AliasesThatBlowUpAndDeepNestingHitALimit) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + previous;
    for (int k = 0; k < 8; ++k) bomb += ", " + previous;
    bomb += "]\n";
  }
  const Result<Json> blown = parse_yaml(bomb);
  ASSERT_FALSE(blown);
  EXPECT_EQ(blown.error().code(), Errc::limit);
  const Result<Json> deep = parse_yaml("a: " + std::string(5000, '[') + std::string(5000, ']'));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code(), Errc::limit);
  for (const std::string_view one : {"[", "{", "[\n", "- ", "? ", "&a [", "a: {", "[[],"}) {
    // Bytes that would take libyaml minutes if it were let.
    std::string endless;
    for (int i = 0; i < 100'000; ++i) endless += one;
    EXPECT_FALSE(parse_yaml(endless)) << one;
    EXPECT_FALSE(parse_yaml("a: " + endless, YamlDuplicates::refuse)) << one;
    EXPECT_TRUE(repeated_yaml_keys(endless).empty()) << one;
  }
  std::string block;
  for (int i = 0; i < 2000; ++i) block += "- ";
  const Result<Json> deep_block = parse_yaml(block + "x\n");
  ASSERT_FALSE(deep_block);
  EXPECT_EQ(deep_block.error().code(), Errc::limit);
}

TEST(Yaml, AStreamGivesItsDocumentsWithoutTheEmptyOnes) {
  const auto got = parse_yaml_documents("---\na: 1\n---\n# none\n---\n- b\n...\n---\nc\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(Json(*got).dump(), R"([{"a":1},["b"],"c"])");
  EXPECT_FALSE(parse_yaml_documents("a: 1\n---\nb: [\n"));
}

TEST(Yaml, StringsAreQuotedOnlyWhenTheyMustBe) {
  for (const auto& [json, yaml] :
       std::initializer_list<Pair>{{R"("a")", "a\n"},
                                   {R"("true")", "\"true\"\n"},
                                   {R"("08")", "\"08\"\n"},
                                   {R"("1e3")", "\"1e3\"\n"},
                                   {R"("")", "\"\"\n"},
                                   {R"("2020-01-02")", "\"2020-01-02\"\n"},
                                   {R"("12:30")", "\"12:30\"\n"},
                                   {R"("# x")", "'# x'\n"},
                                   {R"("a: b")", "'a: b'\n"},
                                   {R"("it's")", "it's\n"},
                                   {R"("'")", "''''\n"},
                                   {R"("- a")", "'- a'\n"},
                                   {R"("-a")", "-a\n"},
                                   {R"(" a")", "' a'\n"},
                                   {R"("a\tb")", "\"a\\tb\"\n"},
                                   {R"("a \nb")", "\"a \\nb\"\n"},
                                   {R"("😀")", "\"\\U0001F600\"\n"},
                                   {R"("é")", "é\n"},
                                   {R"({"k":"a\nb"})", "k: |-\n  a\n  b\n"},
                                   {R"({"k":"a\nb\n"})", "k: |\n  a\n  b\n"},
                                   {R"({"k":"a\n\n"})", "k: |+\n  a\n\n"},
                                   {R"({"k":" a\nb"})", "k: |2-\n   a\n  b\n"},
                                   {R"({"on":1,"1":2})", "\"1\": 2\n\"on\": 1\n"}}) {
    EXPECT_EQ(to_yaml(Json::parse(json)), yaml) << json;
  }
}

TEST(Yaml, NumbersPrintAsGoPrintsThem) {
  EXPECT_EQ(to_yaml(Json(1000000)), "1000000\n");
  EXPECT_EQ(to_yaml(Json(1.0)), "1\n");
  EXPECT_EQ(to_yaml(Json(1234567.5)), "1.2345675e+06\n");
  EXPECT_EQ(to_yaml(Json(0.00001)), "1e-05\n");
  EXPECT_EQ(to_yaml(Json(1e21)), "1e+21\n");
}

TEST(Yaml, MappingsAndSequencesKeepGoYamlsLayoutAndKeyOrder) {
  const Json value = Json::parse(
      R"({"b":{"x":[1,{"a":[],"c":{}},[2,3]]},"a10":null,"a2":"q","A":true,"_z":0,"ab":1})");
  EXPECT_EQ(to_yaml(value),
            "_z: 0\nA: true\na2: q\na10: null\nab: 1\nb:\n  x:\n  - 1\n  - a: []\n    c: {}\n"
            "  - - 2\n    - 3\n");
}

TEST(Yaml, LongLinesFoldAfterColumn80) {
  std::string words;
  for (int i = 0; i < 20; ++i) words += "word ";
  words += "end";
  EXPECT_EQ(to_yaml(Json{{"k", words}}),
            "k: word word word word word word word word word word word word word word word word\n"
            "  word word word word end\n");
}

TEST(Yaml, WhatIsWrittenReadsBackTheSame) {
  const Json value = Json::parse(
      R"({"a":["", " ", "\n", "x\ny", "null", "1", {"k: v":"# c"}, "a\r\nb", "--- a", "%x"],
          "long": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccc dd: e f",
          "n":{"x":{"y":[[[]],{}]}}, "multi\nkey": {"a": 1}})");
  const Result<Json> back = parse_yaml(to_yaml(value));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, value);
}

}  // namespace
}  // namespace spokelab
