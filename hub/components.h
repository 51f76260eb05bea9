// Components: the parts of a hub that live and die one by one, as Argo CD's workloads do.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/async.h"
#include "base/error.h"

namespace spokelab::hub {

/// The application controller is not among them: it is the replica itself.
enum class Component {
  applicationset_controller,
  repo_server,  ///< Reads Git and renders.
  notifications_controller,
  redis,   ///< Holds what the repo-server has rendered, and connection states (Argo CD).
  server,  ///< The API server: what the command line, the web page and webhooks talk to.
};
inline constexpr std::size_t kComponents = 5;

/// As Argo CD names its workloads, without "argocd-": "repo-server".
std::string_view name_of(Component component);
/// nullopt: no component of that name.
std::optional<Component> component_named(std::string_view name);

/// Which components stand at a replica's disposal. All are up until somebody takes one down; one is
/// up again when all who took it down have brought it up. What it had in memory is lost with each
/// life.
class Components {
 public:
  bool up(Component component) const { return part(component).holds == 0; }
  void take_down(Component component);
  void bring_up(Component component);
  /// How many lives of it have ended.
  std::uint64_t deaths(Component component) const { return part(component).deaths; }
  /// Returns once it is up (or down).
  Task<void> wait(Component component, bool up);

  /// Somebody needed it and found it down.
  void miss(Component component) { ++part(component).missed; }
  std::uint64_t missed(Component component) const { return part(component).missed; }

 private:
  struct Part {
    int holds = 0;
    std::uint64_t deaths = 0;
    std::uint64_t missed = 0;
  };
  Part& part(Component component) { return parts_[static_cast<std::size_t>(component)]; }
  const Part& part(Component component) const {
    return parts_[static_cast<std::size_t>(component)];
  }

  std::array<Part, kComponents> parts_;
  Signal changed_;
};

/// What the command line is told while nobody listens behind argocd-server's Service.
Error api_server_down();
/// What a gRPC client of the repo-server is told while nobody listens behind its Service, and when
/// the server dies with the call in its hands.
Error repo_server_down();
Error repo_server_died();

}  // namespace spokelab::hub
