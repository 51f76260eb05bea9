#include "harness/scenario/text/fixes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/scenario/text/write.h"

namespace spokelab::harness {

namespace {

/// Rounds of reading and fixing; a fix may show what was hidden behind a mistake.
constexpr int kRoundsMax = 10;

/// What stands between two texts, when `text` begins with the one and ends with the other.
std::optional<std::string> between(std::string_view text, std::string_view before,
                                   std::string_view after) {
  if (!text.starts_with(before) || !text.ends_with(after)) return std::nullopt;
  if (text.size() < before.size() + after.size()) return std::nullopt;
  return std::string(text.substr(before.size(), text.size() - before.size() - after.size()));
}

/// What to write; nullopt where the fix names several things, or an example.
std::optional<std::string> certain(std::string_view fix) {
  for (const auto& [before, after] :
       {std::pair("did you mean `", "`?"), std::pair("it is called `", "` here")}) {
    const auto word = between(fix, before, after);
    if (word && word->find('`') == std::string::npos) return word;
  }
  constexpr std::string_view kIfText = " if it is text";
  if (fix.ends_with(kIfText)) fix.remove_suffix(kIfText.size());
  auto word = between(fix, "write ", "");
  if (!word || word->empty()) return std::nullopt;
  const bool quoted = word->size() > 2 && word->front() == '"' && word->back() == '"' &&
                      word->find('"', 1) == word->size() - 1;
  if (quoted || word->find_first_of(" ,\n`") == std::string::npos) return word;
  return std::nullopt;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

/// Where a word stands in a text as a word of its own; nullopt unless exactly once.
std::optional<std::size_t> only_place(std::string_view text, std::string_view word) {
  std::optional<std::size_t> found;
  if (word.empty()) return found;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool own =
        (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
    if (!own) continue;
    if (found) return std::nullopt;
    found = at;
  }
  return found;
}

/// The words that a sentence may call wrong: in `backticks`, in 'quotes', or at the end of "cannot
/// be X".
std::vector<std::string> accused(std::string_view message) {
  std::vector<std::string> out;
  for (const char mark : {'`', '\''}) {
    for (std::size_t at = 0; (at = message.find(mark, at)) != std::string_view::npos;) {
      const auto end = message.find(mark, at + 1);
      if (end == std::string_view::npos) break;
      out.emplace_back(message.substr(at + 1, end - at - 1));
      at = end + 1;
    }
  }
  constexpr std::string_view kCannotBe = " cannot be ";
  if (const auto at = message.find(kCannotBe); at != std::string_view::npos)
    out.emplace_back(message.substr(at + kCannotBe.size()));
  return out;
}

/// Whether one word is the other but for a letter or two, and for small and capital letters.
bool is_slip(std::string_view written, std::string_view meant) {
  const auto lower = [](std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
  };
  // Of a name like cluster.prod.owner only what differs counts.
  for (auto dot = written.find('.'); dot != std::string_view::npos; dot = written.find('.')) {
    if (written.substr(0, dot + 1) != meant.substr(0, dot + 1)) break;
    written.remove_prefix(dot + 1);
    meant.remove_prefix(dot + 1);
  }
  const auto most = std::clamp<std::size_t>(written.size() / 3, 1, 4);
  return edit_distance(lower(written), lower(meant)) <= most;
}

std::optional<TextEdit> edit_of_tabs(const Diagnostic& diagnostic, const Sources& sources) {
  const auto line = sources.line(diagnostic.at.file, diagnostic.at.line);
  const auto indent = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  if (indent.find('\t') == std::string_view::npos) return std::nullopt;
  TextEdit edit;
  edit.begin = offset_of(sources, {diagnostic.at.file, diagnostic.at.line, 1, 1});
  edit.end = edit.begin + indent.size();
  for (const char c : indent) edit.text += c == '\t' ? "  " : " ";
  return edit;
}

bool has(const Diagnostics& diagnostics, std::string_view code) {
  return std::any_of(diagnostics.all().begin(), diagnostics.all().end(),
                     [&](const Diagnostic& one) { return one.code == code; });
}

/// Whether a text is no worse than another: it can be read, and no key stands twice that did not.
bool no_worse(const Diagnostics& before, const Diagnostics& after) {
  for (const std::string_view code : {"SL1001", "SL1002", "SL1003", "SL1008", "SL3016"}) {
    if (has(after, code) && !has(before, code)) return false;
  }
  return true;
}

}  // namespace

std::string apply_edits(std::string_view text, std::vector<TextEdit> edits) {
  std::sort(edits.begin(), edits.end(),
            [](const TextEdit& a, const TextEdit& b) { return a.begin < b.begin; });
  std::string out;
  std::size_t at = 0;
  for (const auto& edit : edits) {
    if (edit.begin < at || edit.end < edit.begin || edit.end > text.size()) continue;
    out += text.substr(at, edit.begin - at);
    out += edit.text;
    at = edit.end;
  }
  out += text.substr(at);
  return out;
}

std::optional<TextEdit> edit_of(const Diagnostic& diagnostic, const Sources& sources) {
  if (diagnostic.at.line == 0) return std::nullopt;
  if (diagnostic.code == "SL1002") return edit_of_tabs(diagnostic, sources);
  const auto word = certain(diagnostic.fix);
  if (!word) return std::nullopt;
  const std::string_view text = sources.text(diagnostic.at.file);
  const auto begin = offset_of(sources, diagnostic.at);
  if (begin >= text.size()) return std::nullopt;
  const bool quoted = text[begin] == '"' || text[begin] == '\'';
  const auto end = quoted ? end_of_value(sources, diagnostic.at)
                          : std::min(begin + diagnostic.at.length, text.size());
  const auto written = text.substr(begin, end - begin);
  if (written.empty()) return std::nullopt;
  // The word that the sentence is about, where it is a part of what stands there.
  for (const auto& wrong : accused(diagnostic.message)) {
    if (wrong == *word) continue;
    const auto at = only_place(written, wrong);
    if (!at) continue;
    // A guess may be wide of the mark; a slip of the pen is not.
    if (diagnostic.fix.starts_with("did you mean") && !is_slip(wrong, *word)) return std::nullopt;
    const bool in_quotes = quoted && *at > 0 && written.size() > wrong.size() + 1;
    if (in_quotes && word->front() == '"') return std::nullopt;
    return TextEdit{begin + *at, begin + *at + wrong.size(), *word};
  }
  // Else all that stands there, unless it is made of several things.
  const bool simple = written.find_first_of(" \n{}[],") == std::string_view::npos &&
                      written.find("..") == std::string_view::npos;
  const bool draw = diagnostic.code == "SL1001" && word->front() == '"';
  if (!simple && !draw) return std::nullopt;
  if (draw && *word != fmt::format("\"{}\"", written)) return std::nullopt;
  return TextEdit{begin, end, *word};
}

FixedText fix_scenario(const std::string& path, const std::string& text,
                       const LoadOptions& options) {
  FixedText out{text, {}};
  auto loaded = load_scenario_text(path, out.text, options);
  std::set<std::string> seen{text};
  for (int round = 0; round < kRoundsMax; ++round) {
    struct Wanted {
      TextEdit edit;
      Fixed told;
    };
    std::vector<Wanted> wanted;
    const std::string_view old = out.text;
    for (const auto& one : loaded.diagnostics.all()) {
      if (one.severity != Severity::error || one.at.file != 0) continue;
      const auto edit = edit_of(one, *loaded.sources);
      if (!edit) continue;
      const bool taken = std::any_of(wanted.begin(), wanted.end(), [&](const Wanted& other) {
        return edit->begin < other.edit.end && other.edit.begin < edit->end;
      });
      if (taken || old.substr(edit->begin, edit->end - edit->begin) == edit->text) continue;
      wanted.push_back({*edit,
                        {loaded.sources->describe(one.at),
                         std::string(old.substr(edit->begin, edit->end - edit->begin)), edit->text,
                         one.message}});
    }
    if (wanted.empty()) break;
    const auto make = [&](const std::vector<Wanted>& some) {
      std::vector<TextEdit> edits;
      for (const auto& one : some) edits.push_back(one.edit);
      return apply_edits(out.text, std::move(edits));
    };
    auto next = make(wanted);
    auto again = load_scenario_text(path, next, options);
    if (!no_worse(loaded.diagnostics, again.diagnostics)) {
      // One of them spoils it: only those that do not, each looked at by itself.
      std::vector<Wanted> good;
      for (const auto& one : wanted) {
        auto more = good;
        more.push_back(one);
        const auto tried = load_scenario_text(path, make(more), options);
        if (no_worse(loaded.diagnostics, tried.diagnostics)) good = std::move(more);
      }
      if (good.empty()) break;
      wanted = std::move(good);
      next = make(wanted);
      again = load_scenario_text(path, next, options);
    }
    if (!seen.insert(next).second) break;
    for (auto& one : wanted) out.fixed.push_back(std::move(one.told));
    out.text = std::move(next);
    loaded = std::move(again);
  }
  return out;
}

}  // namespace spokelab::harness
