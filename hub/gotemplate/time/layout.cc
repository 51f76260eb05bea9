// The elements of Go's time layouts.
#include "hub/gotemplate/time/layout.h"

#include <fmt/format.h>

namespace spokelab::hub::gotemplate {

namespace {

// Longest first where one begins another.
constexpr std::array<std::string_view, 32> kParts = {
    "January", "Monday", "-07:00:00", "Z07:00:00", "-07:00", "Z07:00", "-0700", "Z0700",
    "2006",    "Jan",    "Mon",       "MST",       "-07",    "Z07",    "002",   "__2",
    "01",      "02",     "03",        "04",        "05",     "06",     "15",    "_2",
    "PM",      "pm",     "1",         "2",         "3",      "4",      "5",     ".000"};

}  // namespace

std::string_view part_at(std::string_view layout, std::size_t at) {
  const std::string_view rest = layout.substr(at);
  if (rest.starts_with(".0") || rest.starts_with(",0") || rest.starts_with(".9") ||
      rest.starts_with(",9")) {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] == rest[1]) ++end;
    if (end >= rest.size() || rest[end] < '0' || rest[end] > '9') return rest.substr(0, end);
  }
  for (const std::string_view part : kParts) {
    if (part != ".000" && rest.starts_with(part)) {
      if (part == "Jan" && rest.size() > 3 && rest.starts_with("January")) continue;
      return rest.substr(0, part.size());
    }
  }
  return {};
}

std::string quoted_bytes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte >= 0x80)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c == '"' || c == '\\' ? fmt::format("\\{}", c) : std::string(1, c);
  }
  return out + '"';
}

}  // namespace spokelab::hub::gotemplate
