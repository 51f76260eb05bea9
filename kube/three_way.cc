// Three-way merges, as in kubectl's apply and apimachinery's strategicpatch and jsonmergepatch.
#include "kube/three_way.h"

#include "base/json.h"
#include "kube/go_text.h"
#include "kube/patch.h"
#include "kube/resource.h"
#include "kube/strategic.h"

namespace spokelab::kube {

namespace {

/// Only the nulls of a merge patch, or everything but them.
Json filter_nulls(const Json& patch, bool keep_nulls) {
  Json kept = Json::object();
  for (const auto& [key, value] : patch.items()) {
    if (value.is_null()) {
      if (keep_nulls) kept[key] = nullptr;
    } else if (value.is_object()) {
      if (value.empty()) {
        if (!keep_nulls) kept[key] = value;  // an empty object written on purpose
        continue;
      }
      Json inner = filter_nulls(value, keep_nulls);
      if (!inner.empty()) kept[key] = std::move(inner);
    } else if (!keep_nulls) {
      kept[key] = value;
    }
  }
  return kept;
}

void join_merge_patches(Json& into, const Json& patch) {
  for (const auto& [key, value] : patch.items()) {
    auto& slot = into[key];
    if (slot.is_object() && value.is_object())
      join_merge_patches(slot, value);
    else
      slot = value;
  }
}

}  // namespace

Json with_last_applied(Json object) {
  if (auto* metadata = const_cast<Json*>(find(object, {"metadata", "annotations"}))) {
    if (metadata->is_object()) metadata->erase(std::string(kLastAppliedAnnotation));
  } else {
    // kubectl writes an empty object where there were no annotations.
    set_at(object, {"metadata", "annotations"}, Json::object());
  }
  std::string text = go_json(object) + "\n";
  set_at(object, {"metadata", "annotations", kLastAppliedAnnotation}, std::move(text));
  return object;
}

Json last_applied(const Json& live) {
  const std::string text = text_at(live, {"metadata", "annotations", kLastAppliedAnnotation});
  if (text.empty()) return nullptr;
  auto parsed = parse_json(text);
  return parsed && parsed->is_object() ? std::move(*parsed) : Json();
}

Result<Json> three_way_strategic(const Json& original, const Json& modified, const Json& current,
                                 const SchemaType* type) {
  auto delta = make_strategic_patch(current, modified, type, DiffParts::additions_and_changes);
  if (!delta) return delta;
  auto deletions = make_strategic_patch(original.is_object() ? original : Json::object(), modified,
                                        type, DiffParts::deletions);
  if (!deletions) return deletions;
  return join_strategic_patches(std::move(*deletions), *delta, type);
}

Json three_way_merge(const Json& original, const Json& modified, const Json& current) {
  const Json changes = filter_nulls(make_merge_patch(current, modified), false);
  Json patch = Json::object();
  if (original.is_object()) patch = filter_nulls(make_merge_patch(original, modified), true);
  join_merge_patches(patch, changes);
  return patch;
}

bool ApplyPatch::empty() const { return patch->empty(); }

std::string ApplyPatch::content_type() const {
  return strategic ? "application/strategic-merge-patch+json" : "application/merge-patch+json";
}

Result<ApplyPatch> apply_patch(const Json& desired, const Json& live) {
  const auto [group, version] = split_api_version(text_at(desired, {"apiVersion"}));
  const SchemaType* type = schema_of(group, version, text_at(desired, {"kind"}));
  const Json original = last_applied(live);
  const Json modified = with_last_applied(desired);
  ApplyPatch result;
  result.strategic = type != nullptr;
  if (type == nullptr) {
    result.patch = freeze(three_way_merge(original, modified, live));
    return result;
  }
  auto patch = three_way_strategic(original, modified, live, type);
  if (!patch) return patch.error();
  result.patch = freeze(std::move(*patch));
  return result;
}

}  // namespace spokelab::kube
