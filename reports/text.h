// Text that every report needs: cleaning, measuring, wrapping, and how values are written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/run_time.h"
#include "reports/run.h"

namespace spokelab::reports {

/// Valid UTF-8 without control characters or marks that turn the direction of writing: line ends
/// and tabs become blanks unless `keep_lines`, all else that cannot be shown becomes U+FFFD.
std::string clean(std::string_view text, bool keep_lines = false);

/// Columns on a terminal: one for each code point. `text` must be clean.
std::size_t columns(std::string_view text);
/// Fills up with blanks on the right; longer text stays as it is.
std::string pad(std::string text, std::size_t width);
/// Fills up with blanks on the left.
std::string pad_left(std::string text, std::size_t width);
/// Cuts to `width` columns; what is cut ends with `mark`.
std::string fit(std::string_view text, std::size_t width, std::string_view mark = "…");
/// Breaks at blanks into lines of at most `width` columns; longer words are cut. At least one line.
std::vector<std::string> wrap(std::string_view text, std::size_t width);
/// At most `bytes` bytes, never cut within a character.
std::string_view first_bytes(std::string_view text, std::size_t bytes);

/// 1234567 as "1,234,567".
std::string grouped(std::int64_t number);
/// A count with its noun: "1 run", "12 runs".
std::string counted(std::uint64_t number, std::string_view noun);
/// "virtual 31m12s in 90ms (20,800x)"; without the speed when no wall time is known.
std::string pace_of(const Run& run);
/// "prod.yaml:38:7", or "" for what is written nowhere.
std::string text_of(const Place& place);
/// "prod-outage (spokes=3)".
std::string title_of(const Run& run);
/// "18.2s", or "never" when it did not happen.
std::string measured_of(const Timing& timing);
/// "11.8s left", "1.6s over"; "" without a limit or a measurement.
std::string margin_of(const Timing& timing);
/// At most `most` parts in their order; the shortest of the others are joined into "n short steps".
std::vector<TimingPart> main_parts(const Timing& timing, std::size_t most);
/// "first failed probe 13s + second failed probe 10s".
std::string parts_of(const Timing& timing);
/// One sentence that tells the whole run, for the head of a report.
std::string sentence_of(const Run& run);

}  // namespace spokelab::reports
