// Parsing and matching of selectors.
#include "kube/selector.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/json.h"
#include "kube/names.h"

namespace spokelab::kube {

namespace {

Error unparsable(std::string_view why) {
  return Error(Errc::bad_input, fmt::format("unable to parse requirement: {}", why));
}

bool is_symbol(char c) {
  return c == '=' || c == '!' || c == '(' || c == ')' || c == '>' || c == '<' || c == ',';
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Words, commas, brackets and operators of a label selector.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) {}

  std::string_view peek() {
    const auto saved = rest_;
    const auto token = take();
    rest_ = saved;
    return token;
  }
  /// "" at the end.
  std::string_view take() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    if (rest_.empty()) return {};
    std::size_t size = 0;
    if (is_symbol(rest_[0])) {
      const auto two = rest_.substr(0, 2);
      size = two == "==" || two == "!=" || two == "=!" ? 2 : 1;
    } else {
      while (size < rest_.size() && !is_symbol(rest_[size]) && !is_space(rest_[size])) ++size;
    }
    const auto token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return token;
  }

 private:
  std::string_view rest_;
};

bool is_word(std::string_view token) { return !token.empty() && !is_symbol(token[0]); }

Result<std::vector<std::string>> take_values(Tokens& tokens) {
  if (const auto token = tokens.take(); token != "(")
    return unparsable(fmt::format("found '{}' expected: '('", token));
  std::vector<std::string> values;
  for (;;) {
    auto token = tokens.peek();
    if (is_word(token)) {
      values.emplace_back(tokens.take());
      token = tokens.take();
    } else {
      values.emplace_back();
      token = tokens.take();
    }
    if (token == ")") break;
    if (token != ",")
      return unparsable(fmt::format("found '{}', expected: ',', ')' or identifier", token));
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Result<LabelSelector::Requirement> take_requirement(Tokens& tokens) {
  LabelSelector::Requirement need;
  auto token = tokens.take();
  if (token == "!") {
    need.op = SelectorOp::absent;
    token = tokens.take();
  }
  if (!is_word(token)) {
    return unparsable(fmt::format("found '{}', expected: identifier", token));
  }
  need.key = std::string(token);
  if (auto problem = label_key_problem(need.key); !problem.empty()) {
    return unparsable(fmt::format("<nil>: Invalid value: \"{}\": {}", need.key, problem));
  }
  if (need.op == SelectorOp::absent) return need;
  token = tokens.peek();
  if (token.empty() || token == ",") return need;
  token = tokens.take();
  if (token == "in" || token == "notin") {
    need.op = token == "in" ? SelectorOp::in : SelectorOp::not_in;
    auto values = take_values(tokens);
    if (!values) return values.error();
    need.values = std::move(*values);
  } else if (token == "=" || token == "==" || token == "!=" || token == ">" || token == "<") {
    need.op = token == "!="  ? SelectorOp::not_in
              : token == ">" ? SelectorOp::greater
              : token == "<" ? SelectorOp::less
                             : SelectorOp::in;
    const auto value = tokens.peek();
    need.values.emplace_back(is_word(value) ? tokens.take() : std::string_view{});
    if ((need.op == SelectorOp::greater || need.op == SelectorOp::less) && !whole(need.values[0])) {
      return unparsable(
          fmt::format("values[0]: Invalid value: \"{}\": for 'Gt', 'Lt' operators, the "
                      "value must be an integer",
                      need.values[0]));
    }
  } else {
    return unparsable(fmt::format("found '{}', expected: in, notin, =, ==, !=, gt, lt", token));
  }
  for (const auto& value : need.values) {
    if (auto problem = label_value_problem(value); !problem.empty()) {
      return unparsable(
          fmt::format("values[0][{}]: Invalid value: \"{}\": {}", need.key, value, problem));
    }
  }
  return need;
}

bool holds(const LabelSelector::Requirement& need, const Json& labels) {
  const std::string* have = nullptr;
  if (labels.is_object()) {
    const auto hit = labels.find(need.key);
    if (hit != labels.end() && hit->is_string()) have = &hit->get_ref<const std::string&>();
  }
  const auto listed = [&] {
    return std::binary_search(need.values.begin(), need.values.end(), *have);
  };
  switch (need.op) {
    case SelectorOp::exists:
      return have != nullptr;
    case SelectorOp::absent:
      return have == nullptr;
    case SelectorOp::in:
      return have != nullptr && listed();
    case SelectorOp::not_in:
      return have == nullptr || !listed();
    default:
      break;
  }
  if (have == nullptr) return false;
  const auto left = whole(*have);
  const auto right = whole(need.values[0]);
  if (!left || !right) return false;
  return need.op == SelectorOp::greater ? *left > *right : *left < *right;
}

const Json& empty_object() {
  static const Json empty = Json::object();
  return empty;
}

}  // namespace

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  LabelSelector selector;
  Tokens tokens(text);
  if (tokens.peek().empty()) return selector;
  for (;;) {
    if (const auto token = tokens.peek(); !is_word(token) && token != "!") {
      const bool first = selector.requirements_.empty();
      return Error(Errc::bad_input, fmt::format("found '{}', expected: {}", token,
                                                first ? "!, identifier, or 'end of string'"
                                                      : "identifier after ','"));
    }
    auto need = take_requirement(tokens);
    if (!need) return need.error();
    selector.requirements_.push_back(std::move(*need));
    if (selector.requirements_.size() > kRequirementsMax) {
      return Error(Errc::limit,
                   fmt::format("a selector has at most {} requirements", kRequirementsMax));
    }
    const auto token = tokens.take();
    if (token.empty()) break;
    if (token != ",")
      return Error(Errc::bad_input,
                   fmt::format("found '{}', expected: ',' or 'end of string'", token));
  }
  std::stable_sort(selector.requirements_.begin(), selector.requirements_.end(),
                   [](const auto& a, const auto& b) { return a.key < b.key; });
  return selector;
}

