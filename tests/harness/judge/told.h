// Histories for tests of the judge, written as text: one event a line.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/duration.h"
#include "base/history.h"
#include "harness/scenario/load.h"
#include "tests/harness/scenario/memory_files.h"

namespace spokelab::harness {

inline EventKind kind_named(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(EventKind::check); ++i) {
    if (name_of(static_cast<EventKind>(i)) == name) return static_cast<EventKind>(i);
  }
  ADD_FAILURE() << "no such kind of event: " << name;
  return EventKind::fact;
}

inline Nanos span_of(const std::string& text) {
  const auto span = parse_duration(text);
  EXPECT_TRUE(span) << text;
  return span ? *span : Nanos(0);
}

/// "TIME KIND SUBJECT VALUE [@CLUSTER] [name=span or count ...]" a line; "-" is the empty value.
/// Blank lines are nothing.
inline std::vector<Event> told(const std::string& text) {
  std::vector<Event> events;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string at;
    std::string kind;
    Event event;
    if (!(words >> at >> kind >> event.subject >> event.value)) continue;
    event.id = events.size() + 1;
    event.at = RunTime(span_of(at));
    event.kind = kind_named(kind);
    if (event.value == "-") event.value.clear();
    std::istringstream parts(event.subject);
    std::string root;
    std::getline(parts, root, '.');
    if (root == "cluster") std::getline(parts, event.cluster, '.');
    for (std::string word; words >> word;) {
      if (word[0] == '@') {
        event.cluster = word.substr(1);
        continue;
      }
      const auto equals = word.find('=');
      const auto number = word.substr(equals + 1);
      const bool count = number.find_first_not_of("0123456789") == std::string::npos;
      event.numbers.emplace_back(word.substr(0, equals),
                                 count ? std::stoll(number) : span_of(number).count());
    }
    events.push_back(std::move(event));
  }
  return events;
}

/// A sound scenario of two clusters, 30 minutes and a fault "lost" of prod from 5m to 15m, with
/// these expectations.
struct Written {
  Scenario scenario;
  std::shared_ptr<const Sources> sources;
};
inline Written scenario_expecting(const std::string& expectations) {
  static const MemoryFiles none;
  LoadOptions options;
  options.files = &none;
  const auto loaded = load_scenario_text("s/a.yaml", R"(scenario: judged
because: tests judge it
lasts: 30m
world:
  hub: {region: us-east, replicas: 2}
  clusters:
    prod: {region: us-east}
    dr: {region: eu-west}
  traffic:
    shop:
      users: 10/s
      to: {service: shop/web}
      by: {kind: nlb, order: [prod, dr]}
faults:
  lost: {what: region-loss, on: prod, at: 5m, for: 10m}
expect:
)" + expectations,
                                         options);
  EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
  return {loaded.ok() ? loaded.cases.at(0).resolve(Rng(1)).scenario : Scenario{}, loaded.sources};
}

}  // namespace spokelab::harness
