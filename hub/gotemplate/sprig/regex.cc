// Sprig: regular expressions, by RE2 as in Go.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;

/// A compiled expression; charts use few different ones, so the latest are kept.
std::shared_ptr<const re2::RE2> compile(const std::string& pattern) {
  constexpr std::size_t kKeptMax = 64;
  thread_local std::map<std::string, std::shared_ptr<const re2::RE2>> kept;
  const auto hit = kept.find(pattern);
  if (hit != kept.end()) return hit->second;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(4 << 20);
  auto made = std::make_shared<const re2::RE2>(pattern, options);
  if (kept.size() >= kKeptMax) kept.clear();
  kept.emplace(pattern, made);
  return made;
}

/// What compiling costs of the budget. It is counted for kept patterns as well, so that the same
/// template meets the limit at the same place each time.
std::int64_t steps_of(const re2::RE2& re) {
  if (re.error_code() == re2::RE2::ErrorPatternTooLarge) return 150'000;
  return std::max(re.ProgramSize(), 0) / 4 + static_cast<std::int64_t>(re.pattern().size() / 64);
}

/// RE2's complaint in the words of Go's package, which differ a little.
std::string go_complaint(const re2::RE2& re) {
  struct Wording {
    re2::RE2::ErrorCode code;
    std::string_view text;
  };
  constexpr Wording kWordings[] = {
      {re2::RE2::ErrorMissingBracket, "missing closing ]"},
      {re2::RE2::ErrorMissingParen, "missing closing )"},
      {re2::RE2::ErrorUnexpectedParen, "unexpected )"},
      {re2::RE2::ErrorBadEscape, "invalid escape sequence"},
      {re2::RE2::ErrorTrailingBackslash, "trailing backslash at end of expression"},
      {re2::RE2::ErrorBadCharClass, "invalid character class"},
      {re2::RE2::ErrorBadCharRange, "invalid character class range"},
      {re2::RE2::ErrorRepeatArgument, "missing argument to repetition operator"},
      {re2::RE2::ErrorRepeatSize, "invalid repeat count"},
      {re2::RE2::ErrorRepeatOp, "invalid nested repetition operator"},
      {re2::RE2::ErrorBadPerlOp, "invalid or unsupported Perl syntax"},
      {re2::RE2::ErrorBadUTF8, "invalid UTF-8"},
      {re2::RE2::ErrorBadNamedCapture, "invalid named capture"},
      {re2::RE2::ErrorPatternTooLarge, "expression too large"}};
  std::string_view what = "internal regexp error";
  for (const Wording& wording : kWordings) {
    if (wording.code == re.error_code()) what = wording.text;
  }
  const std::string& argument =
      re.error_code() == re2::RE2::ErrorMissingParen ? re.pattern() : re.error_arg();
  const bool bare = re.error_code() == re2::RE2::ErrorTrailingBackslash;
  return "error parsing regexp: " + std::string(what) + ": `" + (bare ? "" : argument) + "`";
}

/// `must` functions return the mistake, others panic with it.
std::shared_ptr<const re2::RE2> compile_or_fail(Call& call, std::size_t i, bool must) {
  auto made = compile(call.text(i));
  if (!call.runtime.spend(steps_of(*made))) return nullptr;
  if (made->ok()) return made;
  const std::string what = go_complaint(*made);
  call.fail(must ? what : "regexp: Compile(`" + call.text(i) + "`): " + what);
  return nullptr;
}

constexpr std::size_t kMatchesMax = 1'000'000;

struct Match {
  std::vector<re2::StringPiece> groups;
};

/// Matches from left to right, none overlapping; at most `limit` when that is not negative.
std::vector<Match> find_all(Call& call, const re2::RE2& re, const std::string& text,
                            std::int64_t limit) {
  std::vector<Match> out;
  const re2::StringPiece piece(text);
  const int groups = re.NumberOfCapturingGroups() + 1;
  std::size_t at = 0;
  std::size_t previous_end = std::string::npos;
  while (at <= text.size() && (limit < 0 || static_cast<std::int64_t>(out.size()) < limit)) {
    Match match;
    match.groups.resize(static_cast<std::size_t>(groups));
    if (!call.runtime.spend(1 + static_cast<std::int64_t>((text.size() - at) / 256))) break;
    if (!re.Match(piece, at, text.size(), re2::RE2::UNANCHORED, match.groups.data(), groups)) break;
    const auto begin = static_cast<std::size_t>(match.groups[0].data() - text.data());
    const std::size_t end = begin + match.groups[0].size();
    const bool empty = end == begin;
    if (!(empty && begin == previous_end)) {
      if (out.size() >= kMatchesMax) {
        call.runtime.fail(fmt::format("more than {} matches", kMatchesMax), Errc::limit);
        return {};
      }
      out.push_back(match);
    }
    previous_end = end;
    at = empty ? (end < text.size() ? end + rune_width(text, end) : end + 1) : end;
  }
  return out;
}

