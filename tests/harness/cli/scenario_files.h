// ScenarioFiles: scenarios in files of their own, for tests that run the program.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/harness/run/played.h"
#include "tests/support/places.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {

class ScenarioFiles : public ::testing::Test {
 protected:
  /// The text with repositories where they always lie.
  static std::string with_repos(std::string text) {
    const std::string there = test::source_dir() + "/scenarios/repos/";
    for (const char before : {' ', '['}) {
      const auto mark = before + std::string("repos/");
      for (auto at = text.find(mark); at != std::string::npos;
           at = text.find(mark, at + there.size())) {
        text.replace(at + 1, mark.size() - 1, there);
      }
    }
    return text;
  }

  /// A scenario of two clusters and five minutes in a file of its own.
  std::string scenario(const std::string& rest) {
    dir_.write("s.yaml", with_repos(two_clusters(rest, "5m")));
    return dir_.at("s.yaml");
  }

  /// A smaller one: a cluster without anything on it, two minutes.
  std::string small(const std::string& rest, const std::string& name = "small.yaml") {
    dir_.write(name,
               "scenario: small\nbecause: a test plays it\nlasts: 2m\nworld:\n"
               "  hub: {region: us-east}\n  clusters:\n    prod: {region: us-east}\n" +
                   rest);
    return dir_.at(name);
  }

  TempDir dir_;
};

inline constexpr const char* kOutage =
    "faults:\n  lost: {what: region-loss, on: prod, at: 2m, for: 1m}\n";

}  // namespace spokelab::harness
