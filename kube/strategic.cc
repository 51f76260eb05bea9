// Merging with strategies. The steps and their order are those of apimachinery's
// pkg/util/strategicpatch, whose results clients have come to rely on, corner cases included.
#include "kube/strategic.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kube/go_text.h"

namespace spokelab::kube {

namespace {

constexpr std::string_view kPatch = "$patch";
constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kDeleteList = "$deleteFromPrimitiveList/";
constexpr std::string_view kOrder = "$setElementOrder/";

bool starts(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool is_directive(std::string_view key) {
  return key == kPatch || key == kRetainKeys || starts(key, kDeleteList) || starts(key, kOrder);
}

Error bad_patch(std::string why) { return Error(Errc::bad_input, std::move(why)); }

const SchemaField* field_of(const SchemaType* type, std::string_view name) {
  return type != nullptr ? type->field(name) : nullptr;
}

const SchemaType* type_below(const SchemaField* field) {
  return field != nullptr && field->plurality != Plurality::map ? field->type : nullptr;
}

/// The field that describes each value of `value`'s keys: maps of messages pass their own type
/// down.
const SchemaType* merge_type(const SchemaField* field) { return type_below(field); }

bool is_scalar_list(const Json& list) { return list.empty() || !list.front().is_structured(); }

/// Takes directives, nulls and items marked for deletion out of a value that meets no counterpart.
Json without_directives(const Json& value) {
  if (value.is_object()) {
    Json clean = Json::object();
    for (const auto& [key, child] : value.items()) {
      if (is_directive(key) || child.is_null()) continue;
      clean[key] = without_directives(child);
    }
    return clean;
  }
  if (value.is_array()) {
    Json clean = Json::array();
    for (const Json& child : value) {
      if (child.is_object() && child.contains(kPatch)) {
        const std::string what = text_at(child, {kPatch});
        if (what == "delete" || (what == "replace" && child.size() == 1)) continue;
      }
      clean.push_back(without_directives(child));
    }
    return clean;
  }
  return value;
}

/// Position of an item in a list: by merge key for objects, by value for scalars. -1: absent.
std::ptrdiff_t position(const Json& list, const Json& item, const std::string& key) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (key.empty() ? list[i] == item
                    : list[i].is_object() && item.is_object() && list[i].contains(key) &&
                          item.contains(key) && list[i][key] == item[key]) {
      return static_cast<std::ptrdiff_t>(i);
    }
  }
  return -1;
}

void sort_by(std::vector<Json>& items, const Json& order, const std::string& key) {
  std::stable_sort(items.begin(), items.end(), [&](const Json& a, const Json& b) {
    return position(order, a, key) < position(order, b, key);
  });
}

/// Items named in `wanted` stand in its order; the others keep their place of `old` relative to
/// them.
Json in_order(const Json& items, const Json& wanted, const Json& old, const std::string& key) {
  std::vector<Json> named;
  std::vector<Json> others;
  for (const Json& item : items) {
    (position(wanted, item, key) >= 0 ? named : others).push_back(item);
  }
  sort_by(named, wanted, key);
  sort_by(others, old, key);
  Json result = Json::array();
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < others.size() || j < named.size()) {
    bool take_other = j >= named.size();
    if (!take_other && i < others.size()) {
      const auto left = position(old, others[i], key);
      const auto right = position(old, named[j], key);
      take_other = left >= 0 && right >= 0 && left < right;
    }
    result.push_back(take_other ? std::move(others[i++]) : std::move(named[j++]));
  }
  return result;
}

class Merger {
 public:
  /// `joining`: both sides are patches, so that directives and nulls are kept.
  explicit Merger(bool joining) : joining_(joining) {}

  Result<Json> merge_maps(Json into, const Json& patch, const SchemaType* type) {
    if (const Json* what = find(patch, {kPatch})) {
      if (joining_) {
        Json both = patch;
        return both;
      }
      if (*what == "replace") return without_directives(patch);
      if (*what == "delete") return Json(Json::object());
      if (*what != "merge")
        return bad_patch(
            fmt::format("unknown patch type: {} in map: {}", go_text(*what), go_text(patch)));
    }
    if (!into.is_object()) into = Json::object();
    if (auto kept = retain_keys(into, patch); !kept) return kept.error();
    std::vector<std::string> ordered;  // fields that $setElementOrder has dealt with
    for (const auto& [key, order] : patch.items()) {
      if (!starts(key, kOrder)) continue;
      ordered.push_back(key.substr(kOrder.size()));
      if (auto done = merge_ordered(into, patch, ordered.back(), order, type); !done)
        return done.error();
    }
    for (const auto& [key, value] : patch.items()) {
      if (key == kPatch || key == kRetainKeys || starts(key, kOrder)) continue;
      if (std::find(ordered.begin(), ordered.end(), key) != ordered.end()) continue;
      if (auto done = merge_field(into, key, value, type); !done) return done.error();
    }
    return into;
  }

