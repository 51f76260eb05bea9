// What a client checks in a server's certificate, worded as Go words it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/http.h"
#include "base/run_time.h"

namespace spokelab::harness {

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

/// A context that trusts and shows what the endpoint says. Errors: tls, for text that is no
/// certificate or key.
Result<std::shared_ptr<boost::asio::ssl::context>> client_context(const HttpEndpoint& endpoint);
/// Sets name and check time, to be called before the handshake. The handshake itself passes
/// whatever the server shows: certificate_problem() judges afterwards, so that the words fit.
void prepare(TlsStream& stream, const HttpEndpoint& endpoint, WallTime now);
/// What is wrong with the certificate that the server has shown; nullopt: nothing.
std::optional<std::string> certificate_problem(TlsStream& stream, const HttpEndpoint& endpoint,
                                               WallTime now);

}  // namespace spokelab::harness
