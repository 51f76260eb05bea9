// Running templates: one Runtime for one rendering.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "base/run_time.h"
#include "hub/gotemplate/tree.h"
#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

/// Named templates; a set may stand on another, whose templates it sees and may hide.
class TemplateSet {
 public:
  explicit TemplateSet(const TemplateSet* below = nullptr) : below_(below) {}
  /// Later ones replace earlier ones of the same name, unless they are empty.
  void add(const TreeRef& tree);
  const Tree* find(std::string_view name) const;

 private:
  const TemplateSet* below_;
  std::map<std::string, TreeRef, std::less<>> trees_;
};

/// What a missing map key gives: text/template's options "zero" (nil, in Helm; its text is taken
/// out of the output), "default" (no value), and "error".
enum class MissingKey { zero, no_value, error };

/// What a rendering may use, and how much of it. Hitting a limit is an error of code `limit`.
struct RuntimeOptions {
  MissingKey missing_key = MissingKey::zero;
  const Rng* rng =
      nullptr;     ///< For rand*, uuidv4, shuffle; streams are drawn from it. Null: seed 0.
  WallTime now{};  ///< For now, ago and certificates.
  std::int64_t steps_max = 5'000'000;  ///< Nodes evaluated plus values handled by functions.
  std::size_t output_bytes_max = 32 * 1024 * 1024;
  int depth_max = 1'200;  ///< Nested evaluations: blocks, parentheses, templates.
  int include_depth_max = 250;
};

/// Executes templates. Maps that a template has changed are emptied when the Runtime dies, so that
/// cycles made by `set` are freed: do not use the data afterwards.
class Runtime {
 public:
  Runtime(const TemplateSet& templates, RuntimeOptions options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// The text that template `name` makes of `data`. Errors: bad_input, worded as text/template's
  /// ExecError ("template: file:1:2: executing "x" at <.a>: ..."); limit.
  Result<std::string> execute(std::string_view name, Value data);
  Result<std::string> execute(const Tree& tree, Value data);

  /// Whether a template so far has used chance or the time of day: another rendering of the same
  /// data would differ, which Argo CD shows as a difference at every refresh.
  bool drew_random() const { return drew_random_; }
  bool read_clock() const { return read_clock_; }

  // For functions.
  Value fail(std::string message, Errc code = Errc::bad_input);
  bool failed() const { return error_.has_value(); }
  /// Counts work; false (and failed) when the budget is used up.
  bool spend(std::int64_t steps);
  /// False (and failed) when a text of that size is over the limit.
  bool allow_bytes(std::size_t size);
  /// Notes that this map was changed in place.
  void changed(std::shared_ptr<Map> map);
  Rng& rng() {
    drew_random_ = true;
    return rng_;
  }
  WallTime now() {
    read_clock_ = true;
    return options_.now;
  }
  const RuntimeOptions& options() const { return options_; }

  /// `include`: runs a template of the current set. Nothing when failed.
  std::optional<std::string> include(const std::string& name, const Value& data);
  /// `tpl`: parses and runs a text that sees, and may add to, the current set.
  std::optional<std::string> run_text(const std::string& text, const Value& data,
                                      const FunctionTable& functions, std::string_view name);

 private:
  friend class Evaluator;
  void run(const Tree& tree, const Value& data, std::string& out);

  const TemplateSet* templates_;
  RuntimeOptions options_;
  Rng rng_;
  std::optional<Error> error_;
  std::int64_t steps_ = 0;
  int depth_ = 0;
  int includes_ = 0;
  bool drew_random_ = false;
  bool read_clock_ = false;
  std::vector<std::shared_ptr<Map>> changed_;
  struct Parsed;
  std::map<std::string, std::shared_ptr<Parsed>, std::less<>> parsed_;
};

/// Parses `text` and runs it once with `data`: for goTemplate ApplicationSets and release names.
Result<std::string> render_text(std::string_view text, Value data, const FunctionTable& functions,
                                RuntimeOptions options);

}  // namespace spokelab::hub::gotemplate
