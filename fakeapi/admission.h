// Admission: turns what a client sent into what the server stores, or says why not.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_fwd.h"
#include "base/rng.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// What becomes of unknown fields, as the query parameter fieldValidation says.
enum class FieldValidation : std::uint8_t { ignore, warn, strict };

/// How a write is to be admitted, and what admission wants to tell besides.
struct AdmissionRequest {
  std::string user;
  std::string subresource;  ///< "", "status", "scale", "finalize", ...
  FieldValidation fields = FieldValidation::warn;
  std::vector<std::string> warnings;  ///< Out: texts for Warning headers.
};

/// The pipeline of k8s.io/apiserver in its order: decode, metadata, mutation, strategy, validation.
/// Every way in (HTTP, LocalApi, patches, apply) passes here.
class Admission {
 public:
  Admission(Store& store, const ServedKinds& kinds, const Clock& clock, Rng rng,
            std::string service_prefix);

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
  std::optional<kube::Status> start_metadata(const ServedKind& kind, std::string_view ns,
                                             Json& object);
  std::optional<kube::Status> check_namespace(const ServedKind& kind, std::string_view name,
                                              std::string_view ns) const;
  std::optional<kube::Status> keep_metadata(const ServedKind& kind, const Json& old, Json& object);
  void keep_other_half(const ServedKind& kind, const Json& old, Json& object,
                       std::string_view subresource);
  void count_generation(const ServedKind& kind, const Json& old, Json& object);
  std::optional<kube::Status> mutate_pod(const ServedKind& kind, Json& pod);
  std::optional<kube::Status> allocate(const ServedKind& kind, const Json* old, Json& object);
  std::optional<kube::Status> allocate_service(const ServedKind& kind, const Json* old,
                                               Json& service);

  Store* store_;
  const ServedKinds* kinds_;
  const Clock* clock_;
  Rng rng_;
  std::string service_prefix_;  // "10.96": the first two numbers of service addresses
};

}  // namespace spokelab::fakeapi