LabelSelector LabelSelector::from_map(const Json& labels) {
  LabelSelector selector;
  if (!labels.is_object()) return selector;
  for (const auto& [key, value] : labels.items()) {
    selector.requirements_.push_back(
        {key, SelectorOp::in, {value.is_string() ? value.get<std::string>() : value.dump()}});
  }
  return selector;
}

Result<LabelSelector> LabelSelector::from_json(const Json& json) {
  LabelSelector selector;
  if (json.is_null()) {
    selector.nothing_ = true;
    return selector;
  }
  if (!json.is_object()) return Error(Errc::bad_input, "a label selector must be an object");
  if (const Json* labels = find(json, {"matchLabels"})) selector = from_map(*labels);
  const Json* expressions = find(json, {"matchExpressions"});
  if (expressions != nullptr && expressions->is_array()) {
    for (const Json& one : *expressions) {
      Requirement need;
      need.key = text_at(one, {"key"});
      const std::string op = text_at(one, {"operator"});
      if (op == "In")
        need.op = SelectorOp::in;
      else if (op == "NotIn")
        need.op = SelectorOp::not_in;
      else if (op == "Exists")
        need.op = SelectorOp::exists;
      else if (op == "DoesNotExist")
        need.op = SelectorOp::absent;
      else
        return Error(Errc::bad_input,
                     fmt::format("\"{}\" is not a valid label selector operator", op));
      const Json* values = find(one, {"values"});
      if (values != nullptr && values->is_array()) {
        for (const Json& value : *values) {
          if (value.is_string()) need.values.push_back(value.get<std::string>());
        }
      }
      if ((need.op == SelectorOp::in || need.op == SelectorOp::not_in) && need.values.empty()) {
        return Error(Errc::bad_input, "for 'in', 'notin' operators, values set can't be empty");
      }
      std::sort(need.values.begin(), need.values.end());
      selector.requirements_.push_back(std::move(need));
    }
  }
  std::stable_sort(selector.requirements_.begin(), selector.requirements_.end(),
                   [](const auto& a, const auto& b) { return a.key < b.key; });
  return selector;
}

