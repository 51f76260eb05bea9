// Types of values: merge kinds as kube-openapi's schemaconv derives them.
#include "fakeapi/apply/type_view.h"

#include <algorithm>

#include "base/json.h"
#include "kube/go_text.h"
#include "kube/kinds.h"

namespace spokelab::fakeapi {

namespace {

bool is_type_meta(const std::string& key) { return key == "apiVersion" || key == "kind"; }

}  // namespace

TypeView TypeView::of(const ServedKind& kind) {
  TypeView view;
  view.type_ = kind.info.schema;
  view.resource_ = true;
  if (kind.custom) view.schema_ = kind.custom->schema;
  return view;
}

bool TypeView::is_map() const {
  return field_ != nullptr && field_->plurality == kube::Plurality::map && !item_;
}

std::vector<std::string> TypeView::keys() const {
  if (field_ != nullptr) return field_->map_keys;
  std::vector<std::string> names;
  const Json* list = schema_ != nullptr ? find(*schema_, {"x-kubernetes-list-map-keys"}) : nullptr;
  if (list != nullptr && list->is_array()) {
    for (const Json& one : *list) names.push_back(one.is_string() ? one.get<std::string>() : "");
  }
  return names;
}

TypeView::Merge TypeView::merge(const Json& value) const {
  if (value.is_object()) {
    const bool atomic =
        (type_ != nullptr && !is_map() && type_->atomic &&
         (field_ == nullptr || !field_->granular)) ||
        (field_ != nullptr && !item_ && (field_->atomic || field_->shape == kube::Shape::any)) ||
        (schema_ != nullptr && text_at(*schema_, {"x-kubernetes-map-type"}) == "atomic");
    return atomic ? Merge::whole : Merge::fields;
  }
  if (!value.is_array()) return Merge::whole;
  if (field_ != nullptr && !item_) {
    if (field_->list_kind == kube::ListKind::keyed) return Merge::keyed;
    return field_->list_kind == kube::ListKind::set ? Merge::set : Merge::whole;
  }
  if (schema_ == nullptr) return Merge::whole;
  const std::string kind = text_at(*schema_, {"x-kubernetes-list-type"});
  return kind == "map" ? Merge::keyed : kind == "set" ? Merge::set : Merge::whole;
}

bool TypeView::declares(const std::string& key) const {
  if (resource_ && (key == "metadata" || is_type_meta(key))) return true;
  if (type_ != nullptr && is_type_meta(key) && kube::is_builtin_kind(*type_)) return true;
  if (type_ != nullptr && !is_map()) return type_->field(key) != nullptr;
  return schema_ != nullptr && find(*schema_, {"properties", key}) != nullptr;
}

bool TypeView::is_closed() const {
  if (type_ != nullptr && !is_map()) return true;
  if (schema_ == nullptr) return false;
  return find(*schema_, {"properties"}) != nullptr &&
         find(*schema_, {"additionalProperties"}) == nullptr &&
         !bool_at(*schema_, {"x-kubernetes-preserve-unknown-fields"});
}

std::string TypeView::mismatch(const Json& value) const {
  if (value.is_null() || field_ == nullptr) return "";
  const auto got = [&value]() -> std::string {
    if (value.is_string()) return "string";
    if (value.is_boolean()) return "boolean";
    if (value.is_number()) return "number";
    return "&{" + kube::go_text(value) + "}";
  };
  if (!item_ && field_->plurality == kube::Plurality::list)
    return value.is_array() ? "" : "expected list, got " + got();
  if ((!item_ && field_->plurality == kube::Plurality::map) ||
      field_->shape == kube::Shape::message)
    return value.is_object() ? "" : "expected map, got " + got();
  switch (field_->shape) {
    case kube::Shape::integer:
    case kube::Shape::number:
      return value.is_number() ? "" : "expected numeric (int or float), got " + got();
    case kube::Shape::boolean:
      return value.is_boolean() ? "" : "expected boolean, got " + got();
    case kube::Shape::text:
      return value.is_string() ? "" : "expected string, got " + got();
    default:
      return "";
  }
}

TypeView TypeView::child(const std::string& key) const {
  TypeView view;
  if (resource_ && is_type_meta(key)) return view;
  if (resource_ && key == "metadata") {
    view.type_ = kube::schema_named("meta.ObjectMeta");
  } else if (is_map()) {
    view.field_ = field_;
    view.type_ = field_->type;
    view.item_ = true;
  } else if (type_ != nullptr) {
    view.field_ = type_->field(key);
    if (view.field_ != nullptr && view.field_->plurality == kube::Plurality::one)
      view.type_ = view.field_->type;
  } else if (schema_ != nullptr) {
    view.schema_ = find(*schema_, {"properties", key});
    if (view.schema_ == nullptr) {
      view.schema_ = find(*schema_, {"additionalProperties"});
      if (view.schema_ != nullptr && !view.schema_->is_object()) view.schema_ = nullptr;
    }
    view.resource_ =
        view.schema_ != nullptr && bool_at(*view.schema_, {"x-kubernetes-embedded-resource"});
  }
  return view;
}

TypeView TypeView::item() const {
  TypeView view;
  if (field_ != nullptr) {
    view.field_ = field_;
    view.type_ = field_->type;
  }
  if (schema_ != nullptr) view.schema_ = find(*schema_, {"items"});
  view.item_ = true;
  return view;
}

std::optional<std::string> TypeView::element(const Json& item, Merge how) const {
  if (how == Merge::set) return "v:" + item.dump();
  if (!item.is_object()) return std::nullopt;
  Json key = Json::object();
  for (const std::string& name : keys()) {
    const Json* value = find(item, {name});
    if (value == nullptr && schema_ != nullptr)
      value = find(*schema_, {"items", "properties", name, "default"});
    if (value != nullptr)
      key[name] = *value;
    else if (field_ != nullptr && name == "protocol")
      key[name] = "TCP";  // the one key with a default among built-in types
  }
  return "k:" + key.dump();
}

}  // namespace spokelab::fakeapi