 private:
  Result<bool> retain_keys(Json& into, const Json& patch) {
    const Json* keep = find(patch, {kRetainKeys});
    if (keep == nullptr) return true;
    if (!keep->is_array()) return bad_patch("invalid patch format of retainKeys: a list is needed");
    const auto listed = [&](const std::string& key) {
      return std::any_of(keep->begin(), keep->end(), [&](const Json& one) { return one == key; });
    };
    for (const auto& [key, value] : patch.items()) {
      if (is_directive(key) || value.is_null()) continue;
      if (!listed(key)) {
        return bad_patch(fmt::format("invalid patch: '{}' is set, yet not in $retainKeys", key));
      }
    }
    if (joining_) {
      into[std::string(kRetainKeys)] = *keep;
      return true;
    }
    erase_members(into, [&](const std::string& key, const Json&) { return !listed(key); });
    return true;
  }

  Result<bool> merge_field(Json& into, const std::string& key, const Json& value,
                           const SchemaType* type) {
    if (starts(key, kDeleteList)) return delete_values(into, key, value);
    if (value.is_null()) {
      into.erase(key);
      if (joining_) into[key] = nullptr;
      return true;
    }
    const auto old = into.find(key);
    if (old == into.end() || old->type() != value.type()) {
      into[key] = joining_ ? value : without_directives(value);
      return true;
    }
    const SchemaField* field = field_of(type, key);
    if (value.is_object()) {
      if (field != nullptr && field->replace) {
        *old = joining_ ? value : without_directives(value);
        return true;
      }
      auto merged = merge_maps(std::move(*old), value, merge_type(field));
      if (!merged) return merged.error();
      into[key] = std::move(*merged);
      return true;
    }
    if (value.is_array() && field != nullptr && field->merge) {
      auto merged = merge_lists(*old, value, *field);
      if (!merged) return merged.error();
      *old = std::move(*merged);
      return true;
    }
    *old = joining_ ? value : without_directives(value);
    return true;
  }

  Result<bool> delete_values(Json& into, const std::string& key, const Json& values) {
    if (!values.is_array()) return bad_patch(fmt::format("'{}' must be a list", key));
    if (joining_) {
      into[key] = values;
      return true;
    }
    const auto list = into.find(key.substr(kDeleteList.size()));
    if (list == into.end() || !list->is_array()) return true;
    Json rest = Json::array();
    for (const Json& item : *list) {
      if (position(values, item, "") < 0) rest.push_back(item);
    }
    *list = std::move(rest);
    return true;
  }

  Result<bool> merge_ordered(Json& into, const Json& patch, const std::string& name,
                             const Json& order, const SchemaType* type) {
    const SchemaField* field = field_of(type, name);
    const std::string key = field != nullptr ? field->merge_key : "";
    if (!order.is_array())
      return bad_patch(fmt::format("expected a []interface {{}}, but received a {}",
                                   order.is_string()    ? "string"
                                   : order.is_object()  ? "map"
                                   : order.is_boolean() ? "bool"
                                                        : "float64"));
    if (!key.empty()) {
      for (const Json& one : order) {
        if (!one.is_object() || !one.contains(key)) {
          return bad_patch(
              fmt::format("each item of '{}{}' needs the merge key '{}'", kOrder, name, key));
        }
      }
    }
    if (joining_) into[std::string(kOrder) + name] = order;
    const Json* add = find(patch, {name});
    if (add != nullptr && !add->is_array()) return merge_field(into, name, *add, type);
    const auto live = into.find(name);
    const bool have_live = live != into.end() && live->is_array();
    if (!have_live && add == nullptr) return true;
    const Json old = have_live ? *live : Json::array();
    if (add != nullptr) {
      if (auto fits = fits_order(*add, order, key); !fits) return fits.error();
    }
    Json merged;
    if (add == nullptr) {
      merged = old;
    } else if (!have_live) {
      merged = joining_ ? *add : without_directives(*add);
    } else if (field != nullptr && field->merge) {
      auto result = merge_lists(old, *add, *field);
      if (!result) return result.error();
      merged = std::move(*result);
    } else {
      merged = *add;
    }
    if (const Json* drop = find(patch, {std::string(kDeleteList) + name});
        drop != nullptr && !joining_) {
      into[name] = std::move(merged);
      if (auto done = delete_values(into, std::string(kDeleteList) + name, *drop); !done)
        return done;
      merged = std::move(into[name]);
    }
    into[name] = in_order(merged, order, old, key);
    return true;
  }

