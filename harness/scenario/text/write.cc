// The writer of scenario files.
#include "harness/scenario/text/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/json.h"

namespace spokelab::harness {

namespace {

/// Values without a place in a file stand in one line while it is no longer than this.
constexpr std::size_t kLineMax = 90;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Whether text may stand without quotes; `flow`: inside { } or [ ].
bool may_be_plain(std::string_view text, bool flow) {
  if (text.empty() || text != trimmed(text)) return false;
  constexpr std::string_view kNeverFirst = ",[]{}#&*!|>'\"%@`";
  if (kNeverFirst.find(text[0]) != std::string_view::npos) return false;
  if (text[0] == '?' || text[0] == ':') return false;
  if (text[0] == '-' && (text.size() == 1 || text[1] == ' ')) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos ||
      text.back() == ':') {
    return false;
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (flow && (c == ',' || c == '[' || c == ']' || c == '{' || c == '}')) return false;
  }
  return true;
}

class Writer {
 public:
  Writer(const Sources& sources, Layout layout) : sources_(sources), layout_(layout) {}

  std::string run(const YamlNode& tree) {
    if (tree.is_mapping() && !tree.entries.empty()) {
      write_map(tree, 0, false);
    } else {
      out_ = flow_text(tree) + "\n";
    }
    while (out_.starts_with("\n")) out_.erase(0, 1);
    return std::move(out_);
  }

 private:
  // In one line.

  std::string scalar_text(const YamlNode& node, bool flow) const {
    if (node.is_null()) return "null";
    const bool plain = !node.quoted && may_be_plain(node.text, flow);
    if (plain && yaml11_meaning(node.text).empty()) return node.text;
    if (first_byte(node.at) == '\'' && node.text.find('\n') == std::string::npos) {
      std::string out = "'";
      for (const char c : node.text) out += c == '\'' ? std::string("''") : std::string(1, c);
      return out + "'";
    }
    return quoted(node.text);
  }

  static std::string key_text(const YamlEntry& entry, bool flow) {
    const bool plain = !entry.key_quoted && may_be_plain(entry.key, flow);
    return plain ? entry.key : quoted(entry.key);
  }

  std::string flow_text(const YamlNode& node) const {
    if (node.is_mapping()) {
      std::string out = "{";
      for (const auto& entry : node.entries) {
        if (out.size() > 1) out += ", ";
        out += key_text(entry, true) + ": " + flow_text(entry.value);
      }
      return out + "}";
    }
    if (node.is_sequence()) {
      std::string out = "[";
      for (const auto& item : node.items) {
        if (out.size() > 1) out += ", ";
        out += flow_text(item);
      }
      return out + "]";
    }
    return scalar_text(node, true);
  }

  bool in_one_line(const YamlNode& node, std::size_t indent, Position key_at = {}) const {
    if (!node.is_mapping() && !node.is_sequence()) return true;
    if (node.entries.empty() && node.items.empty()) return true;
    if (node.at.line > 0) {
      const char first = first_byte(node.at);
      if (first == '{' || first == '[') return true;
      if (layout_ != Layout::compact || indent == 0 || !stays_as_written(node) ||
          has_comments(node, key_at))
        return false;
      return indent + flow_text(node).size() <= kLineMax;
    }
    return flow_text(node).size() <= kLineMax;
  }

  /// Whether nothing in it would need quotes only for standing between brackets.
  static bool stays_as_written(const YamlNode& node) {
    if (node.is_scalar()) return node.quoted || may_be_plain(node.text, true);
    return std::all_of(node.entries.begin(), node.entries.end(),
                       [](const auto& entry) { return stays_as_written(entry.value); }) &&
           std::all_of(node.items.begin(), node.items.end(), stays_as_written);
  }

  /// Between its key, if it has one, and its end.
  bool has_comments(const YamlNode& node, Position key_at) const {
    const auto last = last_line(node);
    for (auto line = key_at.line > 0 ? key_at.line : node.at.line; line <= last; ++line) {
      const auto text = sources_.line(node.at.file, line);
      if (trimmed(text).starts_with('#') || text.find(" #") != std::string_view::npos) return true;
    }
    return false;
  }

  static std::uint32_t last_line(const YamlNode& node) {
    auto last = node.at.line;
    for (const auto& entry : node.entries) last = std::max(last, last_line(entry.value));
    for (const auto& item : node.items) last = std::max(last, last_line(item));
    return last;
  }

  // Over several lines.

  void write_map(const YamlNode& node, std::size_t indent, bool first_goes_on) {
    for (const auto& entry : node.entries) {
      if (first_goes_on) {
        first_goes_on = false;
      } else {
        put_comments(entry.key_at, indent);
        out_ += std::string(indent, ' ');
      }
      out_ += key_text(entry, false) + ":";
      write_value(entry.value, indent, entry.key_at);
    }
  }

