#include "harness/fleet/control.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "base/json.h"

namespace spokelab::harness {

namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::size_t kPathBytesMax = sizeof(sockaddr_un{}.sun_path) - 1;

/// One line from a stream: nullopt at its end, or when the line is too long.
Result<Json> parse_line(std::string& buffer, std::size_t size) {
  std::string line = buffer.substr(0, size);
  buffer.erase(0, size);
  return parse_json(line);
}

}  // namespace

ControlServer::ControlServer(boost::asio::io_context& io, Handler handler)
    : io_(io), handler_(std::move(handler)), acceptor_(io), clients_(io.get_executor()) {}

ControlServer::~ControlServer() { close(); }

Result<void> ControlServer::open(const std::string& path) {
  if (path.size() > kPathBytesMax) {
    return Error(Errc::refused, fmt::format("{}: a socket's path may have {} characters at most; "
                                            "choose a shorter --state directory",
                                            path, kPathBytesMax));
  }
  if (ask_control(path, Json{{"do", "ping"}}))
    return Error(Errc::already_exists, fmt::format("{}: somebody answers there", path));
  ::unlink(path.c_str());
  error_code bad;
  const stream_protocol::endpoint at(path);
  acceptor_.open(at.protocol(), bad);
  const auto mask = ::umask(0177);
  if (!bad) acceptor_.bind(at, bad);
  ::umask(mask);
  if (!bad) acceptor_.listen(16, bad);
  if (bad) return Error(Errc::refused, fmt::format("{}: {}", path, bad.message()));
  path_ = path;
  clients_.spawn(accept());
  return {};
}

void ControlServer::close() {
  if (path_.empty()) return;
  ::unlink(path_.c_str());
  path_.clear();
  // Within a handler: a cancellation that is posted instead may come after its coroutine has ended.
  asio::post(io_, [this] {
    clients_.cancel();
    error_code ignored;
    acceptor_.close(ignored);
  });
  io_.poll();
  while (clients_.live() > 0 && io_.run_one() > 0) {
  }
}

Task<void> ControlServer::accept() {
  while (acceptor_.is_open()) {
    Socket socket(io_);
    error_code bad;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, bad));
    if (bad == asio::error::operation_aborted) co_return;
    if (bad || clients_.live() > kClientsMax) continue;
    clients_.spawn(serve(std::move(socket)));
  }
}

Task<void> ControlServer::serve(Socket socket) {
  std::string buffer;
  for (;;) {
    error_code bad;
    const auto size =
        co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer, kLineBytesMax), '\n',
                                        asio::redirect_error(asio::use_awaitable, bad));
    if (bad) co_return;
    const auto request = parse_line(buffer, size);
    const Json answer = request ? handler_(*request) : Json{{"error", request.error().message()}};
    const std::string text = answer.dump() + "\n";
    co_await asio::async_write(socket, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, bad));
    if (bad) co_return;
  }
}

Result<Json> ask_control(const std::string& path, const Json& request) {
  boost::asio::io_context io;
  stream_protocol::socket socket(io);
  error_code bad;
  if (path.size() > kPathBytesMax) return Error(Errc::refused, path + ": path too long");
  socket.connect(stream_protocol::endpoint(path), bad);
  if (bad) return Error(Errc::refused, fmt::format("{}: {}", path, bad.message()));
  asio::write(socket, asio::buffer(request.dump() + "\n"), bad);
  std::string buffer;
  std::size_t size = 0;
  if (!bad) size = asio::read_until(socket, asio::dynamic_buffer(buffer), '\n', bad);
  if (bad) return Error(Errc::refused, fmt::format("{}: {}", path, bad.message()));
  return parse_line(buffer, size);
}

}  // namespace spokelab::harness
