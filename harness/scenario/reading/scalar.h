// One scalar against its row of the table: form, unit, range, and the traps of YAML 1.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/scenario/schema.h"
#include "harness/scenario/values.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

struct ScalarProblem {
  std::string code;
  std::string message;
  std::string fix;
};

/// What is wrong with a text as a value of that type. `label` names the key in messages ("at");
/// `limits` and `choices` as in Field. References to other parts of the file are not looked at
/// here.
std::optional<ScalarProblem> check_scalar(Type type, std::string_view label, std::string_view text,
                                          bool quoted, std::string_view limits,
                                          const std::vector<std::string>& choices);

/// Whether values of that key may be drawn, and whether from a range.
bool may_draw(const Field& field);
bool may_draw_range(Type type);

/// The draw that a scalar is, if it is one; malformed draws and ranges with bad ends are `problem`.
std::optional<Draw> draw_of(const Field& field, const YamlNode& node,
                            std::optional<ScalarProblem>& problem);

/// A range has range_steps() + 1 values, evenly spaced; range_value() is the text of one of them,
/// from 0 up. Both ends must have passed check_scalar. Spans of time have steps of 1 ms where both
/// ends are whole ms.
std::int64_t range_steps(Type type, const std::string& low, const std::string& high);
std::string range_value(Type type, const std::string& low, const std::string& high,
                        std::int64_t step);

}  // namespace spokelab::harness
