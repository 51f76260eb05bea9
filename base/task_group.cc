#include "base/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>
#include <exception>
#include <map>

namespace spokelab {

struct TaskGroup::State {
  std::map<std::uint64_t, asio::cancellation_signal> tasks;
  std::uint64_t started = 0;
  std::exception_ptr failure;
  Signal ended;

  void cancel() {
    // A task may end, and so leave the map, while it is told to stop: walk by key.
    for (auto at = tasks.begin(); at != tasks.end();) {
      const auto key = at->first;
      at->second.emit(asio::cancellation_type::terminal);
      at = tasks.upper_bound(key);
    }
  }
};

namespace {

bool is_abort(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {}

TaskGroup::~TaskGroup() { SPOKELAB_CHECK(state_->tasks.empty()); }

void TaskGroup::spawn(Task<void> task) {
  const auto key = ++state_->started;
  auto& signal = state_->tasks[key];
  auto ended = [state = state_, key](std::exception_ptr failure) {
    state->tasks.erase(key);
    if (failure && !is_abort(failure) && !state->failure) {
      state->failure = failure;
      state->cancel();
    }
    state->ended.notify();
  };
  asio::co_spawn(executor_, std::move(task),
                 asio::bind_cancellation_slot(signal.slot(), std::move(ended)));
}

void TaskGroup::cancel() { state_->cancel(); }

std::size_t TaskGroup::live() const noexcept { return state_->tasks.size(); }

Task<void> TaskGroup::join() { return join_all(state_); }

Task<void> TaskGroup::join_all(std::shared_ptr<State> state) {
  bool cancelled = false;
  while (!state->tasks.empty()) {
    try {
      co_await state->ended.wait();
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted) throw;
      cancelled = true;
    }
    if (!cancelled) continue;
    // From here on our own waits must work again, or the tasks would outlive us.
    const auto deaf = asio::disable_cancellation();
    co_await asio::this_coro::reset_cancellation_state(deaf);
    state->cancel();
    while (!state->tasks.empty()) co_await state->ended.wait();
  }
  if (state->failure) std::rethrow_exception(std::exchange(state->failure, nullptr));
  if (cancelled) throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace spokelab
