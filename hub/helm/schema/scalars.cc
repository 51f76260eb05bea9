// Keywords that look at a value by itself: its type, what it may be, texts and numbers.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "hub/gotemplate/text.h"
#include "hub/helm/schema/check.h"
#include "hub/helm/schema/formats.h"

namespace spokelab::hub::helm {

namespace {

std::string_view type_of(const Json& value) {
  if (value.is_number()) return "number";
  return value.is_null() ? "null" : value.type_name();
}

bool is_whole(const Json& value) {
  return value.is_number_integer() ||
         (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>());
}

/// The types wanted, when the value is of none of them.
std::optional<std::string> wrong_type(const Json& type, const Json& value) {
  constexpr std::array<std::string_view, 7> kOrder = {"null",   "boolean", "number", "integer",
                                                      "string", "array",   "object"};
  const std::string_view got = type_of(value);
  std::string want;
  for (const std::string_view name : kOrder) {
    const bool listed =
        type.is_array() ? std::find(type.begin(), type.end(), name) != type.end() : type == name;
    if (!listed) continue;
    if (name == got || (name == "integer" && is_whole(value))) return std::nullopt;
    want.append(want.empty() ? "" : " or ").append(name);
  }
  return want.empty() ? std::nullopt : std::optional(want);
}

std::string enum_message(const Json& list) {
  std::string all;
  for (const Json& item : list) {
    if (item.is_structured()) return "'enum' failed";
    all += (all.empty() ? "" : ", ") + shown_value(item);
  }
  return (list.size() == 1 ? "value must be " : "value must be one of ") + all;
}

/// Numbers count as they are written: 0.3 is a multiple of 0.1.
bool is_multiple(double value, double step) {
  const double times = std::round(value / step);
  return fmt::format("{}", times * step) == fmt::format("{}", value) ||
         std::abs(times * step - value) <= std::abs(value) * 1e-15;
}

}  // namespace

std::optional<Failure> check_value(const Check& one, const Schema& schema) {
  const auto failed = [&](std::string message) {
    return Failure{one.place, std::move(message), {}};
  };
  if (const Json* type = one.keyword("type")) {
    if (auto want = wrong_type(*type, one.value))
      return failed(fmt::format("got {}, want {}", type_of(one.value), *want));
  }
  if (const Json* only = one.keyword("const"); only != nullptr && schema.draft() >= 6) {
    if (*only != one.value) {
      return failed(only->is_structured() ? "'const' failed"
                                          : "value must be " + shown_value(*only));
    }
  }
  if (const Json* list = one.keyword("enum")) {
    if (std::find(list->begin(), list->end(), one.value) == list->end())
      return failed(enum_message(*list));
  }
  const Json* format = one.keyword("format");
  if (format != nullptr && format->is_string() && one.value.is_string() && schema.draft() < 2019) {
    const auto& text = one.value.get_ref<const std::string&>();
    if (const auto problem = format_problem(format->get_ref<const std::string&>(), text)) {
      return failed(fmt::format("{} is not valid {}: {}", shown_text(text),
                                format->get<std::string>(), *problem));
    }
  }
  return std::nullopt;
}

void check_text(Check& one, const Schema& schema) {
  const auto& text = one.value.get_ref<const std::string&>();
  if (one.keyword("minLength") != nullptr || one.keyword("maxLength") != nullptr) {
    const std::size_t length = gotemplate::rune_count(text);
    one.at_least("minLength", length);
    one.at_most("maxLength", length);
  }
  if (const Json* pattern = one.keyword("pattern")) {
    const auto& wanted = pattern->get_ref<const std::string&>();
    if (!re2::RE2::PartialMatch(text, schema.pattern(wanted)))
      one.fail(fmt::format("{} does not match pattern {}", shown_text(text), shown_text(wanted)));
  }
}

void check_number(Check& one) {
  const double got = one.value.get<double>();
  const auto limit = [&](const char* name) -> std::optional<double> {
    const Json* value = one.keyword(name);
    return value == nullptr || !value->is_number() ? std::nullopt
                                                   : std::optional(value->get<double>());
  };
  const auto fail = [&](const char* name, double want) {
    one.fail(fmt::format("{}: got {}, want {}", name, shown_number(got), shown_number(want)));
  };
  // In draft 4 "exclusive" is a flag of the plain limit.
  const auto flag = [&](const char* name) {
    const Json* value = one.keyword(name);
    return value != nullptr && *value == true;
  };
  const bool above = flag("exclusiveMinimum"), under = flag("exclusiveMaximum");
  const auto least = limit("minimum"), most = limit("maximum");
  const auto over = above ? least : limit("exclusiveMinimum");
  const auto beneath = under ? most : limit("exclusiveMaximum");
  if (least && !above && got < *least) fail("minimum", *least);
  if (most && !under && got > *most) fail("maximum", *most);
  if (over && got <= *over) fail("exclusiveMinimum", *over);
  if (beneath && got >= *beneath) fail("exclusiveMaximum", *beneath);
  if (const auto step = limit("multipleOf"); step && *step > 0 && !is_multiple(got, *step))
    fail("multipleOf", *step);
}

}  // namespace spokelab::hub::helm
