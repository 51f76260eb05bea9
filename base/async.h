// Waiting: the one-shot value, the signal and the sleep that all other waits are made of.
// They run on any Asio executor, virtual or real. Single-threaded: share none between threads.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"

namespace spokelab {

namespace asio = boost::asio;

template <class T = void>
using Task = asio::awaitable<T>;

namespace detail {

/// The suspended side of a wait: at most one coroutine, resumed by posting to its own executor.
class Parked {
 public:
  /// Suspends until wake(). Throws system_error(operation_aborted) when cancelled.
  Task<void> park();
  /// Resumes the coroutine, if one is parked. Never runs it inside this call.
  void wake() { resume(boost::system::error_code{}); }
  bool occupied() const noexcept { return static_cast<bool>(resume_); }

 private:
  void resume(boost::system::error_code reason) {
    if (resume_) std::exchange(resume_, nullptr)(reason);
  }
  std::function<void(boost::system::error_code)> resume_;
};

}  // namespace detail

/// A value that arrives once. One coroutine may wait for it; copies share the same value.
template <class T>
class OneShot {
 public:
  OneShot() : state_(std::make_shared<State>()) {}
  /// Gives the value and wakes the waiter. False, and no effect, when there already is one.
  bool resolve(T value) {
    if (state_->value) return false;
    state_->value.emplace(std::move(value));
    state_->parked.wake();
    return true;
  }
  bool resolved() const noexcept { return state_->value.has_value(); }
  /// Waits for the value and takes it. Throws operation_aborted when the coroutine is cancelled.
  Task<T> wait() { return take(state_); }
  /// As wait(), but gives nullopt once `deadline` has passed without a value.
  Task<std::optional<T>> wait_until(Clock& clock, RunTime deadline) {
    return take_until(state_, clock, deadline);
  }

 private:
  struct State {
    std::optional<T> value;
    detail::Parked parked;
  };
  static Task<T> take(std::shared_ptr<State> state) {
    if (!state->value) co_await state->parked.park();
    co_return std::move(*state->value);
  }
  static Task<std::optional<T>> take_until(std::shared_ptr<State> state, Clock& clock,
                                           RunTime deadline) {
    if (!state->value) {
      State* raw = state.get();
      Timer timer(clock, deadline, [raw] { raw->parked.wake(); });
      co_await state->parked.park();
    }
    co_return std::move(state->value);
  }
  std::shared_ptr<State> state_;
};

/// Wakes whoever waits for a change. Nothing is remembered: check your condition, then wait.
class Signal {
 public:
  /// Wakes all that wait now.
  void notify();
  Task<void> wait();
  /// True when notified, false when `deadline` passed first.
  Task<bool> wait_until(Clock& clock, RunTime deadline);

 private:
  std::vector<OneShot<bool>> waiting_;
};

/// Sleeps until now() >= deadline. Throws system_error(operation_aborted) when cancelled: let it
/// pass.
Task<void> sleep_until(Clock& clock, RunTime deadline);
Task<void> sleep_for(Clock& clock, Nanos span);

}  // namespace spokelab
