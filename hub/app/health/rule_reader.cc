// Reading the rule book.
#include "hub/app/health/rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/check.h"

namespace spokelab::hub::rules {
namespace {

void require(bool holds, const std::string& what) {
  if (!holds) check_failed(what.c_str(), __FILE__, __LINE__);
}

struct Line {
  std::size_t indent = 0;
  std::string_view text;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t indent = line.find_first_not_of(' ');
    if (indent == std::string_view::npos) continue;
    lines.push_back(Line{indent / 2, line.substr(indent)});
  }
  return lines;
}

/// The next blank-separated word; quotes hold blanks together and vanish.
std::string take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::string word;
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != ' '); ++at) {
    if (text[at] == '\'') {
      quoted = !quoted;
    } else {
      word += text[at];
    }
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return word;
}

Path read_path(std::string_view text) {
  Path path;
  if (text.starts_with('#')) {
    path.length = true;
    text.remove_prefix(1);
  }
  if (text.starts_with('$')) {
    path.root = Path::Root::variable;
    path.steps.emplace_back(text.substr(1));
    return path;
  }
  if (text == ".") {
    path.root = Path::Root::item;
    return path;
  }
  if (text.starts_with('.')) {
    path.root = Path::Root::item;
    text.remove_prefix(1);
  }
  while (!text.empty()) {
    if (text.front() == '[') {
      const std::size_t end = text.find(']');
      require(end != std::string_view::npos, "a path's bracket is not closed");
      const std::string_view key = text.substr(1, end - 1);
      const bool place =
          key == "#" || (!key.empty() && std::all_of(key.begin(), key.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; }));
      path.steps.emplace_back(place ? text.substr(0, end + 1) : key);
      text.remove_prefix(end + 1);
    } else {
      const std::size_t end = std::min(text.find_first_of(".["), text.size());
      path.steps.emplace_back(text.substr(0, end));
      text.remove_prefix(end);
    }
    if (text.starts_with('.')) text.remove_prefix(1);
  }
  return path;
}

Template read_template(std::string_view text) {
  Template result;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) result.pieces.push_back({literal, false, "", {}});
    literal.clear();
  };
  while (!text.empty()) {
    if (text.starts_with("\\n")) {
      literal += '\n';
      text.remove_prefix(2);
      continue;
    }
    if (text.front() != '{') {
      literal += text.front();
      text.remove_prefix(1);
      continue;
    }
    flush();
    const std::size_t end = text.find('}');
    require(end != std::string_view::npos, "a text's brace is not closed");
    std::string_view inside = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    Template::Piece piece;
    piece.filled = true;
    for (const std::string_view function : {"lower", "short", "unerror"}) {
      if (!inside.starts_with(function) || inside.substr(function.size(), 1) != ":") continue;
      piece.function = function;
      inside.remove_prefix(function.size() + 1);
    }
    std::size_t bar = std::min(inside.find('|'), inside.size());
    piece.paths.push_back(read_path(inside.substr(0, bar)));
    while (bar < inside.size()) {
      inside.remove_prefix(bar + 1);
      bar = std::min(inside.find('|'), inside.size());
      const std::string_view part = inside.substr(0, bar);
      if (part.starts_with('.') || part.starts_with('$')) {
        piece.paths.push_back(read_path(part));
      } else {
        piece.text = part;
      }
    }
    result.pieces.push_back(std::move(piece));
  }
  flush();
  return result;
}

Test read_test(std::string word) {
  Test test;
  if (word == "else") {
    test.op = Test::Op::otherwise;
    return test;
  }
  if (word.starts_with('!')) {
    test.negated = true;
    word.erase(0, 1);
  }
  struct Sign {
    std::string_view text;
    Test::Op op;
  };
  static constexpr Sign kSigns[] = {
      {"!=", Test::Op::unequal},     {"^=", Test::Op::begins},
      {"~has ", Test::Op::contains}, {"~full-ratio", Test::Op::full_ratio},
      {"~ratio", Test::Op::ratio},   {"<=", Test::Op::at_most},
      {">=", Test::Op::at_least},    {"=", Test::Op::equal},
      {"<", Test::Op::less},         {">", Test::Op::more}};
  for (std::size_t at = 0, depth = 0; at < word.size(); ++at) {
    if (word[at] == '[') ++depth;
    if (word[at] == ']' && depth > 0) --depth;
    if (depth > 0) continue;
    for (const Sign& sign : kSigns) {
      if (word.compare(at, sign.text.size(), sign.text) != 0) continue;
      test.op = sign.op;
      test.path = read_path(std::string_view(word).substr(0, at));
      std::string_view right = std::string_view(word).substr(at + sign.text.size());
      if (right.starts_with('@')) {
        test.against_path = true;
        test.other = read_path(right.substr(1));
        return test;
      }
      for (;;) {
        const std::size_t bar = std::min(right.find('|'), right.size());
        test.values.emplace_back(right.substr(0, bar));
        if (bar == right.size()) return test;
        right.remove_prefix(bar + 1);
      }
    }
  }
  if (word.ends_with('?')) {
    test.op = Test::Op::exists;
    word.pop_back();
  }
  test.path = read_path(word);
  return test;
}

