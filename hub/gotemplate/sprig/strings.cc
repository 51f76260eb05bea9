// Sprig: strings.
#include <fmt/format.h>

#include <algorithm>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"
#include "hub/gotemplate/sprig/names.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;

std::string_view trim_by(std::string_view text, std::string_view set) {
  const std::size_t from = text.find_first_not_of(set);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(set) - from + 1);
}

std::string trim_space(std::string_view text) {
  while (!text.empty() && is_space(decode_rune(text, 0))) text.remove_prefix(rune_width(text, 0));
  while (!text.empty()) {
    std::size_t last = text.size() - 1;
    while (last > 0 && (text[last] & 0xC0) == 0x80) --last;
    if (!is_space(decode_rune(text, last))) break;
    text = text.substr(0, last);
  }
  return std::string(text);
}

std::string trim_runes(std::string_view text, std::string_view set) {
  if (std::all_of(set.begin(), set.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return std::string(trim_by(text, set));
  }
  const std::u32string runes = to_runes(text), cut = to_runes(set);
  const std::size_t from = runes.find_first_not_of(cut);
  if (from == std::u32string::npos) return "";
  return from_runes(
      std::u32string_view(runes).substr(from, runes.find_last_not_of(cut) - from + 1));
}

std::string map_runes(std::string_view text, char32_t (*change)(char32_t)) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); at += rune_width(text, at))
    append_rune(out, change(decode_rune(text, at)));
  return out;
}

std::string title(std::string_view text) {
  std::string out;
  bool start = true;
  for (std::size_t at = 0; at < text.size(); at += rune_width(text, at)) {
    const char32_t rune = decode_rune(text, at);
    append_rune(out, start ? to_upper(rune) : rune);
    start = rune < 0x80 ? !(is_letter(rune) || is_digit(rune) || rune == '_') : is_space(rune);
  }
  return out;
}

std::string untitle(std::string_view text) {
  std::string out;
  bool start = true;
  for (std::size_t at = 0; at < text.size(); at += rune_width(text, at)) {
    const char32_t rune = decode_rune(text, at);
    append_rune(out, start ? to_lower(rune) : rune);
    start = is_space(rune);
  }
  return out;
}

/// Occurrences of `part`, as strings.Count.
std::size_t count_of(std::string_view text, std::string_view part) {
  if (part.empty()) return rune_count(text) + 1;
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size()))
    ++count;
  return count;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  if (from.empty()) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t width = rune_width(text, at);
      out.append(to).append(text.substr(at, width));
      at += width;
    }
    return out.append(to);
  }
  std::size_t at = 0;
  for (std::size_t hit = text.find(from); hit != std::string_view::npos;
       hit = text.find(from, at)) {
    out.append(text, at, hit - at).append(to);
    at = hit + from.size();
  }
  return out.append(text, at, std::string_view::npos);
}

Value replace(Call& call) {
  const std::string& from = call.text(0);
  const std::string& to = call.text(1);
  const std::string& text = call.text(2);
  if (to.size() > from.size() &&
      !call.runtime.allow_bytes(text.size() + count_of(text, from) * (to.size() - from.size())))
    return {};
  return text_result(call, replace_all(text, from, to));
}

Value indent(Call& call, std::string head) {
  const std::int64_t spaces = call.whole(0);
  if (spaces < 0) return call.fail("strings: negative Repeat count");
  const std::string& text = call.text(1);
  const auto width = static_cast<std::size_t>(spaces);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  if (!call.runtime.allow_bytes(width) || !call.runtime.allow_bytes(lines * width + text.size()))
    return {};
  const std::string pad(width, ' ');
  return text_result(call, std::move(head) + pad + replace_all(text, "\n", "\n" + pad));
}

Value repeat(Call& call) {
  if (call.whole(0) < 0) return call.fail("strings: negative Repeat count");
  const auto count = static_cast<std::size_t>(call.whole(0));
  const std::string& unit = call.text(1);
  if (!unit.empty() && (count > (1U << 26) || !call.runtime.allow_bytes(count * unit.size()))) {
    return call.fail("strings: Repeat output length overflow");
  }
  std::string out;
  for (std::size_t i = 0; i < count && !unit.empty(); ++i) out += unit;
  return text_result(call, std::move(out));
}

