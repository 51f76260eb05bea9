// The table as text: `spokelab explain` and the reference page.
#include <fmt/format.h>

#include <algorithm>

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/schema.h"
#include "harness/scenario/value_names.h"

namespace spokelab::harness {

namespace {

/// "faults/*/at" as people write it: "faults.NAME.at".
std::string shown(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size();) {
    const auto end = std::min(path.find('/', i), path.size());
    const auto segment = path.substr(i, end - i);
    if (segment == "[]") {
      out += "[]";
    } else {
      if (!out.empty()) out += '.';
      out += segment == "*" ? std::string_view("NAME") : segment;
    }
    i = end + 1;
  }
  return out;
}

std::string range_text(std::string_view limits) {
  const auto dots = limits.find("..");
  if (dots == std::string_view::npos) return std::string(limits);
  const auto low = limits.substr(0, dots);
  const auto high = limits.substr(dots + 2);
  if (low.empty()) return fmt::format("at most {}", high);
  if (high.empty()) return fmt::format("at least {}", low);
  return fmt::format("{} to {}", low, high);
}

std::string facts(const Field& field) {
  std::string out(describe(field.type));
  const auto choices = choices_of(field);
  if (field.type == Type::choice) out = fmt::format("one of {}", fmt::join(choices, ", "));
  if (!field.limits.empty()) out += "; " + range_text(field.limits);
  if (field.required) out += "; required";
  if (!field.default_text.empty()) out += fmt::format("; default {}", field.default_text);
  return out;
}

std::string kind_facts(const Kind& kind) {
  std::string out;
  if (!kind.on.empty()) out += fmt::format("  on: {}\n", kind.on);
  if (kind.link) out += "  between A <-> B, or from A to B\n";
  if (!kind.required.empty()) out += fmt::format("  needs: {}\n", kind.required);
  if (!kind.optional.empty()) out += fmt::format("  takes: {}\n", kind.optional);
  if (!kind.defaults.empty()) out += fmt::format("  defaults: {}\n", kind.defaults);
  return out;
}

void append_keys(std::string& out, const SchemaNode& node, bool recursive, int depth) {
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  const auto line = [&](const SchemaNode& child, std::string_view label) {
    out += fmt::format("{}{:<{}} {}{}\n", indent, label, std::max(4, 22 - depth * 2),
                       name_of(child.type()), child.field->required ? " (required)" : "");
    if (!recursive) out += fmt::format("{}    {}\n", indent, child.field->doc);
    const bool item = label == "NAME" || label == "-";
    if (recursive || (item && depth == 1)) append_keys(out, child, recursive, depth + 1);
  };
  for (const auto* child : node.children) line(*child, child->name);
  if (node.any != nullptr) line(*node.any, "NAME");
  if (node.item != nullptr && (recursive || !node.item->children.empty())) line(*node.item, "-");
}

std::string explain_node(const SchemaNode& node, bool recursive) {
  std::string out;
  if (node.field != nullptr) {
    out += fmt::format("{}  ({})\n\n  {}\n", shown(node.path), facts(*node.field), node.field->doc);
    if (!node.field->example.empty()) {
      out += fmt::format("\nEXAMPLE\n  {}: {}\n",
                         node.name == "*"    ? "NAME"
                         : node.name == "[]" ? "-"
                                             : node.name,
                         node.field->example);
    }
  } else {
    out += "A scenario file: one story, told as a world, what goes wrong, and what must hold.\n";
  }
  std::string keys;
  append_keys(keys, node, recursive, 1);
  if (!keys.empty()) out += "\nKEYS\n" + keys;
  const auto* object = node.any != nullptr && node.children.empty() ? node.any : &node;
  if (node.item != nullptr) object = node.item;
  const auto variants = kinds_of(object->path);
  if (!variants.empty()) {
    const auto key = discriminator_of(object->path);
    out += key.empty() ? "\nEXACTLY ONE OF\n" : fmt::format("\nKINDS ({})\n", key);
    for (const auto* kind : variants) out += fmt::format("  {:<16} {}\n", kind->name, kind->doc);
  }
  if (node.field != nullptr && node.field->choices == "@faults") {
    out += "\nKINDS\n";
    for (const auto* kind : kinds_of("faults/*"))
      out += fmt::format("  {:<16} {}\n", kind->name, kind->doc);
  }
  return out;
}

std::string explain_kind(const Kind& kind) {
  const auto key = discriminator_of(kind.object);
  const auto title = key.empty() ? fmt::format("{}.{}", shown(kind.object), kind.name)
                                 : fmt::format("{}: {}", key, kind.name);
  return fmt::format("{}  (in {})\n\n  {}\n\n{}", title, shown(kind.object), kind.doc,
                     kind_facts(kind));
}

/// One step down the tree by what a person wrote; keys that hold dots take several segments.
const SchemaNode* step(const SchemaNode& node, const std::vector<std::string>& segments,
                       std::size_t& at) {
  std::string joined;
  for (std::size_t length = 1; at + length <= segments.size(); ++length) {
    joined += (length > 1 ? "." : "") + segments[at + length - 1];
    if (const auto* child = node.child(joined)) {
      at += length;
      return child;
    }
  }
  const auto* inner = node.any != nullptr ? node.any : node.item;
  if (inner == nullptr) return nullptr;
  const auto& word = segments[at];
  if (node.item != nullptr) {
    if (word == "*" || word == "[]") ++at;
    return inner;
  }
  // The author's own name may be left out: faults.at is faults.NAME.at.
  std::size_t probe = at;
  if (inner->child(word) != nullptr && word != "*") {
    return inner;
  }
  if (!inner->children.empty() && step(*inner, segments, probe) != nullptr && inner->any == nullptr)
    return inner;
  ++at;
  return inner;
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : path) {
    if (c == '.' || c == '/' || c == '[') {
      if (!word.empty()) out.push_back(std::move(word));
      word.clear();
    }
    if (c == '[') word = "[";
    if (c != '.' && c != '/' && c != '[') word += c;
  }
  if (!word.empty()) out.push_back(std::move(word));
  for (auto& one : out) {
    if (one[0] == '[') one = "[]";
  }
  return out;
}

