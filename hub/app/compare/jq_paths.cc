// Running path expressions with libjq.
#include "hub/app/compare/jq_paths.h"

#include <fmt/format.h>

extern "C" {
#include <jq.h>
}

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace spokelab::hub {
namespace {

constexpr std::size_t kExpressionMax = 1024;
constexpr int kDescentsMax = 2;
constexpr int kBindingsMax = 2;
constexpr std::size_t kProgramsMax = 256;

/// Functions and words that end, whatever the document.
constexpr std::string_view kKnown[] = {
    "select",       "map",           "test",         "any",          "all",        "has",
    "in",           "contains",      "inside",       "startswith",   "endswith",   "not",
    "length",       "keys",          "type",         "tostring",     "tonumber",   "ascii_downcase",
    "ascii_upcase", "index",         "rindex",       "indices",      "and",        "or",
    "if",           "then",          "else",         "elif",         "end",        "empty",
    "first",        "last",          "nth",          "getpath",      "path",       "paths",
    "recurse",      "to_entries",    "from_entries", "with_entries", "values",     "nulls",
    "strings",      "numbers",       "objects",      "arrays",       "booleans",   "iterables",
    "scalars",      "add",           "ltrimstr",     "rtrimstr",     "split",      "join",
    "unique",       "unique_by",     "sort",         "sort_by",      "group_by",   "min",
    "max",          "min_by",        "max_by",       "flatten",      "reverse",    "as",
    "null",         "true",          "false",        "IN",           "error",      "try",
    "catch",        "keys_unsorted", "match",        "capture",      "floor",      "tojson",
    "fromjson",     "explode",       "implode",      "del",          "map_values", "leaf_paths"};

bool known(std::string_view word) {
  return std::find(std::begin(kKnown), std::end(kKnown), word) != std::end(kKnown);
}

struct Freed {
  void operator()(jq_state* state) const {
    jq_state* held = state;
    jq_teardown(&held);
  }
};
using Program = std::unique_ptr<jq_state, Freed>;

void collect(void* user, jv message) {
  std::string& text = *static_cast<std::string*>(user);
  jv shown = jq_format_error(message);
  if (text.empty() && jv_get_kind(shown) == JV_KIND_STRING) text = jv_string_value(shown);
  jv_free(shown);
}

/// Why nothing bounds the time it takes; empty: the document does.
std::string unbounded(const std::string& expression) {
  const auto refused = [&](std::string_view why) {
    return fmt::format("jq path expression {}: {}", expression.substr(0, 200), why);
  };
  if (expression.size() > kExpressionMax) return refused("it is longer than 1024 bytes");
  int descents = 0;
  int bindings = 0;
  for (std::size_t at = 0; at < expression.size();) {
    const auto c = static_cast<unsigned char>(expression[at]);
    if (c == '"') {  // a text; what it interpolates is an expression again
      for (++at; at < expression.size() && expression[at] != '"'; ++at) {
        if (expression[at] != '\\') continue;
        if (expression.compare(at, 2, "\\(") == 0) return refused("interpolation is not supported");
        ++at;
      }
      ++at;
      continue;
    }
    if (c == '#') return refused("comments are not supported");
    if (c == '*') return refused("multiplication is not supported");
    if (expression.compare(at, 2, "..") == 0) {
      if (++descents > kDescentsMax) return refused("it descends (..) more than twice");
      at += 2;
      continue;
    }
    if (std::isalpha(c) == 0 && c != '_') {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (
        end < expression.size() &&
        (std::isalnum(static_cast<unsigned char>(expression[end])) != 0 || expression[end] == '_'))
      ++end;
    const std::string_view word = std::string_view(expression).substr(at, end - at);
    const char before = at > 0 ? expression[at - 1] : ' ';
    const bool call = end < expression.size() && expression[end] == '(';
    at = end;
    if (before == '.') continue;  // a field
    if (before == '$') {
      if (word == "ENV" || word.starts_with("__"))
        return refused("the environment is out of reach");
      continue;
    }
    if (!known(word)) return refused(fmt::format("{} is not supported", word));
    if (word == "as" && ++bindings > kBindingsMax)
      return refused("it binds more than two variables");
    if (word != "recurse") continue;
    if (call) return refused("recurse(f) is not supported");
    if (++descents > kDescentsMax) return refused("it descends (..) more than twice");
  }
  return "";
}

Result<Program> compile(const std::string& expression) {
  const std::string refusal = unbounded(expression);
  if (!refusal.empty()) return Error(Errc::bad_input, refusal);
  Program program(jq_init());
  if (!program) return Error(Errc::limit, "no memory for a jq program");
  std::string problem;
  jq_set_error_cb(program.get(), collect, &problem);
  const std::string source = "[path(" + expression + ")]";
  const bool compiled = jq_compile(program.get(), source.c_str()) != 0;
  jq_set_error_cb(program.get(), nullptr, nullptr);
  if (!compiled) {
    const std::string first = problem.substr(0, problem.find('\n'));
    return Error(Errc::bad_input, fmt::format("jq path expression {}: {}", expression, first));
  }
  return program;
}

/// Compiled once: jq reads its own library anew for each program, which takes milliseconds.
const Result<Program>& program_for(const std::string& expression) {
  thread_local std::map<std::string, Result<Program>> programs;
  const auto found = programs.find(expression);
  if (found != programs.end()) return found->second;
  if (programs.size() >= kProgramsMax) programs.clear();
  return programs.emplace(expression, compile(expression)).first->second;
}

void remove_at(Json& document, const Json& path, std::size_t from) {
  const Json& step = path[from];
  const bool last = from + 1 == path.size();
  if (step.is_string() && document.is_object()) {
    const auto found = document.find(step.get_ref<const std::string&>());
    if (found == document.end()) return;
    if (last) {
      document.erase(found);
    } else {
      remove_at(*found, path, from + 1);
    }
  } else if (step.is_number() && document.is_array()) {
    auto at = static_cast<std::int64_t>(step.get<double>());
    const auto size = static_cast<std::int64_t>(document.size());
    if (at < 0) at += size;
    if (at < 0 || at >= size) return;
    if (last) {
      document.erase(static_cast<std::size_t>(at));
    } else {
      remove_at(document[static_cast<std::size_t>(at)], path, from + 1);
    }
  } else if (step.is_object() && document.is_array() && last) {
    const auto size = static_cast<std::int64_t>(document.size());
    const auto place = [&](std::string_view key, std::int64_t otherwise) {
      const Json* found = find(step, {key});
      std::int64_t at = found != nullptr && found->is_number()
                            ? static_cast<std::int64_t>(found->get<double>())
                            : otherwise;
      return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
    };
    const std::int64_t begin = place("start", 0);
    const std::int64_t end = place("end", size);
    if (begin < end) document.erase(document.begin() + begin, document.begin() + end);
  }
}

}  // namespace

std::string jq_refusal(const std::string& expression) {
  const auto& program = program_for(expression);
  return program ? "" : program.error().message();
}

Result<void> remove_by_jq(Json& document, const std::string& expression) {
  const auto& compiled = program_for(expression);
  if (!compiled) return compiled.error();
  jq_state* const program = compiled->get();
  const std::string text = document.dump();
  jq_start(program, jv_parse_sized(text.data(), static_cast<int>(text.size())), 0);
  jv found = jq_next(program);
  if (jv_get_kind(found) != JV_KIND_ARRAY) {  // it fails on this document
    jv_free(found);
    return Result<void>();
  }
  jv shown = jv_dump_string(found, 0);
  auto paths = parse_json(std::string_view(
      jv_string_value(shown), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(shown)))));
  jv_free(shown);
  if (!paths || !paths->is_array()) return Result<void>();
  std::vector<Json> sorted(paths->begin(), paths->end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  // From behind, so that places in lists stay true.
  for (auto path = sorted.rbegin(); path != sorted.rend(); ++path) {
    if (path->is_array() && !path->empty()) remove_at(document, *path, 0);
  }
  return Result<void>();
}

}  // namespace spokelab::hub
