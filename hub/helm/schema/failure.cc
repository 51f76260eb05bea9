// Printing what is wrong with values.
#include "hub/helm/schema/failure.h"

#include <array>

#include "base/json.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/value.h"

namespace spokelab::hub::helm {

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// Commas between the thousands of "-1234567.5".
std::string grouped(std::string digits) {
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  std::size_t at = std::min(digits.find('.'), digits.size());
  while (at > first + 3) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace

std::string shown_number(double number) {
  const std::string plain = gotemplate::print(gotemplate::Value(number));
  const std::size_t exponent = plain.find('e');
  if (exponent == std::string::npos) return grouped(plain);
  constexpr std::array<std::string_view, 10> kRaised = {"⁰", "¹", "²", "³", "⁴",
                                                        "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = plain.substr(0, exponent) + "×10";
  for (const char c : plain.substr(exponent + 1)) {
    if (c == '-') out += "⁻";
    if (c >= '0' && c <= '9') out += kRaised[static_cast<std::size_t>(c - '0')];
  }
  return out;
}

std::string shown_count(std::size_t count) { return grouped(std::to_string(count)); }

std::string shown_text(const std::string& text) {
  std::string out = gotemplate::quote(text);
  out = replaced(replaced(std::move(out), "\\\"", "\""), "'", "\\'");
  return "'" + out.substr(1, out.size() - 2) + "'";
}

std::string shown_value(const Json& scalar) {
  if (scalar.is_string()) return shown_text(scalar.get<std::string>());
  if (scalar.is_structured()) return "value";
  if (scalar.is_null()) return "<nil>";
  // Numbers of a schema print as they are written there.
  return scalar.dump();
}

std::string shown_names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + shown_text(name);
  return out;
}

void print(const Failure& failure, int indent, std::string& out) {
  const bool told = !failure.reference || failure.causes.size() != 1;
  if (told) {
    out += '\n';
    for (int i = 0; i + 1 < indent; ++i) out += "  ";
    out += "- at " + shown_text(failure.place) + ": " + failure.message;
  }
  for (const Failure& cause : failure.causes) print(cause, indent + (told ? 1 : 0), out);
}

std::string pointer_step(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

}  // namespace spokelab::hub::helm
