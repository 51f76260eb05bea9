// The tree from the events of yaml-cpp, with the limits and traps that it does not know.
#include "harness/scenario/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <charconv>
#include <map>
#include <set>
#include <sstream>

#include "base/json.h"

namespace spokelab::harness {

namespace {

std::size_t depth_of(const YamlNode& node) {
  std::size_t deepest = 0;
  for (const auto& entry : node.entries) deepest = std::max(deepest, depth_of(entry.value));
  for (const auto& item : node.items) deepest = std::max(deepest, depth_of(item));
  return deepest + 1;
}

/// Builds the tree from the reader's events. Beyond a limit it reports once and drops what comes.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const Sources& sources, std::uint32_t file, Diagnostics& diagnostics)
      : sources_(sources), file_(file), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!begin_value()) return;
    YamlNode node;
    node.at = position(mark, 0);
    finish(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!begin_value()) return;
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.quoted = tag != "?";
    node.text = value;
    node.at = position(mark, value.size() + (node.quoted ? 2 : 0));
    refuse_tag(tag, node.at);
    if (node.quoted && !is_closed(node.at)) {
      diagnostics_.error("SL1001", node.at, "a quote is opened and never closed",
                         "close the quote");
      stopped_ = true;
      return;
    }
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!begin_value()) return;
    const auto known = anchors_.find(anchor);
    YamlNode node;
    node.at = position(mark, 1);
    if (known == anchors_.end()) {
      diagnostics_.error("SL1008", node.at, "this alias stands inside the value it names");
    } else if (nodes_ + size_of(known->second) > kYamlNodesMax ||
               stack_.size() + depth_of(known->second) > kYamlDepthMax) {
      over_limit(node.at, "aliases make the file too large");
    } else {
      nodes_ += size_of(known->second);
      node = known->second;
    }
    finish(std::move(node), 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_tag(tag, position(mark, 1));
    open(YamlNode::Kind::sequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_tag(tag, position(mark, 1));
    open(YamlNode::Kind::mapping, mark, anchor);
  }
  void OnMapEnd() override { close(); }

  bool stopped() const { return stopped_; }
  bool has_root() const { return has_root_; }
  YamlNode take_root() { return std::move(root_); }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlEntry> pending;  ///< A key that waits for its value.
    std::set<std::string> keys;
  };

  /// A tag asks for a type, and here the key says which one it is. `!!str` makes a text, as quotes
  /// do.
  void refuse_tag(const std::string& tag, Position at) {
    constexpr std::string_view kStandard = "tag:yaml.org,2002:";
    std::string_view name = tag;
    const bool standard = name.starts_with(kStandard);
    if (standard) name.remove_prefix(kStandard.size());
    if (tag.empty() || tag == "?" || tag == "!") return;
    if (standard && (name == "str" || name == "map" || name == "seq")) return;
    diagnostics_.error("SL2007", at,
                       "the tag `" + std::string(standard ? "!!" : "") + std::string(name) +
                           "` has no meaning in a scenario",
                       "remove it; what is text goes in quotes");
  }

  Position position(const YAML::Mark& mark, std::size_t length) const {
    Position at;
    at.file = file_;
    at.line = mark.line < 0 ? 1 : static_cast<std::uint32_t>(mark.line) + 1;
    at.column = mark.column < 0 ? 1 : static_cast<std::uint32_t>(mark.column) + 1;
    const auto line = sources_.line(file_, at.line);
    const std::size_t room = at.column <= line.size() ? line.size() - at.column + 1 : 0;
    at.length = static_cast<std::uint32_t>(std::min(length, room));
    return at;
  }

  /// Whether a quoted scalar ends before the file does; the reader itself takes the end for a
  /// quote.
  bool is_closed(Position at) const {
    const std::string_view text = sources_.text(file_);
    const auto line = sources_.line(file_, at.line);
    if (at.column > line.size()) return true;
    auto i = static_cast<std::size_t>(line.data() - text.data()) + at.column - 1;
    const char quote = text[i];
    if (quote != '"' && quote != '\'') return true;  // a block scalar, or text after a tag
    for (++i; i < text.size(); ++i) {
      if (text[i] == '\\' && quote == '"') {
        ++i;
      } else if (text[i] == quote) {
        if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) return true;
        ++i;
      }
    }
    return false;
  }

  void over_limit(Position at, std::string message) {
    if (!stopped_) diagnostics_.error("SL1004", at, std::move(message));
    stopped_ = true;
  }

  bool begin_value() {
    if (stopped_) return false;
    ++nodes_;
    return true;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (!begin_value()) return;
    const auto at = position(mark, 1);
    if (nodes_ > kYamlNodesMax)
      return over_limit(at, fmt::format("more than {} values", kYamlNodesMax));
    if (stack_.size() >= kYamlDepthMax) {
      return over_limit(at, fmt::format("nested more than {} deep", kYamlDepthMax));
    }
    Frame frame;
    frame.node.kind = kind;
    frame.node.at = at;
    frame.anchor = anchor;
    stack_.push_back(std::move(frame));
  }

  void close() {
    if (stopped_ || stack_.empty()) return;
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    if (frame.node.is_mapping()) merge_keys(frame.node);
    finish(std::move(frame.node), frame.anchor);
  }

  void finish(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) {
      kept_ += size_of(node);
      if (kept_ > kYamlNodesMax) return over_limit(node.at, "anchors make the file too large");
      anchors_[anchor] = node;
    }
    if (stack_.empty()) {
      root_ = std::move(node);
      has_root_ = true;
      return;
    }
    auto& frame = stack_.back();
    if (frame.node.is_sequence()) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.pending) {
      take_key(frame, std::move(node));
    } else {
      frame.pending->value = std::move(node);
      add_entry(frame.node, std::move(*frame.pending));
      frame.pending.reset();
    }
  }

  void take_key(Frame& frame, YamlNode key) {
    YamlEntry entry;
    entry.key_at = key.at;
    entry.key = key.text;
    entry.key_quoted = key.quoted;
    if (key.is_null()) {
      diagnostics_.error("SL2003", key.at, "a key is empty, or is the word null",
                         "name it; a name that is the word null needs quotes");
    } else if (!key.is_scalar()) {
      diagnostics_.error("SL2003", key.at, "a key must be a single word or text",
                         "a value that begins with { or [ by intention needs quotes");
    }
    frame.pending = std::move(entry);
  }

  void add_entry(YamlNode& mapping, YamlEntry entry) {
    const bool merge = entry.key == "<<" && !entry.key_quoted;
    if (!merge && !stack_.back().keys.insert(entry.key).second) {
      const auto* known = mapping.find(entry.key);
      Diagnostic twice{Severity::error,
                       "SL1003",
                       entry.key_at,
                       fmt::format("`{}` stands twice in this map", entry.key),
                       "remove one of the two",
                       known->key_at,
                       "first here"};
      diagnostics_.add(std::move(twice));
      return;
    }
    mapping.entries.push_back(std::move(entry));
  }

  /// Puts the entries of `<<: *base` (or of a list of bases) where the map has none of its own.
  void merge_keys(YamlNode& mapping) {
    std::vector<YamlEntry> own;
    std::vector<YamlNode> bases;
    for (auto& entry : mapping.entries) {
      if (entry.key != "<<" || entry.key_quoted) {
        own.push_back(std::move(entry));
      } else if (entry.value.is_sequence()) {
        for (auto& item : entry.value.items) bases.push_back(std::move(item));
      } else {
        bases.push_back(std::move(entry.value));
      }
    }
    mapping.entries = std::move(own);
    std::set<std::string> keys;
    for (const auto& entry : mapping.entries) keys.insert(entry.key);
    for (auto& base : bases) {
      if (!base.is_mapping()) {
        diagnostics_.error("SL1008", base.at, "`<<` takes a map, for instance `<<: *base`");
        continue;
      }
      for (auto& entry : base.entries) {
        if (keys.insert(entry.key).second) mapping.entries.push_back(std::move(entry));
      }
    }
  }

  const Sources& sources_;
  std::uint32_t file_;
  Diagnostics& diagnostics_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  YamlNode root_;
  std::size_t nodes_ = 0;
  std::size_t kept_ = 0;
  bool stopped_ = false;
  bool has_root_ = false;
};

