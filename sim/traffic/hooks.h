// Hooks: those who must know of a change, told in the order in which they came.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace spokelab::sim::traffic {

/// A list of calls. Single-threaded. A call may add or drop subscriptions; one added during a round
/// is first called in the next round.
template <class... Args>
class Hooks {
  struct State {
    std::vector<std::shared_ptr<std::function<void(Args...)>>> calls;
  };

 public:
  /// Takes the call back when it goes out of scope. May outlive the Hooks.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&&) noexcept = default;
    Subscription& operator=(Subscription&& other) noexcept {
      if (this != &other) {
        drop();
        state_ = std::move(other.state_);
        call_ = std::move(other.call_);
      }
      return *this;
    }
    ~Subscription() { drop(); }

   private:
    friend class Hooks;
    void drop() {
      if (!call_) return;
      *call_ = nullptr;
      if (const auto state = state_.lock()) std::erase(state->calls, call_);
      call_.reset();
    }
    std::weak_ptr<State> state_;
    std::shared_ptr<std::function<void(Args...)>> call_;
  };

  [[nodiscard]] Subscription add(std::function<void(Args...)> call) {
    Subscription subscription;
    subscription.state_ = state_;
    subscription.call_ = std::make_shared<std::function<void(Args...)>>(std::move(call));
    state_->calls.push_back(subscription.call_);
    return subscription;
  }
  void tell(Args... args) const {
    const auto round = state_->calls;
    for (const auto& call : round) {
      if (*call) (*call)(args...);
    }
  }

 private:
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace spokelab::sim::traffic
