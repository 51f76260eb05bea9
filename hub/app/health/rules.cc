// Judging objects by the rule book.
#include "hub/app/health/rules.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "hub/app/health/rule_book.h"
#include "hub/app/health/rule_reader.h"
#include "kube/resource.h"

namespace spokelab::hub {
namespace {

using namespace rules;  // NOLINT: the tree of this very module

const Book& book() {
  const std::string_view parts[] = {kBookKubernetes, kBookDelivery, kBookPromoter,
                                    kBookNetwork,    kBookData,     kBookWorkloads};
  static const Book read = read_book(parts, std::size(parts));
  return read;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return number;
}

/// One object before the book.
class Judge {
 public:
  Judge(const Json& object, const std::string& argument) : object_(object) {
    variables_["1"] = argument;
  }

  std::optional<Health> judge(const Chapter& chapter) {
    if (run(chapter.statements) != Flow::answered && !remembered_) return std::nullopt;
    const std::optional<HealthStatus> status = health_status(status_);
    if (!status) return Health{HealthStatus::unknown, "Lua returned an invalid health status"};
    return Health{*status, message_};
  }

 private:
  enum class Flow { on, next, stop, answered };

  Flow run(const std::vector<Statement>& statements) {
    bool chain = false;
    for (const Statement& statement : statements) {
      bool holds = true;
      bool continues = false;
      for (const Test& test : statement.tests) {
        if (test.op == Test::Op::otherwise) {
          continues = true;
          holds = holds && !chain;
        } else {
          holds = holds && passes(test);
        }
        if (!holds) break;
      }
      chain = holds || (continues && chain);
      if (!holds) continue;
      const Flow flow = act(statement);
      if (flow != Flow::on) return flow;
    }
    return Flow::on;
  }

  Flow act(const Statement& statement) {
    using Kind = Statement::Kind;
    switch (statement.kind) {
      case Kind::answer:
      case Kind::remember: {
        std::string status = fill(statement.status);
        if (status != ".") status_ = std::move(status);
        message_ = fill(statement.text);
        remembered_ = true;
        return statement.kind == Kind::answer ? Flow::answered : Flow::on;
      }
      case Kind::set:
        variables_[statement.name] = fill(statement.text);
        return Flow::on;
      case Kind::add: {
        std::string& count = variables_[statement.name];
        count = std::to_string(std::atoi(count.c_str()) + 1);
        return Flow::on;
      }
      case Kind::sum: {
        const std::optional<double> more = number_of(Json(fill(statement.text)));
        std::string& sum = variables_[statement.name];
        sum = std::to_string(std::atoll(sum.c_str()) + static_cast<long long>(more.value_or(0)));
        return Flow::on;
      }
      case Kind::less: {
        const std::string both = fill(statement.text);
        const std::size_t blank = std::min(both.find(' '), both.size());
        const long long taken = std::atoll(both.c_str() + blank);
        variables_[statement.name] = std::to_string(std::atoll(both.c_str()) - taken);
        return Flow::on;
      }
      case Kind::join: {
        std::string& list = variables_[statement.name];
        if (!list.empty()) list += statement.separator;
        list += fill(statement.text);
        return Flow::on;
      }
      case Kind::next:
        return Flow::next;
      case Kind::stop:
        return Flow::stop;
      case Kind::each:
        return repeat(statement);
      case Kind::block:
        return run(statement.body);
    }
    return Flow::on;
  }

  Flow repeat(const Statement& statement) {
    const auto [list, text] = look_up(statement.path);
    if (list == nullptr || !list->is_structured()) return Flow::on;
    std::vector<const Json*> items;
    for (const Json& item : *list) items.push_back(&item);
    if (!statement.sorted_by.empty()) {
      const auto key = [&](const Json* item) { return text_at(*item, {statement.sorted_by}); };
      std::stable_sort(items.begin(), items.end(), [&](const Json* a, const Json* b) {
        const std::string left = key(a);
        const std::string right = key(b);
        return left.empty() || right.empty() ? !left.empty() : left < right;
      });
    }
    int place = 0;
    for (const Json* item : items) {
      const Json* outer = std::exchange(item_, item);
      variables_["i"] = std::to_string(++place);
      const Flow flow = run(statement.body);
      item_ = outer;
      if (flow == Flow::answered) return flow;
      if (flow == Flow::stop) break;
    }
    return Flow::on;
  }

  /// The value there, or a variable's text; nullptr and nullopt when there is none.
  std::pair<const Json*, std::optional<std::string>> look_up(const Path& path) const {
    if (path.root == Path::Root::variable) {
      const auto found = variables_.find(path.steps.front());
      if (found == variables_.end()) return {nullptr, std::nullopt};
      return {nullptr, found->second};
    }
    const Json* at = path.root == Path::Root::item ? item_ : &object_;
    for (const std::string& step : path.steps) {
      if (at == nullptr) break;
      if (step.starts_with('[')) {
        const std::size_t size = at->is_array() ? at->size() : 0;
        const std::size_t place =
            step == "[#]" ? size : static_cast<std::size_t>(std::atoi(step.c_str() + 1));
        at = place >= 1 && place <= size ? &(*at)[place - 1] : nullptr;
      } else {
        at = find(*at, {step});
      }
    }
    if (at != nullptr && at->is_null()) at = nullptr;
    return {at, std::nullopt};
  }