/// The first byte that is no UTF-8 or is a control character, or npos.
std::size_t first_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      if ((byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f) return i;
      ++i;
      continue;
    }
    std::size_t more = 0;
    if (byte >= 0xC2 && byte <= 0xDF) more = 1;
    if (byte >= 0xE0 && byte <= 0xEF) more = 2;
    if (byte >= 0xF0 && byte <= 0xF4) more = 3;
    if (more == 0 || i + more >= text.size()) return i;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return i;
    }
    i += more + 1;
  }
  return std::string_view::npos;
}

Position place_of(std::string_view text, std::uint32_t file, std::size_t offset) {
  Position at;
  at.file = file;
  at.line = 1;
  std::size_t start = 0;
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n') {
      ++at.line;
      start = i + 1;
    }
  }
  at.column = static_cast<std::uint32_t>(offset - start + 1);
  at.length = 1;
  return at;
}

/// Tabs that begin a line. (A tab after spaces may be the content of a block scalar.)
bool report_tabs(const Sources& sources, std::uint32_t file, Diagnostics& diagnostics) {
  bool found = false;
  std::uint32_t number = 0;
  std::string_view rest = sources.text(file);
  while (!rest.empty()) {
    ++number;
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.empty() || line[0] != '\t' ||
        line.find_first_not_of(" \t\r") == std::string_view::npos) {
      continue;
    }
    const auto length = static_cast<std::uint32_t>(line.find_first_not_of(" \t"));
    diagnostics.error("SL1002", Position{file, number, 1, length}, "a tab indents this line",
                      "YAML wants spaces; write two for each level");
    found = true;
  }
  return found;
}