  /// What follows `key:` or `-`, the end of the line included.
  void write_value(const YamlNode& value, std::size_t indent, Position key_at) {
    if (in_one_line(value, indent, key_at)) {
      if (write_block_text(value, indent)) return;
      const bool scalar = !value.is_mapping() && !value.is_sequence();
      out_ += " " + (scalar ? scalar_text(value, false) : flow_text(value));
      if (value.at.line > 0) put_trailing(value.at.file, end_of_value(sources_, value.at));
      out_ += '\n';
      return;
    }
    if (key_at.line > 0 && key_at.line != value.at.line) {
      // A comment behind the colon.
      const auto line = sources_.line(key_at.file, key_at.line);
      const auto colon = line.find(": ", key_at.column - 1);
      if (colon != std::string_view::npos) {
        Position behind = key_at;
        behind.column = static_cast<std::uint32_t>(colon + 2);
        put_trailing(key_at.file, offset_of(sources_, behind));
      }
    }
    out_ += '\n';
    if (value.is_mapping()) return write_map(value, indent + 2, false);
    for (const auto& item : value.items) {
      put_comments(item.at, indent + 2);
      out_ += std::string(indent + 2, ' ') + "-";
      if (item.is_mapping() && !in_one_line(item, indent + 2)) {
        out_ += ' ';
        write_map(item, indent + 4, true);
      } else {
        write_value(item, indent + 2, Position{});
      }
    }
  }

  /// Text of several lines as `|`; false where that cannot say it.
  bool write_block_text(const YamlNode& value, std::size_t indent) {
    const auto& text = value.text;
    const bool fits = value.is_scalar() && value.quoted && text.find('\n') != std::string::npos &&
                      text[0] != ' ' && text[0] != '\n' && text.find('\t') == std::string::npos &&
                      text.find('\r') == std::string::npos;
    if (!fits) return false;
    const bool ends = text.back() == '\n';
    if (ends && text.size() > 1 && text[text.size() - 2] == '\n') return false;
    out_ += ends ? " |\n" : " |-\n";
    std::string_view rest = text;
    if (ends) rest.remove_suffix(1);
    for (;;) {
      const auto end = rest.find('\n');
      const auto line = rest.substr(0, end);
      if (!line.empty()) out_ += std::string(indent + 2, ' ');
      out_ += line;
      out_ += '\n';
      if (end == std::string_view::npos) return true;
      rest = rest.substr(end + 1);
    }
  }

  // What people wrote around it.

  char first_byte(Position at) const {
    const auto line = sources_.line(at.file, at.line);
    return at.column > 0 && at.column <= line.size() ? line[at.column - 1] : '\0';
  }

  /// The comments right above a line that `at` begins, and whether a blank line parts them from
  /// what is above.
  void put_comments(Position at, std::size_t indent) {
    if (at.line == 0) return;
    const auto own = sources_.line(at.file, at.line).substr(0, at.column - 1);
    if (own.find_first_not_of(" -") != std::string_view::npos) return;
    auto first = at.line;
    while (first > 1 && trimmed(sources_.line(at.file, first - 1)).starts_with('#')) --first;
    const bool parted = first > 1 && trimmed(sources_.line(at.file, first - 1)).empty();
    if (parted && !out_.empty() && layout_ == Layout::as_written) out_ += '\n';
    for (auto line = first; line < at.line; ++line) {
      const auto comment = trimmed(sources_.line(at.file, line));
      const bool schema =
          comment.starts_with("# yaml-language-server:") || comment.starts_with("# $schema:");
      if (!schema) out_ += std::string(indent, ' ') + std::string(comment) + "\n";
    }
  }

  /// A comment that follows in the same line, from that byte of the file on.
  void put_trailing(std::uint32_t file, std::size_t from) {
    const std::string_view text = sources_.text(file);
    if (from >= text.size()) return;
    auto rest = text.substr(from);
    rest = trimmed(rest.substr(0, rest.find('\n')));
    if (rest.starts_with('#')) out_ += "  " + std::string(rest);
  }

  const Sources& sources_;
  Layout layout_;
  std::string out_;
};

}  // namespace

std::size_t offset_of(const Sources& sources, Position at) {
  const std::string_view text = sources.text(at.file);
  const auto line = sources.line(at.file, at.line);
  if (line.data() == nullptr || line.data() < text.data()) return text.size();
  const auto begin = static_cast<std::size_t>(line.data() - text.data());
  return std::min(begin + (at.column > 0 ? at.column - 1 : 0), text.size());
}

std::size_t end_of_value(const Sources& sources, Position at) {
  const std::string_view text = sources.text(at.file);
  const auto begin = offset_of(sources, at);
  if (begin >= text.size()) return text.size();
  const auto skip_quoted = [&](std::size_t i) {
    const char quote = text[i];
    for (++i; i < text.size(); ++i) {
      if (quote == '"' && text[i] == '\\') {
        ++i;
      } else if (text[i] == quote) {
        if (quote == '"' || i + 1 >= text.size() || text[i + 1] != '\'') return i + 1;
        ++i;
      }
    }
    return text.size();
  };
  if (text[begin] == '"' || text[begin] == '\'') return skip_quoted(begin);
  if (text[begin] != '{' && text[begin] != '[') return std::min(begin + at.length, text.size());
  std::size_t depth = 0;
  for (std::size_t i = begin; i < text.size();) {
    const char c = text[i];
    const bool opens_text =
        i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\n' || text[i - 1] == '{' ||
                  text[i - 1] == '[' || text[i - 1] == ',');
    if ((c == '"' || c == '\'') && opens_text) {
      i = skip_quoted(i);
      continue;
    }
    if (c == '#' && i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\n')) {
      while (i < text.size() && text[i] != '\n') ++i;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i + 1;
    ++i;
  }
  return text.size();
}

std::string write_scenario(const YamlNode& tree, const Sources& sources, Layout layout) {
  return Writer(sources, layout).run(tree);
}

}  // namespace spokelab::harness
