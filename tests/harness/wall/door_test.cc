// What a client of a door sees on the wire: framing, limits, and clients that misbehave.
#include "harness/wall/door.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "base/json.h"
#include "tests/harness/wall/backends.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using boost::system::error_code;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Counts how often `part` stands in `text`.
int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class PlainDoor : public ::testing::Test {
 protected:
  /// A raw client: sends the text, then reads until the server closes, or `enough` has come.
  std::string talk(const std::string& text, std::function<bool(const std::string&)> enough = {},
                   bool half_close = false) {
    std::string heard;
    TaskGroup group(backend.pace().io().get_executor());
    const auto client = [&]() -> Task<void> {
      tcp::socket socket(backend.pace().io());
      error_code bad;
      co_await socket.async_connect(
          tcp::endpoint(asio::ip::address_v4::loopback(), backend.door().port()),
          asio::redirect_error(asio::use_awaitable, bad));
      co_await asio::async_write(socket, asio::buffer(text),
                                 asio::redirect_error(asio::use_awaitable, bad));
      std::string chunk(64 * 1024, '\0');
      while (!enough || !enough(heard)) {
        bad = {};
        const auto size = co_await socket.async_read_some(
            asio::buffer(chunk), asio::redirect_error(asio::use_awaitable, bad));
        heard.append(chunk, 0, size);
        if (bad) break;
        if (half_close) socket.shutdown(tcp::socket::shutdown_send, bad);
      }
    };
    group.spawn(client());
    EXPECT_TRUE(
        backend.pace().run_until([&] { return group.live() == 0; }, std::chrono::seconds(60)));
    group.cancel();
    backend.pace().run_until([&] { return group.live() == 0; }, std::chrono::seconds(5));
    return heard;
  }

  WallBackend backend{DoorLimits{}, false};
};

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* kLastGet = "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST_F(PlainDoor, RequestsSentInOneGoAreAnsweredInTheirOrder) {
  backend.server.answer = [](const HttpRequest& request) {
    return reply_with(200, "[" + request.target + "]");
  };
  const auto heard = talk(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
      "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(count_of(heard, "HTTP/1.1 200 OK\r\n"), 3);
  EXPECT_LT(heard.find("[/1]"), heard.find("[/2]"));
  EXPECT_LT(heard.find("[/2]"), heard.find("[/last]"));
}

TEST_F(PlainDoor, AJsonAnswerEndsWithALineFeedAndSaysItsLength) {
  backend.server.answer = [](const HttpRequest&) {
    HttpReply reply;
    reply.response.body = Body(freeze(Json{{"kind", "Status"}}));
    return reply;
  };
  const auto heard = talk(kLastGet);
  EXPECT_THAT(heard, HasSubstr("Content-Length: 18\r\n"));
  EXPECT_THAT(heard, EndsWith("\r\n\r\n{\"kind\":\"Status\"}\n"));
}

