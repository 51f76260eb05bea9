#include "harness/look/differences.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml.h"
#include "harness/look/line_diff.h"
#include "reports/text.h"

namespace spokelab::harness {

std::string difference_text(const Json& answer) {
  std::string out;
  const Json* items = find(answer, {"items"});
  if (items == nullptr) return out;
  for (const auto& item : *items) {
    const auto group = text_at(item, {"group"});
    out += fmt::format("\n===== {}/{} {}/{} ======\n", group, text_at(item, {"kind"}),
                       text_at(item, {"namespace"}), text_at(item, {"name"}));
    if (const auto error = text_at(item, {"error"}); !error.empty()) {
      out += reports::clean(error) + "\n";
      continue;
    }
    const auto text_of = [](const Json& side) { return side.is_object() ? to_yaml(side) : ""; };
    out += fmt::format("--- live{}\n+++ desired{}\n", item["live"].is_null() ? " (not there)" : "",
                       item["target"].is_null() ? " (to be pruned)" : "");
    out += reports::clean(unified_diff(text_of(item["live"]), text_of(item["target"])), true);
  }
  return out;
}

}  // namespace spokelab::harness
