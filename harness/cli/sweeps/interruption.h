// Interruption: Ctrl-C once ends a long command in good order, twice at once.
#pragma once

#include <signal.h>

namespace spokelab::harness {

class Interruption {
 public:
  Interruption() {
    asked_ = 0;
    struct sigaction action = {};
    action.sa_handler = [](int) { asked_ = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one kills
    ::sigaction(SIGINT, &action, &before_);
  }
  ~Interruption() { ::sigaction(SIGINT, &before_, nullptr); }
  Interruption(const Interruption&) = delete;
  bool asked() const noexcept { return asked_ != 0; }

 private:
  static inline volatile sig_atomic_t asked_ = 0;
  struct sigaction before_ = {};
};

}  // namespace spokelab::harness
