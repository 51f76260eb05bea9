#include "harness/cli/runs/instant.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <optional>
#include <vector>

#include "base/duration.h"
#include "harness/scenario/diagnostic.h"

namespace spokelab::harness {

namespace {

/// "00:05:41.6" as a span; nullopt when it is none.
std::optional<Nanos> clock_span(const std::string& text) {
  std::vector<std::int64_t> parts;
  std::string_view rest = text;
  std::string_view decimals;
  if (const auto dot = rest.find('.'); dot != std::string_view::npos) {
    decimals = rest.substr(dot + 1);
    rest = rest.substr(0, dot);
  }
  for (;;) {
    const auto colon = rest.find(':');
    const auto part = rest.substr(0, colon);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    const bool good = error == std::errc() && end == part.data() + part.size() && number >= 0 &&
                      number < 1'000'000 && (parts.empty() || number < 60);
    if (!good) return std::nullopt;
    parts.push_back(number);
    if (colon == std::string_view::npos) break;
    rest = rest.substr(colon + 1);
  }
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  std::int64_t seconds = 0;
  for (const auto part : parts) seconds = seconds * 60 + part;
  Nanos span = std::chrono::seconds(seconds);
  std::int64_t weight = 100'000'000;
  for (const char digit : decimals) {
    if (digit < '0' || digit > '9') return std::nullopt;
    span += Nanos((digit - '0') * weight);
    weight /= 10;
  }
  return span;
}

}  // namespace

Result<RunTime> instant_of(const std::string& text, const reports::Run& run) {
  if (const auto span = parse_duration(text); span && *span >= Nanos(0) && text != "0")
    return RunTime(*span);
  if (const auto span = clock_span(text)) return RunTime(*span);
  if (text.starts_with('#')) {
    std::uint64_t number = 0;
    const auto* first = text.data() + 1;
    const auto* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, number);
    if (error == std::errc() && end == last && number >= 1 && number <= run.events.size())
      return run.events[number - 1].at;
    return Error(Errc::not_found,
                 fmt::format("{}: the run has {} events", text, run.events.size()));
  }
  std::vector<std::string> names;
  for (const auto& event : run.events) {
    std::string name;
    if (event.kind == EventKind::run && event.subject == "run.phase") {
      name = event.value;
    } else if (event.kind == EventKind::fault) {
      const auto of = event.subject.substr(event.subject.find('.') + 1);
      if (event.value == "active") name = of + ".start";
      if (event.value == "healed") name = of + ".end";
      if (event.value == "done" || event.value == "failed") {
        if (text == of + ".start" || text == of + ".end") return event.at;
        names.push_back(of + ".start");
      }
    }
    if (name.empty()) continue;
    if (name == text) return event.at;
    names.push_back(std::move(name));
  }
  const auto near = nearest(text, names);
  return Error(
      Errc::bad_input,
      fmt::format("'{}' is neither a time (5m41.6s, 00:05:41.6) nor an event of this run{}", text,
                  near.empty() ? fmt::format(": {}", fmt::join(names, ", "))
                               : fmt::format("; did you mean {}?", near)));
}

}  // namespace spokelab::harness
