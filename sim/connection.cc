#include "sim/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace spokelab::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kHeaderBytes = 300;  // a request line or status line with its headers, about
constexpr std::size_t kHeldMax = 10'000;   // messages waiting behind a black hole, one direction
constexpr int kRetransmissionsMax = 15;    // Linux tcp_retries2: then the connection is given up

/// The first instant >= `now` at which TCP sends again what it first sent at `sent`; kNever when it
/// has given up by then.
RunTime next_retransmission(RunTime sent, RunTime now) {
  Nanos timeout = 200ms;
  RunTime at = sent;
  for (int n = 0; n < kRetransmissionsMax; ++n) {
    at += timeout;
    if (at >= now) return at;
    timeout = std::min<Nanos>(timeout * 2, 120s);
  }
  return kNever;
}

RunTime given_up(RunTime sent) {
  Nanos timeout = 200ms;
  RunTime at = sent;
  for (int n = 0; n <= kRetransmissionsMax; ++n) {
    at += timeout;
    timeout = std::min<Nanos>(timeout * 2, 120s);
  }
  return at;
}

}  // namespace

Connection::Connection(std::shared_ptr<NetworkState> network, std::string client,
                       std::string server, std::uint16_t port, Paths::Lot lot,
                       std::shared_ptr<const HttpPeer> as)
    : network_(std::move(network)),
      client_(std::move(client)),
      server_(std::move(server)),
      port_(port),
      lot_(lot),
      as_(std::move(as)),
      id_(++network_->last_connection),
      incarnation_(network_->listeners.at({server_, port_}).incarnation) {}

Connection::~Connection() {
  for (auto& [id, stream] : streams_) {
    stream.source->on_change(nullptr);
    stream.sink->on_change(nullptr);
    stream.source->close();
    stream.sink->end(Error(Errc::closed, "connection closed"));
  }
  network_->connections.erase(id_);
}

Error Connection::reset_by_peer() const {
  return Error(Errc::reset, fmt::format("read tcp {}->{}:{}: read: connection reset by peer",
                                        network_->paths.address_of(client_),
                                        network_->paths.address_of(server_), port_));
}

std::size_t Connection::size_of(Direction d, const Body& body) const {
  if (!network_->paths.bandwidth_matters(from(d), to(d))) return kHeaderBytes;
  return kHeaderBytes + body.bytes().size();
}

void Connection::transmit(Direction d, std::size_t bytes, std::function<void()> deliver) {
  if (!alive_) return;
  if (!held_[d].empty()) {  // nothing overtakes what is stuck
    if (held_[d].size() >= kHeldMax) {
      cut(Error(Errc::reset, fmt::format("connection to {}: send buffer full", server_)));
      return;
    }
    held_[d].push_back(Held{network_->world.now(), bytes, std::move(deliver)});
    return;
  }
  transmit_now(d, bytes, std::move(deliver));
}

void Connection::transmit_now(Direction d, std::size_t bytes, std::function<void()> deliver) {
  ++network_->messages;
  const auto now = network_->world.now();
  const auto passage = network_->paths.send(from(d), to(d), bytes, lot_);
  if (silent_ || passage.cut == Cut::blackhole) {
    held_[d].push_back(Held{now, bytes, std::move(deliver)});
    arm_retransmission(d);
    return;
  }
  if (passage.cut != Cut::none) {
    cut(reset_by_peer());
    return;
  }
  arrived_[d] = std::max(arrived_[d], now + passage.latency);
  network_->world.call_at(arrived_[d], [self = shared_from_this(), deliver = std::move(deliver)] {
    if (self->alive_) deliver();
  });
}

void Connection::arm_retransmission(Direction d) {
  if (held_[d].empty()) return;
  // While the hole lasts nothing gets through: the next event is TCP giving up.
  const auto sent = held_[d].front().sent;
  retransmission_[d] = Timer(network_->world, given_up(sent), [this] {
    const auto self = shared_from_this();
    cut(Error(Errc::reset, fmt::format("read tcp {}->{}:{}: read: connection timed out",
                                       network_->paths.address_of(client_),
                                       network_->paths.address_of(server_), port_)));
  });
}

void Connection::path_changed() {
  for (const auto d : {to_server, to_client}) {
    if (silent_ || held_[d].empty() || network_->paths.cut(from(d), to(d), lot_) == Cut::blackhole)
      continue;
    const auto at = next_retransmission(held_[d].front().sent, network_->world.now());
    if (at == kNever) continue;
    retransmission_[d] = Timer(network_->world, at, [this, d] {
      const auto self = shared_from_this();
      if (network_->paths.cut(from(d), to(d), lot_) == Cut::blackhole) {
        arm_retransmission(d);
        return;
      }
      auto waiting = std::exchange(held_[d], {});
      for (auto& message : waiting) transmit(d, message.bytes, std::move(message.deliver));
    });
  }
}

