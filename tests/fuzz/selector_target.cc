// Any text as a label selector and as a field selector; what reads must be written so
// that it reads the same again.
#include <string>
#include <string_view>

#include "base/json.h"
#include "kube/selector.h"
#include "tests/fuzz/targets.h"

namespace spokelab::fuzz {

std::string feed_selector(std::string_view bytes) {
  const std::string_view text = bytes;
  static_cast<void>(kube::FieldSelector::parse(text));
  const auto labels = kube::LabelSelector::parse(text);
  if (labels) {
    const auto again = kube::LabelSelector::parse(labels->text());
    if (!again || again->text() != labels->text())
      return "a selector reads differently once written";
  }
  if (const auto document = parse_json(text)) {
    static_cast<void>(kube::LabelSelector::from_json(*document));
  }
  return {};
}

}  // namespace spokelab::fuzz
