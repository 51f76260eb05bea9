// install_argocd: what installing Argo CD leaves on the hub cluster before anybody uses it.
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "fakeapi/local_api.h"

namespace spokelab::harness {

/// The namespace, the CRDs Application, ApplicationSet and AppProject, the project `default` and
/// the ConfigMaps argocd-cm and argocd-cmd-params-cm (manifests/install.yaml). Errors: what the API
/// answers. `settings` go into those ConfigMaps, those that Argo CD keeps there.
Result<void> install_argocd(fakeapi::LocalApi& api, const std::string& ns,
                            const std::map<std::string, std::string>& settings = {});

}  // namespace spokelab::harness