Value substr(Call& call) {
  const std::int64_t start = call.whole(0), end = call.whole(1);
  const std::string& text = call.text(2);
  const auto size = static_cast<std::int64_t>(text.size());
  const auto fail = [&](const std::string& range) {
    return call.fail("runtime error: slice bounds out of range " + range);
  };
  if (start < 0) {
    if (end < 0) return fail(fmt::format("[:{}]", end));
    if (end > size) return fail(fmt::format("[:{}] with length {}", end, size));
    return text.substr(0, static_cast<std::size_t>(end));
  }
  const std::int64_t stop = end < 0 || end > size ? size : end;
  if (start > stop) return fail(fmt::format("[{}:{}]", start, stop));
  return text.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(stop - start));
}

Value trunc(Call& call) {
  const std::int64_t count = call.whole(0);
  const std::string& text = call.text(1);
  const auto size = static_cast<std::int64_t>(text.size());
  if (count < 0 && size + count > 0) return text.substr(static_cast<std::size_t>(size + count));
  if (count >= 0 && size > count) return text.substr(0, static_cast<std::size_t>(count));
  return call[1];
}

std::string swapcase(std::string_view text) {
  std::string out;
  for (const char32_t c : to_runes(text)) {
    if (is_upper(c))
      append_rune(out, to_lower(c));
    else if (is_lower(c))
      append_rune(out, to_upper(c));
    else
      append_rune(out, c);
  }
  return out;
}

/// goutils.Initials takes the first byte of each word for its first letter.
std::string initials(std::string_view text) {
  std::string out;
  bool start = true;
  for (std::size_t at = 0; at < text.size(); at += rune_width(text, at)) {
    const bool space = is_space(decode_rune(text, at));
    if (start && !space) append_rune(out, static_cast<unsigned char>(text[at]));
    start = space;
  }
  return out;
}

/// strings.SplitN. Fails when there are too many parts.
std::vector<std::string> split_by(Call& call, const std::string& text, const std::string& sep,
                                  std::int64_t limit) {
  std::vector<std::string> out;
  if (limit == 0 || !allow_items(call, count_of(text, sep))) return out;
  if (sep.empty()) {
    for (std::size_t at = 0; at < text.size();) {
      if (limit > 0 && static_cast<std::int64_t>(out.size()) == limit - 1) {
        out.push_back(text.substr(at));
        break;
      }
      const std::size_t width = rune_width(text, at);
      out.push_back(text.substr(at, width));
      at += width;
    }
    return out;
  }
  std::size_t at = 0;
  while (limit < 0 || static_cast<std::int64_t>(out.size()) < limit - 1) {
    const std::size_t hit = text.find(sep, at);
    if (hit == std::string::npos) break;
    out.push_back(text.substr(at, hit - at));
    at = hit + sep.size();
  }
  out.push_back(text.substr(at));
  return out;
}

Value numbered(const std::vector<std::string>& parts) {
  Map::Entries out;
  for (std::size_t i = 0; i < parts.size(); ++i)
    out.emplace("_" + std::to_string(i), Value(parts[i]));
  return make_map(std::move(out), Map::Of::string);
}

Value quoted(Call& call, bool single) {
  std::string out;
  bool any = false;
  for (const Value& arg : call.args) {
    if (arg.is_nil()) continue;
    if (any) out += ' ';
    any = true;
    if (single)
      out.append("'").append(print(arg)).append("'");
    else
      out += quote(to_string(arg));
    if (!call.runtime.allow_bytes(out.size())) return {};
  }
  return text_result(call, std::move(out));
}

Value cat(Call& call) {
  std::string out;
  bool any = false;
  for (const Value& arg : call.args) {
    if (arg.is_nil()) continue;
    if (any) out += ' ';
    any = true;
    out += print(arg);
    if (!call.runtime.allow_bytes(out.size())) return {};
  }
  return text_result(call, std::move(out));
}

Value join(Call& call) {
  const std::vector<std::string> parts = to_strings(call, call[1]);
  if (call.runtime.failed() || !call.runtime.allow_bytes(parts.size() * call.text(0).size()))
    return {};
  std::string out;
  bool first = true;
  for (const std::string& part : parts) {
    if (!first) out += call.text(0);
    first = false;
    out += part;
  }
  return text_result(call, std::move(out));
}

