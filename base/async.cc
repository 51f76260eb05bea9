#include "base/async.h"

namespace spokelab {

namespace detail {

Task<void> Parked::park() {
  SPOKELAB_CHECK(!resume_);
  auto start = [this](auto handler) {  // named: g++ 12 frees temporaries of co_await twice
    auto held = std::make_shared<decltype(handler)>(std::move(handler));
    auto slot = asio::get_associated_cancellation_slot(*held);
    resume_ = [held, slot](boost::system::error_code reason) mutable {
      if (slot.is_connected()) slot.clear();
      auto executor = asio::get_associated_executor(*held);
      asio::post(executor, [held = std::move(held), reason] {
        auto done = std::move(*held);
        std::move(done)(reason);
      });
    };
    if (slot.is_connected()) {
      slot.assign([this](asio::cancellation_type) {
        if (!resume_) return;
        auto resume = std::exchange(resume_, nullptr);  // it clears the slot we are called from
        resume(asio::error::operation_aborted);
      });
    }
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code)>(
      start, asio::use_awaitable);
}

}  // namespace detail

void Signal::notify() {
  auto woken = std::exchange(waiting_, {});
  for (auto& one : woken) one.resolve(true);
}

Task<void> Signal::wait() {
  OneShot<bool> mine;
  waiting_.push_back(mine);
  co_await mine.wait();
}

Task<bool> Signal::wait_until(Clock& clock, RunTime deadline) {
  OneShot<bool> mine;
  waiting_.push_back(mine);
  const auto woken = co_await mine.wait_until(clock, deadline);
  co_return woken.has_value();
}

Task<void> sleep_until(Clock& clock, RunTime deadline) {
  if (clock.now() >= deadline) co_return;
  detail::Parked parked;
  Timer timer(clock, deadline, [&parked] { parked.wake(); });
  co_await parked.park();
}

Task<void> sleep_for(Clock& clock, Nanos span) {
  const auto deadline = clock.now() + span;
  co_await sleep_until(clock, deadline);
}

}  // namespace spokelab
