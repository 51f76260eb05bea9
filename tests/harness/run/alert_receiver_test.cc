// Where webhooks of a lab arrive.
#include "harness/run/alert_receiver.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "sim/process.h"
#include "sim/world.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;

/// What becomes of a POST to a host: its status, or the error.
class Receivers : public ::testing::Test {
 protected:
  Receivers() {
    network_.add_node("hub-0", "east");
    receiver_.join(network_);
  }
  ~Receivers() override {
    process_.kill();
    world_.settle();
  }
  std::string post(const std::string& host, std::uint16_t port, bool tls) {
    endpoint_ = {};
    endpoint_.host = host;
    endpoint_.port = port;
    endpoint_.tls = tls;
    outcome_ = "under way";
    process_.start();
    world_.run_for(10s);
    process_.kill();
    world_.settle();
    return outcome_;
  }
  Task<void> main(int) {
    const auto dialer = network_.dialer("hub-0", process_.clock());
    const auto deadline = process_.clock().now() + 5s;
    auto dialled = co_await dialer->dial(endpoint_, deadline);
    if (!dialled) {
      outcome_ = dialled.error().message();
    } else {
      const std::shared_ptr<HttpConnection> connection = *dialled;
      HttpRequest request;
      request.method = "POST";
      request.target = "/page";
      auto answer = co_await connection->send(std::move(request), deadline);
      outcome_ = answer ? std::to_string(answer->status) : answer.error().message();
    }
    co_await sleep_until(process_.clock(), kNever);
  }

  sim::World world_;
  AlertReceiver receiver_;
  sim::Network network_{world_, Rng(1)};
  HttpEndpoint endpoint_;
  std::string outcome_;
  sim::Process process_{world_, "hub-0", [this](int incarnation) { return main(incarnation); }};
};

TEST_F(Receivers, TakeWhatIsSentToTheHostsOfALab) {
  EXPECT_EQ(post("alerts.example.com", 443, true), "200");
  EXPECT_EQ(post("alerts.example.com", 80, false), "200");
  EXPECT_EQ(post("alertmanager.example.com", 9093, false), "200");
}

TEST_F(Receivers, AreNoOtherHosts) {
  EXPECT_EQ(post("hooks.example.com", 443, true),
            "dial tcp: lookup hooks.example.com: no such host");
}

}  // namespace
}  // namespace spokelab::harness
