// Hostile input: whatever stands in a file, loading ends, and ends in cases or in diagnostics.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/rng.h"
#include "harness/scenario/load.h"
#include "harness/scenario/schema.h"
#include "tests/harness/scenario/memory_files.h"
#include "tests/support/places.h"

namespace spokelab::harness {
namespace {

const std::string kFiles = test::source_dir() + "/tests/harness/scenario/files/";

std::string read(const std::string& name) {
  std::ifstream stream(kFiles + name);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Loads a text with its module beside it; resolves and renders whatever comes out.
void load_all(const std::string& text, const std::string& module) {
  MemoryFiles files;
  files.files["s/modules/partition.yaml"] = module;
  files.files["s/repos/agent/argocd/appset.yaml"] = "kind: ApplicationSet";
  LoadOptions options;
  options.files = &files;
  const auto loaded = load_scenario_text("s/a.yaml", text, options);
  EXPECT_EQ(loaded.cases.empty(), loaded.diagnostics.has_errors()) << text;
  render(loaded.diagnostics, *loaded.sources);
  for (std::size_t i = 0; i < loaded.cases.size() && i < 3; ++i) loaded.cases[i].resolve(Rng(i));
}

std::uint64_t pick(Rng& rng, std::size_t bound) {
  return rng.below(std::max<std::size_t>(bound, 1));
}

/// Breaks a text in one place.
void mutate(std::string& text, Rng& rng) {
  static const std::vector<std::string> kPieces{"{",
                                                "}",
                                                "[",
                                                "]",
                                                ":",
                                                ": ",
                                                "- ",
                                                "\n",
                                                "  ",
                                                "\t",
                                                "\"",
                                                "'",
                                                "#",
                                                "&a ",
                                                "*a",
                                                "<<: *a",
                                                "|",
                                                ">",
                                                "? ",
                                                "any[a, b]",
                                                "1..2",
                                                "10s..5s",
                                                "$how",
                                                "$",
                                                "null",
                                                "yes",
                                                "on",
                                                "010",
                                                "1:30",
                                                "-1",
                                                "99999999999999999999",
                                                "\xC3\xA4",
                                                "\xFF",
                                                "---\n",
                                                "...",
                                                "%",
                                                "!",
                                                "!!str ",
                                                "@",
                                                "*",
                                                "..",
                                                "any[",
                                                "<->",
                                                "not ",
                                                " and ",
                                                "(",
                                                ")"};
  const auto at = pick(rng, text.size());
  switch (rng.below(6)) {
    case 0:
      text.insert(at, kPieces[pick(rng, kPieces.size())]);
      return;
    case 1:
      text.erase(at, 1 + pick(rng, 12));
      return;
    case 2: {
      const auto from = pick(rng, text.size());
      const auto piece = text.substr(from, pick(rng, 80));
      text.insert(at, piece);
      return;
    }
    case 3:
      if (!text.empty()) text[at] = static_cast<char>(rng.below(256));
      return;
    case 4: {
      // A whole line elsewhere.
      const auto begin = text.rfind('\n', at);
      const auto end = text.find('\n', at);
      if (begin == std::string::npos || end == std::string::npos) return;
      const auto line = text.substr(begin, end - begin);
      const auto target = text.find('\n', pick(rng, text.size()));
      if (target != std::string::npos) text.insert(target, line);
      return;
    }
    default: {
      // A value replaced by something odd.
      const auto colon = text.find(": ", at);
      if (colon == std::string::npos) return;
      const auto end = text.find_first_of(",}\n", colon);
      if (end == std::string::npos) return;
      text.replace(colon + 2, end - colon - 2, kPieces[pick(rng, kPieces.size())]);
    }
  }
}

TEST(HostileInput, MutatedFilesNeverCrash) {
  const auto module = read("good/modules/partition.yaml");
  const std::vector<std::string> seeds{read("good/prod-outage.yaml"), read("good/everything.yaml"),
                                       read("bad/many.yaml")};
  const Rng root(2024);
  for (std::size_t round = 0; round < 600; ++round) {
    auto rng = root.stream(std::to_string(round));
    auto text = seeds[round % seeds.size()];
    auto mutated_module = module;
    const auto changes = 1 + rng.below(4);
    for (std::uint64_t i = 0; i < changes; ++i) mutate(round % 7 == 0 ? mutated_module : text, rng);
    SCOPED_TRACE(round);
    load_all(text, mutated_module);
  }
}

TEST(HostileInput, EveryPrefixOfAFileEndsInDiagnostics) {
  const auto text = read("good/prod-outage.yaml");
  for (std::size_t length = 0; length < text.size(); length += 7)
    load_all(text.substr(0, length), "");
}

TEST(HostileInput, NoiseEndsInDiagnostics) {
  Rng rng(5);
  for (int round = 0; round < 300; ++round) {
    std::string noise;
    const auto length = rng.below(200);
    for (std::uint64_t i = 0; i < length; ++i) {
      static const std::string kBytes = "{}[]:,-#&*!|>'\"%@`\n \t$?ab01.\\<";
      noise += kBytes[pick(rng, kBytes.size())];
    }
    load_all(noise, noise);
    load_all("scenario: a\nbecause: b\nlasts: 1m\nworld: " + noise, noise);
    explain(noise);
    std::vector<ExpressionProblem> problems;
    Expression::parse(noise, problems);
  }
}

TEST(HostileInput, DeepAndLongTextsAreLimitsNotHangs) {
  for (const char* piece :
       {"[", "{", "{a: ", "- ", "? ", "a: {", "[a, ", "!a ", "&a ", "'", "\"", "a:\n ", "*"}) {
    for (const std::size_t count : {100U, 5'000U, 50'000U}) {
      std::string text;
      for (std::size_t i = 0; i < count; ++i) text += piece;
      load_all(text, text);
    }
  }
  std::string nested;
  for (int i = 0; i < 3000; ++i) nested += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  load_all(nested.substr(0, 1 << 20), "");
}

TEST(HostileInput, LargeTextsOnOneLineTakeNoTime) {
  std::string list = "scenario: [";
  for (int i = 0; i < 90'000; ++i) list += "a, ";
  load_all(list + "a]", "");
  std::string faults = "scenario: a\nbecause: b\nlasts: 1m\nfaults: {";
  for (int i = 0; i < 12'000; ++i)
    faults +=
        "f" + std::to_string(i) + ": {what: refussed, on: nowhere" + std::to_string(i) + "}, ";
  load_all(faults + "}", "");
}

TEST(HostileInput, WhatMultipliesHasLimits) {
  std::string clusters =
      "scenario: a\nbecause: b\nlasts: 1m\nworld:\n  hub: {region: a}\n  clusters:\n";
  for (int i = 0; i < 4'000; ++i)
    clusters += "    c" + std::to_string(i) + ": {region: a, count: 5000}\n";
  load_all(clusters, "");
  std::string matrix = "scenario: a\nbecause: b\nlasts: 1m\nmatrix: {a: [1";
  for (int i = 0; i < 99; ++i) matrix += ", 1";
  matrix += "], b: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}\nexpect: [$a, $b";
  for (int i = 0; i < 40'000; ++i) matrix += ", $a";
  load_all(matrix + "]\n", "");
  std::string uses = "scenario: a\nbecause: b\nlasts: 1m\nuse:\n";
  std::string module = "module: m\nexpect: [a";
  for (int i = 0; i < 40'000; ++i) module += ", a";
  for (int i = 0; i < 50; ++i) uses += "  - {file: modules/partition.yaml}\n";
  load_all(uses, module + "]\n");
  load_all("scenario: a\nexpect:\n  - always: " + std::string(500'000, '$') + "\n", "");
  load_all("scenario: a\nexpect:\n  - always: $" + std::string(500'000, '-') + "\n", "");
}

}  // namespace
}  // namespace spokelab::harness
