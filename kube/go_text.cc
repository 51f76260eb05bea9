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

std::string go_json(const Json& value) {
  const std::string plain = value.dump();
  std::string text;
  text.reserve(plain.size() + 16);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    if (c == '<')
      text += "\\u003c";
    else if (c == '>')
      text += "\\u003e";
    else if (c == '&')
      text += "\\u0026";
    else if (plain.compare(i, 3, "\xe2\x80\xa8") == 0)
      text += "\\u2028", i += 2;
    else if (plain.compare(i, 3, "\xe2\x80\xa9") == 0)
      text += "\\u2029", i += 2;
    else
      text += c;
  }
  return text;
}

}  // namespace spokelab::kube
