// Diagnostics: what is wrong with a file, where, and what to write instead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spokelab::harness {

/// A stretch of one line of one file. `line` and `column` count from 1, column and length in bytes;
/// line 0 means "no place in particular". `file` indexes Sources.
struct Position {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// The texts that positions point into.
class Sources {
 public:
  /// Keeps a file and returns its index.
  std::uint32_t add(std::string path, std::string text);
  std::size_t size() const noexcept { return files_.size(); }
  const std::string& path(std::uint32_t file) const;
  const std::string& text(std::uint32_t file) const;
  /// One line without its line end; empty beyond the end of the file.
  std::string_view line(std::uint32_t file, std::uint32_t number) const;
  /// The column counted in characters, from 1; `at` must point into a line.
  std::size_t column(Position at) const;
  /// "scenarios/a.yaml:31:9", the column as column() counts it.
  std::string describe(Position at) const;

 private:
  struct File {
    std::string path;
    std::string text;
    std::vector<std::size_t> starts;
  };
  std::vector<File> files_;
};

enum class Severity : std::uint8_t { error, warning };

/// One finding. `code` is stable ("SL2001"): SL1xxx syntax, SL2xxx form, SL3xxx meaning.
struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;
  Position at;
  std::string message;  ///< One sentence that stands alone.
  std::string fix;      ///< What to write instead; may be empty.
  Position related;     ///< A second place that matters, or line 0.
  std::string related_label;
};

/// Collects findings; keeps at most kKept of them and counts the rest. The same finding is kept
/// once.
class Diagnostics {
 public:
  static constexpr std::size_t kKept = 200;

  void error(std::string_view code, Position at, std::string message, std::string fix = "");
  void warning(std::string_view code, Position at, std::string message, std::string fix = "");
  void add(Diagnostic diagnostic);
  bool has_errors() const noexcept { return errors_ > 0; }
  std::size_t errors() const noexcept { return errors_; }
  std::size_t left_out() const noexcept { return left_out_; }
  const std::vector<Diagnostic>& all() const noexcept { return all_; }
  /// By file, line and column; equal places in the order they were found.
  void sort();

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
  std::size_t left_out_ = 0;
};

/// One finding as compilers print it: the sentence, the place, the source line, a caret, the fix.
std::string render(const Diagnostic& diagnostic, const Sources& sources, bool colour = false);
/// All of them, and a last line that counts.
std::string render(const Diagnostics& diagnostics, const Sources& sources, bool colour = false);

/// Edits (insert, delete, replace, swap of neighbours) between two words. Words longer than 64
/// bytes count as entirely different.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate closest to `word`, at most max(1, length/3) edits away and differing in case at
/// will; empty when none is. Looks at the first 1,000 candidates.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// What a code means and how to put it right, for `spokelab explain SL2001`; empty for unknown
/// codes.
std::string explain_code(std::string_view code);
/// All codes, sorted.
std::vector<std::string> diagnostic_codes();

}  // namespace spokelab::harness
