// Writing TOML.
#include <fmt/format.h>

#include <cmath>

#include "base/yaml_scalar.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/time_format.h"
#include "hub/gotemplate/toml/toml.h"

namespace spokelab::hub::gotemplate {

namespace {

constexpr int kDepthMax = 200;

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    constexpr std::string_view kFrom = "\"\\\t\n\r\b\f", kTo = "\"\\tnrbf";
    const std::size_t hit = kFrom.find(c);
    if (hit != std::string_view::npos)
      (out += '\\') += kTo[hit];
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string key_text(std::string_view key) {
  for (const char c : key) {
    const bool bare = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    if (!bare) return toml_string(key);
  }
  return key.empty() ? "\"\"" : std::string(key);
}

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const std::string text = yaml::go_float_fixed(value);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

Value plain(const Value& value) {
  if (!value.is(Kind::object)) return value;
  Value inner = value.object().underlying();
  return inner.is(Kind::none) ? Value(value.object().print()) : inner;
}

class TomlWriter {
 public:
  Result<std::string> run(const Value& value) {
    encode("", 0, plain(value));
    if (!error_.empty()) return Error(Errc::bad_input, error_);
    return std::move(out_);
  }

 private:
  bool failed() const { return !error_.empty(); }
  void fail(std::string message) {
    if (!failed()) error_ = std::move(message);
  }
  void newline() {
    if (!out_.empty()) out_ += '\n';
  }
  static std::string indent(int depth) {
    return std::string(static_cast<std::size_t>(std::max(depth - 1, 0)) * 2, ' ');
  }
  /// Whether all items are tables; nil among them is refused.
  bool is_table_list(const Value& value) {
    if (!value.is(Kind::list) || value.list().items.empty()) return false;
    bool all = true;
    for (const Value& item : value.list().items) {
      if (item.is_nil()) fail("toml: cannot encode array with nil element");
      all = all && plain(item).is(Kind::map);
    }
    return all;
  }
  bool is_table(const Value& value) { return value.is(Kind::map) || is_table_list(value); }

  void encode(const std::string& path, int depth, const Value& value) {
    if (depth > kDepthMax) return fail(fmt::format("nested deeper than {}", kDepthMax));
    if (failed() || value.is_nil() || out_.size() > kTextBytesMax) return;
    if (value.is(Kind::map)) return table(path, depth, value);
    if (is_table_list(value)) {
      if (path.empty()) return fail("toml: top-level values must be Go maps or structs");
      for (const Value& item : value.list().items) {
        newline();
        out_ += fmt::format("{}[[{}]]", indent(depth), path);
        newline();
        entries(path, depth, plain(item));
      }
      return;
    }
    if (!path.empty()) {
      const std::size_t dot = last_key_;
      out_ += fmt::format("{}{} = ", indent(depth), path.substr(dot));
    }
    element(value, depth);
    if (!path.empty()) newline();
  }
  void table(const std::string& path, int depth, const Value& value) {
    if (depth == 1) newline();
    if (depth > 0) {
      out_ += fmt::format("{}[{}]", indent(depth), path);
      newline();
    }
    entries(path, depth, value);
  }
  void entries(const std::string& path, int depth, const Value& value) {
    for (const bool tables : {false, true}) {
      for (const auto& [key, item] : value.map().entries) {
        const Value inner = plain(item);
        if (failed()) return;
        if (inner.is_nil() || is_table(inner) != tables) continue;
        const std::string name = key_text(key);
        last_key_ = path.empty() ? 0 : path.size() + 1;
        encode(path.empty() ? name : path + "." + name, depth + 1, inner);
      }
    }
  }
  void element(const Value& value, int depth) {
    if (depth > kDepthMax) return fail(fmt::format("nested deeper than {}", kDepthMax));
    if (failed() || out_.size() > kTextBytesMax) return;
    switch (value.kind()) {
      case Kind::string:
      case Kind::bytes:
        out_ += toml_string(value.text());
        return;
      case Kind::real:
        out_ += real_text(value.real());
        return;
      case Kind::time:
        out_ += format_time(value.time(), "2006-01-02T15:04:05.999999999Z07:00");
        return;
      case Kind::list:
        return inline_list(value, depth);
      case Kind::map:
        return inline_table(value, depth);
      case Kind::none:
      case Kind::nil:
        return fail("toml: cannot encode array with nil element");
      default:
        out_ += print(value);
    }
  }
  void inline_list(const Value& value, int depth) {
    out_ += '[';
    bool first = true;
    for (const Value& item : value.list().items) {
      if (!first) out_ += ", ";
      first = false;
      element(plain(item), depth + 1);
    }
    out_ += ']';
  }
  void inline_table(const Value& value, int depth) {
    out_ += '{';
    bool first = true;
    for (const bool tables : {false, true}) {
      for (const auto& [key, item] : value.map().entries) {
        const Value inner = plain(item);
        if (inner.is_nil() || is_table(inner) != tables) continue;
        if (!first) out_ += ", ";
        first = false;
        out_ += key_text(key) + " = ";
        element(inner, depth + 1);
      }
    }
    out_ += '}';
  }

  std::string out_;
  std::string error_;
  std::size_t last_key_ = 0;  // where the last key begins in the path
};

}  // namespace

Result<std::string> write_toml(const Value& value) { return TomlWriter().run(value); }

}  // namespace spokelab::hub::gotemplate
