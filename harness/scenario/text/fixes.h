// Fixes: changes of a file's text that put right what diagnostics complain of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/load.h"

namespace spokelab::harness {

/// A change of one file: the bytes from `begin` to `end` become `text`.
struct TextEdit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
  friend bool operator==(const TextEdit&, const TextEdit&) = default;
};

/// The text with all edits made. They must lie within it and not overlap; any order.
std::string apply_edits(std::string_view text, std::vector<TextEdit> edits);

/// What a diagnostic's fix says to write, as an edit of its file; nullopt where more than one thing
/// could be meant. Fixes are worded in a few forms, and these are certain:
///
///     did you mean `X`?      it is called `X` here      write X      write "X" [if it is text]
///
/// and tabs that indent a line, of which each becomes two spaces. "write 5s, 5m or 5ms" and
/// examples are not.
std::optional<TextEdit> edit_of(const Diagnostic& diagnostic, const Sources& sources);

/// One change that was made: where it stood, what stood there, what stands there now.
struct Fixed {
  std::string place;  ///< "a.yaml:7:46", in the text as it was when it was changed.
  std::string before;
  std::string after;
  std::string why;  ///< The diagnostic's sentence.
};

struct FixedText {
  std::string text;
  std::vector<Fixed> fixed;  ///< Empty: the text is as it was.
};

/// Makes every certain fix in the file itself (not in its modules), reads it again, and goes on
/// while that shows more to fix. An edit that would make the text no YAML, or a key stand twice, is
/// left.
FixedText fix_scenario(const std::string& path, const std::string& text,
                       const LoadOptions& options);

}  // namespace spokelab::harness
