// Lists of text inside documents.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace spokelab::fakeapi {

/// The texts in the list at a path, in order; other items, and whatever is no list, are left out.
inline std::vector<std::string> texts_at(const Json& document,
                                         std::initializer_list<std::string_view> path) {
  std::vector<std::string> texts;
  const Json* list = find(document, path);
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& item : *list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

}  // namespace spokelab::fakeapi
