// Validation of generated Applications.
#include "hub/appset/validate.h"

#include <fmt/format.h>

#include "base/json.h"

namespace spokelab::hub {

namespace {

std::string destination_fault(const Json& app, const ClusterSet& clusters) {
  std::string server = text_at(app, {"spec", "destination", "server"});
  const std::string name = text_at(app, {"spec", "destination", "name"});
  while (server.ends_with('/')) server.pop_back();
  if (!server.empty() && !name.empty()) {
    return fmt::format("application destination can't have both name and server defined: {} {}",
                       name, server);
  }
  if (server.empty() && name.empty()) return "Destination server missing from app spec";
  const auto found = clusters.resolve(server, name);
  return found ? "" : found.error().message();
}

}  // namespace

std::map<std::string, std::string> application_faults(
    const std::string& set, const std::vector<Json>& apps, const ClusterSet& clusters,
    const std::set<std::string>& missing_projects) {
  std::map<std::string, std::string> faults;
  std::set<std::string> seen;
  for (const Json& app : apps) {
    const std::string name = text_at(app, {"metadata", "name"});
    if (!seen.insert(name).second) {
      faults[name] =
          fmt::format("ApplicationSet {} contains applications with duplicate name: {}", set, name);
      continue;
    }
    const std::string project = text_at(app, {"spec", "project"}, "default");
    if (missing_projects.contains(project)) {
      faults[name] = fmt::format("application references project {} which does not exist", project);
      continue;
    }
    const std::string problem = destination_fault(app, clusters);
    if (!problem.empty()) {
      faults[name] = fmt::format("application destination spec is invalid: {}", problem);
    }
  }
  return faults;
}

std::string fault_message(const std::map<std::string, std::string>& faults) {
  if (faults.empty()) return "";
  const std::string& last = faults.rbegin()->second;
  if (faults.size() == 1) return last;
  return fmt::format("{} (and {} more)", last, faults.size() - 1);
}

}  // namespace spokelab::hub