std::string unknown_path(std::string_view path) {
  std::vector<std::string> known;
  for (const auto& field : fields()) known.push_back(shown(field.path));
  for (const auto& kind : kinds()) known.emplace_back(kind.name);
  const auto segments = segments_of(path);
  std::string out = fmt::format("there is no key `{}`\n", path);
  const auto near = nearest(path, known);
  if (!near.empty()) out += fmt::format("did you mean `{}`?\n", near);
  for (const auto& field : fields()) {
    const auto slash = field.path.rfind('/');
    const auto last = slash == std::string_view::npos ? field.path : field.path.substr(slash + 1);
    if (!segments.empty() && last == segments.back())
      out += fmt::format("  {}\n", shown(field.path));
  }
  return out;
}

/// Text for a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

void append_section(std::string& out, std::string_view title, std::string_view prefix) {
  out += fmt::format(
      "\n## {}\n\n| key | takes | default | meaning | example |\n|---|---|---|---|---|\n", title);
  for (const auto& field : fields()) {
    const bool inside = field.path == prefix ||
                        field.path.substr(0, prefix.size() + 1) == std::string(prefix) + "/";
    if (!inside) continue;
    auto takes = field.type == Type::choice ? fmt::format("{}", fmt::join(choices_of(field), ", "))
                                            : std::string(name_of(field.type));
    if (field.choices == "@faults") takes = "a fault, see below";
    if (!field.limits.empty()) takes += "; " + range_text(field.limits);
    if (field.required) takes += "; **required**";
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", shown(field.path), cell(takes),
                       field.default_text.empty() ? "" : fmt::format("`{}`", field.default_text),
                       cell(field.doc),
                       field.example.empty() ? "" : fmt::format("`{}`", cell(field.example)));
  }
}

