// encoding/json's Marshal, over template values.
#include <fmt/format.h>

#include <cmath>

#include "base/base64.h"
#include "base/yaml_scalar.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/text.h"
#include "hub/gotemplate/time_format.h"

namespace spokelab::hub::gotemplate {

namespace {

/// Writes Go's JSON.
class JsonWriter {
 public:
  JsonWriter(bool html, std::string_view indent) : html_(html), indent_(indent) {}
  std::string out;

  bool write(const Value& value, int depth) {
    if (depth > 500 || out.size() > kTextBytesMax) return false;
    switch (value.kind()) {
      case Kind::none:
      case Kind::nil:
        return null();
      case Kind::boolean:
        out += value.boolean() ? "true" : "false";
        return true;
      case Kind::real:
        return real(value.real());
      case Kind::string:
        string(value.text());
        return true;
      case Kind::bytes:
        string(base64(value.text()));
        return true;
      case Kind::list:
        return value.list().null ? null() : list(value.list(), depth);
      case Kind::map:
        return value.map().null ? null() : map(value.map().entries, depth);
      case Kind::time:
        string(format_time(value.time(), "2006-01-02T15:04:05.999999999Z07:00"));
        return true;
      case Kind::object: {
        if (const auto* members = value.object().members()) return map(*members, depth);
        const Value inner = value.object().underlying();
        if (inner.is(Kind::none)) {
          string(value.object().print());
          return true;
        }
        return write(inner, depth + 1);
      }
      default:
        out += print(value);
        return true;
    }
  }

 private:
  bool null() {
    out += "null";
    return true;
  }
  bool real(double value) {
    if (!std::isfinite(value)) return false;
    const double size = std::fabs(value);
    if (size == 0 || (size >= 1e-6 && size < 1e21)) {
      out += yaml::go_float_fixed(value);
      return true;
    }
    std::string text = yaml::go_float(value, -400);
    // e-09 becomes e-9.
    if (const std::size_t e = text.find("e-0"); e != std::string::npos) text.erase(e + 2, 1);
    out += text;
    return true;
  }
  void string(std::string_view text) {
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t width = rune_width(text, at);
      const char32_t rune = decode_rune(text, at);
      const char c = text[at];
      if (c == '"' || c == '\\')
        (out += '\\') += c;
      else if (c == '\n')
        out += "\\n";
      else if (c == '\r')
        out += "\\r";
      else if (c == '\t')
        out += "\\t";
      else if (c == '\b')
        out += "\\b";
      else if (c == '\f')
        out += "\\f";
      else if (rune < 0x20 || (html_ && (c == '<' || c == '>' || c == '&')) || rune == 0x2028 ||
               rune == 0x2029)
        out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(rune));
      else if (rune == 0xFFFD && width == 1)
        out += "\\ufffd";
      else
        out += text.substr(at, width);
      at += width;
    }
    out += '"';
  }
  void line(int depth) {
    if (indent_.empty()) return;
    out += '\n';
    for (int i = 0; i < depth; ++i) out += indent_;
  }
  bool list(const List& list, int depth) {
    out += '[';
    bool first = true;
    for (const Value& item : list.items) {
      if (!first) out += ',';
      first = false;
      line(depth + 1);
      if (!write(item, depth + 1)) return false;
    }
    if (!first) line(depth);
    out += ']';
    return true;
  }
  bool map(const auto& entries, int depth) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : entries) {
      if (!first) out += ',';
      first = false;
      line(depth + 1);
      string(key);
      out += indent_.empty() ? ":" : ": ";
      if (!write(item, depth + 1)) return false;
    }
    if (!first) line(depth);
    out += '}';
    return true;
  }

  bool html_;
  std::string_view indent_;
};

}  // namespace

std::optional<std::string> go_json(const Value& value, bool html, std::string_view indent) {
  JsonWriter writer(html, indent);
  if (!writer.write(value, 0)) return std::nullopt;
  return std::move(writer.out);
}

}  // namespace spokelab::hub::gotemplate