Value sort_alpha(Call& call) {
  if (!unwrap(call[0]).is(Kind::list)) return make_strings({to_string(call[0])});
  std::vector<std::string> out = to_strings(call, call[0]);
  std::sort(out.begin(), out.end());
  return make_strings(out);
}

void add_trims(FunctionTable& table) {
  table.add("trim", "s", [](Call& c) { return Value(trim_space(c.text(0))); });
  const auto all = +[](Call& c) { return Value(trim_runes(c.text(1), c.text(0))); };
  table.add("trimAll", "ss", all);
  table.add("trimall", "ss", all);
  table.add("trimSuffix", "ss", [](Call& c) {
    const std::string& text = c.text(1);
    return text.ends_with(c.text(0)) ? Value(text.substr(0, text.size() - c.text(0).size())) : c[1];
  });
  table.add("trimPrefix", "ss", [](Call& c) {
    return c.text(1).starts_with(c.text(0)) ? Value(c.text(1).substr(c.text(0).size())) : c[1];
  });
  table.add("nospace", "s", [](Call& c) {
    std::string out;
    for (const char32_t rune : to_runes(c.text(0))) {
      if (!is_space(rune)) append_rune(out, rune);
    }
    return Value(out);
  });
}

void add_cases(FunctionTable& table) {
  table.add("upper", "s", [](Call& c) { return Value(map_runes(c.text(0), to_upper)); });
  table.add("lower", "s", [](Call& c) { return Value(map_runes(c.text(0), to_lower)); });
  table.add("title", "s", [](Call& c) { return Value(title(c.text(0))); });
  table.add("untitle", "s", [](Call& c) { return Value(untitle(c.text(0))); });
  table.add("snakecase", "s", [](Call& c) { return Value(separated(c.text(0), '_')); });
  table.add("kebabcase", "s", [](Call& c) { return Value(separated(c.text(0), '-')); });
  table.add("camelcase", "s", [](Call& c) { return Value(pascal(c.text(0))); });
  table.add("swapcase", "s", [](Call& c) { return Value(swapcase(c.text(0))); });
  table.add("initials", "s", [](Call& c) { return Value(initials(c.text(0))); });
}

}  // namespace

void add_sprig_strings(FunctionTable& table) {
  add_trims(table);
  add_cases(table);
  table.add("hello", "", [](Call&) { return Value("Hello!"); });
  table.add("repeat", "is", repeat);
  table.add("substr", "iis", substr);
  table.add("trunc", "is", trunc);
  table.add("contains", "ss",
            [](Call& c) { return Value(c.text(1).find(c.text(0)) != std::string::npos); });
  table.add("hasPrefix", "ss", [](Call& c) { return Value(c.text(1).starts_with(c.text(0))); });
  table.add("hasSuffix", "ss", [](Call& c) { return Value(c.text(1).ends_with(c.text(0))); });
  table.add("quote", "a*", [](Call& c) { return quoted(c, false); });
  table.add("squote", "a*", [](Call& c) { return quoted(c, true); });
  table.add("cat", "a*", cat);
  table.add("indent", "is", [](Call& c) { return indent(c, ""); });
  table.add("nindent", "is", [](Call& c) { return indent(c, "\n"); });
  table.add("replace", "sss", [](Call& c) {
    const std::size_t hits = c.text(2).size() / std::max<std::size_t>(c.text(0).size(), 1) + 1;
    if (c.text(1).size() > 1024 && !c.runtime.allow_bytes(hits * c.text(1).size())) return Value();
    return replace(c);
  });
  table.add("plural", "ssi", [](Call& c) { return c.whole(2) == 1 ? c[0] : c[1]; });
  table.add("toString", "a", [](Call& c) { return text_result(c, to_string(c[0])); });
  table.add("toStrings", "a", [](Call& c) { return make_strings(to_strings(c, c[0])); });
  table.add("join", "sa", join);
  table.add("sortAlpha", "a", sort_alpha);
  table.add("split", "ss", [](Call& c) { return numbered(split_by(c, c.text(1), c.text(0), -1)); });
  table.add("splitn", "sis",
            [](Call& c) { return numbered(split_by(c, c.text(2), c.text(0), c.whole(1))); });
  table.add("splitList", "ss",
            [](Call& c) { return make_strings(split_by(c, c.text(1), c.text(0), -1)); });
}

}  // namespace spokelab::hub::gotemplate