TEST_F(PlainDoor, HeadHasTheLengthAndNoBody) {
  backend.server.answer = [](const HttpRequest&) { return reply_with(200, "hello"); };
  const auto heard = talk("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(heard, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(heard, EndsWith("\r\n\r\n"));
}

TEST_F(PlainDoor, WhatIsNoHttpIsABadRequest) {
  for (const char* text : {"\x16\x03\x01\x02\x0a\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
                           "GET / HTTP/1.1\r\nbroken header\r\n\r\n"}) {
    EXPECT_THAT(talk(text), StartsWith("HTTP/1.1 400 Bad Request\r\n")) << text;
  }
}

TEST_F(PlainDoor, ARequestWithoutHostIsABadRequest) {
  EXPECT_THAT(talk("GET / HTTP/1.1\r\n\r\n"), EndsWith("missing required Host header"));
}

TEST_F(PlainDoor, HeadersBeyondTheLimitAreRefused) {
  const auto heard =
      talk("GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + std::string(100'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
}

TEST_F(PlainDoor, ABodyBeyondThreeMebibytesIsAStatus413) {
  const auto heard = talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3145729\r\n\r\n" +
                          std::string(3'145'729, 'x'));
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(heard, HasSubstr("\"reason\":\"RequestEntityTooLarge\""));
  EXPECT_THAT(heard, HasSubstr("limit is 3145728"));
  EXPECT_EQ(backend.server.requests, 0);
}

TEST_F(PlainDoor, AClientThatAsksFirstIsToldToGoOn) {
  backend.server.answer = [](const HttpRequest& request) {
    return reply_with(200, request.body.bytes());
  };
  const auto heard =
      talk("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
           [](const std::string& text) { return text.ends_with("\r\n\r\n"); });
  EXPECT_EQ(heard, "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_F(PlainDoor, ChunkedBodiesArePutTogether) {
  backend.server.answer = [](const HttpRequest& request) {
    return reply_with(200, "[" + request.body.bytes() + "]");
  };
  const auto heard = talk(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  EXPECT_THAT(heard, EndsWith("[abcdefg]"));
}

TEST_F(PlainDoor, BodiesThatAreNotWhatTheyClaimNeverReachTheServer) {
  const std::string head = "POST /x HTTP/1.1\r\nHost: x\r\n";
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  const std::vector<std::pair<std::string, int>> rows = {
      {head + "Content-Length: -5\r\n\r\n", 400},
      {head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400},
      {head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {chunked + "zz\r\nabc\r\n", 400},
      {chunked + "2\r\n{}XX0\r\n\r\n", 400},
      {chunked + "ffffffffffffffff\r\nabc\r\n", 413},
      {chunked + "2\r\n{}\r\n0\r\n" + std::string(200'000, 'x') + "\r\n\r\n", 431}};
  for (const auto& [text, status] : rows)
    EXPECT_THAT(talk(text), StartsWith(fmt::format("HTTP/1.1 {} ", status))) << text.substr(0, 90);
  EXPECT_EQ(backend.server.requests, 0);
}

/// A door whose patience ends at once, so that tests need none.
class HastyDoor : public ::testing::Test {
 protected:
  static DoorLimits hasty() {
    return DoorLimits{.handshake = 20ms, .request = 20ms, .idle = 20ms, .write = 20ms};
  }
  /// Connects and sends; true once the server has ended the connection.
  bool is_cut_after(WallBackend& backend, const std::string& text) {
    tcp::socket socket(backend.pace().io());
    socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), backend.door().port()));
    asio::write(socket, asio::buffer(text));
    return backend.pace().run_until([&] { return is_over(socket); }, 30s);
  }
  /// Reads nothing that is not asked for: only the end shows.
  static bool is_over(tcp::socket& socket) {
    char byte = 0;
    error_code bad;
    socket.non_blocking(true, bad);
    while (socket.receive(asio::buffer(&byte, 1), 0, bad) > 0 && !bad) {
    }
    return bad && bad != asio::error::would_block;
  }
};

TEST_F(HastyDoor, AHeadOrABodyThatNeverEndsIsCut) {
  WallBackend backend(hasty(), false);
  for (const std::string text :
       {"", "GET / HTTP/1.1\r\nHost: x\r\nX-Drop: 1\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"})
    EXPECT_TRUE(is_cut_after(backend, text)) << text;
  EXPECT_EQ(backend.server.requests, 0);
  EXPECT_TRUE(backend.pace().run_until([&] { return backend.door().connections() == 0; }, 30s));
}

TEST_F(HastyDoor, AHandshakeThatNeverEndsIsCut) {
  WallBackend backend(hasty());
  EXPECT_TRUE(is_cut_after(backend, ""));
  EXPECT_TRUE(is_cut_after(backend, std::string("\x16\x03\x01\x02\x00", 5)));
  EXPECT_TRUE(backend.pace().run_until([&] { return backend.door().connections() == 0; }, 30s));
}

TEST_F(HastyDoor, WhoAsksOnAndOnAndReadsNothingIsCut) {
  WallBackend backend(hasty(), false);
  backend.server.answer = [](const HttpRequest&) {
    return reply_with(200, std::string(1'000'000, 'x'));
  };
  std::string many;
  for (int i = 0; i < 100; ++i) many += kGet;
  tcp::socket socket(backend.pace().io());
  socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), backend.door().port()));
  asio::write(socket, asio::buffer(many));
  EXPECT_TRUE(backend.pace().run_until(
      [&] { return backend.server.requests > 0 && backend.door().connections() == 0; }, 30s));
  EXPECT_LT(backend.server.requests, 100);
}

TEST_F(PlainDoor, LargeAnswersAreCompressedForThoseWhoTakeIt) {
  backend.server.answer = [](const HttpRequest&) {
    return reply_with(200, std::string(1'000'000, 'x'));
  };
  const auto plain = talk(kLastGet);
  EXPECT_GT(plain.size(), 1'000'000U);
  const auto packed =
      talk("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(packed, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_LT(packed.size(), 100'000U);
}

TEST_F(PlainDoor, SmallAnswersAreNotCompressed) {
  backend.server.answer = [](const HttpRequest&) { return reply_with(200, "small"); };
  EXPECT_THAT(
      talk("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"),
      EndsWith("small"));
}

TEST_F(PlainDoor, AStreamsHeadComesBeforeItsFirstChunk) {
  const auto pipe = std::make_shared<ChunkPipe>();
  backend.server.answer = [pipe](const HttpRequest&) {
    HttpReply reply;
    reply.response.stream = pipe;
    return reply;
  };
  const auto heard = talk(kGet, [](const std::string& text) { return text.ends_with("\r\n\r\n"); });
  EXPECT_THAT(heard, HasSubstr("Transfer-Encoding: chunked\r\n"));
}

TEST_F(PlainDoor, AClientThatIsHalfGoneIsGone) {
  const auto pipe = std::make_shared<ChunkPipe>();
  backend.server.answer = [pipe](const HttpRequest&) {
    HttpReply reply;
    reply.response.stream = pipe;
    return reply;
  };
  talk(kGet, {}, true);
  EXPECT_TRUE(backend.pace().run_until([&] { return pipe->closed_by_reader(); }, 10s));
}

TEST_F(PlainDoor, AReaderThatIsTooSlowIsCutAndNobodyElseIsHarmed) {
  const auto pipe = std::make_shared<ChunkPipe>();
  backend.server.answer = [pipe](const HttpRequest& request) {
    HttpReply reply = reply_with(200, "fine");
    if (request.target == "/watch") {
      reply.response.body = Body();
      reply.response.stream = pipe;
    }
    return reply;
  };
  // Reads the head, and nothing more.
  tcp::socket slow(backend.pace().io());
  slow.connect(tcp::endpoint(asio::ip::address_v4::loopback(), backend.door().port()));
  asio::write(slow, asio::buffer(std::string("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n")));
  ASSERT_TRUE(backend.pace().run_until([&] { return backend.server.requests == 1; }, 10s));
  const Body chunk(std::string(10'000, 'x'));
  const auto cut = [&] {
    for (int i = 0; i < 1000 && pipe->open(); ++i) pipe->push(chunk);
    return !pipe->open();
  };
  EXPECT_TRUE(backend.pace().run_until(cut, 60s));
  EXPECT_THAT(talk(kLastGet), EndsWith("fine"));
}

TEST_F(PlainDoor, AServerThatGoesDownClosesThePortAndComesBackOnIt) {
  backend.server.answer = [](const HttpRequest&) { return reply_with(200, "fine"); };
  backend.network.set_up("server", kServerPort, false);
  backend.pace().run_until([] { return false; }, 1ms);
  EXPECT_EQ(talk(kLastGet), "");
  backend.network.set_up("server", kServerPort, true);
  backend.pace().run_until([] { return false; }, 1ms);
  EXPECT_THAT(talk(kLastGet), EndsWith("fine"));
}

TEST_F(PlainDoor, MoreConnectionsThanAllowedAreClosedAtOnce) {
  WallBackend small(DoorLimits{.connections = 1}, false);
  tcp::socket first(small.pace().io());
  first.connect(tcp::endpoint(asio::ip::address_v4::loopback(), small.door().port()));
  ASSERT_TRUE(small.pace().run_until([&] { return small.door().connections() == 1; }, 10s));
  tcp::socket second(small.pace().io());
  second.connect(tcp::endpoint(asio::ip::address_v4::loopback(), small.door().port()));
  std::optional<error_code> end;
  char byte = 0;
  second.async_read_some(asio::buffer(&byte, 1), [&](error_code bad, std::size_t) { end = bad; });
  EXPECT_TRUE(small.pace().run_until([&] { return end.has_value(); }, 10s));
  EXPECT_TRUE(*end);
}

TEST(TlsDoor, PlainHttpIsToldWhereItIs) {
  WallBackend backend;
  std::string heard;
  tcp::socket socket(backend.pace().io());
  socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), backend.door().port()));
  asio::write(socket, asio::buffer(std::string(kGet)));
  bool over = false;
  std::string buffer;
  asio::async_read(socket, asio::dynamic_buffer(buffer),
                   [&](error_code, std::size_t) { over = true; });
  EXPECT_TRUE(backend.pace().run_until([&] { return over; }, 10s));
  EXPECT_THAT(buffer, HasSubstr("Client sent an HTTP request to an HTTPS server."));
}

class ClientCertificates : public ::testing::Test {
 protected:
  Task<void> ask(HttpEndpoint to) {
    auto dialed = co_await backend.dialer().dial(std::move(to), backend.soon());
    if (!dialed) co_return;
    HttpRequest request;
    request.target = "/";
    auto answered = co_await (*dialed)->send(request, backend.soon());
    if (answered) status = answered->status;
  }
  WallBackend backend;
  int status = 0;
};

TEST_F(ClientCertificates, OneOfTheClustersCaTellsUserAndGroups) {
  const auto shown = backend.ca.issue_client("jane", {"dev", "ops"}, backend.world.wall_now());
  auto to = backend.endpoint();
  to.client_cert_pem = shown.cert_pem;
  to.client_key_pem = shown.key_pem;
  ASSERT_TRUE(backend.run(ask(to)));
  EXPECT_EQ(status, 200);
  EXPECT_EQ(backend.server.last_peer.client_cert_common_name, "jane");
  EXPECT_THAT(backend.server.last_peer.client_cert_organizations,
              ::testing::ElementsAre("dev", "ops"));
}

TEST_F(ClientCertificates, OneOfAnotherCaIsNobodysAndSaysSo) {
  const CertificateAuthority other("other", backend.world.wall_now());
  const auto shown = other.issue_client("jane", {"system:masters"}, backend.world.wall_now());
  auto to = backend.endpoint();
  to.client_cert_pem = shown.cert_pem;
  to.client_key_pem = shown.key_pem;
  ASSERT_TRUE(backend.run(ask(to)));
  EXPECT_EQ(status, 200);
  EXPECT_EQ(backend.server.last_peer.client_cert_common_name, "");
  EXPECT_TRUE(backend.server.last_peer.client_cert_rejected);
}

}  // namespace
}  // namespace spokelab::harness
