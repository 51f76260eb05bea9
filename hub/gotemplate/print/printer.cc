// Values under fmt's verbs.
#include <fmt/format.h>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/print/verb.h"
#include "hub/gotemplate/syntax/number.h"
#include "hub/gotemplate/text.h"
#include "hub/gotemplate/time_format.h"

namespace spokelab::hub::gotemplate {

namespace {

constexpr int kDepthMax = 200;

/// The verb as one character; '?' for those that no value has.
char letter(std::string_view verb) { return verb.size() == 1 ? verb[0] : '?'; }

bool one_of(std::string_view verbs, std::string_view verb) {
  return verb.size() == 1 && verbs.find(verb[0]) != std::string_view::npos;
}

std::string_view truncated(std::string_view text, const Flags& flags) {
  if (!flags.has_precision) return text;
  return text.substr(0, rune_offset(text, static_cast<std::size_t>(flags.precision)));
}

/// strconv.CanBackquote.
bool can_backquote(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); at += rune_width(text, at)) {
    const char32_t rune = decode_rune(text, at);
    if ((rune < ' ' && rune != '\t') || rune == '`' || rune == 0x7F || rune == 0xFEFF ||
        rune == 0xFFFD)
      return false;
  }
  return true;
}

}  // namespace

bool Printer::full() const { return out.size() >= kTextBytesMax; }

void Printer::bad(const Value& value, std::string_view verb, const Flags& flags) {
  out += fmt::format("%!{}({}=", verb, type_name(value));
  this->value(value, "v", flags, 0);
  out += ')';
}

void Printer::nothing(std::string_view verb, const Flags& flags, int depth) {
  if (depth > 0) {
    out += flags.sharp_v ? "interface {}(nil)" : "<nil>";
  } else if (verb == "v" || verb == "T") {
    append_padded(out, "<nil>", flags);
  } else {
    out += fmt::format("%!{}(<nil>)", verb);
  }
}

void Printer::value(const Value& value, std::string_view verb, const Flags& flags, int depth) {
  if (full()) return;
  if (depth > kDepthMax) {
    out += "...";
    return;
  }
  if (value.is_nil()) return nothing(verb, flags, depth);
  if (verb == "T" && depth == 0)
    return append_padded(out, truncated(type_name(value), flags), flags);
  switch (value.kind()) {
    case Kind::boolean:
      if (!one_of("vt", verb)) return bad(value, verb, flags);
      return append_padded(out, value.boolean() ? "true" : "false", flags);
    case Kind::integer:
    case Kind::int64:
    case Kind::uint64:
      return whole(value, verb, flags);
    case Kind::real:
      if (!one_of("vbgGxXfeEF", verb)) return bad(value, verb, flags);
      return append_real(out, value.real(), verb[0], flags);
    case Kind::string:
      return text(value, value.text(), verb, flags);
    case Kind::bytes:
      return bytes(value, verb, flags);
    case Kind::list:
      if (verb == "w") return bad(value, verb, flags);
      return list(value, verb, flags, depth);
    case Kind::map:
      if (verb == "w") return bad(value, verb, flags);
      return map(value, verb, flags, depth);
    case Kind::time:
      return text(value, go_time_string(value.time()), verb, flags);
    case Kind::object: {
      const Value inner = value.object().underlying();
      if (inner.is_whole() && one_of("dboOcU", verb)) return whole(inner, verb, flags);
      if (const auto parts = complex_parts(value); parts && one_of("vbgGxXfFeE", verb)) {
        out += '(';
        append_real(out, parts->first, verb[0], flags);
        Flags with_sign = flags;
        with_sign.plus = true;
        append_real(out, parts->second, verb[0], with_sign);
        out += "i)";
        return;
      }
      return text(value, value.object().print(), verb, flags);
    }
    default:
      return;
  }
}

void Printer::whole(const Value& value, std::string_view verb, const Flags& flags) {
  const auto bits = static_cast<std::uint64_t>(value.whole());
  const bool is_signed = !value.is(Kind::uint64);
  const char c = letter(verb);
  if (c == 'v' && flags.sharp_v && !is_signed) {
    out += fmt::format("0x{:x}", bits);
    return;
  }
  if (one_of("vdboOxX", verb)) return append_whole(out, bits, is_signed, c == 'v' ? 'd' : c, flags);
  if (!one_of("cqU", verb)) return bad(value, verb, flags);
  std::string rune;
  append_rune(rune, bits > 0x10FFFF ? 0xFFFD : static_cast<char32_t>(bits));
  if (c == 'c') return append_padded(out, rune, flags);
  if (c == 'q') return append_padded(out, quote_rune(rune, flags.plus), flags);
  std::string shown = fmt::format("{:X}", bits);
  const auto least =
      static_cast<std::size_t>(flags.has_precision && flags.precision > 4 ? flags.precision : 4);
  if (shown.size() < least) shown.insert(0, least - shown.size(), '0');
  shown.insert(0, "U+");
  if (flags.sharp && bits <= 0x10FFFF && is_go_printable(static_cast<char32_t>(bits)))
    shown += " '" + rune + "'";
  Flags blanks = flags;
  blanks.zero = false;
  append_padded(out, shown, blanks);
}