Task<Result<HttpResponse>> Connection::exchange(HttpRequest request, RunTime deadline) {
  const auto self = shared_from_this();
  if (!alive_) co_return Error(Errc::reset, "use of closed network connection");
  const auto id = ++last_request_;
  OneShot<Result<HttpResponse>> answer;
  waiting_.emplace(id, answer);
  const auto bytes = size_of(to_server, request.body);
  auto held = std::make_shared<const HttpRequest>(std::move(request));
  transmit(to_server, bytes, [this, id, held] { serve(id, *held); });
  // Forgets the request whichever way this frame ends, cancellation included.
  struct Forget {
    Connection& connection;
    std::uint64_t id;
    ~Forget() { connection.waiting_.erase(id); }
  } forget{*this, id};
  auto result = co_await answer.wait_until(network_->world, deadline);
  if (!result) co_return Error(Errc::timeout, "context deadline exceeded");
  co_return std::move(*result);
}

void Connection::serve(std::uint64_t id, const HttpRequest& request) {
  const auto& listener = network_->listeners.at({server_, port_});
  if (!listener.up || listener.incarnation != incarnation_) {  // its process has died meanwhile
    cut(reset_by_peer());
    return;
  }
  HttpPeer by_node;
  if (!as_) by_node.address = client_;
  HttpReply reply = listener.handler->handle(request, as_ ? *as_ : by_node);
  if (reply.never) return;
  if (reply.reset) {
    cut(reset_by_peer());
    return;
  }
  if (reply.after <= 0ns) {
    answer(id, std::move(reply.response));
    return;
  }
  auto held = std::make_shared<HttpResponse>(std::move(reply.response));
  const auto at = network_->world.now() + reply.after;
  network_->world.call_at(at, [self = shared_from_this(), id, held] {
    if (self->alive_) self->answer(id, std::move(*held));
  });
}

void Connection::answer(std::uint64_t id, HttpResponse response) {
  const auto bytes = size_of(to_client, response.body);
  const bool streaming = response.stream != nullptr;
  if (streaming) open_stream(id, response);
  auto held = std::make_shared<HttpResponse>(std::move(response));
  transmit(to_client, bytes, [this, id, held] {
    const auto waiting = waiting_.find(id);
    if (waiting != waiting_.end()) {
      waiting->second.resolve(std::move(*held));
    } else if (held->stream) {
      held->stream->close();  // the client gave up before the head arrived
    }
  });
  if (streaming) pump(id);
}

void Connection::open_stream(std::uint64_t id, HttpResponse& response) {
  Stream stream{std::move(response.stream), std::make_shared<ChunkPipe>()};
  response.stream = stream.sink;
  stream.source->on_change([this, id] { pump(id); });
  stream.sink->on_change([this, id, sink = stream.sink.get()] {
    if (!sink->closed_by_reader()) return;
    transmit(to_server, kHeaderBytes, [this, id] {
      const auto open = streams_.find(id);
      if (open == streams_.end()) return;
      auto gone = std::move(open->second);
      streams_.erase(open);
      gone.source->on_change(nullptr);
      gone.sink->on_change(nullptr);
      gone.source->close();
    });
  });
  streams_.emplace(id, std::move(stream));
}

void Connection::pump(std::uint64_t id) {
  const auto self = shared_from_this();
  const auto open = streams_.find(id);
  if (open == streams_.end()) return;
  const auto source = open->second.source;
  const auto sink = open->second.sink;
  while (held_[to_client].size() < kHeldMax) {
    auto chunk = source->take();
    if (!chunk) break;
    const auto bytes = size_of(to_client, *chunk);
    transmit(to_client, bytes, [this, sink, chunk = std::move(*chunk)] {
      // A reader so slow that a chunk finds no room must not believe that it has seen everything.
      if (!sink->push(chunk) && sink->open()) cut(Error(Errc::reset, "the reader is too slow"));
    });
    if (!alive_) return;
  }
  if (const auto end = source->drained()) {
    source->on_change(nullptr);
    transmit(to_client, kHeaderBytes, [this, id, end = *end] {
      const auto closing = streams_.find(id);
      if (closing == streams_.end()) return;
      auto gone = std::move(closing->second);
      streams_.erase(closing);
      gone.sink->on_change(nullptr);
      gone.sink->end(end);
    });
  }
}

void Connection::close_by_client() {
  const auto self = shared_from_this();
  if (!alive_) return;
  finish(Error(Errc::closed, "use of closed network connection"));
}

void Connection::cut(const Error& reason) {
  const auto self = shared_from_this();
  if (!alive_) return;
  finish(reason);
}

void Connection::finish(const Error& reason) {
  alive_ = false;
  for (const auto d : {to_server, to_client}) {
    held_[d].clear();
    retransmission_[d].stop();
  }
  for (auto& [id, stream] : std::exchange(streams_, {})) {
    stream.source->on_change(nullptr);
    stream.sink->on_change(nullptr);
    stream.source->close();
    stream.sink->end(reason);
  }
  for (auto& [id, waiting] : std::exchange(waiting_, {}))
    waiting.resolve(Result<HttpResponse>(reason));
}

}  // namespace spokelab::sim
