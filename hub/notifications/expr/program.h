// Program: a condition of a trigger, parsed once and run for each object.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/run_time.h"
#include "hub/notifications/expr/value.h"

namespace spokelab::hub::expr {

struct Node;

inline constexpr std::size_t kSourceBytesMax = 16 * 1024;
inline constexpr int kDepthMax = 100;
inline constexpr std::size_t kNodesMax = 2'000;
inline constexpr int kStepsMax = 200'000;  ///< Nodes evaluated in one run.

/// What a run may look at.
struct Environment {
  const Map* names = nullptr;  ///< Identifiers; one that is absent is nil.
  WallTime now{};              ///< For time.Now() and now().
};

/// An expression of the language that notification triggers are written in
/// (github.com/expr-lang/expr, which Argo CD embeds): literals, arrays, maps, members and indices
/// with `?.`, arithmetic, comparison, `in`, `not`, `and`, `or`, `matches`, `contains`,
/// `startsWith`, `endsWith`, `??`, `?:`, ranges, the functions of lists with their closures, and
/// Argo CD's `time` and `strings`. Left out, and told so: `let`, slices, pipes, `reduce`, groupBy
/// and sortBy, and what asks the repo-server (`repo.*`).
class Program {
 public:
  /// Errors: bad_input `unexpected token Operator("==") (1:14)`; limit.
  static Result<Program> parse(std::string_view source);

  /// Errors: bad_input, as `cannot fetch phase from <nil> (1:27)`; limit.
  Result<Value> run(const Environment& environment) const;
  const std::string& source() const noexcept { return source_; }
  /// Whether it reads the identifier.
  bool mentions(std::string_view identifier) const { return names_.contains(identifier); }

 private:
  std::string source_;
  std::shared_ptr<const Node> root_;
  std::set<std::string, std::less<>> names_;
};

}  // namespace spokelab::hub::expr
