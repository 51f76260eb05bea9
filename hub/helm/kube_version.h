// Versions of Kubernetes as Helm reads them.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace spokelab::hub::helm {

struct KubeVersion {
  std::string version;  ///< "v1.33.4"
  std::string major, minor;
};

/// "1.33.4", "v1.33" or "v1.32.3+k3s1"; what follows the numbers is dropped. Errors: bad_input
/// `could not parse "x" as version`, `illegal version string "1"`. Source:
/// k8s.io/apimachinery/pkg/util/version, ParseGeneric.
Result<KubeVersion> parse_kube_version(std::string_view text);

}  // namespace spokelab::hub::helm