  /// The items to set must stand in $setElementOrder, in the same order.
  static Result<bool> fits_order(const Json& items, const Json& order, const std::string& key) {
    std::ptrdiff_t last = -1;
    for (const Json& item : items) {
      if (item.is_object() && item.contains(kPatch)) continue;
      const auto at = position(order, item, key);
      if (at < last || at < 0) {
        return bad_patch(fmt::format("The order in patch list:\n{}\n doesn't match {} list:\n{}\n",
                                     go_text(items), "$setElementOrder", go_text(order)));
      }
      last = at;
    }
    return true;
  }

  Result<Json> merge_lists(const Json& old, const Json& patch, const SchemaField& field) {
    if (old.empty() && patch.empty()) return old;
    if (field.merge_key.empty() || (is_scalar_list(old) && is_scalar_list(patch))) {
      Json merged = Json::array();
      for (const Json* list : {&old, &patch}) {
        for (const Json& item : *list) {
          if (position(merged, item, "") < 0) merged.push_back(item);
        }
      }
      return in_order(merged, patch, old, "");
    }
    const std::string& key = field.merge_key;
    Json merged = old;
    Json plain = Json::array();  // the patch's items without special ones
    bool replace = false;
    for (const Json& item : patch) {
      if (!item.is_object())
        return bad_patch("delta list and the list to merge hold different types");
      const Json* what = joining_ ? nullptr : find(item, {kPatch});
      if (what == nullptr) {
        if (!item.contains(key)) {
          return bad_patch(
              fmt::format("map: {} does not contain declared merge key: {}", go_text(item), key));
        }
        plain.push_back(item);
      } else if (*what == "replace") {
        replace = true;
      } else if (*what == "delete") {
        if (!item.contains(key)) {
          return bad_patch(
              fmt::format("map: {} does not contain declared merge key: {}", go_text(item), key));
        }
        for (auto at = position(merged, item, key); at >= 0; at = position(merged, item, key)) {
          merged.erase(static_cast<std::size_t>(at));
        }
      } else if (*what != "merge") {
        return bad_patch(
            fmt::format("unknown patch type: {} in map: {}", go_text(*what), go_text(item)));
      } else {
        return bad_patch("merging a list cannot be asked for item by item");
      }
    }
    if (replace) return without_directives(plain);
    for (const Json& item : plain) {
      const auto at = position(merged, item, key);
      if (at < 0) {
        merged.push_back(joining_ ? item : without_directives(item));
        continue;
      }
      auto& into = merged[static_cast<std::size_t>(at)];
      auto result = merge_maps(std::move(into), item, field.type);
      if (!result) return result.error();
      into = std::move(*result);
    }
    return in_order(merged, plain, old, key);
  }

  bool joining_;
};

/// Builds a patch from two documents.
class Differ {
 public:
  explicit Differ(DiffParts parts) : adds_(parts == DiffParts::additions_and_changes) {}

  Result<Json> maps(const Json& from, const Json& to, const SchemaType* type, bool retain_keys) {
    Json patch = Json::object();
    Json keep = Json::array();
    for (const auto& [key, value] : to.items()) {
      if (retain_keys && !value.is_null()) keep.push_back(key);
      const auto old = from.find(key);
      if (old == from.end() || old->type() != value.type()) {
        const bool both_numbers = old != from.end() && old->is_number() && value.is_number();
        if (adds_ && !(both_numbers && *old == value)) patch[key] = value;
        continue;
      }
      if (auto done = values(key, *old, value, type, patch); !done) return done.error();
    }
    bool extra = false;
    for (const auto& [key, value] : from.items()) {
      if (to.contains(key)) continue;
      extra = true;
      if (!adds_) patch[key] = nullptr;
    }
    if (!keep.empty() && (!patch.empty() || extra))
      patch[std::string(kRetainKeys)] = std::move(keep);
    return patch;
  }

