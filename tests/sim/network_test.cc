// The simulated network: dials, exchanges and streams in all weathers.
#include "sim/network.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/json.h"

namespace spokelab::sim {
namespace {

using namespace std::chrono_literals;

class EchoServer : public HttpHandler {
 public:
  HttpReply handle(const HttpRequest& request, const HttpPeer&) override {
    ++requests;
    HttpReply reply;
    reply.after = service_time;
    if (request.target == "/stream") {
      stream = std::make_shared<ChunkPipe>();
      reply.response.stream = stream;
    } else {
      reply.response.body = request.body;
    }
    return reply;
  }
  int requests = 0;
  Nanos service_time{0};
  std::shared_ptr<ChunkPipe> stream;
};

struct Outcome {
  std::string text;  // "200" or the error's code
  std::string message;
  RunTime at{};
};

class NetworkTest : public ::testing::Test {
 protected:
  NetworkTest() : network(world, Rng(1)) {
    network.add_node("client", "west");
    network.add_node("server", "east");
    network.set_link("west", "east", LinkQuality{10ms, 0ms});
    network.add_name("api.example.com", "server");
    network.serve("server", 443, server,
                  TlsIdentity{"the-ca", {"api.example.com"}, {}, WallTime::max()});
    dialer = network.dialer("client", world);
    endpoint.host = "api.example.com";
    endpoint.ca_pem = "the-ca";
  }
  ~NetworkTest() override {
    connection.reset();
    world.settle();
  }

  Task<void> dial_into(Outcome& outcome, Nanos patience) {
    const auto deadline = world.now() + patience;
    auto dialed = co_await dialer->dial(endpoint, deadline);
    outcome.at = world.now();
    if (dialed) connection = *dialed;
    outcome.text = dialed ? "200" : std::string(name_of(dialed.error().code()));
    if (!dialed) outcome.message = dialed.error().message();
  }
  Task<void> get_into(Outcome& outcome, std::string target, Nanos patience) {
    HttpRequest request;
    request.target = target;
    const auto deadline = world.now() + patience;
    auto response = co_await connection->send(std::move(request), deadline);
    outcome.at = world.now();
    outcome.text =
        response ? std::to_string(response->status) : std::string(name_of(response.error().code()));
    if (response) stream = response->stream;
  }
  Task<void> read_into(std::vector<std::string>& got) {
    for (;;) {
      auto chunk = co_await stream->next(world, kNever);
      if (!chunk) {
        got.push_back(std::string(name_of(chunk.error().code())));
        co_return;
      }
      got.push_back(chunk->bytes());
    }
  }
  Outcome dial(Nanos patience = 30s) {
    Outcome outcome;
    asio::co_spawn(world.executor(), dial_into(outcome, patience), asio::detached);
    world.run_for(patience + 1s);
    return outcome;
  }
  void start(Outcome& outcome, std::string target, Nanos patience) {
    asio::co_spawn(world.executor(), get_into(outcome, target, patience), asio::detached);
  }

