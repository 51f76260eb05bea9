// Checks of single values, and the arithmetic of ranges.
#include "harness/scenario/reading/scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "base/duration.h"

namespace spokelab::harness {

namespace {

using Problem = std::optional<ScalarProblem>;

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}
bool is_bare_number(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos &&
         text.find_first_not_of("0123456789.-") == std::string_view::npos;
}

/// "12:30" as the two spans people mean by it.
std::string clock_fix(std::string_view text) {
  const auto first = text.find(':');
  if (text.find(':', first + 1) != std::string_view::npos)
    return "write it with units, for instance 1h2m3s";
  const auto a = text.substr(0, first);
  const auto b = text.substr(first + 1);
  return fmt::format("write {0}m{1}s or {0}h{1}m", a, b);
}

Problem range_problem(std::string_view label, std::string_view text, std::string_view limits) {
  const auto dots = limits.find("..");
  const auto low = limits.substr(0, dots);
  const auto high = limits.substr(dots + 2);
  std::string allowed = fmt::format("between {} and {}", low, high);
  if (low.empty()) allowed = fmt::format("at most {}", high);
  return ScalarProblem{"SL2005", fmt::format("`{}` is {}, which is out of range", label, text),
                       fmt::format("write a value {}", allowed)};
}

/// Checks a number of any kind: parse, then range.
template <class Parse, class Less>
Problem check_quantity(std::string_view label, std::string_view text, std::string_view limits,
                       Parse parse, Less less) {
  const auto value = parse(text);
  if (!value) {
    const std::string message = value.error().message();
    const auto cut = message.find("; ");
    return ScalarProblem{"SL2004", fmt::format("`{}`: {}", label, message.substr(0, cut)),
                         cut == std::string::npos ? "" : message.substr(cut + 2)};
  }
  const auto dots = limits.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const auto low = limits.substr(0, dots);
  const auto high = limits.substr(dots + 2);
  const bool below = !low.empty() && less(*value, *parse(low));
  const bool above = !high.empty() && less(*parse(high), *value);
  if (below || above) return range_problem(label, text, limits);
  return std::nullopt;
}

constexpr auto kLess = [](const auto& a, const auto& b) { return a < b; };

Problem check_span(Type type, std::string_view label, std::string_view text,
                   std::string_view limits) {
  if (text.find(':') != std::string_view::npos && !yaml11_meaning(text).empty()) {
    return ScalarProblem{"SL2007",
                         fmt::format("`{}`: {} is {} in YAML 1.1, not a span of time", label, text,
                                     yaml11_meaning(text)),
                         clock_fix(text)};
  }
  if (is_bare_number(text)) {
    return ScalarProblem{"SL2004", fmt::format("`{}` needs a unit", label),
                         fmt::format("write {0}s, {0}m or {0}ms", text)};
  }
  return check_quantity(label, text, limits, type == Type::offset ? parse_duration : parse_span,
                        kLess);
}

Problem check_name(std::string_view label, std::string_view text) {
  if (is_name(text)) return std::nullopt;
  std::string fixed;
  for (const char c : text.substr(0, 63)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const char lower = upper ? static_cast<char>(c - 'A' + 'a') : c;
    fixed += (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ? lower : '-';
  }
  while (!fixed.empty() && fixed.back() == '-') fixed.pop_back();
  while (!fixed.empty() && fixed.front() == '-') fixed.erase(0, 1);
  return ScalarProblem{
      "SL2008",
      fmt::format("`{}`: {} is no name; names have lower-case letters, digits and '-'", label,
                  text.empty() ? "an empty text" : text),
      fixed.empty() ? "" : fmt::format("write for instance {}", fixed)};
}

Problem check_label_value(std::string_view label, std::string_view text, bool quoted) {
  if (quoted) return std::nullopt;
  if (text == "true" || text == "false" || text == "null" || text == "~" || is_bare_number(text)) {
    return ScalarProblem{
        "SL2007", fmt::format("`{}`: {} is no text in YAML, and labels are text", label, text),
        fmt::format("write \"{}\"", text)};
  }
  return std::nullopt;
}

Problem check_choice(std::string_view label, std::string_view text,
                     const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return std::nullopt;
  const auto near = nearest(text, choices);
  return ScalarProblem{"SL2006",
                       fmt::format("`{}` cannot be {}", label, text.empty() ? "empty" : text),
                       near.empty() ? fmt::format("it is one of {}", fmt::join(choices, ", "))
                                    : fmt::format("did you mean `{}`?", near)};
}

Problem check_boolean(std::string_view label, std::string_view text) {
  if (text == "true" || text == "false") return std::nullopt;
  const auto meaning = yaml11_meaning(text);
  if (meaning == "the boolean true" || meaning == "the boolean false") {
    return ScalarProblem{"SL2007",
                         fmt::format("`{}`: {} is a boolean in YAML 1.1 only", label, text),
                         fmt::format("write {}", meaning.substr(12))};
  }
  return ScalarProblem{"SL2003", fmt::format("`{}` is true or false, not {}", label, text),
                       "write true or false"};
}

template <class Parsed>
Problem check_reference(std::string_view label, const Parsed& parsed) {
  if (parsed) return std::nullopt;
  const std::string message = parsed.error().message();
  const auto cut = message.find("; ");
  return ScalarProblem{"SL2013", fmt::format("`{}`: {}", label, message.substr(0, cut)),
                       cut == std::string::npos ? "" : message.substr(cut + 2)};
}

bool is_text_like(Type type) {
  switch (type) {
    case Type::name:
    case Type::text:
    case Type::scalar:
    case Type::choice:
    case Type::label_value:
    case Type::label_key:
    case Type::label_change:
    case Type::cluster:
    case Type::target:
    case Type::fault:
    case Type::place:
    case Type::replica:
    case Type::path:
    case Type::file_change:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<ScalarProblem> check_scalar(Type type, std::string_view label, std::string_view text,
                                          bool quoted, std::string_view limits,
                                          const std::vector<std::string>& choices) {
  if (!quoted && is_text_like(type)) {
    if (const auto meaning = yaml11_meaning(text); !meaning.empty()) {
      return ScalarProblem{
          "SL2007", fmt::format("`{}`: {} is {} to readers of YAML 1.1", label, text, meaning),
          fmt::format("write \"{}\" if it is text", text)};
    }
  }
  switch (type) {
    case Type::duration:
    case Type::offset:
      return check_span(type, label, text, limits);
    case Type::percent:
      return check_quantity(label, text, limits, parse_share, kLess);
    case Type::rate:
      return check_quantity(label, text, limits, parse_rate, slower);
    case Type::bytes:
      return check_quantity(label, text, limits, parse_bytes, kLess);
    case Type::byte_rate:
      return check_quantity(label, text, limits, parse_byte_rate, kLess);
    case Type::count:
    case Type::seed: {
      auto problem = check_quantity(label, text, limits, parse_whole, kLess);
      if (problem && text.size() > 1 && text[0] == '0' && is_digits(text)) problem->code = "SL2007";
      return problem;
    }
    case Type::boolean:
      return check_boolean(label, text);
    case Type::choice:
      return check_choice(label, text, choices);
    case Type::name:
      return check_name(label, text);
    case Type::label_value:
    case Type::label_change:
      return check_label_value(label, text, quoted);
    case Type::service:
      return check_reference(label, parse_service(text));
    case Type::object_ref:
      return check_reference(label, parse_object_ref(text));
    case Type::link:
      return check_reference(label, parse_link(text));
    case Type::text:
    case Type::path:
    case Type::url:
      if (text.empty()) return ScalarProblem{"SL2003", fmt::format("`{}` is empty", label), ""};
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

bool may_draw_range(Type type) {
  return type == Type::duration || type == Type::offset || type == Type::percent ||
         type == Type::rate || type == Type::bytes || type == Type::byte_rate ||
         type == Type::count;
}

bool may_draw(const Field& field) {
  if (field.fixed) return false;
  if (may_draw_range(field.type)) return true;
  switch (field.type) {
    case Type::boolean:
    case Type::choice:
    case Type::service:
    case Type::object_ref:
    case Type::place:
    case Type::link:
    case Type::cluster:
    case Type::target:
    case Type::replica:
      return true;
    case Type::name:
      return field.path.find('/') != std::string_view::npos;  // not the scenario's own
    default:
      return false;
  }
}

std::optional<Draw> draw_of(const Field& field, const YamlNode& node,
                            std::optional<ScalarProblem>& problem) {
  if (!node.is_scalar() || !may_draw(field)) return std::nullopt;
  auto draw = parse_draw(node.text);
  if (!draw) {
    problem = ScalarProblem{"SL2009", draw.error().message(), ""};
    return std::nullopt;
  }
  if (!*draw) return std::nullopt;
  if ((*draw)->range && !may_draw_range(field.type)) {
    problem = ScalarProblem{"SL2009",
                            fmt::format("{} cannot be drawn from a range", describe(field.type)),
                            "write any[a, b]"};
    return std::nullopt;
  }
  return *draw;
}

namespace {

/// A range in whole steps of its smallest unit.
struct Steps {
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::int64_t size = 1;
};

Steps steps_of(Type type, const std::string& low, const std::string& high) {
  Steps out;
  switch (type) {
    case Type::duration:
    case Type::offset:
      out = {parse_duration(low).value().count(), parse_duration(high).value().count(), 1};
      if (out.low % 1'000'000 == 0 && out.high % 1'000'000 == 0) out.size = 1'000'000;
      break;
    case Type::percent:
      out = {parse_share(low).value().millionths, parse_share(high).value().millionths, 1};
      if (out.low % 1'000 == 0 && out.high % 1'000 == 0) out.size = 1'000;
      break;
    case Type::rate:
      out = {parse_rate(low).value().count, parse_rate(high).value().count, 1};
      break;
    case Type::bytes:
      out = {static_cast<std::int64_t>(parse_bytes(low).value().count),
             static_cast<std::int64_t>(parse_bytes(high).value().count), 1};
      break;
    case Type::byte_rate:
      out = {static_cast<std::int64_t>(parse_byte_rate(low).value().count),
             static_cast<std::int64_t>(parse_byte_rate(high).value().count), 1};
      break;
    default:
      out = {static_cast<std::int64_t>(parse_whole(low).value()),
             static_cast<std::int64_t>(parse_whole(high).value()), 1};
  }
  return out;
}

}  // namespace

std::int64_t range_steps(Type type, const std::string& low, const std::string& high) {
  if (type == Type::rate && parse_rate(low).value().per != parse_rate(high).value().per) return -1;
  const auto steps = steps_of(type, low, high);
  return steps.low > steps.high ? -1 : (steps.high - steps.low) / steps.size;
}

std::string range_value(Type type, const std::string& low, const std::string& high,
                        std::int64_t step) {
  const auto steps = steps_of(type, low, high);
  const auto value = steps.low + step * steps.size;
  switch (type) {
    case Type::duration:
    case Type::offset:
      return exact_duration(Nanos(value));
    case Type::percent:
      return format_share(Share{static_cast<std::uint32_t>(value)});
    case Type::rate:
      return fmt::format("{}{}", value, low.substr(low.find('/')));
    case Type::bytes:
      return fmt::format("{}B", value);
    case Type::byte_rate:
      return fmt::format("{}B/s", value);
    default:
      return fmt::format("{}", value);
  }
}

}  // namespace spokelab::harness
