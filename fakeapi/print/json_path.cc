// Evaluates a path step by step over a set of values (client-go util/jsonpath).
#include "fakeapi/print/json_path.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

using Values = std::vector<const Json*>;
constexpr std::size_t kValuesMax = 10'000;
constexpr std::size_t kStepsMax = 100;

class Walker {
 public:
  Walker(const Json& document, std::string_view path) : values_{&document}, rest_(path) {}

  Values run() {
    if (rest_.starts_with("{") && rest_.ends_with("}")) rest_ = rest_.substr(1, rest_.size() - 2);
    if (rest_.starts_with("$")) rest_.remove_prefix(1);
    for (std::size_t steps = 0; !rest_.empty(); ++steps) {
      if (steps == kStepsMax || values_.size() > kValuesMax || !step()) return {};
    }
    return std::move(values_);
  }

 private:
  bool step() {
    if (rest_.starts_with("..")) return false;  // not among what columns use
    if (rest_[0] == '.') {
      rest_.remove_prefix(1);
      return field();
    }
    if (rest_[0] != '[') return field();
    const auto end = close();
    if (end == std::string_view::npos) return false;
    const std::string_view inside = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    if (inside.starts_with("?(") && inside.ends_with(")"))
      return filter(inside.substr(2, inside.size() - 3));
    if (inside == "*") return all();
    if (inside.size() > 1 && (inside[0] == '\'' || inside[0] == '"'))
      return named(std::string(inside.substr(1, inside.size() - 2)));
    return index(inside);
  }

  /// Where the bracket that opens rest_ closes, past quoted text and inner brackets.
  std::size_t close() const {
    char quote = 0;
    int depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '[') {
        ++depth;
      } else if (c == ']' && --depth == 0) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  bool field() {
    std::string name;
    while (!rest_.empty() && rest_[0] != '.' && rest_[0] != '[') {
      if (rest_[0] == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      name += rest_[0];
      rest_.remove_prefix(1);
    }
    if (name.empty()) return true;
    return name == "*" ? all() : named(name);
  }

  bool named(const std::string& name) {
    Values next;
    for (const Json* value : values_) {
      if (const Json* child = find(*value, {name})) next.push_back(child);
    }
    values_ = std::move(next);
    return true;
  }

  bool all() {
    Values next;
    for (const Json* value : values_) {
      if (!value->is_structured()) continue;
      for (const Json& child : *value) next.push_back(&child);
    }
    values_ = std::move(next);
    return true;
  }

  static std::optional<long> number(std::string_view text) {
    long value = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  /// "2", "-1" or "1:3".
  bool index(std::string_view text) {
    const auto colon = text.find(':');
    const auto first = number(text.substr(0, colon));
    if (!first && !(colon == 0)) return false;
    Values next;
    for (const Json* value : values_) {
      if (!value->is_array()) continue;
      const long size = static_cast<long>(value->size());
      const auto placed = [size](long at) { return at < 0 ? at + size : at; };
      const long from = placed(first.value_or(0));
      long to = from + 1;
      if (colon != std::string_view::npos)
        to = placed(number(text.substr(colon + 1)).value_or(size));
      for (long i = std::max(0L, from); i < std::min(size, to); ++i)
        next.push_back(&(*value)[static_cast<std::size_t>(i)]);
    }
    values_ = std::move(next);
    return true;
  }

  /// "@.type=='Ready'", "@.count>3" or "@.name".
  bool filter(std::string_view text) {
    static constexpr std::string_view kOperators[] = {"==", "!=", "<=", ">=", "<", ">"};
    std::string_view op;
    std::size_t at = std::string_view::npos;
    for (const auto one : kOperators) {
      at = text.find(one);
      if (at == std::string_view::npos) continue;
      op = one;
      break;
    }
    const auto trimmed = [](std::string_view part) {
      while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
      while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
      return part;
    };
    std::string_view left = trimmed(text.substr(0, at));
    if (!left.starts_with("@")) return false;
    left.remove_prefix(1);
    Json right;
    if (!op.empty()) {
      std::string literal(trimmed(text.substr(at + op.size())));
      if (literal.size() > 1 && literal.front() == '\'' && literal.back() == '\'')
        right = literal.substr(1, literal.size() - 2);
      else
        right = Json::parse(literal, nullptr, false);
      if (right.is_discarded()) return false;
    }
    Values next;
    for (const Json* value : values_) {
      if (!value->is_array()) continue;
      for (const Json& item : *value) {
        const Values found = Walker(item, left).run();
        if (op.empty() ? !found.empty() : !found.empty() && holds(*found[0], op, right))
          next.push_back(&item);
      }
    }
    values_ = std::move(next);
    return true;
  }

  static bool holds(const Json& left, std::string_view op, const Json& right) {
    if (op == "==") return left == right;
    if (op == "!=") return left != right;
    if (left.is_number() != right.is_number() || left.is_string() != right.is_string())
      return false;
    if (op == "<") return left < right;
    if (op == ">") return right < left;
    return op == "<=" ? !(right < left) : !(left < right);
  }

  Values values_;
  std::string_view rest_;
};

}  // namespace

std::vector<const Json*> json_path_values(const Json& document, std::string_view path) {
  return Walker(document, path).run();
}

std::string json_path_text(const std::vector<const Json*>& values) {
  std::string text;
  for (const Json* value : values) {
    if (!text.empty()) text += ' ';
    text += value->is_string() ? value->get<std::string>() : value->dump();
  }
  return text;
}

}  // namespace spokelab::fakeapi
