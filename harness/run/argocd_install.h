// install_argocd: what installing Argo CD leaves on the hub cluster before anybody uses it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "fakeapi/local_api.h"

namespace spokelab::harness {

/// The namespace, the CRDs Application, ApplicationSet and AppProject, the project `default` and
/// the ConfigMaps argocd-cm and argocd-cmd-params-cm (manifests/install.yaml). Errors: what the API
/// answers. `settings` go into those ConfigMaps, those that Argo CD keeps there; so does the data
/// of those of the same names among `brought`, the manifests that are applied at the start: an
/// installation has its settings before its pods first start.
Result<void> install_argocd(fakeapi::LocalApi& api, const std::string& ns,
                            const std::map<std::string, std::string>& settings,
                            const std::vector<JsonRef>& brought);

}  // namespace spokelab::harness