  /// As look_up, with lengths as numbers and variables as texts.
  std::optional<Json> value(const Path& path) const {
    const auto [found, text] = look_up(path);
    if (path.length) return Json(found != nullptr && found->is_array() ? found->size() : 0);
    if (text) return Json(*text);
    if (found == nullptr) return std::nullopt;
    return *found;
  }

  bool passes(const Test& test) const { return holds(test) != test.negated; }

  bool holds(const Test& test) const {
    using Op = Test::Op;
    const std::optional<Json> left = value(test.path);
    const bool variable = test.path.root == Path::Root::variable;
    switch (test.op) {
      case Op::otherwise:
        return true;
      case Op::exists:
        return left.has_value();
      case Op::truthy:
        return left && *left != false && (!variable || *left != "");
      case Op::equal:
        return equals(test, left);
      case Op::unequal:
        return !equals(test, left);
      case Op::ratio:
      case Op::full_ratio: {
        const std::string text = left && left->is_string() ? left->get<std::string>() : "";
        static const re2::RE2 kRatio("([0-9]+)/([0-9]+)");
        std::int64_t part = 0;
        std::int64_t whole = 0;
        if (!re2::RE2::PartialMatch(text, kRatio, &part, &whole)) return false;
        return test.op == Op::ratio || part == whole;
      }
      case Op::contains:
        return left && text_of(*left).find(test.values.front()) != std::string::npos;
      case Op::begins:
        return left && left->is_string() &&
               std::any_of(test.values.begin(), test.values.end(), [&](const std::string& start) {
                 return left->get_ref<const std::string&>().starts_with(start);
               });
      default:
        break;
    }
    const std::optional<Json> right =
        test.against_path ? value(test.other) : std::optional<Json>(Json(test.values.front()));
    const bool texts = left && right && left->is_string() && right->is_string();
    if (texts && !number_of(*left) && !number_of(*right)) {
      const auto& a = left->get_ref<const std::string&>();
      const auto& b = right->get_ref<const std::string&>();
      return test.op == Op::less      ? a < b
             : test.op == Op::more    ? a > b
             : test.op == Op::at_most ? a <= b
                                      : a >= b;
    }
    // A counter that never counted is zero.
    const auto a = left ? number_of(*left) : std::optional<double>(0);
    const auto b = right ? number_of(*right) : std::optional<double>(0);
    if (!a || !b) return false;
    switch (test.op) {
      case Op::less:
        return *a < *b;
      case Op::more:
        return *a > *b;
      case Op::at_most:
        return *a <= *b;
      default:
        return *a >= *b;
    }
  }

  bool equals(const Test& test, const std::optional<Json>& left) const {
    if (test.against_path) {
      const std::optional<Json> right = value(test.other);
      if (!left || !right) return left.has_value() == right.has_value();
      if (left->is_number() || right->is_number()) return number_of(*left) == number_of(*right);
      return *left == *right;
    }
    const bool counter = test.path.root == Path::Root::variable;
    if (!left && !counter) return false;
    const std::string text = left ? text_of(*left) : "0";
    return std::find(test.values.begin(), test.values.end(), text) != test.values.end();
  }

  std::string fill(const Template& form) const {
    std::string text;
    for (const Template::Piece& piece : form.pieces) {
      if (!piece.filled) {
        text += piece.text;
        continue;
      }
      std::optional<Json> found;
      for (const Path& path : piece.paths) {
        if (!found) found = value(path);
        // A variable that holds nothing stands for nothing.
        if (found && path.root == Path::Root::variable && *found == "") found.reset();
      }
      std::string part = found ? text_of(*found) : piece.text;
      if (piece.function == "short") part.resize(std::min<std::size_t>(part.size(), 7));
      if (piece.function == "unerror") {
        constexpr std::string_view kError = "ERROR, ";
        for (std::size_t at; (at = part.find(kError)) != std::string::npos;)
          part.erase(at, kError.size());
      }
      if (piece.function == "lower") {
        std::transform(part.begin(), part.end(), part.begin(),
                       [](unsigned char c) { return std::tolower(c); });
      }
      text += part;
    }
    return text;
  }

  const Json& object_;
  const Json* item_ = nullptr;
  std::map<std::string, std::string> variables_;
  bool remembered_ = false;
  std::string status_;
  std::string message_;
};

/// The book's wildcards stand for everything, or for everything in front.
bool fits(std::string_view glob, std::string_view text) {
  return glob == text || (glob.starts_with('*') && text.ends_with(glob.substr(1)));
}

const Entry* entry_for(const std::string& group, const std::string& kind) {
  const std::string name = group + "/" + kind;
  const auto exact = book().exact.find(name);
  if (exact != book().exact.end()) return &exact->second;
  for (const auto& [glob, entry] : book().globs) {
    const std::size_t slash = glob.find('/');
    if (fits(std::string_view(glob).substr(0, slash), group) &&
        fits(std::string_view(glob).substr(slash + 1), kind))
      return &entry;
  }
  return nullptr;
}

}  // namespace

std::optional<std::optional<Health>> health_by_rules(const Json& object) {
  const kube::GroupVersion version = kube::split_api_version(text_at(object, {"apiVersion"}));
  if (version.group.empty()) return std::nullopt;
  const Entry* entry = entry_for(version.group, text_at(object, {"kind"}));
  if (entry == nullptr) return std::nullopt;
  return Judge(object, entry->argument).judge(*entry->chapter);
}

}  // namespace spokelab::hub
