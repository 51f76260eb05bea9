// What a JSON Schema finds wrong with values, as Helm prints it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub::helm {

struct Failure {
  std::string place;    ///< JSON pointer into the values.
  std::string message;  ///< Empty: only its causes are told.
  std::vector<Failure> causes;
  bool reference = false;  ///< Of a `$ref`: not told when it has one cause.
  bool group = false;      ///< Several failures of one schema.
};

/// "\n- at '/a': ..." for the failure and what caused it, deeper ones further in.
void print(const Failure& failure, int indent, std::string& out);

/// A key as one step of a JSON pointer (RFC 6901).
std::string pointer_step(std::string_view key);

// Words as golang.org/x/text/message prints them in English.
std::string shown_number(double number);                         ///< "1,000", "1.5", "1×10⁰⁶"
std::string shown_count(std::size_t count);                      ///< "1,000"
std::string shown_text(const std::string& text);                 ///< "'it\'s'"
std::string shown_value(const Json& scalar);                     ///< "'text'", "1000", "<nil>"
std::string shown_names(const std::vector<std::string>& names);  ///< "'a', 'b'"

}  // namespace spokelab::hub::helm
