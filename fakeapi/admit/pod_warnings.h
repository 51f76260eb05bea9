// Warnings about pods and templates of pods.
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"

namespace spokelab::fakeapi {

/// `at`: "" for a pod, "spec.template." for a template. Order and wording of
/// k8s.io/kubernetes/pkg/api/pod/warnings.go.
void tell_about_pod(std::vector<std::string>& told, const Json& pod, const std::string& at);
/// Labels of nodes that a term asks for and that have newer names.
void tell_node_term(std::vector<std::string>& told, const Json& term, const std::string& at);
/// Volume types that are on their way out.
void tell_old_volume(std::vector<std::string>& told, const Json& volume, const std::string& at);

}  // namespace spokelab::fakeapi
