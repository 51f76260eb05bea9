// Tracking: how an object on a cluster says which Application it belongs to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_fwd.h"
#include "kube/resource.h"

namespace spokelab::hub {

inline constexpr std::string_view kTrackingAnnotation = "argocd.argoproj.io/tracking-id";
inline constexpr std::string_view kInstanceLabel = "app.kubernetes.io/instance";
inline constexpr std::string_view kInstallationAnnotation = "argocd.argoproj.io/installation-id";

/// argocd-cm `application.resourceTrackingMethod`.
enum class TrackingMethod { annotation, annotation_and_label, label };

/// How applications mark what is theirs (argocd-cm).
struct Tracking {
  TrackingMethod method = TrackingMethod::annotation;
  std::string label_key = std::string(kInstanceLabel);  ///< `application.instanceLabelKey`.
  /// `installationID`: marks of other installations are nobody's. Empty: all marks count.
  std::string installation_id;
  friend bool operator==(const Tracking&, const Tracking&) = default;
};

/// A tracking id taken apart: "<app>:<group>/<Kind>:<namespace>/<name>".
struct TrackingId {
  std::string app;
  kube::ObjectKey key;
};

/// The id of an object. Cluster-scoped objects carry the destination namespace in `key.ns`
/// (Argo CD util/argo/resource_tracking.go).
std::string tracking_id(std::string_view app, const kube::ObjectKey& key);
/// nullopt where the text is no tracking id.
std::optional<TrackingId> parse_tracking_id(std::string_view text);

/// The application that an object says it belongs to, or "". The label is asked only under `label`.
std::string tracked_app(const Json& object, const Tracking& tracking = {});

/// Marks `object` as belonging to `app`. `destination_ns` stands in for the namespace of
/// cluster-scoped objects. The label is cut to 63 characters in the combined method.
void set_tracking(Json& object, std::string_view app, std::string_view destination_ns,
                  const Tracking& tracking = {});

/// False for an object whose tracking annotation names another object: a copy that somebody made,
/// which is neither synced nor counted. True without an annotation. Cluster-scoped objects match
/// any namespace.
bool references_itself(const Json& object, const Tracking& tracking = {});

/// "<name>", or "<ns>_<name>" for applications outside Argo CD's own namespace.
std::string instance_name(std::string_view app_ns, std::string_view app_name,
                          std::string_view argocd_ns);

}  // namespace spokelab::hub
