// The two transports behind the HTTP port, set up alike: a server with a certificate, and a client.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/http.h"
#include "base/task_group.h"
#include "harness/wall/certificates.h"
#include "harness/wall/dialer.h"
#include "harness/wall/door.h"
#include "harness/wall/pace.h"
#include "sim/network.h"
#include "sim/world.h"

namespace spokelab::harness {

inline constexpr std::uint16_t kServerPort = 6443;

/// Answers as the test says.
class ScriptedServer final : public HttpHandler {
 public:
  HttpReply handle(const HttpRequest& request, const HttpPeer& peer) override {
    last_peer = peer;
    ++requests;
    return answer(request);
  }
  std::function<HttpReply(const HttpRequest&)> answer = [](const HttpRequest&) {
    return HttpReply{};
  };
  HttpPeer last_peer;
  int requests = 0;
};

inline HttpReply reply_with(int status, std::string body) {
  HttpReply reply;
  reply.response.status = status;
  reply.response.headers.set("Content-Type", "text/plain");
  reply.response.body = Body(std::move(body));
  return reply;
}

/// A client and a server with a transport between them.
class Backend {
 public:
  Backend() : network(world, Rng(1)), ca("the CA", world.wall_now()) {
    network.add_node("server", "here");
    network.add_node("client", "here");
    network.add_node(kOutside, "here");
    network.serve("server", kServerPort, server, identity());
  }
  virtual ~Backend() = default;
  /// Runs a task of the client to its end. False: it did not come to one.
  virtual bool run(Task<void> task) = 0;
  virtual HttpDialer& dialer() = 0;
  virtual HttpEndpoint endpoint() = 0;

  sim::TlsIdentity identity() const {
    sim::TlsIdentity made;
    made.ca_pem = ca.cert_pem();
    made.names = {"127.0.0.1", "server"};
    return made;
  }
  RunTime soon() const { return world.now() + std::chrono::seconds(20); }

  sim::World world;
  ScriptedServer server;
  sim::Network network;
  CertificateAuthority ca;
};

class SimBackend final : public Backend {
 public:
  SimBackend() : dialer_(network.dialer("client", world)) {}
  ~SimBackend() override { world.run_for(std::chrono::minutes(1)); }
  bool run(Task<void> task) override {
    TaskGroup group(world.executor());
    group.spawn(std::move(task));
    world.run_for(std::chrono::minutes(5));
    const bool over = group.live() == 0;
    group.cancel();
    world.settle();
    return over;
  }
  HttpDialer& dialer() override { return *dialer_; }
  HttpEndpoint endpoint() override {
    HttpEndpoint to;
    to.host = "server";
    to.port = kServerPort;
    to.ca_pem = ca.cert_pem();
    return to;
  }

 private:
  std::unique_ptr<HttpDialer> dialer_;
};

class WallBackend final : public Backend {
 public:
  explicit WallBackend(DoorLimits limits = {}, bool tls = true)
      : pace_(world, io_, 1), dialer_(pace_, callers_, "client", world) {
    door_ = std::make_unique<Door>(pace_, network, callers_, ca,
                                   Door::Target{"server", kServerPort, tls}, limits);
    opened_ = door_->open(0).has_value();
  }
  ~WallBackend() override {
    dialer_.close();
    door_.reset();
  }
  bool run(Task<void> task) override {
    TaskGroup group(world.executor());
    group.spawn(std::move(task));
    const bool over = pace_.run_until([&] { return group.live() == 0; }, std::chrono::seconds(60));
    group.cancel();
    pace_.run_until([&] { return group.live() == 0; }, std::chrono::seconds(10));
    return over && opened_;
  }
  HttpDialer& dialer() override { return dialer_; }
  HttpEndpoint endpoint() override {
    HttpEndpoint to;
    to.host = "127.0.0.1";
    to.port = door_->port();
    to.ca_pem = ca.cert_pem();
    return to;
  }
  Pace& pace() { return pace_; }
  Door& door() { return *door_; }

 private:
  boost::asio::io_context io_;
  Pace pace_;
  Callers callers_;
  WallDialer dialer_;
  std::unique_ptr<Door> door_;
  bool opened_ = false;
};

}  // namespace spokelab::harness