  World world;
  EchoServer server;
  Network network;
  std::unique_ptr<HttpDialer> dialer;
  HttpEndpoint endpoint;
  std::shared_ptr<HttpConnection> connection;
  std::shared_ptr<ChunkPipe> stream;
};

TEST_F(NetworkTest, DialsInTwoRoundTripsAndExchangesInOne) {
  EXPECT_EQ(dial().at, RunTime(40ms));
  const auto sent = world.now();
  Outcome outcome;
  start(outcome, "/", 5s);
  world.run_for(1s);
  EXPECT_EQ(outcome.text, "200");
  EXPECT_EQ(outcome.at - sent, 20ms);
}

TEST_F(NetworkTest, RefusesAfterOneRoundTripWhileTheServerIsDown) {
  network.set_up("server", 443, false);
  const auto outcome = dial();
  EXPECT_EQ(outcome.text, "refused");
  EXPECT_EQ(outcome.at, RunTime(20ms));
  EXPECT_EQ(outcome.message, "dial tcp 10.0.2.1:443: connect: connection refused");
}

TEST_F(NetworkTest, DialsIntoABlackHoleUntilTheTimerEndsIt) {
  NetworkRule rule;
  rule.to = {"server"};
  rule.cut = Cut::blackhole;
  const auto id = network.add_rule(rule);
  const auto outcome = dial(30s);
  EXPECT_EQ(outcome.text, "timeout");
  EXPECT_EQ(outcome.at, RunTime(30s));
  EXPECT_EQ(outcome.message, "dial tcp 10.0.2.1:443: i/o timeout");
  EXPECT_GE(network.hits(id), 5u);
}

TEST_F(NetworkTest, StrikesAShareOfTheConnectionsAndEachOfThemForGood) {
  NetworkRule rule;
  rule.to = {"server"};
  rule.cut = Cut::refuse;
  rule.share_millionths = 300'000;
  network.add_rule(rule);
  EXPECT_TRUE(network.passes("client", "server")) << "the way as such is open";
  int refused = 0;
  for (int i = 0; i < 200; ++i) refused += dial().text == "refused" ? 1 : 0;
  EXPECT_GT(refused, 40);
  EXPECT_LT(refused, 80);
  EXPECT_EQ(network.dials("client", "server"), 200u);
}

TEST_F(NetworkTest, StrikesTheSameConnectionsInBothDirectionsWhereOneDrawIsAsked) {
  NetworkRule there;
  there.to = {"server"};
  there.cut = Cut::blackhole;
  there.share_millionths = 300'000;
  there.draw = 17;
  auto back = there;
  std::swap(back.from, back.to);
  network.add_rule(there);
  network.add_rule(back);
  int lost = 0;
  for (int i = 0; i < 200; ++i) lost += dial(1s).text == "timeout" ? 1 : 0;
  EXPECT_GT(lost, 40);
  EXPECT_LT(lost, 80) << "two draws would strike half of them";
  const auto partial = network.partial("client", "server");
  ASSERT_EQ(partial.size(), 1u);
  EXPECT_EQ(partial[0].share_millionths, 300'000u);
  EXPECT_EQ(partial[0].cut, Cut::blackhole);
}

TEST_F(NetworkTest, ConnectsAtTheNextSynOnceTheBlackHoleIsGone) {
  NetworkRule rule;
  rule.to = {"server"};
  rule.cut = Cut::blackhole;
  const auto id = network.add_rule(rule);
  world.call_at(RunTime(4s), [&] { network.remove_rule(id); });
  EXPECT_EQ(dial(30s).at, RunTime(7s + 40ms));
}

TEST_F(NetworkTest, TellsWhatIsWrongWithACertificate) {
  endpoint.ca_pem = "another";
  EXPECT_NE(dial().message.find("signed by unknown authority"), std::string::npos);
  endpoint.ca_pem = "the-ca";
  endpoint.host = "server";
  EXPECT_NE(dial().message.find("valid for api.example.com, not server"), std::string::npos);
  endpoint.host = "api.example.com";
  network.set_identity("server", 443,
                       TlsIdentity{"the-ca", {"api.example.com"}, {}, World::kDefaultEpoch});
  EXPECT_NE(dial().message.find("certificate has expired"), std::string::npos);
}

TEST_F(NetworkTest, DeliversWhatWasSentIntoABlackHoleAtTheRetransmissionAfterItsEnd) {
  dial();
  NetworkRule rule;
  rule.from = {"server"};
  rule.to = {"client"};
  rule.cut = Cut::blackhole;
  const auto id = network.add_rule(rule);
  const auto sent = world.now();
  Outcome outcome;
  start(outcome, "/", 60s);
  world.run_for(5s);
  EXPECT_EQ(server.requests, 1) << "the request took effect although its answer is lost";
  EXPECT_EQ(outcome.text, "");
  network.remove_rule(id);
  world.run_for(30s);
  EXPECT_EQ(outcome.text, "200");
  // The answer left 10 ms after the request; retransmissions follow 0.2, 0.6, 1.4, 3.0, 6.2 s
  // later.
  EXPECT_EQ(outcome.at - sent, 10ms + 6200ms + 10ms);
}

TEST_F(NetworkTest, ResetsLiveConnectionsWhenTheServerDies) {
  dial();
  server.service_time = 10s;
  Outcome outcome;
  start(outcome, "/", 60s);
  world.run_for(1s);
  network.set_up("server", 443, false);
  world.run_for(1s);
  EXPECT_EQ(outcome.text, "reset");
  EXPECT_FALSE(connection->alive());
}

TEST_F(NetworkTest, StreamsChunksInOrderAndTellsTheServerWhenTheReaderLeaves) {
  dial();
  Outcome outcome;
  start(outcome, "/stream", 5s);
  world.run_for(1s);
  std::vector<std::string> got;
  asio::co_spawn(world.executor(), read_into(got), asio::detached);
  for (const char* text : {"a", "b", "c"}) server.stream->push(Body(std::string(text)));
  world.run_for(1s);
  EXPECT_EQ(got, (std::vector<std::string>{"a", "b", "c"}));
  stream->close();
  world.run_for(1s);
  EXPECT_TRUE(server.stream->closed_by_reader());
  EXPECT_EQ(got.back(), "closed");
}

TEST_F(NetworkTest, EndsAStreamAfterItsLastChunk) {
  dial();
  Outcome outcome;
  start(outcome, "/stream", 5s);
  world.run_for(1s);
  std::vector<std::string> got;
  asio::co_spawn(world.executor(), read_into(got), asio::detached);
  server.stream->push(Body(std::string("last")));
  server.stream->end(Error(Errc::closed, "done"));
  world.run_for(1s);
  EXPECT_EQ(got, (std::vector<std::string>{"last", "closed"}));
}

TEST_F(NetworkTest, ShowsLossAsDelay) {
  dial();
  NetworkRule rule;
  rule.loss_millionths = 900'000;
  network.add_rule(rule);
  const auto sent = world.now();
  Outcome outcome;
  start(outcome, "/", 3600s);
  world.run_for(3600s);
  EXPECT_EQ(outcome.text, "200");
  EXPECT_GT(outcome.at - sent, 200ms);
}

}  // namespace
}  // namespace spokelab::sim
