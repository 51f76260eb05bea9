// %v of decoded JSON.
#include "kube/go_text.h"

#include "base/json.h"

namespace spokelab::kube {

std::string go_text(const Json& value) {
  if (value.is_null()) return "<nil>";
  if (value.is_string()) return value.get<std::string>();
  std::string text;
  if (value.is_array()) {
    for (const Json& item : value) text += (text.empty() ? "" : " ") + go_text(item);
    return "[" + text + "]";
  }
  if (!value.is_object()) return value.dump();
  for (auto it = value.begin(); it != value.end(); ++it)
    text += (text.empty() ? "" : " ") + it.key() + ":" + go_text(*it);
  return "map[" + text + "]";
}

}  // namespace spokelab::kube
