// TaskGroup: the only way to start a coroutine beside the current one.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "base/async.h"

namespace spokelab {

/// Coroutines that live no longer than the scope which started them. Keep the group in the frame
/// (or object) whose data the tasks use, and `co_await group.join()` before that goes away.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor);
  /// All tasks must have ended (see join).
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task` at this instant, never inside this call. A task that throws anything but
  /// operation_aborted stops the whole group; join() then throws what it threw.
  void spawn(Task<void> task);
  /// Asks every task to stop: its current wait throws operation_aborted.
  void cancel();
  /// Waits until all tasks have ended. When the waiting coroutine itself is cancelled, the tasks
  /// are cancelled, still waited for, and operation_aborted is thrown afterwards.
  Task<void> join();
  std::size_t live() const noexcept;

 private:
  struct State;
  static Task<void> join_all(std::shared_ptr<State> state);
  asio::any_io_executor executor_;
  std::shared_ptr<State> state_;
};

}  // namespace spokelab