 private:
  Result<bool> values(const std::string& key, const Json& old, const Json& value,
                      const SchemaType* type, Json& patch) {
    const SchemaField* field = field_of(type, key);
    if (value.is_object()) {
      if (field != nullptr && field->replace) {
        if (adds_) patch[key] = value;  // without comparing, as apimachinery does
        return true;
      }
      auto inner = maps(old, value, merge_type(field), field != nullptr && field->retain_keys);
      if (!inner) return inner.error();
      if (!inner->empty()) patch[key] = std::move(*inner);
      return true;
    }
    if (value.is_array() && field != nullptr && field->merge)
      return lists(key, old, value, *field, patch);
    if (adds_ && old != value) patch[key] = value;
    return true;
  }

  Result<bool> lists(const std::string& name, const Json& old, const Json& value,
                     const SchemaField& field, Json& patch) {
    if (old.empty()) {
      if (!value.empty() && adds_) patch[name] = value;
      return true;
    }
    if (field.merge_key.empty()) return scalars(name, old, value, patch);
    const std::string& key = field.merge_key;
    for (const Json* list : {&old, &value}) {
      for (const Json& item : *list) {
        if (!item.is_object() || !item.contains(key)) {
          return bad_patch(
              fmt::format("map: {} does not contain declared merge key: {}", go_text(item), key));
        }
      }
    }
    Json changes = Json::array();
    for (const Json& item : value) {
      const auto at = position(old, item, key);
      if (at < 0) {
        if (adds_) changes.push_back(item);
        continue;
      }
      auto inner = maps(old[static_cast<std::size_t>(at)], item, field.type, field.retain_keys);
      if (!inner) return inner.error();
      if (inner->empty()) continue;
      (*inner)[key] = item[key];
      changes.push_back(std::move(*inner));
    }
    if (!adds_) {
      std::vector<Json> gone;
      for (const Json& item : old) {
        if (position(value, item, key) < 0)
          gone.push_back(Json{{std::string(kPatch), "delete"}, {key, item[key]}});
      }
      std::sort(gone.begin(), gone.end(),
                [&](const Json& a, const Json& b) { return a[key] < b[key]; });
      for (Json& item : gone) changes.push_back(std::move(item));
    }
    if (!changes.empty() || (adds_ && !same_order(old, value, key))) {
      Json order = Json::array();
      for (const Json& item : value) order.push_back(Json{{key, item[key]}});
      if (!order.empty()) patch[std::string(kOrder) + name] = std::move(order);
    }
    if (!changes.empty()) patch[name] = std::move(changes);
    return true;
  }

  Result<bool> scalars(const std::string& name, const Json& old, const Json& value, Json& patch) {
    Json added = Json::array();
    Json gone = Json::array();
    for (const Json& item : value) {
      if (adds_ && position(old, item, "") < 0) added.push_back(item);
    }
    for (const Json& item : old) {
      if (!adds_ && position(value, item, "") < 0) gone.push_back(item);
    }
    if ((adds_ && old != value) || !gone.empty()) {
      if (!value.empty()) patch[std::string(kOrder) + name] = value;
    }
    if (!added.empty()) patch[name] = std::move(added);
    if (!gone.empty()) patch[std::string(kDeleteList) + name] = std::move(gone);
    return true;
  }

  /// Whether the items that both lists hold stand in the same order.
  static bool same_order(const Json& a, const Json& b, const std::string& key) {
    std::ptrdiff_t last = -1;
    for (const Json& item : b) {
      const auto at = position(a, item, key);
      if (at < 0) continue;
      if (at < last) return false;
      last = at;
    }
    return true;
  }

  bool adds_;
};

}  // namespace

Result<Json> apply_strategic_patch(Json document, const Json& patch, const SchemaType* type) {
  if (!patch.is_object()) return bad_patch("a strategic merge patch must be an object");
  return Merger(false).merge_maps(std::move(document), patch, type);
}

Result<Json> join_strategic_patches(Json first, const Json& second, const SchemaType* type) {
  return Merger(true).merge_maps(std::move(first), second, type);
}

Result<Json> make_strategic_patch(const Json& from, const Json& to, const SchemaType* type,
                                  DiffParts parts) {
  return Differ(parts).maps(from, to, type, false);
}

}  // namespace spokelab::kube