Statement read_statement(std::string_view text) {
  using Kind = Statement::Kind;
  Statement statement;
  while (!text.empty()) {
    const std::string_view before = text;
    std::string word = take_word(text);
    if (word == "=>" || word == "->") {
      statement.kind = word == "=>" ? Kind::answer : Kind::remember;
      statement.status = read_template(take_word(text));
      statement.text = read_template(text);
    } else if (word == "set" || word == "join" || word == "sum" || word == "less") {
      statement.kind = word == "set"    ? Kind::set
                       : word == "join" ? Kind::join
                       : word == "sum"  ? Kind::sum
                                        : Kind::less;
      statement.name = take_word(text);
      if (statement.kind == Kind::join) statement.separator = take_word(text);
      statement.text = read_template(text);
    } else if (word == "add") {
      statement.kind = Kind::add;
      statement.name = take_word(text);
    } else if (word == "next" || word == "stop") {
      statement.kind = word == "next" ? Kind::next : Kind::stop;
    } else if (word == "each" || word == "sorted") {
      statement.kind = Kind::each;
      statement.path = read_path(take_word(text));
      if (word == "sorted") statement.sorted_by = take_word(text);
    } else {
      require(before.size() > text.size(), "the rule book does not read on");
      statement.tests.push_back(read_test(std::move(word)));
      continue;
    }
    break;
  }
  return statement;
}

std::vector<Statement> read_block(const std::vector<Line>& lines, std::size_t& at,
                                  std::size_t indent) {
  std::vector<Statement> block;
  while (at < lines.size() && lines[at].indent >= indent) {
    require(lines[at].indent == indent,
            fmt::format("the rule book is indented wrongly at: {}", lines[at].text));
    block.push_back(read_statement(lines[at].text));
    ++at;
    if (at < lines.size() && lines[at].indent > indent)
      block.back().body = read_block(lines, at, indent + 1);
  }
  return block;
}

}  // namespace

Book read_book(const std::string_view* parts, std::size_t count) {
  Book book;
  std::vector<std::pair<std::string, std::pair<std::size_t, std::string>>> kinds;
  for (std::size_t part = 0; part < count; ++part) {
    const std::vector<Line> lines = lines_of(parts[part]);
    std::size_t at = 0;
    while (at < lines.size()) {
      require(lines[at].indent == 0,
              fmt::format("the rule book names no kind before: {}", lines[at].text));
      while (at < lines.size() && lines[at].indent == 0) {
        std::string_view header = lines[at].text;
        while (!header.empty()) {
          const std::size_t open = header.find_first_of(" (");
          std::string kind(header.substr(0, std::min(open, header.size())));
          std::string argument;
          if (open != std::string_view::npos && header[open] == '(') {
            const std::size_t close = header.find(')');
            argument = header.substr(open + 1, close - open - 1);
            header.remove_prefix(std::min(close + 2, header.size()));
          } else {
            header.remove_prefix(
                std::min(open == std::string_view::npos ? header.size() : open + 1, header.size()));
          }
          kinds.push_back({std::move(kind), {book.chapters.size(), std::move(argument)}});
        }
        ++at;
      }
      book.chapters.push_back(Chapter{read_block(lines, at, 1)});
    }
  }
  for (auto& [kind, place] : kinds) {
    Entry entry{&book.chapters[place.first], std::move(place.second)};
    if (kind.find('*') != std::string::npos) {
      book.globs.emplace_back(kind, std::move(entry));
    } else {
      const bool fresh = book.exact.emplace(kind, std::move(entry)).second;
      require(fresh, fmt::format("the rule book names {} twice", kind));
    }
  }
  return book;
}

}  // namespace spokelab::hub::rules
