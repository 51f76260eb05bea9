// ProjectWatch: the AppProjects of the hub as they are now.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/history.h"
#include "base/rng.h"
#include "hub/app/project/project.h"
#include "kube/client.h"
#include "kube/reflector.h"

namespace spokelab::hub {

/// Follows the AppProjects in Argo CD's namespace, and makes `default` at its start where that is
/// not there, as argocd-server does. Tells the history of projects that do not read and of fields
/// without effect. The references must outlive it.
class ProjectWatch {
 public:
  ProjectWatch(Clock& clock, Rng rng, kube::Client& hub, History& history, std::string ns,
               std::string who);
  /// Runs until cancelled.
  Task<void> run();
  /// Until the projects were read for the first time: no application may be judged before.
  Task<void> wait_ready();
  /// As written, without what clusters and global projects add. Errors: not_found, worded as a
  /// lister's (`appproject.argoproj.io "shop" not found`); invalid for one that does not read.
  Result<std::shared_ptr<const AppProject>> get(const std::string& name) const;
  /// The labels of a project; an empty object where it is not there.
  Json labels(const std::string& name) const;
  /// Calls after each change, with the project's name.
  void listen(std::function<void(const std::string& name)> changed) {
    listeners_.push_back(std::move(changed));
  }

 private:
  struct Known {
    JsonRef object;
    std::shared_ptr<const AppProject> project;  // nullptr: it does not read
    std::string problem;
  };

  void take(const JsonRef& object);
  void drop(const JsonRef& object);
  void tell(const std::string& name, std::string value, std::string message);
  Task<void> ensure_default();

  Clock& clock_;
  kube::Client& hub_;
  History& history_;
  std::string ns_;
  std::string who_;
  std::map<std::string, Known> projects_;
  std::vector<std::function<void(const std::string&)>> listeners_;
  kube::Reflector reflector_;
  bool ready_ = false;
  Signal became_ready_;
};

}  // namespace spokelab::hub
