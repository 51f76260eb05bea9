#include "harness/shrink/identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/json.h"

namespace spokelab::harness {

namespace {

using reports::Verdict;

/// A sentence without what differs from run to run: words with digits in them become '#'.
std::string without_numbers(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    if (!out.empty()) out += ' ';
    out += word.find_first_of("0123456789") == std::string_view::npos ? std::string(word) : "#";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// The rule of every run that a complaint is about: "two owners: at 00:05:00.1 hub-1 wrote ..." is
/// about two owners, whoever they are. Empty for other sentences.
std::string rule_of(std::string_view reason) {
  constexpr std::string_view kThen = ": at ";
  const auto at = reason.find(kThen);
  if (at == std::string_view::npos || at + kThen.size() >= reason.size()) return "";
  const char first = reason[at + kThen.size()];
  return first >= '0' && first <= '9' ? std::string(reason.substr(0, at)) : "";
}

/// In which way an expectation failed.
std::string way_of(const reports::Expectation& one) {
  constexpr std::array<std::string_view, 6> kWays{"never evaluated",     "broken at",
                                                  "not true by the end", "not true by",
                                                  "never held for",      "the run broke off"};
  for (const auto way : kWays) {
    if (one.message.starts_with(way)) return std::string(way);
  }
  return "";
}

std::string name_of_check(const reports::Expectation& one) {
  // A rule of every run is written nowhere, and may tell times of this run.
  if (one.place.line > 0) return one.text;
  const auto colon = one.text.find(':');
  return colon == std::string::npos ? without_numbers(one.text) : one.text.substr(0, colon);
}

}  // namespace

Ending ending_of(const reports::Run& run) {
  Ending out;
  out.verdict = run.verdict;
  // Reasons are sentences; those about limits and expectations can be named exactly.
  std::map<std::string, std::string> known;
  for (const auto& one : run.expectations) {
    if (one.verdict == Verdict::passed) continue;
    const auto way = way_of(one);
    known.emplace(fmt::format("{}: {}", one.text, one.message),
                  name_of_check(one) + (way.empty() ? "" : fmt::format(" ({})", way)));
  }
  const auto add = [&](std::string failure) {
    if (std::find(out.failures.begin(), out.failures.end(), failure) == out.failures.end())
      out.failures.push_back(std::move(failure));
  };
  const auto limit_of = [&](const std::string& reason) -> std::string {
    for (const auto& timing : run.timings) {
      if (timing.verdict == Verdict::passed) continue;
      const auto begins = fmt::format("{} of {} ", timing.name, timing.fault);
      if (!reason.starts_with(begins)) continue;
      return fmt::format("limit {}.{} ({})", timing.fault, timing.name,
                         timing.measured ? "over" : "never happened");
    }
    return "";
  };
  for (const auto& reason : run.reasons) {
    if (const auto limit = limit_of(reason); !limit.empty()) {
      add(limit);
    } else if (const auto check = known.find(reason); check != known.end()) {
      add(check->second);
    } else if (const auto rule = rule_of(reason); !rule.empty()) {
      add(rule);
    } else {
      add(without_numbers(reason));
    }
  }
  return out;
}

Ending crash_ending(const std::string& why) { return {Verdict::failed, {"crash: " + why}}; }

bool fails_alike(const Ending& original, const Ending& smaller) {
  if (!smaller.failed() || smaller.verdict != original.verdict) return false;
  if (original.failures.empty() || smaller.failures.empty()) {
    return original.failures.empty() && smaller.failures.empty();
  }
  if (smaller.failures.front() != original.failures.front()) return false;
  return std::all_of(smaller.failures.begin(), smaller.failures.end(), [&](const auto& one) {
    return std::find(original.failures.begin(), original.failures.end(), one) !=
           original.failures.end();
  });
}

std::string print(const Ending& ending) {
  return Json{{"verdict", reports::name_of(ending.verdict)}, {"failures", ending.failures}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

Ending parse_ending(const std::string& text) {
  const auto document = parse_json(text);
  if (!document) return crash_ending("an answer that cannot be read");
  const auto verdict = reports::verdict_of(text_at(*document, {"verdict"}));
  const auto* failures = find(*document, {"failures"});
  if (!verdict || failures == nullptr || !failures->is_array())
    return crash_ending("an answer that cannot be read");
  Ending out;
  out.verdict = *verdict;
  for (const auto& one : *failures) {
    if (one.is_string()) out.failures.push_back(one.get<std::string>());
  }
  return out;
}

}  // namespace spokelab::harness
