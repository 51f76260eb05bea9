// Expression: conditions on named values, as scenarios write them.
//
//   expression := and-list ("or" and-list)*      and-list := term ("and" term)*
//   term       := "not" term | "(" expression ")" | name op literal | name op name | name
//                 (a name alone is one of a value that is true or false)
//   op         := == != < <= > >=
//   name       := segment ("." segment)*, where a segment is letters, digits, '-', '_', '*', or
//   quoted text literal    := word, "text", 30s, 99.9%, 3, true, false, absent
//
// A name with '*' means every value whose name matches, under `not` as well: `not app.*.health ==
// Degraded` holds when no application is degraded. (`never` asks for any instead; see Quantifier.)
// A '*' on the right of a comparison stands for what the one on the left has matched.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/run_time.h"
#include "harness/scenario/value_names.h"
#include "harness/scenario/values.h"

namespace spokelab::harness {

/// A value as it is now. `number` holds whole numbers, nanoseconds, millionths or 0/1 by `type`.
struct Value {
  ValueType type = ValueType::text;
  std::string text;
  std::int64_t number = 0;

  static Value of_text(std::string text) { return {ValueType::text, std::move(text), 0}; }
  static Value of_number(std::int64_t number) { return {ValueType::number, "", number}; }
  static Value of_share(Share share) { return {ValueType::share, "", share.millionths}; }
  static Value of_duration(Nanos span) { return {ValueType::duration, "", span.count()}; }
  static Value of_boolean(bool truth) { return {ValueType::boolean, "", truth ? 1 : 0}; }
  /// As one would write it: Healthy, 3, 99.9%, 1m30s, true.
  std::string print() const;
};

/// Where expressions look values up. Names are joined with '.'; see join_name.
class Values {
 public:
  virtual ~Values() = default;
  /// nullopt: not there (yet).
  virtual std::optional<Value> lookup(const std::string& name) const = 0;
  /// All present names that fit the segments, each of which may hold '*'. Sorted.
  virtual std::vector<std::string> expand(const std::vector<std::string>& segments) const = 0;
};

/// Joins segments with '.', quoting those that hold a '.' or anything beyond letters, digits, '-',
/// '_'.
std::string join_name(const std::vector<std::string>& segments);
/// Splits what join_name joined. Never fails: an unclosed quote ends at the end.
std::vector<std::string> split_name(std::string_view name);
/// Whether a joined name fits segments with '*'.
bool name_matches(const std::vector<std::string>& pattern, std::string_view name);

/// The answer: a value that is not there yet makes neither yes nor no.
enum class Truth : std::uint8_t { no, yes, unknown };
std::string_view name_of(Truth truth) noexcept;

/// Whether '*' asks for all matching values (what every word but `never` means), or for any of
/// them.
enum class Quantifier : std::uint8_t { all, any };

/// One thing wrong with an expression. `column` counts bytes from 0 in the expression's text.
struct ExpressionProblem {
  std::size_t column = 0;
  std::size_t length = 1;
  std::string message;
  std::string fix;
};

/// A name in an expression, and where it stands.
struct NameUse {
  std::vector<std::string> segments;
  std::size_t column = 0;
  std::size_t length = 1;
  const ValueName* value = nullptr;
};

class Expression {
 public:
  struct Node;

  /// Parses and checks names and literals against the table of value names. On any problem the
  /// result is nullopt and `problems` says all that was found (at least one). At most 4 KiB, nested
  /// 50 deep. `names`, when given, gets the names found, whether or not there are problems.
  static std::optional<Expression> parse(std::string_view text,
                                         std::vector<ExpressionProblem>& problems,
                                         std::vector<NameUse>* names = nullptr);

  /// The answer now. Comparing a value that is not there is unknown, except with `absent`; a '*'
  /// that matches nothing is unknown. When `why` is given it gets the values that decided, in
  /// words: "app.agent-prod.health is Progressing".
  Truth evaluate(const Values& values, Quantifier quantifier = Quantifier::all,
                 std::string* why = nullptr) const;
  /// Whether a value of that joined name takes part.
  bool concerns(std::string_view name) const;
  const std::vector<NameUse>& names() const noexcept { return names_; }
  /// The spans that values are compared with, sorted: when a value that grows with time may change
  /// the answer.
  std::vector<Nanos> spans() const;
  const std::string& text() const noexcept { return text_; }

 private:
  Expression(std::string text, std::shared_ptr<const Node> root, std::vector<NameUse> names)
      : text_(std::move(text)), root_(std::move(root)), names_(std::move(names)) {}
  std::string text_;
  std::shared_ptr<const Node> root_;
  std::vector<NameUse> names_;
};

}  // namespace spokelab::harness
