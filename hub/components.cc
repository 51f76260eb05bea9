#include "hub/components.h"

#include "base/check.h"

namespace spokelab::hub {

namespace {

constexpr std::array<std::string_view, kComponents> kNames{
    "applicationset-controller", "repo-server", "notifications-controller", "redis", "server"};

}  // namespace

std::string_view name_of(Component component) {
  return kNames[static_cast<std::size_t>(component)];
}

std::optional<Component> component_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Component>(i);
  }
  return std::nullopt;
}

void Components::take_down(Component component) {
  if (++part(component).holds > 1) return;
  ++part(component).deaths;
  changed_.notify();
}

void Components::bring_up(Component component) {
  SPOKELAB_CHECK(part(component).holds > 0);
  if (--part(component).holds == 0) changed_.notify();
}

Task<void> Components::wait(Component component, bool wanted) {
  while (up(component) != wanted) co_await changed_.wait();
}

Error api_server_down() {
  return Error(Errc::refused,
               "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error "
               "while dialing: dial tcp: connect: connection refused\"");
}

Error repo_server_down() {
  return Error(Errc::refused,
               "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error "
               "while dialing: dial tcp: connect: connection refused\"");
}

Error repo_server_died() {
  return Error(Errc::reset, "rpc error: code = Unavailable desc = error reading from server: EOF");
}

}  // namespace spokelab::hub
