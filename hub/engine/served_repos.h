// Repositories as the ApplicationSet controller reaches them: through the repo-server.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/repo.h"
#include "hub/components.h"

namespace spokelab::hub {

/// Everything fails while the repo-server is down, and calls that it dies with fail. Both
/// references must outlive this.
class ServedRepos final : public Repos {
 public:
  ServedRepos(Repos& repos, Components& components) : repos_(&repos), components_(&components) {}
  Repo* find(const std::string& url) override;

 private:
  class Served;
  Repos* repos_;
  Components* components_;
  std::map<Repo*, std::unique_ptr<Repo>> served_;
};

}  // namespace spokelab::hub