void Printer::text(const Value& value, std::string_view text, std::string_view verb,
                   const Flags& flags) {
  switch (letter(verb)) {
    case 'v':
      if (!flags.sharp_v) return append_padded(out, truncated(text, flags), flags);
      return append_padded(out, quote(truncated(text, flags)), flags);
    case 's':
      return append_padded(out, truncated(text, flags), flags);
    case 'q': {
      const std::string_view shown = truncated(text, flags);
      if (flags.sharp && can_backquote(shown))
        return append_padded(out, "`" + std::string(shown) + "`", flags);
      return append_padded(out, quote(shown, flags.plus), flags);
    }
    case 'x':
    case 'X':
      return hex(text, verb == "X", flags);
    default:
      return bad(value, verb, flags);
  }
}

void Printer::hex(std::string_view text, bool upper, const Flags& flags) {
  if (flags.has_precision) text = text.substr(0, static_cast<std::size_t>(flags.precision));
  const std::string_view mark = upper ? "0X" : "0x";
  std::string shown;
  shown.reserve(text.size() * 2);
  for (std::size_t i = 0; i < text.size() && shown.size() < kTextBytesMax; ++i) {
    if (flags.space && i > 0) shown += ' ';
    if (flags.sharp && (flags.space || i == 0)) shown += mark;
    constexpr std::string_view kLower = "0123456789abcdef", kUpper = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(text[i]);
    shown += (upper ? kUpper : kLower)[byte >> 4];
    shown += (upper ? kUpper : kLower)[byte & 15];
  }
  append_padded(out, shown, flags);
}

void Printer::bytes(const Value& value, std::string_view verb, const Flags& flags) {
  const std::string& data = value.text();
  if (one_of("sxXq", verb)) return text(value, data, verb, flags);
  const bool decimal = one_of("vd", verb);
  const bool as_go = flags.sharp_v && verb == "v";
  out += as_go ? "[]byte{" : "[";
  for (std::size_t i = 0; i < data.size() && !full(); ++i) {
    if (i > 0) out += as_go ? ", " : " ";
    const auto byte = static_cast<unsigned char>(data[i]);
    if (as_go)
      out += fmt::format("0x{:x}", byte);
    else if (decimal)
      append_whole(out, byte, false, 'd', flags);
    else
      this->value(Value::uint64(byte), verb, flags, 1);
  }
  out += as_go ? "}" : "]";
}

void Printer::list(const Value& value, std::string_view verb, const Flags& flags, int depth) {
  out += flags.sharp_v ? type_name(value) + "{" : "[";
  const std::vector<Value>& items = value.list().items;
  for (std::size_t i = 0; i < items.size() && !full(); ++i) {
    if (i > 0) out += flags.sharp_v ? ", " : " ";
    this->value(items[i], verb, flags, depth + 1);
  }
  out += flags.sharp_v ? "}" : "]";
}

void Printer::map(const Value& value, std::string_view verb, const Flags& flags, int depth) {
  out += flags.sharp_v ? type_name(value) + "{" : "map[";
  bool first = true;
  for (const auto& [key, item] : value.map().entries) {
    if (full()) break;
    if (!first) out += flags.sharp_v ? ", " : " ";
    first = false;
    this->value(Value(key), verb, flags, depth + 1);
    out += ':';
    this->value(item, verb, flags, depth + 1);
  }
  out += flags.sharp_v ? "}" : "]";
}

std::string print(const Value& value) {
  if (value.is(Kind::string)) return value.text();
  Printer printer;
  printer.value(value, "v", Flags{});
  return std::move(printer.out);
}

std::string sprint(const std::vector<Value>& values) {
  Printer printer;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && !values[i].is(Kind::string) && !values[i - 1].is(Kind::string)) printer.out += ' ';
    printer.value(values[i], "v", Flags{});
  }
  return std::move(printer.out);
}

std::string sprintln(const std::vector<Value>& values) {
  Printer printer;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) printer.out += ' ';
    printer.value(values[i], "v", Flags{});
  }
  return std::move(printer.out) + '\n';
}

namespace {

void append_quoted(std::string& out, std::string_view text, char mark, bool ascii) {
  out += mark;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = rune_width(text, at);
    const char32_t rune = decode_rune(text, at);
    const char c = text[at];
    constexpr std::string_view kFrom = "\a\b\f\n\r\t\v";
    constexpr std::string_view kTo = "abfnrtv";
    const std::size_t simple = rune < 0x80 ? kFrom.find(c) : std::string_view::npos;
    if (c == mark || c == '\\')
      (out += '\\') += c;
    else if (simple != std::string_view::npos)
      (out += '\\') += kTo[simple];
    else if (rune == 0xFFFD && width == 1)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else if (rune < 0x20 || rune == 0x7F)
      out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(rune));
    else if (!is_go_printable(rune) || (ascii && rune >= 0x80))
      out += rune > 0xFFFF ? fmt::format("\\U{:08x}", static_cast<std::uint32_t>(rune))
                           : fmt::format("\\u{:04x}", static_cast<std::uint32_t>(rune));
    else
      out += text.substr(at, width);
    at += width;
  }
  out += mark;
}

}  // namespace

std::string quote(std::string_view text, bool ascii) {
  std::string out;
  out.reserve(text.size() + 2);
  append_quoted(out, text, '"', ascii);
  return out;
}

std::string quote_rune(std::string_view rune, bool ascii) {
  std::string out;
  append_quoted(out, rune, '\'', ascii);
  return out;
}

}  // namespace spokelab::hub::gotemplate
