#include "harness/look/hidden.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"

namespace spokelab::harness {

namespace {

constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/// One more plus for each other value.
class Masks {
 public:
  std::string of(const Json& value) {
    auto known = std::find(seen_.begin(), seen_.end(), value);
    if (known == seen_.end()) known = seen_.insert(seen_.end(), value);
    return std::string(8 + static_cast<std::size_t>(known - seen_.begin()), '+');
  }

 private:
  std::vector<Json> seen_;
};

}  // namespace

void hide_secret(Json& live, Json& target) {
  for (const char* table : {"data", "stringData"}) {
    std::vector<std::string> keys;
    for (const Json* side : {&target, &live}) {
      const Json* values = side->is_object() ? find(*side, {table}) : nullptr;
      if (values == nullptr || !values->is_object()) continue;
      for (const auto& item : values->items()) keys.push_back(item.key());
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const auto& key : keys) {
      Masks masks;
      for (Json* side : {&target, &live}) {
        if (!side->is_object() || find(*side, {table, key}) == nullptr) continue;
        auto& value = (*side)[table][key];
        value = masks.of(value);
      }
    }
  }
  for (Json* side : {&target, &live}) {
    if (side->is_object() && find(*side, {"metadata", "annotations", kLastApplied}) != nullptr)
      (*side)["metadata"]["annotations"][std::string(kLastApplied)] = "++++++++";
  }
}

}  // namespace spokelab::harness