struct SyntaxText {
  std::string_view reader;  ///< What the YAML library says.
  std::string_view message;
  std::string_view fix;
};
constexpr std::array kSyntax{
    SyntaxText{"illegal map value", "a second `:` on this line, or a line indented too far",
               "quote a value that contains ': '"},
    SyntaxText{"end of map not found",
               "this line is indented neither like the lines above nor below them",
               "line it up with its neighbours"},
    SyntaxText{"end of sequence not found", "this line does not belong to the list above it",
               "line it up with the `-` signs, or with the key above"},
    SyntaxText{"end of map flow not found", "a `{` is not closed, or something odd stands in it",
               "close it with }, and quote values with , [ ] { } in them"},
    SyntaxText{"end of sequence flow not found",
               "a `[` is not closed, or something odd stands in it",
               "close it with ], and quote values with , [ ] { } in them"},
    SyntaxText{"illegal EOF in scalar", "a quote is opened and never closed", "close the quote"},
    SyntaxText{"unknown escape character", "an escape that YAML does not know in double quotes",
               "write \\\\ for a backslash, or use single quotes"},
    SyntaxText{"alias not found after *", "a `*` begins a YAML alias here", "quote the value"},
    SyntaxText{"anchor not found after &", "a `&` begins a YAML anchor here", "quote the value"},
    SyntaxText{"the referenced anchor is not defined", "there is no anchor of this name above",
               "a value that begins with * needs quotes"},
    SyntaxText{"unknown token", "YAML does not allow this character at the start of a value",
               "quote the value"},
    SyntaxText{"illegal map key", "a key is not allowed at this place", "begin a new line for it"},
    SyntaxText{"illegal block entry", "a `-` is not allowed at this place",
               "begin a new line for it"},
    SyntaxText{"illegal flow end", "a `}` or `]` that nothing opened",
               "remove it, or quote the value"},
};

void report_syntax(const Sources& sources, std::uint32_t file, const YAML::Exception& problem,
                   Diagnostics& diagnostics) {
  Position at{file, 1, 1, 1};
  if (problem.mark.line >= 0) at.line = static_cast<std::uint32_t>(problem.mark.line) + 1;
  if (problem.mark.column >= 0) at.column = static_cast<std::uint32_t>(problem.mark.column) + 1;
  std::string message = "this is no YAML: " + problem.msg;
  std::string fix;
  for (const auto& known : kSyntax) {
    if (problem.msg.substr(0, known.reader.size()) == known.reader) {
      message = known.message;
      fix = known.fix;
    }
  }
  const auto line = sources.line(file, at.line);
  const auto draw = line.find(": any[");
  if (draw != std::string_view::npos) {
    const auto end = line.find(']', draw);
    at.column = static_cast<std::uint32_t>(draw + 3);
    message = "any[...] inside { } must be quoted";
    fix = end == std::string_view::npos
              ? "write \"any[a, b]\""
              : fmt::format("write \"{}\"", line.substr(draw + 2, end - draw - 1));
    at.length = end == std::string_view::npos ? 4 : static_cast<std::uint32_t>(end - draw - 1);
  } else if (line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos) {
    return diagnostics.error("SL1002", Position{file, at.line, 1, 1}, "a tab indents this line",
                             "YAML wants spaces; write two for each level");
  }
  diagnostics.error("SL1001", at, std::move(message), std::move(fix));
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Json plain_to_json(const std::string& text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  std::int64_t whole = 0;
  const char* first = text.data() + (text.size() > 1 && text[0] == '+' ? 1 : 0);
  const char* last = text.data() + text.size();
  if (const auto read = std::from_chars(first, last, whole);
      read.ec == std::errc() && read.ptr == last) {
    return whole;
  }
  const bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string::npos &&
                       text.find_first_of("0123456789") != std::string::npos;
  double real = 0;
  if (const auto read = std::from_chars(first, last, real);
      numeric && read.ec == std::errc() && read.ptr == last) {
    return real;
  }
  return text;
}

}  // namespace

