// Parsers and printers of the scenario's quantities and references.
#include "harness/scenario/values.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/duration.h"

namespace spokelab::harness {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

template <class... Args>
Error bad(fmt::format_string<Args...> form, Args&&... args) {
  return Error(Errc::bad_input, fmt::format(form, std::forward<Args>(args)...));
}

}  // namespace

bool slower(const Rate& a, const Rate& b) {
  return static_cast<__int128>(a.count) * b.per.count() <
         static_cast<__int128>(b.count) * a.per.count();
}

Result<Nanos> parse_span(std::string_view text) {
  if (text == "0") return bad("'0' has no unit; write 0s");
  auto span = parse_duration(text);
  if (span && *span < Nanos(0)) return bad("'{}' is negative; a span of time is not", text);
  return span;
}

Result<Share> parse_share(std::string_view text) {
  if (text.empty() || text.back() != '%') {
    if (is_digits(text)) return bad("'{0}' has no unit; write {0}%", text);
    return bad("'{}' is no share; write for instance 30%", text);
  }
  const auto number = text.substr(0, text.size() - 1);
  const auto point = number.find('.');
  const auto whole = number.substr(0, point);
  const auto decimals =
      point == std::string_view::npos ? std::string_view() : number.substr(point + 1);
  if (!is_digits(whole) || whole.size() > 6 ||
      (point != std::string_view::npos && !is_digits(decimals))) {
    return bad("'{}' is no share; write for instance 30% or 99.9%", text);
  }
  if (decimals.size() > 4) return bad("'{}' is finer than 0.0001%", text);
  std::uint32_t parts = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), parts);
  parts = parts > 100'000 ? 1'000'000'000 : parts * 10'000;
  std::uint32_t weight = 1'000;
  for (const char digit : decimals) {
    parts += static_cast<std::uint32_t>(digit - '0') * weight;
    weight /= 10;
  }
  return Share{parts};
}

Result<Rate> parse_rate(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    if (is_digits(text)) return bad("'{0}' has no unit; write {0}/s", text);
    return bad("'{}' is no rate; write for instance 200/s", text);
  }
  const auto number = text.substr(0, slash);
  std::string span(text.substr(slash + 1));
  if (!is_digits(number) || number.size() > 9) {
    return bad("'{}' is no rate; write a whole number, as in 200/s or 1/30s", text);
  }
  if (span == "min") span = "m";
  if (!span.empty() && !is_digit(span[0])) span = "1" + span;
  const auto per = parse_duration(span);
  if (!per || *per <= Nanos(0))
    return bad("'{}' is no rate; write for instance 200/s, 5/m or 1/30s", text);
  Rate rate;
  std::from_chars(number.data(), number.data() + number.size(), rate.count);
  rate.per = *per;
  return rate;
}