void append_kinds(std::string& out, std::string_view title, std::string_view object) {
  out += fmt::format(
      "\n### {}\n\n| name | where | needs | takes | meaning |\n|---|---|---|---|---|\n", title);
  for (const auto* kind : kinds_of(object)) {
    std::string where;
    if (!kind->on.empty()) where = fmt::format("on {}", kind->on);
    if (kind->link) where += where.empty() ? "a path" : ", or a path";
    auto doc = std::string(kind->doc);
    if (!kind->defaults.empty()) doc += fmt::format(" Defaults: {}.", kind->defaults);
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", kind->name, where, kind->required,
                       kind->optional, cell(doc));
  }
}

}  // namespace

std::string explain(std::string_view path, bool recursive) {
  if (path.substr(0, 2) == "SL") {
    if (auto text = explain_code(path); !text.empty()) return text;
  }
  const auto segments = segments_of(path);
  if (!segments.empty()) {
    for (const auto& kind : kinds()) {
      const bool at_home =
          segments.size() == 1 || shown(kind.object).substr(0, segments[0].size()) == segments[0];
      const bool is_key = discriminator_of(kind.object).empty();
      if (segments.back() == kind.name && at_home && segments.size() <= 2 && !is_key)
        return explain_kind(kind);
    }
  }
  const SchemaNode* node = &schema_root();
  for (std::size_t at = 0; at < segments.size() && node != nullptr;)
    node = step(*node, segments, at);
  return node == nullptr ? unknown_path(path) : explain_node(*node, recursive);
}

std::string reference_markdown() {
  std::string out =
      "# The scenario file\n\n"
      "Made from the table in `harness/scenario/schema/table.cc` by\n"
      "`spokelab schema --markdown > docs/scenario-reference.md`; do not edit by hand. An editor "
      "checks scenarios "
      "with\n"
      "`scenarios/scenario.schema.json`, which `spokelab schema` prints.\n\n"
      "Units are written: `250ms`, `10s`, `5m`, `30%`, `200/s`, `64MiB`. Any single quantity, word "
      "or name may be "
      "drawn from the seed: `10ms..400ms`, `any[refused, blackhole]` (in quotes inside `{ }`). "
      "`$name` stands for a "
      "value of `matrix` or of a module's `parameters`. Where a list is wanted, one item may stand "
      "alone.\n";
  append_section(out, "The story", "scenario");
  for (const std::string_view key : {"because", "seed", "lasts", "settle", "control"}) {
    std::string rows;
    append_section(rows, "", key);
    out += rows.substr(rows.find("|---|---|---|---|---|\n") + 22);
  }
  append_section(out, "World", "world");
  append_kinds(out, "Routers", "world/traffic/*/by");
  append_section(out, "Faults", "faults");
  append_kinds(out, "What goes wrong", "faults/*");
  append_section(out, "Steps", "steps");
  append_section(out, "Limits", "limits");
  append_section(out, "Budgets", "budgets");
  append_section(out, "Expectations", "expect");
  append_kinds(out, "The five words", "expect/[]");
  out += "\n### Values in expressions\n\n" + value_names_markdown();
  append_section(out, "Variations: matrix", "matrix");
  append_section(out, "Variations: verdicts that are known", "verdict");
  append_section(out, "Modules: use", "use");
  append_section(out, "Modules: the file", "module");
  std::string rows;
  append_section(rows, "", "parameters");
  out += rows.substr(rows.find("|---|---|---|---|---|\n") + 22);
  out += "\n## Diagnostics\n\n| code | meaning |\n|---|---|\n";
  for (const auto& code : diagnostic_codes()) {
    const auto text = explain_code(code);
    const auto colon = text.find(": ");
    out += fmt::format("| `{}` | {} |\n", code,
                       cell(text.substr(colon + 2, text.find('\n') - colon - 2)));
  }
  return out;
}

}  // namespace spokelab::harness
