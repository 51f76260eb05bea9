// Parsed templates as text, and where their nodes stand.
#include "hub/gotemplate/tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "hub/gotemplate/format.h"

namespace spokelab::hub::gotemplate {

namespace {

void write(const Node& node, std::string& out);

void write_control(const Node& node, std::string_view word, std::string& out) {
  out += fmt::format("{{{{{} ", word);
  write(*node.pipe, out);
  out += "}}";
  write(*node.body, out);
  if (node.other) {
    out += "{{else}}";
    write(*node.other, out);
  }
  out += "{{end}}";
}

void write(const Node& node, std::string& out) {
  switch (node.type) {
    case Node::Type::list:
      for (const auto& kid : node.kids) write(*kid, out);
      return;
    case Node::Type::action:
      out += "{{";
      write(*node.pipe, out);
      out += "}}";
      return;
    case Node::Type::pipe:
      for (std::size_t i = 0; i < node.declared.size(); ++i)
        out += (i > 0 ? ", " : "") + node.declared[i];
      if (!node.declared.empty()) out += node.assigns ? " = " : " := ";
      for (std::size_t i = 0; i < node.kids.size(); ++i) {
        if (i > 0) out += " | ";
        write(*node.kids[i], out);
      }
      return;
    case Node::Type::command:
      for (std::size_t i = 0; i < node.kids.size(); ++i) {
        if (i > 0) out += ' ';
        const bool pipe = node.kids[i]->type == Node::Type::pipe;
        if (pipe) out += '(';
        write(*node.kids[i], out);
        if (pipe) out += ')';
      }
      return;
    case Node::Type::chain: {
      const bool pipe = node.kids[0]->type == Node::Type::pipe;
      if (pipe) out += '(';
      write(*node.kids[0], out);
      if (pipe) out += ')';
      for (const auto& name : node.path) out += "." + name;
      return;
    }
    case Node::Type::field:
      for (const auto& name : node.path) out += "." + name;
      return;
    case Node::Type::variable:
      out += node.text;
      for (const auto& name : node.path) out += "." + name;
      return;
    case Node::Type::dot:
      out += '.';
      return;
    case Node::Type::nil:
      out += "nil";
      return;
    case Node::Type::if_:
      return write_control(node, "if", out);
    case Node::Type::range:
      return write_control(node, "range", out);
    case Node::Type::with:
      return write_control(node, "with", out);
    case Node::Type::template_:
      out += "{{template " + quote(node.text);
      if (node.pipe) {
        out += ' ';
        write(*node.pipe, out);
      }
      out += "}}";
      return;
    case Node::Type::break_:
      out += "{{break}}";
      return;
    case Node::Type::continue_:
      out += "{{continue}}";
      return;
    default:
      out += node.text;
  }
}

}  // namespace

std::string to_text(const Node& node) {
  std::string out;
  write(node, out);
  return out;
}

std::string Tree::location(const Node& node) const {
  const std::string_view before = std::string_view(*source).substr(0, node.pos);
  const std::size_t line_start = before.rfind('\n');
  const std::size_t column =
      line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
  return fmt::format("{}:{}:{}", parse_name, 1 + std::count(before.begin(), before.end(), '\n'),
                     column);
}

}  // namespace spokelab::hub::gotemplate
