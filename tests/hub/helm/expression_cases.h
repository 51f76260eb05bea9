// Template expressions with the answers that Helm gives.
#pragma once

#include <string_view>
#include <vector>

namespace spokelab::hub::helm {

struct ExpressionCase {
  std::string_view expression;
  std::string_view expected;  ///< The text, or "error: " and Helm's message.
};

/// Asked of helm v3.19.4 over the chart that render_test.cc builds.
const std::vector<ExpressionCase>& expression_cases();

}  // namespace spokelab::hub::helm
