#include "sim/process.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

#include "base/check.h"

namespace spokelab::sim {

Process::Process(World& world, std::string name, Main main)
    : world_(world),
      name_(std::move(name)),
      main_(std::move(main)),
      clock_(world),
      lane_(world.add_lane()) {}

Process::~Process() { SPOKELAB_CHECK(!running_); }

void Process::start() {
  if (stopping_) start_again_ = true;
  if (running_) return;
  running_ = true;
  ++incarnation_;
  asio::any_io_executor executor = world_.executor(lane_);
  auto done = [this](std::exception_ptr failure) { ended(failure); };
  asio::co_spawn(executor, main_(incarnation_), asio::bind_cancellation_slot(stop_.slot(), done));
  if (changed_) changed_(true);
}

void Process::kill() {
  start_again_ = false;
  if (!running_ || stopping_) return;
  stopping_ = true;
  if (paused_) resume();
  stop_.emit(asio::cancellation_type::terminal);
}

void Process::pause() {
  paused_ = true;
  world_.pause(lane_);
}

void Process::resume() {
  paused_ = false;
  world_.resume(lane_);
}

void Process::ended(std::exception_ptr failure) {
  running_ = false;
  const bool killed = std::exchange(stopping_, false);
  std::string reason;
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) reason = error.what();
  } catch (const std::exception& error) {
    reason = error.what();
  }
  if (changed_) changed_(false);
  if ((!killed || !reason.empty()) && exited_) exited_(reason);
  if (std::exchange(start_again_, false)) start();
}

}  // namespace spokelab::sim
