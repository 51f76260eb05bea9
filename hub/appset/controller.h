// AppSetController: makes Applications from ApplicationSets. One replica at a time runs it (leader
// Lease).
#pragma once

#include <memory>

#include "base/async.h"
#include "hub/app/controller.h"

namespace spokelab::hub {

class AppSetController {
 public:
  AppSetController(ControllerPorts ports, Rng rng);
  ~AppSetController();
  /// Runs until cancelled.
  Task<void> run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spokelab::hub
