// Signs and colours of a terminal, for those who print to it.
#pragma once

#include <string>
#include <string_view>

#include "reports/terminal.h"

namespace spokelab::reports {

enum class Ink { none, red, green, yellow, blue, dim, bold };

/// The text in that colour, or as it is when colours are not wanted.
inline std::string paint(std::string_view text, Ink ink, const TerminalOptions& options) {
  if (!options.colour || ink == Ink::none) return std::string(text);
  constexpr std::string_view kCodes[] = {"", "31", "32", "33", "34", "2", "1"};
  return "\033[" + std::string(kCodes[static_cast<std::size_t>(ink)]) + "m" + std::string(text) +
         "\033[0m";
}

inline std::string_view dash(const TerminalOptions& options) { return options.ascii ? "-" : "─"; }
inline std::string_view at_most(const TerminalOptions& options) {
  return options.ascii ? "<=" : "≤";
}
inline std::string_view cut_mark(const TerminalOptions& options) {
  return options.ascii ? "..." : "…";
}

/// Columns to print in.
inline std::size_t width_of(const TerminalOptions& options) {
  return options.width < 60 ? 60 : options.width > 200 ? 200 : options.width;
}

}  // namespace spokelab::reports
