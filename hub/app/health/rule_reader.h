// RuleReader: the rule book's text as a tree.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spokelab::hub::rules {

/// Where a value is found.
struct Path {
  enum class Root { object, item, variable };
  Root root = Root::object;
  bool length = false;             ///< `#path`: how many items.
  std::vector<std::string> steps;  ///< "[1]" and "[#]" are places in a list.
};

struct Test {
  enum class Op {
    truthy,
    exists,
    equal,
    unequal,
    begins,
    contains,
    ratio,
    full_ratio,
    less,
    more,
    at_most,
    at_least,
    otherwise
  };
  Op op = Op::truthy;
  bool negated = false;
  Path path;
  std::vector<std::string> values;  ///< Alternatives of equal, unequal and begins.
  bool against_path = false;        ///< Compare with `other` instead.
  Path other;
};

/// A text with places to fill in.
struct Template {
  struct Piece {
    std::string text;  ///< Literal, or what stands in when nothing is found.
    bool filled = false;
    std::string function;     ///< "", "lower" or "short".
    std::vector<Path> paths;  ///< The first that is there.
  };
  std::vector<Piece> pieces;
};

struct Statement {
  enum class Kind { answer, remember, set, add, sum, less, join, next, stop, each, block };
  Kind kind = Kind::block;
  std::vector<Test> tests;
  Template status;  ///< answer, remember: the status' name; "." keeps it.
  Template text;
  std::string name;       ///< Variable.
  std::string separator;  ///< join.
  Path path;              ///< each.
  std::string sorted_by;  ///< each: this field of the items gives the order; items without it last.
  std::vector<Statement> body;
};

struct Chapter {
  std::vector<Statement> statements;
};

/// One kind's place in the book.
struct Entry {
  const Chapter* chapter = nullptr;
  std::string argument;
};

struct Book {
  std::vector<Chapter> chapters;
  std::map<std::string, Entry> exact;                ///< By "group/Kind".
  std::vector<std::pair<std::string, Entry>> globs;  ///< "*.crossplane.io/*", in order.
};

/// Reads the parts in order. A mistake in the book is ours: it ends the program and names the line.
Book read_book(const std::string_view* parts, std::size_t count);

}  // namespace spokelab::hub::rules
