// What clients may rely on, whatever carries their requests: one suite for the simulated network
// and for real sockets.
#include "harness/wall/dialer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/harness/wall/backends.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

using MakeBackend = std::unique_ptr<Backend> (*)();

class HttpContract : public ::testing::TestWithParam<std::pair<const char*, MakeBackend>> {
 protected:
  HttpContract() : backend(GetParam().second()) {}

  /// Dials, and leaves the connection or the error.
  Task<void> dial(HttpEndpoint to, RunTime deadline) {
    auto dialed = co_await backend->dialer().dial(std::move(to), deadline);
    if (dialed)
      connection = *dialed;
    else
      error = dialed.error();
  }
  Task<void> get(HttpRequest request, RunTime deadline) {
    if (!connection) {
      const auto to = backend->endpoint();
      co_await dial(to, backend->soon());
    }
    if (!connection) co_return;
    auto answered = co_await connection->send(std::move(request), deadline);
    if (answered)
      response = *answered;
    else
      error = answered.error();
  }
  static HttpRequest request_for(std::string target) {
    HttpRequest request;
    request.target = std::move(target);
    return request;
  }

  std::unique_ptr<Backend> backend;
  std::shared_ptr<HttpConnection> connection;
  std::optional<HttpResponse> response;
  std::optional<Error> error;
};

TEST_P(HttpContract, AnAnswerArrivesWithStatusHeadersAndBody) {
  backend->server.answer = [](const HttpRequest& request) {
    return reply_with(201, "you sent " + request.body.bytes() + " to " + request.target);
  };
  HttpRequest request = request_for("/things?a=b");
  request.method = "POST";
  request.body = Body(std::string("milk"));
  ASSERT_TRUE(backend->run(get(request, backend->soon())));
  ASSERT_TRUE(response) << error->message();
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(*response->headers.find("content-type"), "text/plain");
  EXPECT_EQ(response->body.bytes(), "you sent milk to /things?a=b");
}

TEST_P(HttpContract, OneConnectionCarriesManyRequests) {
  backend->server.answer = [](const HttpRequest& request) {
    return reply_with(200, request.target);
  };
  for (const char* target : {"/a", "/b", "/c"}) {
    ASSERT_TRUE(backend->run(get(request_for(target), backend->soon())));
    EXPECT_EQ(response->body.bytes(), target);
  }
  EXPECT_TRUE(connection->alive());
}

TEST_P(HttpContract, BodiesOfMegabytesComeWhole) {
  const std::string large(5'000'000, 'x');
  backend->server.answer = [&](const HttpRequest&) { return reply_with(200, large); };
  ASSERT_TRUE(backend->run(get(request_for("/"), backend->soon())));
  ASSERT_TRUE(response) << error->message();
  EXPECT_EQ(response->body.bytes().size(), large.size());
}

TEST_P(HttpContract, ADeadServerRefusesTheDial) {
  backend->network.set_up("server", kServerPort, false);
  const auto to = backend->endpoint();
  ASSERT_TRUE(backend->run(dial(to, backend->soon())));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Errc::refused);
  EXPECT_THAT(error->message(), HasSubstr("dial tcp "));
  EXPECT_THAT(error->message(), EndsWith("connect: connection refused"));
}

TEST_P(HttpContract, AServerThatComesBackAnswersAgain) {
  backend->network.set_up("server", kServerPort, false);
  const auto to = backend->endpoint();
  ASSERT_TRUE(backend->run(dial(to, backend->soon())));
  backend->network.set_up("server", kServerPort, true);
  error.reset();
  ASSERT_TRUE(backend->run(dial(to, backend->soon())));
  EXPECT_FALSE(error) << error->message();
}

TEST_P(HttpContract, AnExpiredCertificateIsToldAsGoTellsIt) {
  auto identity = backend->identity();
  identity.not_after = backend->world.wall_now() - 1h;
  backend->network.set_identity("server", kServerPort, identity);
  const auto to = backend->endpoint();
  ASSERT_TRUE(backend->run(dial(to, backend->soon())));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Errc::tls);
  EXPECT_THAT(error->message(),
              HasSubstr("tls: failed to verify certificate: x509: certificate has expired or is "
                        "not yet valid: current time "));
  EXPECT_THAT(error->message(), HasSubstr(" is after "));
}

TEST_P(HttpContract, ACertificateForSomebodyElseIsToldAsGoTellsIt) {
  auto identity = backend->identity();
  identity.names = {"somebody-else.example.com"};
  backend->network.set_identity("server", kServerPort, identity);
  const auto to = backend->endpoint();
  ASSERT_TRUE(backend->run(dial(to, backend->soon())));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Errc::tls);
  EXPECT_EQ(error->message(),
            "tls: failed to verify certificate: x509: certificate is valid for "
            "somebody-else.example.com, not " +
                to.host);
}

TEST_P(HttpContract, AnUnknownAuthorityIsToldAsGoTellsIt) {
  auto to = backend->endpoint();
  to.ca_pem = CertificateAuthority("another CA", backend->world.wall_now()).cert_pem();
  ASSERT_TRUE(backend->run(dial(to, backend->soon())));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Errc::tls);
  EXPECT_EQ(error->message(),
            "tls: failed to verify certificate: x509: certificate signed by unknown authority");
}

TEST_P(HttpContract, AnInsecureClientLooksAtNoCertificate) {
  auto to = backend->endpoint();
  to.ca_pem.clear();
  to.insecure = true;
  ASSERT_TRUE(backend->run(dial(to, backend->soon())));
  EXPECT_FALSE(error) << error->message();
}

