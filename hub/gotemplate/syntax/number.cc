// Number literals of templates: decimal, hexadecimal, octal, binary, floats, imaginary, characters.
#include "hub/gotemplate/syntax/number.h"

#include <fmt/format.h>

#include <cmath>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

/// A complex128: only ever printed, or tested for zero.
class Complex final : public Object {
 public:
  Complex(double real, double imaginary) : real_(real), imaginary_(imaginary) {}
  std::string type_name() const override { return "complex128"; }
  std::string_view kind_name() const override { return "complex128"; }
  std::optional<Value> get(std::string_view) const override { return std::nullopt; }
  std::string print() const override {
    const std::string imaginary = gotemplate::print(Value(imaginary_));
    const bool sign = imaginary[0] == '-' || imaginary[0] == '+';
    return fmt::format("({}{}{}i)", gotemplate::print(Value(real_)), sign ? "" : "+", imaginary);
  }
  bool truth() const override { return real_ != 0 || imaginary_ != 0; }
  std::pair<double, double> parts() const { return {real_, imaginary_}; }

 private:
  double real_, imaginary_;
};

void set_whole(Node& node, std::int64_t value) {
  node.whole = value;
  node.real = static_cast<double>(value);
  node.fits_int = node.fits_real = true;
  node.literal = Value::integer(value);
}

std::optional<std::string> read_character(Node& node) {
  const auto text = go_unquote(node.text);
  if (!text || text->empty()) return "invalid syntax";
  if (rune_count(*text) != 1) return fmt::format("malformed character constant: {}", node.text);
  // '\xff' is the byte's value, though it is no character.
  const bool byte = text->size() == 1;
  set_whole(node, byte ? static_cast<unsigned char>((*text)[0])
                       : static_cast<std::int64_t>(decode_rune(*text, 0)));
  return std::nullopt;
}

/// "2i", or "1+2i".
bool read_imaginary(Node& node) {
  const std::string_view text(node.text);
  if (!text.ends_with('i')) return false;
  const std::size_t sign = text.find_last_of("+-");
  const bool both = sign != std::string_view::npos && sign > 0 && text[sign - 1] != 'e' &&
                    text[sign - 1] != 'E' && text[sign - 1] != 'p' && text[sign - 1] != 'P';
  const auto real = both ? go_parse_float(text.substr(0, sign)) : std::optional(0.0);
  const std::size_t from = both ? sign : 0;
  const auto imaginary = go_parse_float(text.substr(from, text.size() - from - 1));
  if (!real || !imaginary) return false;
  if (*imaginary == 0) {
    node.real = *real;
    node.fits_real = true;
    node.literal = Value(*real);
    if (*real == std::floor(*real) && std::fabs(*real) < 9.2e18)
      set_whole(node, static_cast<std::int64_t>(*real));
    return true;
  }
  node.literal = Value(
      std::static_pointer_cast<const Object>(std::make_shared<const Complex>(*real, *imaginary)));
  return true;
}

}  // namespace

std::optional<std::pair<double, double>> complex_parts(const Value& value) {
  if (!value.is(Kind::object)) return std::nullopt;
  const auto* complex = dynamic_cast<const Complex*>(&value.object());
  return complex == nullptr ? std::nullopt : std::optional(complex->parts());
}

std::optional<std::string> read_number(Node& node, bool character) {
  if (character) return read_character(node);
  if (read_imaginary(node)) return std::nullopt;
  const std::string& text = node.text;
  if (const auto whole = go_parse_int(text, 0)) {
    set_whole(node, *whole);
    return std::nullopt;
  }
  if (const auto whole = go_parse_uint(text, 0)) {
    node.real = static_cast<double>(*whole);
    node.fits_real = true;
    return std::nullopt;
  }
  const auto real = go_parse_float(text);
  if (!real) return fmt::format("illegal number syntax: {}", quote(text));
  if (text.find_first_of(".eEpP") == std::string::npos)
    return fmt::format("integer overflow: {}", quote(text));
  node.real = *real;
  node.fits_real = true;
  node.literal = Value(*real);
  if (std::fabs(*real) < 9.2e18 && *real == std::floor(*real)) {
    node.fits_int = true;
    node.whole = static_cast<std::int64_t>(*real);
  }
  return std::nullopt;
}

}  // namespace spokelab::hub::gotemplate
