// Session: one real connection of a client, from its first byte to its last.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/http.h"
#include "base/task_group.h"
#include "harness/wall/door.h"
#include "harness/wall/pace.h"
#include "harness/wall/wire.h"

namespace spokelab::harness {

/// What the sessions of one door share.
struct SessionRoom {
  Pace& pace;
  Printer& printer;
  DoorLimits limits;
  TaskGroup errands;  ///< What sessions have others do inside the world.
};

/// Serves the client until either side has had enough. `dialer` leads to the server, at `to`;
/// `peer` is what the server is told of the client: a verified certificate is filled in.
Task<void> serve_tls(SessionRoom& room, asio::ip::tcp::socket socket,
                     std::shared_ptr<asio::ssl::context> context,
                     std::unique_ptr<HttpDialer> dialer, HttpEndpoint to,
                     std::shared_ptr<HttpPeer> peer);
Task<void> serve_plain(SessionRoom& room, asio::ip::tcp::socket socket,
                       std::unique_ptr<HttpDialer> dialer, HttpEndpoint to,
                       std::shared_ptr<HttpPeer> peer);

}  // namespace spokelab::harness