bool LabelSelector::matches(const Json& labels) const {
  if (nothing_) return false;
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const Requirement& need) { return holds(need, labels); });
}

bool LabelSelector::matches_object(const Json& object) const {
  const Json* labels = find(object, {"metadata", "labels"});
  return matches(labels != nullptr ? *labels : empty_object());
}

std::string LabelSelector::text() const {
  std::string text;
  for (const auto& need : requirements_) {
    if (!text.empty()) text += ',';
    const bool one = need.values.size() == 1;
    switch (need.op) {
      case SelectorOp::exists:
        text += need.key;
        break;
      case SelectorOp::absent:
        text += "!" + need.key;
        break;
      case SelectorOp::greater:
        text += need.key + ">" + need.values[0];
        break;
      case SelectorOp::less:
        text += need.key + "<" + need.values[0];
        break;
      case SelectorOp::in:
        text += one ? need.key + "=" + need.values[0]
                    : fmt::format("{} in ({})", need.key, fmt::join(need.values, ","));
        break;
      case SelectorOp::not_in:
        text += one ? need.key + "!=" + need.values[0]
                    : fmt::format("{} notin ({})", need.key, fmt::join(need.values, ","));
        break;
    }
  }
  return text;
}

Result<FieldSelector> FieldSelector::parse(std::string_view text) {
  FieldSelector selector;
  std::string part;
  const auto add = [&]() -> Result<bool> {
    if (part.empty()) return true;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] == '\\') {
        ++i;
        continue;
      }
      const bool differs = part.compare(i, 2, "!=") == 0;
      if (!differs && part[i] != '=') continue;
      const std::size_t size = differs || part.compare(i, 2, "==") == 0 ? 2 : 1;
      Requirement need{part.substr(0, i), !differs, ""};
      for (std::size_t j = i + size; j < part.size(); ++j) {
        if (part[j] == '=')
          return Error(Errc::bad_input,
                       fmt::format("invalid field selector: unescaped character in "
                                   "value: {}",
                                   static_cast<int>(part[j])));
        if (part[j] == '\\') {
          if (j + 1 == part.size())
            return Error(Errc::bad_input, "invalid field selector: invalid escape sequence: \\");
          ++j;
          if (part[j] != '\\' && part[j] != ',' && part[j] != '=')
            return Error(
                Errc::bad_input,
                fmt::format("invalid field selector: invalid escape sequence: \\{}", part[j]));
        }
        need.value += part[j];
      }
      if (need.path.empty() && need.value.empty()) return true;  // asks nothing
      selector.requirements_.push_back(std::move(need));
      return true;
    }
    return Error(Errc::bad_input,
                 fmt::format("invalid selector: '{}'; can't understand '{}'", text, part));
  };
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == ',') {
      auto added = add();
      if (!added) return added.error();
      part.clear();
    } else {
      part += text[i];
      if (text[i] == '\\' && i + 1 < text.size()) part += text[++i];
    }
  }
  return selector;
}

bool FieldSelector::matches(const Json& object) const {
  for (const auto& need : requirements_) {
    const Json* at = &object;
    std::string_view path = need.path;
    while (at != nullptr && !path.empty()) {
      const auto end = std::min(path.find('.'), path.size());
      at = find(*at, {path.substr(0, end)});
      path.remove_prefix(std::min(end + 1, path.size()));
    }
    bool equal = false;
    if (at == nullptr || at->is_null()) {
      equal = need.value.empty() || need.value == "false" || need.value == "0";
    } else if (at->is_string()) {
      equal = at->get_ref<const std::string&>() == need.value;
    } else {
      equal = at->dump() == need.value;
    }
    if (equal != need.equal) return false;
  }
  return true;
}

const std::string* FieldSelector::wanted(std::string_view path) const {
  for (const auto& need : requirements_) {
    if (need.equal && need.path == path) return &need.value;
  }
  return nullptr;
}

}  // namespace spokelab::kube
