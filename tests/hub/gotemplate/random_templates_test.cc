// Templates put together at random: nothing may crash, and the same template always gives the same.
#include <gtest/gtest.h>

#include <array>

#include "base/rng.h"
#include "hub/helm/functions.h"
#include "tests/hub/gotemplate/answers.h"

namespace spokelab::hub::gotemplate {
namespace {

constexpr std::array<std::string_view, 46> kPieces = {
    "{{ ",     " }}",      "{{- ",     " -}}",      "if ",     "else ",    "else if ", "end ",
    "range ",  "with ",    "define ",  "template ", "block ",  "break",    "continue", "\"t\" ",
    ".s ",     ".m.b.c ",  "$x ",      "$ ",        ":= ",     "= ",       ", ",       "| ",
    "( ",      ") ",       "nil ",     "true ",     "1.5 ",    "0x1F ",    "'a' ",     "`r` ",
    ".l ",     "printf ",  "\"%5d\" ", "index ",    "toYaml ", "include ", "tpl ",     "dict ",
    "/* c */", "default ", "\n",       "text",      "upper ",  ". "};

std::string random_template(Rng& rng) {
  std::string out;
  const std::uint64_t pieces = 1 + rng.below(30);
  for (std::uint64_t i = 0; i < pieces; ++i) out += kPieces[rng.below(kPieces.size())];
  return out;
}

/// One that parses: actions well formed, blocks closed.
std::string well_formed(Rng& rng, int depth) {
  constexpr std::array<std::string_view, 12> kValues = {
      ".s", ".num", ".l", ".m.b", "1", "\"x\"", ".missing", "$", "(list 1 .s)", "true", "2.5", "."};
  constexpr std::array<std::string_view, 10> kCalls = {"default ", "print ",   "toYaml ", "list ",
                                                       "quote ",   "len ",     "not ",    "eq 1 ",
                                                       "typeOf ",  "toString "};
  const auto value = [&] { return std::string(kValues[rng.below(kValues.size())]); };
  std::string out;
  const std::uint64_t items = 1 + rng.below(4);
  for (std::uint64_t i = 0; i < items; ++i) {
    const std::uint64_t kind = depth > 0 ? rng.below(6) : rng.below(3);
    if (kind == 0) {
      out += "text\n";
    } else if (kind == 1) {
      const std::string_view call = kCalls[rng.below(kCalls.size())];
      out += "{{ " + std::string(call) + value() + " | " + "quote }}";
    } else if (kind == 2) {
      out += "{{- $x := " + value() + " }}{{ $x -}}";
    } else {
      constexpr std::array<std::string_view, 3> kBlocks = {"if ", "with ", "range "};
      const std::string_view block = kBlocks[rng.below(kBlocks.size())];
      out += "{{ " + std::string(block) + value() + " }}";
      out += well_formed(rng, depth - 1);
      if (rng.below(2) == 0) out += "{{ else }}" + well_formed(rng, depth - 1);
      out += "{{ end }}";
    }
  }
  return out;
}

TEST(RandomTemplates, NoTextCrashesTheEngineAndAnswersRepeat) {
  Rng rng(1);
  RuntimeOptions options;
  options.steps_max = 20'000;
  for (int i = 0; i < 3'000; ++i) {
    const std::string text = random_template(rng);
    const std::string once = answer(text, helm::functions(), options);
    EXPECT_EQ(once, answer(text, helm::functions(), options)) << text;
    if (once.starts_with("error: ")) {
      EXPECT_TRUE(once.starts_with("error: template: t:")) << once;
    }
  }
}

TEST(RandomTemplates, WhatIsParsedPrintsAsATemplateThatParsesToTheSame) {
  Rng rng(2);
  for (int i = 0; i < 500; ++i) {
    const std::string text = well_formed(rng, 3);
    const auto trees = parse("t", std::make_shared<const std::string>(text), helm::functions());
    ASSERT_TRUE(trees) << text << "\n" << trees.error().message();
    const std::string printed = to_text(*trees->front()->root);
    const auto again = parse("t", std::make_shared<const std::string>(printed), helm::functions());
    ASSERT_TRUE(again) << printed << "\n" << again.error().message();
    EXPECT_EQ(to_text(*again->front()->root), printed) << text;
  }
}

}  // namespace
}  // namespace spokelab::hub::gotemplate
