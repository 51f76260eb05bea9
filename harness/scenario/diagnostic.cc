// Diagnostics: the table of codes, rendering, and the search for what was meant.
#include "harness/scenario/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace spokelab::harness {

namespace {

struct CodeText {
  std::string_view code;
  std::string_view title;
  std::string_view text;
};

constexpr std::array kCodes{
    CodeText{"SL1001", "the text is no YAML",
             "The YAML reader could not go on at this place, so nothing after it was looked at. "
             "Usual causes: a "
             "value with ': ' or ' #' in it that needs quotes, a bracket that is not closed, a "
             "line indented too "
             "far or not far enough, or any[a, b] inside { } without quotes."},
    CodeText{"SL1002", "a tab where YAML wants spaces",
             "YAML forbids tabs in indentation. Replace each by spaces; two per level is usual."},
    CodeText{"SL1003", "a key stands twice in one map",
             "YAML readers disagree on which of the two counts. Remove one, or rename it."},
    CodeText{"SL1004", "the file is beyond a limit",
             "A file may hold 1 MiB, be nested 60 deep and expand to 100,000 values. Split it with "
             "`use`."},
    CodeText{"SL1005", "the file is empty", "A scenario begins with `scenario: NAME`."},
    CodeText{"SL1006", "more than one document",
             "A scenario file holds one YAML document; remove the `---`."},
    CodeText{"SL1007", "the file cannot be read",
             "Check the path; it is relative to the file that names it."},
    CodeText{"SL1008", "an anchor or alias that cannot be followed",
             "An alias (*name) must come after its anchor (&name) and may not contain itself."},
    CodeText{"SL1009", "bytes that are no text",
             "A scenario is UTF-8 text without control characters."},
    CodeText{"SL2001", "unknown key",
             "Unknown keys are errors, so that a misspelt one cannot be ignored."},
    CodeText{"SL2002", "a key is missing", "`spokelab explain PATH` shows the keys a map needs."},
    CodeText{"SL2003", "another kind of value belongs here",
             "A map has `key: value` lines, a list has `- item` lines, a value stands alone."},
    CodeText{
        "SL2004", "a quantity without a proper unit",
        "Units are always written: 250ms, 10s, 5m, 30%, 200/s, 64MiB. A bare number says nothing."},
    CodeText{"SL2005", "a value outside its range", "`spokelab explain PATH` prints the range."},
    CodeText{"SL2006", "not one of the words allowed here", "`spokelab explain PATH` lists them."},
    CodeText{"SL2007", "a value that YAML 1.1 reads as something else",
             "kubectl, Helm and Argo CD read YAML 1.1: yes, no, on, off, y, n are booleans, 1:30 "
             "is the number 90, "
             "and 010 is 8. Quote the word, or write what is meant: true, 90s, 10."},
    CodeText{"SL2008", "a name of the wrong form",
             "Names have lower-case letters, digits and '-', begin and end with a letter or digit, "
             "and are at "
             "most 63 long, as Kubernetes wants them."},
    CodeText{"SL2009", "a drawn value that cannot be drawn",
             "LOW..HIGH draws from a range of quantities, any[a, b] picks one. Both ends need "
             "units, and the low "
             "end comes first. Inside { } quote it: \"any[a, b]\"."},
    CodeText{"SL2010", "keys that exclude each other, or of which one is needed",
             "For instance a fault starts either `at` a time or `when` a condition holds."},
    CodeText{"SL2011", "a key that this kind does not take",
             "What a fault, step, expectation or router takes depends on its kind; `spokelab "
             "explain` lists it."},
    CodeText{"SL2012", "an expression that cannot be read",
             "Expressions compare a named value with a literal: app.shop.health == Healthy, "
             "traffic.shop.share.dr >= 50%, joined by and, or, not and parentheses."},
    CodeText{"SL2013", "a reference of the wrong form",
             "A service is NAMESPACE/NAME, an object is KIND NAMESPACE/NAME, a link is A <-> B."},
    CodeText{"SL2014", "an unknown parameter",
             "$name stands for a value of `matrix:` or of a module's `parameters:`."},
    CodeText{"SL2015", "a module is used wrongly", "See `spokelab explain use`."},
    CodeText{"SL3001", "an unknown cluster", "Clusters are declared in world.clusters."},
    CodeText{"SL3002", "an unknown fault", "Faults are declared in faults."},
    CodeText{"SL3003", "unknown traffic", "Traffic is declared in world.traffic."},
    CodeText{"SL3004", "an unknown place",
             "A place is hub, hub-0, a cluster, a region, users, router or git."},
    CodeText{"SL3005", "an unknown event",
             "Events are start, end, and NAME.start and NAME.end of each fault and named step."},
    CodeText{"SL3006", "a file that does not exist",
             "Paths are relative to the file that names them."},
    CodeText{"SL3007", "an unknown repository",
             "Repositories are declared in world.repos, by URL."},
    CodeText{"SL3008", "something that begins after the run has ended",
             "Make `lasts` longer, or begin earlier: it could never happen."},
    CodeText{"SL3009", "a name that means two things",
             "Write region/NAME or cluster/NAME where a region and a cluster share a name."},
    CodeText{"SL3010", "a limit that cannot be met or checked",
             "A limit needs something to measure: traffic for failover and downtime, a fault that "
             "ends for "
             "reconvergence."},
    CodeText{
        "SL3011", "figures that do not go together",
        "Shares of one whole add up to 100%; of two figures that bound each other one must leave "
        "room for the other."},
    CodeText{"SL3012", "nothing is asserted",
             "A run that checks nothing would pass whatever happens. Add `expect` or `limits`."},
    CodeText{"SL3013", "a value that is never used", "Remove it, or use it as $name."},
    CodeText{"SL3014", "an unknown named value",
             "The values that expressions can ask for are listed in the reference page."},
    CodeText{"SL3015", "a setting the hub does not know", "See the hub's table of settings."},
    CodeText{"SL3016", "two things of one name", "Faults and named steps share one set of names."},
};

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// Colours, or nothing where they are off.
struct Ink {
  std::string_view error, warning, blue, bold, plain;
};
constexpr Ink kInk{"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"};
constexpr Ink kNoInk{"", "", "", "", ""};

/// A source line made safe to print, cut to a window around the caret when it is very long.
struct Excerpt {
  std::string text;
  std::size_t caret = 0;  ///< characters before the caret
  std::size_t length = 1;
};

Excerpt excerpt(std::string_view line, Position at) {
  constexpr std::size_t kWidth = 160;
  std::size_t begin = 0;
  const std::size_t column = std::min<std::size_t>(at.column > 0 ? at.column - 1 : 0, line.size());
  if (column > kWidth / 2 && line.size() > kWidth) begin = column - kWidth / 2;
  while (begin > 0 && begin < line.size() && continues_character(line[begin])) --begin;
  std::size_t end = std::min(line.size(), begin + kWidth);
  while (end < line.size() && continues_character(line[end])) ++end;
  Excerpt out;
  for (const char c : line.substr(begin, end - begin)) {
    const auto byte = static_cast<unsigned char>(c);
    out.text += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  out.caret = characters(line.substr(begin, column - begin));
  const auto room = std::min<std::size_t>(at.length, end > column ? end - column : 0);
  out.length = std::max<std::size_t>(1, characters(line.substr(column, room)));
  return out;
}

void append_place(std::string& out, const Sources& sources, Position at, const Ink& ink,
                  std::string_view paint, std::string_view label, char mark) {
  const auto line = sources.line(at.file, at.line);
  const auto shown = excerpt(line, at);
  out += fmt::format("{}{:>4} |{} {}\n", ink.blue, at.line, ink.plain, shown.text);
  out += fmt::format("{}     |{} {}{}{}", ink.blue, ink.plain, std::string(shown.caret, ' '), paint,
                     std::string(shown.length, mark));
  if (!label.empty()) out += fmt::format(" {}", label);
  out += fmt::format("{}\n", ink.plain);
}

}  // namespace

std::uint32_t Sources::add(std::string path, std::string text) {
  File file{std::move(path), std::move(text), {0}};
  for (std::size_t i = 0; i < file.text.size(); ++i) {
    if (file.text[i] == '\n') file.starts.push_back(i + 1);
  }
  files_.push_back(std::move(file));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

const std::string& Sources::path(std::uint32_t file) const {
  SPOKELAB_CHECK(file < files_.size());
  return files_[file].path;
}

const std::string& Sources::text(std::uint32_t file) const {
  SPOKELAB_CHECK(file < files_.size());
  return files_[file].text;
}

std::string_view Sources::line(std::uint32_t file, std::uint32_t number) const {
  if (file >= files_.size() || number == 0 || number > files_[file].starts.size()) return {};
  const std::string_view text = files_[file].text;
  const auto begin = files_[file].starts[number - 1];
  const auto& starts = files_[file].starts;
  const auto end = number < starts.size() ? starts[number] - 1 : text.size();
  auto out = text.substr(begin, end - begin);
  if (!out.empty() && out.back() == '\r') out.remove_suffix(1);
  return out;
}

std::size_t Sources::column(Position at) const {
  return characters(line(at.file, at.line).substr(0, at.column > 0 ? at.column - 1 : 0)) + 1;
}

std::string Sources::describe(Position at) const {
  if (at.file >= files_.size()) return "";
  if (at.line == 0) return files_[at.file].path;
  return fmt::format("{}:{}:{}", files_[at.file].path, at.line, column(at));
}

void Diagnostics::error(std::string_view code, Position at, std::string message, std::string fix) {
  add(Diagnostic{
      Severity::error, std::string(code), at, std::move(message), std::move(fix), {}, ""});
}

void Diagnostics::warning(std::string_view code, Position at, std::string message,
                          std::string fix) {
  add(Diagnostic{
      Severity::warning, std::string(code), at, std::move(message), std::move(fix), {}, ""});
}

void Diagnostics::add(Diagnostic diagnostic) {
  for (const auto& known : all_) {
    if (known.at == diagnostic.at && known.code == diagnostic.code &&
        known.message == diagnostic.message) {
      return;
    }
  }
  if (diagnostic.severity == Severity::error) ++errors_;
  if (all_.size() >= kKept) {
    ++left_out_;
    return;
  }
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::sort() {
  std::stable_sort(all_.begin(), all_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.at < b.at; });
}

std::string render(const Diagnostic& diagnostic, const Sources& sources, bool colour) {
  const Ink& ink = colour ? kInk : kNoInk;
  const bool is_error = diagnostic.severity == Severity::error;
  const auto paint = is_error ? ink.error : ink.warning;
  std::string out =
      fmt::format("{}{}[{}]{}{}: {}{}\n", paint, is_error ? "error" : "warning", diagnostic.code,
                  ink.plain, ink.bold, diagnostic.message, ink.plain);
  const auto place = sources.describe(diagnostic.at);
  if (!place.empty()) out += fmt::format("{}  -->{} {}\n", ink.blue, ink.plain, place);
  if (diagnostic.at.line > 0) {
    out += fmt::format("{}     |{}\n", ink.blue, ink.plain);
    const bool one_line = diagnostic.fix.find('\n') == std::string::npos;
    append_place(out, sources, diagnostic.at, ink, paint, one_line ? diagnostic.fix : "", '^');
    if (!one_line) out += fmt::format("{}     ={} fix: {}\n", ink.blue, ink.plain, diagnostic.fix);
  } else if (!diagnostic.fix.empty()) {
    out += fmt::format("{}     ={} fix: {}\n", ink.blue, ink.plain, diagnostic.fix);
  }
  if (diagnostic.related.line > 0) {
    if (diagnostic.related.file != diagnostic.at.file) {
      out +=
          fmt::format("{}  :::{} {}\n", ink.blue, ink.plain, sources.describe(diagnostic.related));
    }
    append_place(out, sources, diagnostic.related, ink, ink.blue, diagnostic.related_label, '-');
  }
  return out;
}

std::string render(const Diagnostics& diagnostics, const Sources& sources, bool colour) {
  std::string out;
  std::size_t warnings = 0;
  for (const auto& one : diagnostics.all()) {
    out += render(one, sources, colour) + "\n";
    if (one.severity == Severity::warning) ++warnings;
  }
  if (diagnostics.left_out() > 0) out += fmt::format("{} more not shown\n", diagnostics.left_out());
  const auto errors = diagnostics.errors();
  if (errors + warnings > 0) {
    out += fmt::format("{} error{}, {} warning{}\n", errors, errors == 1 ? "" : "s", warnings,
                       warnings == 1 ? "" : "s");
  }
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongest = 64;
  if (a.size() > kLongest || b.size() > kLongest) return a == b ? 0 : std::max(a.size(), b.size());
  std::array<std::array<std::size_t, kLongest + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above_that = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], above_that[j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kCandidatesMax =
      1000;  // so that a hostile file cannot make us search for ever
  const auto wanted = lowered(word);
  std::size_t tried = 0;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string best;
  for (const auto& candidate : candidates) {
    if (++tried > kCandidatesMax) break;
    const auto distance = edit_distance(wanted, lowered(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string explain_code(std::string_view code) {
  for (const auto& one : kCodes) {
    if (one.code == code) return fmt::format("{}: {}\n\n{}\n", one.code, one.title, one.text);
  }
  return "";
}

std::vector<std::string> diagnostic_codes() {
  std::vector<std::string> out;
  for (const auto& one : kCodes) out.emplace_back(one.code);
  return out;
}

}  // namespace spokelab::harness
