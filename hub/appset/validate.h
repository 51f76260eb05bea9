// Validation: which generated Applications must not be written, and why.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "hub/cluster/cluster_set.h"

namespace spokelab::hub {

/// Faulty Applications by name: duplicate names, projects that do not exist, destinations that name
/// no registered cluster; worded as Argo CD words them (applicationset_controller.go,
/// validateGeneratedApplications).
std::map<std::string, std::string> application_faults(
    const std::string& set, const std::vector<Json>& apps, const ClusterSet& clusters,
    const std::set<std::string>& missing_projects);

/// The condition's message: the fault of the alphabetically last Application, and how many more
/// there are.
std::string fault_message(const std::map<std::string, std::string>& faults);

}  // namespace spokelab::hub