/// Go's $1, ${name} and $$ in a replacement. Ends early once the text is refused anyway.
void expand(const re2::RE2& re, const Match& match, std::string_view form, std::string& out) {
  for (std::size_t at = 0; at < form.size() && out.size() < kTextBytesMax;) {
    if (form[at] != '$' || at + 1 >= form.size()) {
      out += form[at++];
      continue;
    }
    if (form[at + 1] == '$') {
      out += '$';
      at += 2;
      continue;
    }
    const bool brace = form[at + 1] == '{';
    std::size_t from = at + (brace ? 2 : 1), to = from;
    const auto word = [](char c) {
      return c == '_' || is_letter(static_cast<unsigned char>(c)) ||
             is_digit(static_cast<unsigned char>(c));
    };
    while (to < form.size() && word(form[to])) ++to;
    if (to == from || (brace && (to >= form.size() || form[to] != '}'))) {
      out += form[at++];
      continue;
    }
    const std::string name(form.substr(from, to - from));
    at = to + (brace ? 1 : 0);
    std::size_t group = match.groups.size();
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      group = name.size() < 6 ? std::stoul(name) : group;
    } else {
      const auto& named = re.NamedCapturingGroups();
      if (const auto hit = named.find(name); hit != named.end())
        group = static_cast<std::size_t>(hit->second);
    }
    if (group < match.groups.size() && match.groups[group].data() != nullptr) {
      out.append(match.groups[group].data(), match.groups[group].size());
    }
  }
}

Value replace_all(Call& call, bool literal, bool must) {
  const auto re = compile_or_fail(call, 0, must);
  if (!re) return {};
  const std::string& text = call.text(1);
  std::string out;
  std::size_t at = 0;
  for (const Match& match : find_all(call, *re, text, -1)) {
    const auto begin = static_cast<std::size_t>(match.groups[0].data() - text.data());
    out.append(text, at, begin - at);
    literal ? static_cast<void>(out += call.text(2)) : expand(*re, match, call.text(2), out);
    at = begin + match.groups[0].size();
    if (!call.runtime.allow_bytes(out.size())) return {};
  }
  return text_result(call, out.append(text, at, std::string::npos));
}

Value matches(Call& call) {
  const auto re = compile(call.text(0));
  if (!call.runtime.spend(steps_of(*re))) return {};
  return re->ok() && re2::RE2::PartialMatch(call.text(1), *re);
}

Value must_match(Call& call) {
  const auto re = compile_or_fail(call, 0, true);
  return re ? Value(re2::RE2::PartialMatch(call.text(1), *re)) : Value();
}

template <bool must>
Value find(Call& call) {
  const auto re = compile_or_fail(call, 0, must);
  if (!re) return {};
  const auto found = find_all(call, *re, call.text(1), 1);
  return found.empty() ? Value("")
                       : Value(std::string(found[0].groups[0].data(), found[0].groups[0].size()));
}

template <bool must>
Value find_every(Call& call) {
  const auto re = compile_or_fail(call, 0, must);
  if (!re) return {};
  std::vector<std::string> out;
  for (const Match& match : find_all(call, *re, call.text(1), call.whole(2))) {
    out.emplace_back(match.groups[0].data(), match.groups[0].size());
  }
  return out.empty() ? make_null_list(List::Of::string) : make_strings(out);
}

template <bool must>
Value split(Call& call) {
  const auto re = compile_or_fail(call, 0, must);
  if (!re) return {};
  const std::string& text = call.text(1);
  const std::int64_t limit = call.whole(2);
  if (limit == 0) return make_null_list(List::Of::string);
  if (!call.text(0).empty() && text.empty()) return make_strings({""});
  std::vector<std::string> out;
  std::size_t begin = 0, end = 0;
  for (const Match& match : find_all(call, *re, text, limit)) {
    if (limit > 0 && static_cast<std::int64_t>(out.size()) == limit - 1) break;
    end = static_cast<std::size_t>(match.groups[0].data() - text.data());
    const std::size_t after = end + match.groups[0].size();
    if (after != 0) out.push_back(text.substr(begin, end - begin));
    begin = after;
  }
  if (end != text.size()) out.push_back(text.substr(begin));
  return make_strings(out);
}

}  // namespace

void add_sprig_regex(FunctionTable& table) {
  table.add("regexMatch", "ss", matches);
  table.add("mustRegexMatch", "ss", must_match);
  table.add("regexFind", "ss", find<false>);
  table.add("mustRegexFind", "ss", find<true>);
  table.add("regexFindAll", "ssi", find_every<false>);
  table.add("mustRegexFindAll", "ssi", find_every<true>);
  table.add("regexSplit", "ssi", split<false>);
  table.add("mustRegexSplit", "ssi", split<true>);
  table.add("regexReplaceAll", "sss", [](Call& c) { return replace_all(c, false, false); });
  table.add("mustRegexReplaceAll", "sss", [](Call& c) { return replace_all(c, false, true); });
  table.add("regexReplaceAllLiteral", "sss", [](Call& c) { return replace_all(c, true, false); });
  table.add("mustRegexReplaceAllLiteral", "sss",
            [](Call& c) { return replace_all(c, true, true); });
  table.add("regexQuoteMeta", "s", [](Call& c) {
    std::string out;
    for (const char ch : c.text(0)) {
      if (std::string_view("\\.+*?()|[]{}^$").find(ch) != std::string_view::npos) out += '\\';
      out += ch;
    }
    return Value(out);
  });
}

}  // namespace spokelab::hub::gotemplate
