// Matching kinds with exclusions and inclusions.
#include "hub/settings/resource_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"
#include "hub/app/field_reader.h"
#include "hub/glob.h"

namespace spokelab::hub {
namespace {

bool any_glob(const std::vector<std::string>& patterns, const std::string& text) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_glob(pattern, text); });
}

bool matches(const FilteredResource& one, const std::string& group, const std::string& kind,
             const std::string& server) {
  const bool by_kind = one.kinds.empty() ||
                       std::any_of(one.kinds.begin(), one.kinds.end(),
                                   [&](const auto& name) { return name == "*" || name == kind; });
  return by_kind && any_glob(one.api_groups, group) && any_glob(one.clusters, server);
}

bool any_matches(const std::vector<FilteredResource>& list, const std::string& group,
                 const std::string& kind, const std::string& server) {
  return std::any_of(list.begin(), list.end(), [&](const FilteredResource& one) {
    return matches(one, group, kind, server);
  });
}

bool is_core_exclusion(const std::string& group, const std::string& kind) {
  return group == "events.k8s.io" || group == "metrics.k8s.io" ||
         (group.empty() && kind == "Event") || (group == "coordination.k8s.io" && kind == "Lease");
}

}  // namespace

bool ResourceFilter::excludes(const std::string& group, const std::string& kind,
                              const std::string& server) const {
  if (is_core_exclusion(group, kind)) return true;
  if (!inclusions.empty() && !any_matches(inclusions, group, kind, server)) return true;
  return any_matches(exclusions, group, kind, server);
}

Result<std::vector<FilteredResource>> read_filtered_resources(const Json& list) {
  std::vector<FilteredResource> read;
  if (list.is_null()) return read;
  if (!list.is_array()) return Error(Errc::invalid, "it must be a list");
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::optional<Error> fault;
    FieldReader reader(list[i], fmt::format("[{}]", i), fault);
    FilteredResource one{reader.texts("apiGroups"), reader.texts("kinds"),
                         reader.texts("clusters")};
    if (fault) return *fault;
    read.push_back(std::move(one));
  }
  return read;
}

const std::vector<FilteredResource>& stock_exclusions() {
  static const std::vector<FilteredResource> kStock = {
      {{"", "discovery.k8s.io"}, {"Endpoints", "EndpointSlice"}, {}},
      {{"coordination.k8s.io"}, {"Lease"}, {}},
      {{"authentication.k8s.io", "authorization.k8s.io"},
       {"SelfSubjectReview", "TokenReview", "LocalSubjectAccessReview", "SelfSubjectAccessReview",
        "SelfSubjectRulesReview", "SubjectAccessReview"},
       {}},
      {{"certificates.k8s.io"}, {"CertificateSigningRequest"}, {}},
      {{"cert-manager.io"}, {"CertificateRequest"}, {}},
      {{"cilium.io"}, {"CiliumIdentity", "CiliumEndpoint", "CiliumEndpointSlice"}, {}},
      {{"kyverno.io", "reports.kyverno.io", "wgpolicyk8s.io"},
       {"PolicyReport", "ClusterPolicyReport", "EphemeralReport", "ClusterEphemeralReport",
        "AdmissionReport", "ClusterAdmissionReport", "BackgroundScanReport",
        "ClusterBackgroundScanReport", "UpdateRequest"},
       {}},
  };
  return kStock;
}

}  // namespace spokelab::hub
