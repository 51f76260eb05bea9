#include "harness/look/line_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace spokelab::harness {

namespace {

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

/// One line of the script: in both texts, only in the first, or only in the second.
struct Edit {
  char sign = ' ';
  std::string_view line;
};

/// Myers' greedy walk over the middle parts; nullopt beyond kDifferencesMax.
std::optional<std::vector<Edit>> shortest_script(const Lines& a, const Lines& b) {
  const auto n = static_cast<std::int64_t>(a.size());
  const auto m = static_cast<std::int64_t>(b.size());
  const auto most = std::min<std::int64_t>(n + m, static_cast<std::int64_t>(kDifferencesMax));
  const auto offset = most + 1;
  std::vector<std::int64_t> furthest(static_cast<std::size_t>(2 * offset + 1), 0);
  const auto at = [&](std::vector<std::int64_t>& row, std::int64_t k) -> std::int64_t& {
    return row[static_cast<std::size_t>(k + offset)];
  };
  // Rows as they were before each step, cut to what that step may read: memory grows with the
  // square of the differences, not of the texts.
  std::vector<std::vector<std::int64_t>> steps;
  const auto goes_down = [&](std::vector<std::int64_t>& row, std::int64_t k, std::int64_t d) {
    return k == -d || (k != d && at(row, k - 1) < at(row, k + 1));
  };
  for (std::int64_t d = 0; d <= most; ++d) {
    steps.emplace_back(furthest.begin() + (offset - d - 1), furthest.begin() + (offset + d + 2));
    for (std::int64_t k = -d; k <= d; k += 2) {
      std::int64_t x = goes_down(furthest, k, d) ? at(furthest, k + 1) : at(furthest, k - 1) + 1;
      std::int64_t y = x - k;
      while (x < n && y < m && a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(y)]) {
        ++x;
        ++y;
      }
      at(furthest, k) = x;
      if (x < n || y < m) continue;
      // Found: walk back.
      std::vector<Edit> script;
      for (std::int64_t step = d; x > 0 || y > 0; --step) {
        const auto& row = steps[static_cast<std::size_t>(step)];
        const auto then = [&](std::int64_t diagonal) {
          return row[static_cast<std::size_t>(diagonal + step + 1)];
        };
        const auto here = x - y;
        const bool down = here == -step || (here != step && then(here - 1) < then(here + 1));
        const auto before = down ? here + 1 : here - 1;
        const auto from_x = step == 0 ? 0 : then(before);
        const auto from_y = step == 0 ? 0 : from_x - before;
        while (x > from_x && y > from_y) {
          script.push_back({' ', a[static_cast<std::size_t>(--x)]});
          --y;
        }
        if (step == 0) break;
        if (down) {
          script.push_back({'+', b[static_cast<std::size_t>(--y)]});
        } else {
          script.push_back({'-', a[static_cast<std::size_t>(--x)]});
        }
      }
      std::reverse(script.begin(), script.end());
      return script;
    }
  }
  return std::nullopt;
}

std::vector<Edit> script_of(const Lines& a, const Lines& b) {
  std::size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  const auto middle = [&](const Lines& lines) {
    return Lines(lines.begin() + static_cast<std::ptrdiff_t>(head),
                 lines.end() - static_cast<std::ptrdiff_t>(tail));
  };
  const Lines from = middle(a);
  const Lines to = middle(b);
  std::vector<Edit> script;
  for (std::size_t i = 0; i < head; ++i) script.push_back({' ', a[i]});
  if (const auto found = shortest_script(from, to)) {
    script.insert(script.end(), found->begin(), found->end());
  } else {
    for (const auto line : from) script.push_back({'-', line});
    for (const auto line : to) script.push_back({'+', line});
  }
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) script.push_back({' ', a[i]});
  return script;
}

/// "12,3", or "12" for one line; the line before for none, as diff has it.
std::string range(std::size_t first, std::size_t count) {
  if (count == 1) return std::to_string(first);
  return fmt::format("{},{}", count == 0 ? first - 1 : first, count);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::size_t context) {
  if (before == after) return "";
  const auto script = script_of(lines_of(before), lines_of(after));
  std::string out;
  std::size_t line_a = 1;
  std::size_t line_b = 1;
  for (std::size_t i = 0; i < script.size();) {
    if (script[i].sign == ' ') {
      ++line_a;
      ++line_b;
      ++i;
      continue;
    }
    // A hunk: from `context` lines before, to where more than twice that many are the same.
    std::size_t first = i;
    while (first > 0 && i - first < context && script[first - 1].sign == ' ') --first;
    std::size_t end = i;  // one past the last difference
    for (std::size_t j = i, same = 0; j < script.size() && same <= 2 * context; ++j) {
      same = script[j].sign == ' ' ? same + 1 : 0;
      if (same == 0) end = j + 1;
    }
    std::size_t last = end;
    while (last < script.size() && last - end < context) ++last;
    const auto lead = i - first;
    std::size_t count_a = 0;
    std::size_t count_b = 0;
    std::string body;
    for (std::size_t j = first; j < last; ++j) {
      if (script[j].sign != '+') ++count_a;
      if (script[j].sign != '-') ++count_b;
      body += fmt::format("{}{}\n", script[j].sign, script[j].line);
    }
    const auto start_a = line_a - lead;
    const auto start_b = line_b - lead;
    out += fmt::format("@@ -{} +{} @@\n{}", range(start_a, count_a), range(start_b, count_b), body);
    line_a = start_a + count_a;
    line_b = start_b + count_b;
    i = last;
  }
  return out;
}

}  // namespace spokelab::harness
