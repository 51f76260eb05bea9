// Two lines of JSON, a document and a patch of it in each of the forms that need no
// server.
#include <string>
#include <string_view>

#include "base/json.h"
#include "kube/patch.h"
#include "kube/schema.h"
#include "kube/strategic.h"
#include "tests/fuzz/targets.h"

namespace {

bool has_null(const spokelab::Json& value) {
  if (value.is_null()) return true;
  if (!value.is_structured()) return false;
  for (const auto& child : value) {
    if (has_null(child)) return true;
  }
  return false;
}

}  // namespace

namespace spokelab::fuzz {

std::string feed_patch(std::string_view bytes) {
  const std::string_view text = bytes;
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return {};
  const auto document = parse_json(text.substr(0, end));
  const auto patch = parse_json(text.substr(end + 1));
  if (!document || !patch) return {};
  static_cast<void>(kube::apply_json_patch(*document, *patch));
  if (document->is_object() && patch->is_object()) {
    Json merged = *document;
    kube::apply_merge_patch(merged, *patch);
    // What a difference says must lead from one document to the other.
    if (!has_null(*document) && !has_null(*patch)) {
      Json way = *document;
      kube::apply_merge_patch(way, kube::make_merge_patch(*document, *patch));
      if (way != *patch) return "a difference does not lead from one document to the other";
    }
    for (const char* name : {"apps.v1.Deployment", "core.v1.Service", "core.v1.Pod"}) {
      const auto* type = kube::schema_named(name);
      static_cast<void>(kube::apply_strategic_patch(*document, *patch, type));
      static_cast<void>(kube::join_strategic_patches(*document, *patch, type));
      static_cast<void>(kube::make_strategic_patch(*document, *patch, type,
                                                   kube::DiffParts::additions_and_changes));
    }
  }
  return {};
}

}  // namespace spokelab::fuzz
