// The parts of a pod's spec that are checked apart. Order and wording follow
// k8s.io/kubernetes/pkg/apis/core/validation.
#pragma once

#include <map>
#include <string>

#include "fakeapi/admit/validate/rules.h"

namespace spokelab::fakeapi::validation {

/// Volumes that mounts may name, and what stands in them.
using Volumes = std::map<std::string, const Json*>;

/// Checks the volumes of a pod's spec; returns those that have a name.
Volumes check_volumes(Causes& causes, const Json& spec, const std::string& at);
/// Containers, init containers, and what concerns several of them at once.
void check_all_containers(Causes& causes, const Json& spec, const std::string& at,
                          const Volumes& volumes);
void check_affinity(Causes& causes, const Json& spec, const std::string& at);
void check_spread(Causes& causes, const Json& spec, const std::string& at);
/// The terms of node affinity; those of persistent volumes, too.
void check_node_selector(Causes& causes, const Json& selector, const std::string& at);

/// A number of a user or group.
void check_id(Causes& causes, const Json& owner, const char* field, const std::string& at);
void check_seccomp(Causes& causes, const Json& owner, const std::string& at);

}  // namespace spokelab::fakeapi::validation