Result<Bytes> parse_bytes(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  static constexpr std::array<Unit, 7> kUnits{{{"KiB", 1ULL << 10},
                                               {"MiB", 1ULL << 20},
                                               {"GiB", 1ULL << 30},
                                               {"kB", 1'000},
                                               {"MB", 1'000'000},
                                               {"GB", 1'000'000'000},
                                               {"B", 1}}};
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const auto unit_text = text.substr(digits);
  if (digits > 0 && unit_text.empty()) return bad("'{0}' has no unit; write {0}MiB or {0}B", text);
  for (const auto& unit : kUnits) {
    if (unit_text != unit.name || digits == 0 || digits > 9) continue;
    std::uint64_t count = 0;
    std::from_chars(text.data(), text.data() + digits, count);
    return Bytes{count * unit.bytes};
  }
  return bad("'{}' is no size; write for instance 64MiB (B, kB, MB, GB, KiB, MiB, GiB)", text);
}

Result<Bytes> parse_byte_rate(std::string_view text) {
  if (text.size() > 2 && text.substr(text.size() - 2) == "/s")
    return parse_bytes(text.substr(0, text.size() - 2));
  if (const auto bytes = parse_bytes(text)) return bad("'{0}' is no rate; write {0}/s", text);
  return bad("'{}' is no bandwidth; write for instance 1MiB/s", text);
}

Result<std::uint64_t> parse_whole(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!is_digits(text) || read.ptr != text.data() + text.size() ||
      read.ec == std::errc::invalid_argument) {
    return bad("'{}' is no whole number; write for instance 3", text);
  }
  if (read.ec != std::errc()) return bad("'{}' is larger than any number here may be", text);
  if (text.size() > 1 && text[0] == '0') {
    const auto plain = text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
    return bad("'{}' begins with 0, which YAML 1.1 reads as octal; write {}", text, plain);
  }
  return number;
}

Result<ServiceRef> parse_service(std::string_view text) {
  const auto slash = text.find('/');
  ServiceRef out;
  if (slash != std::string_view::npos) {
    out = ServiceRef{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
  }
  if (!is_name(out.ns) || !is_name(out.name)) {
    return bad("'{}' is no service; write NAMESPACE/NAME, for instance agent/agent-service", text);
  }
  return out;
}

Result<ObjectRef> parse_object_ref(std::string_view text) {
  const auto space = text.find(' ');
  const auto wrong = [&] {
    return bad(
        "'{}' names no object; write KIND NAMESPACE/NAME, for instance deployment agent/agent-prod",
        text);
  };
  if (space == std::string_view::npos || space == 0) return wrong();
  ObjectRef out;
  for (const char c : text.substr(0, space)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const char lower = upper ? static_cast<char>(c - 'A' + 'a') : c;
    if (!is_digit(lower) && !(lower >= 'a' && lower <= 'z') && lower != '.' && lower != '-')
      return wrong();
    out.kind += lower;
  }
  const auto rest = trimmed(text.substr(space + 1));
  const auto slash = rest.find('/');
  out.name = slash == std::string_view::npos ? rest : rest.substr(slash + 1);
  if (slash != std::string_view::npos) {
    out.ns = rest.substr(0, slash);
    if (!is_name(out.ns)) return wrong();
  }
  // Names may be DNS subdomains, and RBAC names hold colons.
  if (out.name.empty() || out.name.size() > 253 ||
      out.name.find_first_of(" /") != std::string::npos) {
    return wrong();
  }
  return out;
}

Result<std::pair<std::string, std::string>> parse_link(std::string_view text) {
  const auto arrow = text.find("<->");
  if (arrow == std::string_view::npos) {
    return bad("'{}' is no path between two places; write A <-> B, for instance hub <-> prod",
               text);
  }
  const auto a = trimmed(text.substr(0, arrow));
  const auto b = trimmed(text.substr(arrow + 3));
  if (a.empty() || b.empty() || b.find("<->") != std::string_view::npos) {
    return bad("'{}' needs one place on each side of <->", text);
  }
  return std::pair(std::string(a), std::string(b));
}

std::string exact_duration(Nanos span) {
  auto left = span.count();
  if (left == 0) return "0s";
  std::string out = left < 0 ? "-" : "";
  const bool negative = left < 0;
  auto size = negative ? 0 - static_cast<std::uint64_t>(left) : static_cast<std::uint64_t>(left);
  const auto take = [&](std::uint64_t unit, std::string_view name) {
    if (size >= unit) out += fmt::format("{}{}", size / unit, name);
    size %= unit;
  };
  take(3'600'000'000'000ULL, "h");
  take(60'000'000'000ULL, "m");
  take(1'000'000'000ULL, "s");
  take(1'000'000ULL, "ms");
  take(1'000ULL, "us");
  take(1ULL, "ns");
  return out;
}

std::string format_share(Share share) {
  auto out = fmt::format("{}.{:04}", share.millionths / 10'000, share.millionths % 10'000);
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out + "%";
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  for (const char c : text) {
    if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-') return false;
  }
  return true;
}

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Result<std::optional<Draw>> parse_draw(std::string_view text) {
  constexpr std::size_t kOptionsMax = 20;
  Draw draw;
  if (text.substr(0, 4) == "any[") {
    if (text.back() != ']') return bad("'{}' is not closed; write any[a, b]", text);
    std::string_view rest = text.substr(4, text.size() - 5);
    for (;;) {
      const auto comma = rest.find(',');
      const auto option = trimmed(rest.substr(0, comma));
      if (option.empty()) return bad("'{}' has an empty choice; write any[a, b]", text);
      draw.options.emplace_back(option);
      if (draw.options.size() > kOptionsMax)
        return bad("any[...] takes at most {} choices", kOptionsMax);
      if (comma == std::string_view::npos) return std::optional<Draw>(std::move(draw));
      rest = rest.substr(comma + 1);
    }
  }
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return std::optional<Draw>();
  const auto low = trimmed(text.substr(0, dots));
  const auto high = trimmed(text.substr(dots + 2));
  if (low.empty() || high.empty() || high.front() == '.') return std::optional<Draw>();
  draw.range = true;
  draw.options = {std::string(low), std::string(high)};
  return std::optional<Draw>(std::move(draw));
}

}  // namespace spokelab::harness