TEST_P(HttpContract, ARequestThatIsNeverAnsweredEndsAtItsDeadline) {
  backend->server.answer = [](const HttpRequest&) {
    HttpReply reply;
    reply.never = true;
    return reply;
  };
  ASSERT_TRUE(backend->run(get(request_for("/"), backend->world.now() + 300ms)));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Errc::timeout);
}

TEST_P(HttpContract, ABlackHoleLetsTheClientWaitUntilItsDeadline) {
  sim::NetworkRule rule;
  rule.to = {"server"};
  rule.cut = sim::Cut::blackhole;
  backend->network.add_rule(rule);
  const auto to = backend->endpoint();
  ASSERT_TRUE(backend->run(dial(to, backend->world.now() + 300ms)));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Errc::timeout);
}

TEST_P(HttpContract, ACutConnectionEndsTheRequest) {
  backend->server.answer = [](const HttpRequest&) {
    HttpReply reply;
    reply.reset = true;
    return reply;
  };
  ASSERT_TRUE(backend->run(get(request_for("/"), backend->soon())));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Errc::reset);
}

TEST_P(HttpContract, AStreamBringsItsChunksInOrderAndEnds) {
  const auto pipe = std::make_shared<ChunkPipe>();
  backend->server.answer = [pipe](const HttpRequest&) {
    HttpReply reply;
    reply.response.stream = pipe;
    for (int i = 0; i < 100; ++i) pipe->push(Body(std::to_string(i) + ";"));
    pipe->end(Error(Errc::closed, "over"));
    return reply;
  };
  std::string text;
  std::optional<Error> end;
  const auto read_all = [&]() -> Task<void> {
    auto request = request_for("/watch");
    request.takes_stream = true;
    co_await get(request, backend->soon());
    if (!response || !response->stream) co_return;
    for (;;) {
      auto chunk = co_await response->stream->next(backend->world, backend->soon());
      if (!chunk) {
        end = chunk.error();
        co_return;
      }
      text += chunk->bytes();
    }
  };
  ASSERT_TRUE(backend->run(read_all()));
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += std::to_string(i) + ";";
  EXPECT_EQ(text, expected);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code(), Errc::closed);
}

TEST_P(HttpContract, AStreamThatIsCutEndsWithAReset) {
  const auto pipe = std::make_shared<ChunkPipe>();
  backend->server.answer = [pipe](const HttpRequest&) {
    HttpReply reply;
    reply.response.stream = pipe;
    return reply;
  };
  std::optional<Error> end;
  const auto read_all = [&]() -> Task<void> {
    auto request = request_for("/watch");
    request.takes_stream = true;
    co_await get(request, backend->soon());
    if (!response || !response->stream) co_return;
    pipe->end(Error(Errc::reset, "cut"));
    auto chunk = co_await response->stream->next(backend->world, backend->soon());
    if (!chunk) end = chunk.error();
  };
  ASSERT_TRUE(backend->run(read_all()));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code(), Errc::reset);
}

TEST_P(HttpContract, AServerLearnsThatAReaderHasLeft) {
  const auto pipe = std::make_shared<ChunkPipe>();
  backend->server.answer = [pipe](const HttpRequest&) {
    HttpReply reply;
    reply.response.stream = pipe;
    return reply;
  };
  const auto leave = [&]() -> Task<void> {
    auto request = request_for("/watch");
    request.takes_stream = true;
    co_await get(request, backend->soon());
    if (!response || !response->stream) co_return;
    response->stream->close();
    const auto patience = backend->soon();
    while (!pipe->closed_by_reader() && backend->world.now() < patience)
      co_await sleep_for(backend->world, 1ms);
  };
  ASSERT_TRUE(backend->run(leave()));
  EXPECT_TRUE(pipe->closed_by_reader());
}

TEST_P(HttpContract, RequestsUnderWayAtOnceDoNotWaitForEachOther) {
  backend->server.answer = [](const HttpRequest& request) {
    HttpReply reply = reply_with(200, request.target);
    reply.never = request.target == "/stuck";
    return reply;
  };
  std::optional<Errc> stuck;
  const auto both = [&]() -> Task<void> {
    const auto to = backend->endpoint();
    co_await dial(to, backend->soon());
    TaskGroup group(backend->world.executor());
    const auto wait_for_ever = [&]() -> Task<void> {
      auto request = request_for("/stuck");
      auto answered = co_await connection->send(std::move(request), backend->world.now() + 300ms);
      stuck = answered.error().code();
    };
    group.spawn(wait_for_ever());
    auto request = request_for("/quick");
    co_await get(std::move(request), backend->soon());
    co_await group.join();
  };
  ASSERT_TRUE(backend->run(both()));
  ASSERT_TRUE(response) << error->message();
  EXPECT_EQ(response->body.bytes(), "/quick");
  ASSERT_TRUE(stuck);
  EXPECT_EQ(*stuck, Errc::timeout);
}

INSTANTIATE_TEST_SUITE_P(
    Transports, HttpContract,
    ::testing::Values(std::pair<const char*, MakeBackend>{"Simulated",
                                                          []() -> std::unique_ptr<Backend> {
                                                            return std::make_unique<SimBackend>();
                                                          }},
                      std::pair<const char*, MakeBackend>{"Sockets",
                                                          []() -> std::unique_ptr<Backend> {
                                                            return std::make_unique<WallBackend>();
                                                          }}),
    [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace spokelab::harness
