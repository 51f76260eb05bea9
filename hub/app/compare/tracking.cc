// Tracking ids: writing, reading and matching them.
#include "hub/app/compare/tracking.h"

#include "base/json.h"

namespace spokelab::hub {
namespace {

constexpr std::size_t kLabelMax = 63;

const std::string* annotation_of(const Json& object) {
  const Json* found = find(object, {"metadata", "annotations", kTrackingAnnotation});
  return found != nullptr ? found->get_ptr<const std::string*>() : nullptr;
}

bool of_this_installation(const Json& object, const Tracking& tracking) {
  return tracking.installation_id.empty() ||
         text_at(object, {"metadata", "annotations", kInstallationAnnotation}) ==
             tracking.installation_id;
}

}  // namespace

std::string tracking_id(std::string_view app, const kube::ObjectKey& key) {
  std::string id(app);
  id.append(":").append(key.group).append("/").append(key.kind);
  id.append(":").append(key.ns).append("/").append(key.name);
  return id;
}

std::optional<TrackingId> parse_tracking_id(std::string_view text) {
  // RBAC names may hold colons, so only the first two separate.
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view type = text.substr(first + 1, second - first - 1);
  const std::string_view place = text.substr(second + 1);
  const std::size_t type_slash = type.find('/');
  const std::size_t place_slash = place.find('/');
  if (type_slash == std::string_view::npos || place_slash == std::string_view::npos)
    return std::nullopt;
  TrackingId id;
  id.app = text.substr(0, first);
  id.key = kube::ObjectKey{
      std::string(type.substr(0, type_slash)), std::string(type.substr(type_slash + 1)),
      std::string(place.substr(0, place_slash)), std::string(place.substr(place_slash + 1))};
  return id;
}

std::string tracked_app(const Json& object, const Tracking& tracking) {
  if (tracking.method == TrackingMethod::label) {
    return text_at(object, {"metadata", "labels", tracking.label_key});
  }
  const std::string* annotation = annotation_of(object);
  if (annotation == nullptr || !of_this_installation(object, tracking)) return "";
  const auto id = parse_tracking_id(*annotation);
  return id ? id->app : "";
}

void set_tracking(Json& object, std::string_view app, std::string_view destination_ns,
                  const Tracking& tracking) {
  if (tracking.method != TrackingMethod::annotation) {
    std::string label(app);
    if (tracking.method == TrackingMethod::annotation_and_label && label.size() > kLabelMax) {
      label.resize(kLabelMax);
      while (!label.empty() &&
             (label.back() == '-' || label.back() == '_' || label.back() == '.')) {
        label.pop_back();
      }
    }
    set_at(object, {"metadata", "labels", tracking.label_key}, label);
  }
  if (tracking.method == TrackingMethod::label) return;
  kube::ObjectKey key = kube::key_of(object);
  if (key.ns.empty()) key.ns = destination_ns;
  set_at(object, {"metadata", "annotations", kTrackingAnnotation}, tracking_id(app, key));
  if (!tracking.installation_id.empty()) {
    set_at(object, {"metadata", "annotations", kInstallationAnnotation}, tracking.installation_id);
  } else if (find(object, {"metadata", "annotations", kInstallationAnnotation}) != nullptr) {
    object["metadata"]["annotations"].erase(std::string(kInstallationAnnotation));
  }
}

bool references_itself(const Json& object, const Tracking& tracking) {
  if (tracking.method == TrackingMethod::label) return true;
  const std::string* annotation = annotation_of(object);
  if (annotation == nullptr || !of_this_installation(object, tracking)) return true;
  const auto id = parse_tracking_id(*annotation);
  if (!id) return false;
  const kube::ObjectKey key = kube::key_of(object);
  const bool same_place = key.ns.empty() || id->key.ns == key.ns;
  return same_place && id->key.name == key.name && id->key.kind == key.kind &&
         id->key.group == key.group;
}

std::string instance_name(std::string_view app_ns, std::string_view app_name,
                          std::string_view argocd_ns) {
  if (app_ns.empty() || app_ns == argocd_ns) return std::string(app_name);
  std::string name(app_ns);
  name.append("_").append(app_name);
  return name;
}

}  // namespace spokelab::hub
