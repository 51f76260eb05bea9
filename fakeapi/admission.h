// Admission: turns what a client sent into what the server stores, or says why not.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_fwd.h"
#include "base/rng.h"
#include "fakeapi/admit/written_body.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

struct UserInfo;

/// What becomes of unknown fields, as the query parameter fieldValidation says.
enum class FieldValidation : std::uint8_t { ignore, warn, strict };

/// How a write is to be admitted, and what admission wants to tell besides.
struct AdmissionRequest {
  std::string user;
  const UserInfo* who = nullptr;  ///< All that is known of the user; null: only the name.
  std::string subresource;        ///< "", "status", "scale", "finalize", ...
  FieldValidation fields = FieldValidation::warn;
  std::string manager;  ///< Of the fields that this write sets.
  bool apply = false;   ///< Server-side apply: the object brings its managedFields.
  /// Set for other patches: what an error about the result shows.
  std::function<std::string()> shown_patch;
  bool merged_strategically = false;  ///< The object is the result of a strategic merge patch.
  WrittenBody written;
  std::vector<std::string> warnings;  ///< Out: texts for Warning headers.
};

struct AdmissionSettings {
  std::string service_prefix;  ///< "10.96": the first two numbers of service addresses.
  /// metadata.managedFields from an object's creation on, as a real server keeps them; otherwise
  /// only from its first server-side apply, which spares simulated clusters the work.
  bool track_fields = true;
};

/// The pipeline of k8s.io/apiserver in its order: decode, metadata, mutation, strategy, validation.
/// Every way in (HTTP, LocalApi, patches, apply) passes here.
class Admission {
 public:
  Admission(Store& store, const ServedKinds& kinds, const Clock& clock, Rng rng,
            AdmissionSettings settings);

  /// Makes `object` ready to be stored for the first time.
  std::optional<kube::Status> admit_create(const ServedKind& kind, std::string_view ns,
                                           Json& object, AdmissionRequest& request);
  /// Makes `object` ready to replace `old`.
  std::optional<kube::Status> admit_update(const ServedKind& kind, const Json& old, Json& object,
                                           AdmissionRequest& request);
  /// A version 4 UUID.
  std::string new_uid();
  /// RFC 3339 of the cluster's calendar.
  std::string now_text() const;

 private:
  std::optional<kube::Status> decode(const ServedKind& kind, Json& object,
                                     AdmissionRequest& request);
  std::optional<kube::Status> read(const ServedKind& kind, Json& object, AdmissionRequest& request);
  std::optional<kube::Status> start_metadata(const ServedKind& kind, std::string_view ns,
                                             Json& object);
  std::optional<kube::Status> check_namespace(const ServedKind& kind, std::string_view name,
                                              std::string_view ns) const;

  Store* store_;
  const ServedKinds* kinds_;
  const Clock* clock_;
  Rng rng_;
  AdmissionSettings settings_;
};

}  // namespace spokelab::fakeapi
