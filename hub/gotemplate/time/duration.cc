// Go's durations: "1h30m".
#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/time/layout.h"
#include "hub/gotemplate/time_format.h"

namespace spokelab::hub::gotemplate {

namespace {

constexpr std::uint64_t kTop = std::uint64_t{1} << 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint64_t unit_nanos(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "µs" || unit == "μs") return 1'000;
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return 1'000'000'000;
  if (unit == "m") return 60'000'000'000;
  return unit == "h" ? 3'600'000'000'000 : 0;
}

struct Digits {
  std::uint64_t value = 0;
  double scale = 1;
  bool any = false;
  bool overflow = false;
};

Digits take_digits(std::string_view& text) {
  Digits out;
  while (!text.empty() && is_digit(text[0])) {
    out.any = true;
    if (out.value > (kTop - 1) / 10)
      out.overflow = true;
    else
      out.value = out.value * 10 + static_cast<std::uint64_t>(text[0] - '0');
    if (!out.overflow) out.scale *= 10;
    text.remove_prefix(1);
  }
  out.overflow = out.overflow || out.value > kTop;
  return out;
}

}  // namespace

Result<std::int64_t> parse_go_duration(std::string_view text) {
  const std::string_view whole = text;
  const auto failure = [&](const std::string& what) {
    return Error(Errc::bad_input, "time: " + what + " " + quoted_bytes(whole));
  };
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return failure("invalid duration");
  std::uint64_t total = 0;
  while (!text.empty()) {
    const Digits digits = take_digits(text);
    if (digits.overflow) return failure("invalid duration");
    Digits fraction;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      fraction = take_digits(text);
    }
    if (!digits.any && !fraction.any) return failure("invalid duration");
    std::size_t end = 0;
    while (end < text.size() && text[end] != '.' && !is_digit(text[end])) ++end;
    if (end == 0) return failure("missing unit in duration");
    const std::uint64_t unit = unit_nanos(text.substr(0, end));
    if (unit == 0)
      return failure("unknown unit " + quoted_bytes(text.substr(0, end)) + " in duration");
    text.remove_prefix(end);
    if (digits.value > kTop / unit) return failure("invalid duration");
    total += digits.value * unit;
    if (fraction.value > 0) {
      total += static_cast<std::uint64_t>(static_cast<double>(fraction.value) *
                                          (static_cast<double>(unit) / fraction.scale));
    }
    if (total > kTop) return failure("invalid duration");
  }
  if (!negative && total > kTop - 1) return failure("invalid duration");
  return static_cast<std::int64_t>(negative ? ~total + 1 : total);
}

std::string print_go_duration(std::int64_t nanos) {
  if (nanos == 0) return "0s";
  const std::string sign = nanos < 0 ? "-" : "";
  auto size =
      nanos < 0 ? ~static_cast<std::uint64_t>(nanos) + 1 : static_cast<std::uint64_t>(nanos);
  const auto fraction = [](std::uint64_t value, std::uint64_t unit) {
    std::string out = fmt::format("{}", value / unit);
    if (value % unit != 0) {
      std::string part = fmt::format("{}", unit + value % unit).substr(1);
      part.erase(part.find_last_not_of('0') + 1);
      out += "." + part;
    }
    return out;
  };
  if (size < 1000) return fmt::format("{}{}ns", sign, size);
  if (size < 1000000) return sign + fraction(size, 1000) + "µs";
  if (size < 1000000000) return sign + fraction(size, 1000000) + "ms";
  const std::uint64_t seconds = size / 1000000000;
  std::string out = sign;
  if (seconds >= 3600) out += fmt::format("{}h", seconds / 3600);
  if (seconds >= 60) out += fmt::format("{}m", seconds / 60 % 60);
  return out + fraction(size - seconds / 60 * 60000000000ULL, 1000000000) + "s";
}

}  // namespace spokelab::hub::gotemplate
