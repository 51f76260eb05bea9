#include "harness/look/table.h"

#include <algorithm>

#include "reports/text.h"

namespace spokelab::harness {

std::string TextTable::text() const {
  auto rows = rows_;
  std::vector<std::size_t> widths;
  for (auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = reports::clean(row[i]);
      if (i + 1 < row.size()) widths[i] = std::max(widths[i], reports::columns(row[i]));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += i + 1 < row.size() ? reports::pad(row[i], widths[i]) : row[i];
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  return out;
}

}  // namespace spokelab::harness
