#include "harness/scenario/reading/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "harness/scenario/diagnostic.h"

namespace spokelab::harness {

namespace {

/// "120%" or "1.5%" as millionths, up to 10,000%; nullopt otherwise.
std::optional<std::int64_t> parse_part(std::string_view text) {
  constexpr std::int64_t kMost = 100'000'000;
  text.remove_suffix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  auto decimals = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 6 &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(whole) || (point != std::string_view::npos && !digits(decimals))) return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), value);
  value *= 10'000;
  std::int64_t step = 1'000;
  for (const char c : decimals) {
    value += (c - '0') * step;
    step /= 10;
  }
  if (value > kMost) return std::nullopt;
  return value;
}

}  // namespace

const std::vector<Measure>& measures() {
  static const std::vector<Measure> all{
      {"requests", "cluster", "requests of the hub to its API server"},
      {"lists", "cluster", "those that list"},
      {"writes", "cluster", "those that write"},
      {"dials", "cluster", "connections that the hub tries to open to it"},
      {"syncs", "app", "sync operations begun"},
      {"fetches", "", "questions to Git servers"},
      {"alerts", "", "notifications delivered"},
      {"failed", "traffic", "users' requests that failed"}};
  return all;
}

Result<Budget> parse_budget(std::string_view key, std::string_view text) {
  Budget out;
  out.key = std::string(key);
  out.text = std::string(text);
  const auto dot = key.find('.');
  out.measure = std::string(key.substr(0, dot));
  out.object = dot == std::string_view::npos ? "" : std::string(key.substr(dot + 1));
  std::vector<std::string> names;
  for (const auto& one : measures()) names.emplace_back(one.name);
  const auto known = std::find_if(measures().begin(), measures().end(),
                                  [&](const Measure& one) { return one.name == out.measure; });
  if (known == measures().end()) {
    const auto near = nearest(out.measure, names);
    return Error(Errc::bad_input, near.empty()
                                      ? fmt::format("there is no budget `{}`; there are {}",
                                                    out.measure, fmt::join(names, ", "))
                                      : fmt::format("there is no budget `{}`; did you mean `{}`?",
                                                    out.measure, near));
  }
  if (known->of.empty() != out.object.empty()) {
    return Error(Errc::bad_input,
                 known->of.empty()
                     ? fmt::format("`{}` is counted for all together; write `{}`", key, known->name)
                     : fmt::format("`{0}` is counted for each {1}; write for instance `{0}.*`",
                                   known->name, known->of));
  }
  if (text.ends_with('%')) {
    const auto part = parse_part(text);
    if (!part)
      return Error(Errc::bad_input,
                   fmt::format("'{}' is no share; write for instance 120%, at most 10000%", text));
    out.part = *part;
  } else if (text.find('/') != std::string_view::npos) {
    const auto rate = parse_rate(text);
    if (!rate) return rate.error();
    out.rate = *rate;
  } else {
    const auto whole = parse_whole(text);
    if (!whole || *whole > 1'000'000'000'000ULL) {
      return Error(Errc::bad_input,
                   fmt::format("'{}' is no budget; write a number (200), a rate (600/m) or a "
                               "share (120%)",
                               text));
    }
    out.total = static_cast<std::int64_t>(*whole);
  }
  return out;
}

}  // namespace spokelab::harness
