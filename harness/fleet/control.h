// Control: how a running fleet is asked and told things by other processes of its user.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/task_group.h"

namespace spokelab::harness {

/// Answers requests on a Unix socket that only its owner may use: one JSON document a line, in both
/// directions.
class ControlServer {
 public:
  static constexpr std::size_t kLineBytesMax = 64 * 1024;
  static constexpr std::size_t kClientsMax = 32;
  using Handler = std::function<Json(const Json& request)>;

  ControlServer(boost::asio::io_context& io, Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  /// Takes the path over from a process that is no more. Errors: refused (the system's words),
  /// already_exists (somebody answers there).
  Result<void> open(const std::string& path);
  /// Nothing is answered any more, and the path is free.
  void close();

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  Task<void> accept();
  Task<void> serve(Socket socket);

  boost::asio::io_context& io_;
  Handler handler_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  TaskGroup clients_;
  std::string path_;
};

/// Asks a running fleet, and waits for its answer. Errors: refused (nobody answers there),
/// bad_input.
Result<Json> ask_control(const std::string& path, const Json& request);

}  // namespace spokelab::harness
