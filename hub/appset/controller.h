// AppSetController: makes Applications from ApplicationSets. One replica at a time runs it (leader
// Lease).
#pragma once

#include <memory>

#include "base/async.h"
#include "base/http.h"
#include "hub/app/controller.h"

namespace spokelab::hub {

class AppSetController {
 public:
  /// `outside` opens connections to generator plugins and must outlive the controller; nullptr: no
  /// plugin can be asked.
  AppSetController(ControllerPorts ports, Rng rng, HttpDialer* outside = nullptr);
  ~AppSetController();
  /// Runs until cancelled.
  Task<void> run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spokelab::hub
