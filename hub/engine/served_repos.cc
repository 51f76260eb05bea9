#include "hub/engine/served_repos.h"

#include <optional>
#include <utility>

namespace spokelab::hub {

class ServedRepos::Served final : public Repo {
 public:
  Served(Repo& repo, Components& components) : repo_(&repo), components_(&components) {}

  Task<Result<std::string>> resolve(std::string revision) override {
    if (const auto down = is_down()) co_return *down;
    const auto lives = components_->deaths(Component::repo_server);
    auto commit = co_await repo_->resolve(std::move(revision));
    if (components_->deaths(Component::repo_server) != lives) co_return repo_server_died();
    co_return commit;
  }
  Task<Result<std::shared_ptr<const FileTree>>> files(std::string commit) override {
    if (const auto down = is_down()) co_return *down;
    const auto lives = components_->deaths(Component::repo_server);
    auto tree = co_await repo_->files(std::move(commit));
    if (components_->deaths(Component::repo_server) != lives) co_return repo_server_died();
    co_return tree;
  }

 private:
  std::optional<Error> is_down() {
    if (components_->up(Component::repo_server)) return std::nullopt;
    components_->miss(Component::repo_server);
    return repo_server_down();
  }

  Repo* repo_;
  Components* components_;
};

Repo* ServedRepos::find(const std::string& url) {
  Repo* repo = repos_->find(url);
  if (repo == nullptr) return nullptr;
  auto& served = served_[repo];
  if (!served) served = std::make_unique<Served>(*repo, *components_);
  return served.get();
}

}  // namespace spokelab::hub