std::size_t size_of(const YamlNode& node) {
  std::size_t total = 1;
  for (const auto& entry : node.entries) total += size_of(entry.value);
  for (const auto& item : node.items) total += size_of(item);
  return total;
}

const YamlEntry* YamlNode::find(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

YamlEntry* YamlNode::find(std::string_view key) {
  for (auto& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

const YamlNode* YamlNode::value(std::string_view key) const {
  const auto* entry = find(key);
  return entry == nullptr ? nullptr : &entry->value;
}

std::optional<YamlNode> parse_yaml_tree(const Sources& sources, std::uint32_t file,
                                        Diagnostics& diagnostics) {
  const auto& text = sources.text(file);
  if (text.size() > kYamlBytesMax) {
    diagnostics.error(
        "SL1004", Position{file, 0, 0, 0},
        fmt::format("the file holds {} bytes; {} are allowed", text.size(), kYamlBytesMax));
    return std::nullopt;
  }
  if (const auto bad = first_bad_byte(text); bad != std::string_view::npos) {
    diagnostics.error("SL1009", place_of(text, file, bad),
                      fmt::format("byte 0x{:02x} is no UTF-8 text",
                                  static_cast<unsigned>(static_cast<unsigned char>(text[bad]))),
                      "save the file as UTF-8");
    return std::nullopt;
  }
  if (report_tabs(sources, file, diagnostics)) return std::nullopt;
  std::istringstream stream(text);
  TreeBuilder builder(sources, file, diagnostics);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder) || !builder.has_root()) {
      if (!builder.stopped()) {
        diagnostics.error("SL1005", Position{file, 0, 0, 0}, "the file is empty",
                          "begin with `scenario: NAME`");
      }
      return std::nullopt;
    }
    Diagnostics ignored;
    TreeBuilder more(sources, file, ignored);
    if (parser.HandleNextDocument(more) && more.has_root()) {
      diagnostics.error("SL1006", more.take_root().at, "a second document begins here",
                        "one file holds one scenario");
    }
  } catch (const YAML::Exception& problem) {
    if (!builder.stopped()) report_syntax(sources, file, problem, diagnostics);
    return std::nullopt;
  }
  if (builder.stopped()) return std::nullopt;
  return builder.take_root();
}

Json to_json(const YamlNode& node, Diagnostics& diagnostics) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return nullptr;
    case YamlNode::Kind::scalar: {
      if (node.quoted) return node.text;
      if (const auto meaning = yaml11_meaning(node.text); !meaning.empty()) {
        diagnostics.error(
            "SL2007", node.at,
            fmt::format("`{}` is {} to kubectl and Argo CD (YAML 1.1)", node.text, meaning),
            fmt::format("write \"{}\" if it is text", node.text));
      }
      return plain_to_json(node.text);
    }
    case YamlNode::Kind::sequence: {
      Json out = Json::array();
      for (const auto& item : node.items) out.push_back(to_json(item, diagnostics));
      return out;
    }
    case YamlNode::Kind::mapping: {
      JsonMembers out;
      for (const auto& entry : node.entries)
        out.emplace_back(entry.key, to_json(entry.value, diagnostics));
      return json_object(std::move(out));
    }
  }
  return nullptr;
}

std::string yaml11_meaning(std::string_view plain) {
  for (const std::string_view word : {"yes", "Yes", "YES", "on", "On", "ON", "y", "Y"}) {
    if (plain == word) return "the boolean true";
  }
  for (const std::string_view word : {"no", "No", "NO", "off", "Off", "OFF", "n", "N"}) {
    if (plain == word) return "the boolean false";
  }
  const auto colon = plain.find(':');
  if (colon != std::string_view::npos) {
    std::uint64_t total = 0;
    std::string_view rest = plain;
    for (bool first = true; !rest.empty(); first = false) {
      const auto end = rest.find(':');
      const auto part = rest.substr(0, end);
      if (!is_digits(part) || part.size() > 6) return "";
      std::uint64_t number = 0;
      std::from_chars(part.data(), part.data() + part.size(), number);
      if (!first && number > 59) return "";
      total = total * 60 + number;
      if (total > 1'000'000'000'000ULL) return "";
      if (end == std::string_view::npos) return fmt::format("the number {}", total);
      rest = rest.substr(end + 1);
    }
    return "";
  }
  if (plain.size() > 1 && plain[0] == '0' && is_digits(plain) && plain.size() < 20) {
    std::uint64_t octal = 0;
    const auto read = std::from_chars(plain.data(), plain.data() + plain.size(), octal, 8);
    if (read.ptr == plain.data() + plain.size()) return fmt::format("the number {}", octal);
    return "a number with a leading zero";
  }
  return "";
}

}  // namespace spokelab::harness
