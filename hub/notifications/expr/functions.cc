#include "hub/notifications/expr/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "hub/gotemplate/text.h"
#include "hub/notifications/expr/access.h"

namespace spokelab::hub::expr {

namespace {

Error wrong(std::string_view function, const Value& value) {
  return Error(Errc::bad_input,
               fmt::format("invalid argument for {} (type {})", function, type_name(value)));
}

const std::string* text(const List& arguments, std::size_t i) {
  return i < arguments.size() ? arguments[i].as<std::string>() : nullptr;
}

Result<Value> call_len(const List& a, WallTime) {
  if (const auto* words = text(a, 0))
    return Value(static_cast<std::int64_t>(gotemplate::rune_count(*words)));
  const auto size = length(a[0]);
  if (!size) return wrong("len", a[0]);
  return Value(static_cast<std::int64_t>(*size));
}

Result<Value> call_abs(const List& a, WallTime) {
  if (const auto* whole = a[0].as<std::int64_t>()) {
    if (*whole >= 0) return a[0];
    return Value(static_cast<std::int64_t>(-static_cast<std::uint64_t>(*whole)));
  }
  if (const auto* real = a[0].as<double>()) return Value(std::fabs(*real));
  return wrong("abs", a[0]);
}

Result<Value> call_int(const List& a, WallTime) {
  if (a[0].as<std::int64_t>() != nullptr) return a[0];
  if (const auto* real = a[0].as<double>()) {
    if (!(std::fabs(*real) < 9.2e18)) return wrong("int", a[0]);
    return Value(static_cast<std::int64_t>(*real));
  }
  if (const auto* words = text(a, 0)) {
    const auto whole = gotemplate::go_parse_int(*words, 10);
    if (whole) return Value(*whole);
    return Error(Errc::bad_input, fmt::format("invalid operation: int({})", *words));
  }
  return wrong("int", a[0]);
}

Result<Value> call_float(const List& a, WallTime) {
  if (a[0].as<double>() != nullptr) return a[0];
  if (const auto* whole = a[0].as<std::int64_t>()) return Value(static_cast<double>(*whole));
  if (const auto* words = text(a, 0)) {
    const auto real = gotemplate::go_parse_float(*words);
    if (real) return Value(*real);
    return Error(Errc::bad_input, fmt::format("invalid operation: float({})", *words));
  }
  return wrong("float", a[0]);
}

Result<Value> call_string(const List& a, WallTime) { return Value(print(a[0])); }

Result<Value> call_type(const List& a, WallTime) {
  if (a[0].is_nil()) return Value(std::string("nil"));
  if (is_list(a[0])) return Value(std::string("array"));
  if (is_map(a[0])) return Value(std::string("map"));
  if (a[0].as<double>() != nullptr) return Value(std::string("float"));
  return Value(type_name(a[0]));
}

template <class Change>
Result<Value> changed(std::string_view name, const List& a, Change change) {
  const auto* words = text(a, 0);
  if (words == nullptr) return wrong(name, a[0]);
  std::u32string runes = gotemplate::to_runes(*words);
  for (auto& rune : runes) rune = change(rune);
  return Value(gotemplate::from_runes(runes));
}

Result<Value> call_upper(const List& a, WallTime) {
  return changed("upper", a, gotemplate::to_upper);
}
Result<Value> call_lower(const List& a, WallTime) {
  return changed("lower", a, gotemplate::to_lower);
}

Result<Value> call_trim(const List& a, WallTime) {
  const auto* words = text(a, 0);
  if (words == nullptr) return wrong("trim", a[0]);
  const std::string cut = a.size() > 1 && text(a, 1) != nullptr ? *text(a, 1) : " \t\r\n\v\f";
  const auto first = words->find_first_not_of(cut);
  if (first == std::string::npos) return Value(std::string());
  return Value(words->substr(first, words->find_last_not_of(cut) - first + 1));
}

Result<Value> call_split(const List& a, WallTime) {
  const auto* words = text(a, 0);
  const auto* by = text(a, 1);
  if (words == nullptr || by == nullptr) return wrong("split", words == nullptr ? a[0] : a[1]);
  List out;
  if (by->empty()) {
    for (const auto rune : gotemplate::to_runes(*words))
      out.push_back(Value(gotemplate::from_runes(std::u32string(1, rune))));
    return of_list(std::move(out));
  }
  std::size_t from = 0;
  for (;;) {
    const auto at = words->find(*by, from);
    out.push_back(Value(words->substr(from, at == std::string::npos ? at : at - from)));
    if (at == std::string::npos) return of_list(std::move(out));
    from = at + by->size();
  }
}

Result<Value> call_join(const List& a, WallTime) {
  if (!is_list(a[0])) return wrong("join", a[0]);
  const std::string by = a.size() > 1 && text(a, 1) != nullptr ? *text(a, 1) : "";
  std::string out;
  bool first = true;
  for (const auto& item : elements(a[0])) {
    const auto* words = item.as<std::string>();
    if (words == nullptr) return wrong("join", item);
    if (!first) out += by;
    first = false;
    out += *words;
  }
  return Value(std::move(out));
}

Result<Value> call_replace(const List& a, WallTime) {
  const auto* words = text(a, 0);
  const auto* from = text(a, 1);
  const auto* to = text(a, 2);
  if (words == nullptr || from == nullptr || to == nullptr) return wrong("replace", a[0]);
  if (from->empty()) return Value(*words);
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const auto hit = words->find(*from, at);
    out += words->substr(at, hit == std::string::npos ? hit : hit - at);
    if (hit == std::string::npos) return Value(std::move(out));
    out += *to;
    if (out.size() > 1'000'000)
      return Error(Errc::limit, "replace makes more than 1,000,000 bytes");
    at = hit + from->size();
  }
}

Result<Value> call_has_prefix(const List& a, WallTime) { return operate("startsWith", a[0], a[1]); }
Result<Value> call_has_suffix(const List& a, WallTime) { return operate("endsWith", a[0], a[1]); }

Result<Value> end_of(std::string_view name, const Value& list, bool last) {
  if (!is_list(list)) return wrong(name, list);
  const auto size = *length(list);
  if (size == 0) return Value();
  return element(list, last ? size - 1 : 0);
}
Result<Value> call_first(const List& a, WallTime) { return end_of("first", a[0], false); }
Result<Value> call_last(const List& a, WallTime) { return end_of("last", a[0], true); }

Result<Value> call_keys(const List& a, WallTime) {
  if (!is_map(a[0])) return wrong("keys", a[0]);
  List out;
  for (auto& key : keys(a[0])) out.push_back(Value(std::move(key)));
  return of_list(std::move(out));
}

Result<Value> call_values(const List& a, WallTime) {
  if (!is_map(a[0])) return wrong("values", a[0]);
  List out;
  for (const auto& key : keys(a[0])) out.push_back(*member(a[0], key));
  return of_list(std::move(out));
}

/// Of the arguments, or of the one list that they are.
Result<Value> extreme(std::string_view name, const List& a, const std::string& better) {
  const auto all = a.size() == 1 && is_list(a[0]) ? elements(a[0]) : a;
  if (all.empty())
    return Error(Errc::bad_input, fmt::format("not enough arguments to call {}", name));
  Value best = all[0];
  for (const auto& one : all) {
    auto less = operate(better, one, best);
    if (!less) return less.error();
    if (*less->as<bool>()) best = one;
  }
  return best;
}
Result<Value> call_max(const List& a, WallTime) { return extreme("max", a, ">"); }
Result<Value> call_min(const List& a, WallTime) { return extreme("min", a, "<"); }

Result<Value> call_sum(const List& a, WallTime) {
  if (!is_list(a[0])) return wrong("sum", a[0]);
  Value total(std::int64_t{0});
  for (const auto& one : elements(a[0])) {
    auto next = operate("+", total, one);
    if (!next) return next.error();
    total = std::move(*next);
  }
  return total;
}

Result<Value> call_now(const List&, WallTime now) {
  return call_method(Value(Module{"time"}), "Now", {}, now);
}

Result<Value> call_duration(const List& a, WallTime) {
  const auto* words = text(a, 0);
  if (words == nullptr) return wrong("duration", a[0]);
  return call_method(Value(Module{"time"}), "ParseDuration", {Value(*words)}, WallTime{});
}

constexpr Function closure_of(std::string_view name, int least) {
  return Function{name, least, 2, true, nullptr};
}

constexpr std::array kFunctions{
    Function{"abs", 1, 1, false, call_abs},
    closure_of("all", 2),
    closure_of("any", 2),
    closure_of("count", 1),
    Function{"duration", 1, 1, false, call_duration},
    closure_of("filter", 2),
    closure_of("find", 2),
    closure_of("findIndex", 2),
    Function{"first", 1, 1, false, call_first},
    Function{"float", 1, 1, false, call_float},
    Function{"hasPrefix", 2, 2, false, call_has_prefix},
    Function{"hasSuffix", 2, 2, false, call_has_suffix},
    Function{"int", 1, 1, false, call_int},
    Function{"join", 1, 2, false, call_join},
    Function{"keys", 1, 1, false, call_keys},
    Function{"last", 1, 1, false, call_last},
    Function{"len", 1, 1, false, call_len},
    Function{"lower", 1, 1, false, call_lower},
    closure_of("map", 2),
    Function{"max", 1, 1'000, false, call_max},
    Function{"min", 1, 1'000, false, call_min},
    closure_of("none", 2),
    Function{"now", 0, 0, false, call_now},
    closure_of("one", 2),
    Function{"replace", 3, 3, false, call_replace},
    Function{"split", 2, 2, false, call_split},
    Function{"string", 1, 1, false, call_string},
    Function{"sum", 1, 1, false, call_sum},
    Function{"trim", 1, 2, false, call_trim},
    Function{"type", 1, 1, false, call_type},
    Function{"upper", 1, 1, false, call_upper},
    Function{"values", 1, 1, false, call_values},
};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto hit = std::find_if(kFunctions.begin(), kFunctions.end(),
                                [&](const Function& one) { return one.name == name; });
  return hit == kFunctions.end() ? nullptr : &*hit;
}

std::string function_names() {
  std::string out;
  for (const auto& one : kFunctions) {
    if (!out.empty()) out += ", ";
    out += one.name;
  }
  return out;
}

}  // namespace spokelab::hub::expr
