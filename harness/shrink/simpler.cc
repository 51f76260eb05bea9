#include "harness/shrink/simpler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/duration.h"
#include "harness/scenario/reading/scalar.h"
#include "harness/scenario/values.h"

namespace spokelab::harness {

namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 40> kSpans{
    "1ms", "2ms", "5ms", "10ms", "20ms", "50ms", "100ms", "200ms", "500ms", "1s",
    "2s",  "5s",  "10s", "15s",  "20s",  "30s",  "1m",    "2m",    "3m",    "4m",
    "5m",  "10m", "15m", "20m",  "30m",  "1h",   "2h",    "3h",    "6h",    "12h",
    "24h", "48h", "72h", "168h", "240h", "336h", "720h",  "2160h", "4320h", "8760h"};

constexpr std::array<std::uint64_t, 14> kCounts{1,   2,   3,   5,    10,   20,   50,
                                                100, 200, 500, 1000, 2000, 5000, 10000};

std::vector<std::string> simpler_spans(std::string_view text) {
  std::vector<std::string> out;
  const auto span = parse_duration(text);
  if (!span || *span <= Nanos(0)) return out;
  // Of seconds and more, milliseconds are not simpler.
  const auto least =
      *span >= std::chrono::seconds(1) ? Nanos(std::chrono::seconds(1)) : Nanos(milliseconds(1));
  for (const auto rung : kSpans) {
    const auto round = *parse_duration(rung);
    if (round >= least && round < *span) out.emplace_back(rung);
  }
  if (is_round(text)) return out;
  for (const Nanos unit : {Nanos(std::chrono::minutes(1)), Nanos(std::chrono::seconds(10)),
                           Nanos(std::chrono::seconds(1)), Nanos(milliseconds(100))}) {
    const auto cut = *span / unit * unit;
    if (cut <= Nanos(0) || cut == *span) continue;
    auto words = exact_duration(cut);
    if (std::find(out.begin(), out.end(), words) == out.end()) out.push_back(std::move(words));
  }
  return out;
}

std::vector<std::string> simpler_counts(std::uint64_t count, std::string_view behind = "") {
  std::vector<std::string> out;
  for (const auto rung : kCounts) {
    if (rung < count) out.push_back(fmt::format("{}{}", rung, behind));
  }
  return out;
}

std::vector<std::string> simpler_shares(std::string_view text) {
  const auto share = parse_share(text);
  if (!share) return {};
  constexpr std::array<std::string_view, 2> kSimplest{"100%", "50%"};
  std::vector<std::string> out;
  for (const auto one : kSimplest) {
    if (text == one) return out;
    out.emplace_back(one);
  }
  for (const std::uint32_t unit : {100'000U, 10'000U}) {
    if (share->millionths % unit == 0) break;
    const auto near = (share->millionths + unit / 2) / unit * unit;
    if (near > 0) out.push_back(format_share(Share{near}));
  }
  return out;
}

}  // namespace

bool is_round(std::string_view duration) {
  const auto span = parse_duration(duration);
  if (!span) return false;
  return std::any_of(kSpans.begin(), kSpans.end(),
                     [&](std::string_view rung) { return *parse_duration(rung) == *span; });
}

std::vector<std::string> rounder_values(const Field& field, std::string_view text) {
  const auto span = parse_duration(text);
  if (field.type != Type::duration || !span || is_round(text)) return {};
  for (const auto rung : kSpans) {
    if (*parse_duration(rung) <= *span) continue;
    if (check_scalar(field.type, field.path, rung, true, field.limits, {})) return {};
    return {std::string(rung)};
  }
  return {};
}

std::vector<std::string> simpler_values(const Field& field, std::string_view text) {
  std::vector<std::string> out;
  switch (field.type) {
    case Type::duration:
      out = simpler_spans(text);
      break;
    case Type::percent:
      out = simpler_shares(text);
      break;
    case Type::count:
      if (field.path.ends_with("/code")) return {};  // a name rather than a number
      if (const auto count = parse_whole(text)) out = simpler_counts(*count);
      break;
    case Type::rate:
      if (const auto rate = parse_rate(text); rate && rate->count > 0) {
        out = simpler_counts(static_cast<std::uint64_t>(rate->count),
                             text.substr(std::min(text.find('/'), text.size())));
      }
      break;
    default:
      return {};
  }
  std::erase_if(out, [&](const std::string& one) {
    return one == text ||
           check_scalar(field.type, field.path, one, true, field.limits, {}).has_value();
  });
  return out;
}

}  // namespace spokelab::harness
