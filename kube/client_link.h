// The connection that a client and its watches share. For kube/client*.cc only.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/async.h"
#include "base/error.h"
#include "base/http.h"
#include "base/run_time.h"
#include "kube/client.h"

namespace spokelab::kube::detail {

/// How client-go words the end of a connection that has fallen silent.
inline constexpr std::string_view kLost = "http2: client connection lost";

/// What a client and its watches know of the server, whatever connection told it.
struct ClientState {
  struct Dial {
    std::optional<Result<std::shared_ptr<Link>>>
        outcome;  ///< Empty when the dialling caller gave up.
    Signal ended;
  };
  std::shared_ptr<Link> live;
  std::shared_ptr<Dial> dialing;  ///< Set while one caller dials; the others wait for it.
  std::optional<RunTime> last_answer;
  Client::RequestCounts counts;
  Signal busy;  ///< A request or watch began where none was open.
};

/// One connection, and when it last showed life.
struct Link {
  std::shared_ptr<HttpConnection> connection;
  std::shared_ptr<ClientState> state;
  RunTime heard{};       ///< Last sign of life.
  RunTime busy_since{};  ///< When `under_way` last left 0.
  int under_way = 0;     ///< Open requests and watches.
  bool lost = false;     ///< Found dead by silence.

  void hear(RunTime now) {
    heard = now;
    state->last_answer = now;
  }
  void enter(RunTime now) {
    if (under_way++ > 0) return;
    busy_since = now;
    state->busy.notify();
  }
  void leave() { --under_way; }
};

}  // namespace spokelab::kube::detail
