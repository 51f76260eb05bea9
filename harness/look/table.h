// TextTable: rows of cells, as kubectl and argocd print them.
#pragma once

#include <string>
#include <vector>

namespace spokelab::harness {

/// Columns as wide as their widest cell, two blanks between them, none at the end of a line. A
/// row's last cell widens no column (Go's text/tabwriter).
class TextTable {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const noexcept { return rows_.empty(); }
  /// Cells are cleaned: control characters and line ends do not reach a terminal.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace spokelab::harness
