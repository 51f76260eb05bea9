// Heads, chunks, compression.
#include "harness/wall/wire.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <zlib.h>

#include <boost/beast/http/status.hpp>

#include "base/check.h"
#include "base/json.h"

namespace spokelab::harness {

namespace {

constexpr int kGzipLevel = 4;

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

void append_head(std::string& out, const HttpResponse& response, const Framing& framing) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  fmt::format_to(std::back_inserter(out), "HTTP/{} {} {}\r\n", framing.http_1_0 ? "1.0" : "1.1",
                 response.status, std::string_view(reason.data(), reason.size()));
  for (const auto& [name, value] : response.headers.all()) {
    out.append(name).append(": ");
    for (const char c : value) out += c == '\r' || c == '\n' ? ' ' : c;
    out += "\r\n";
  }
  fmt::format_to(std::back_inserter(out), "Date: {}\r\n", framing.date);
  if (framing.close) out += "Connection: close\r\n";
}

}  // namespace

std::shared_ptr<const std::string> Printer::print(const Body& body) {
  const JsonRef document = body.json();
  if (!document) return std::make_shared<const std::string>(body.bytes());
  for (const auto& one : kept_) {
    if (one.document == document) return one.text;
  }
  auto text = std::make_shared<const std::string>(
      document->dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  if (text->size() < kGzipFrom) {
    kept_[next_] = Printed{document, text};
    next_ = (next_ + 1) % kKept;
  }
  return text;
}

std::string http_date(std::int64_t unix_seconds) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(time));
}

std::string gzip(std::string_view plain) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  SPOKELAB_CHECK(
      deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(plain.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  SPOKELAB_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string print_answer(const HttpResponse& response, const Framing& framing, Printer& printer) {
  std::string out;
  append_head(out, response, framing);
  if (!has_body(response.status)) return out += "\r\n";
  const auto text = printer.print(response.body);
  std::string compressed;
  std::string_view body = *text;
  if (framing.gzip && body.size() > kGzipFrom) {
    compressed = gzip(body);
    body = compressed;
    out += "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n";
  }
  fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n\r\n", body.size());
  if (!framing.head) out += body;
  return out;
}

std::string print_stream_head(const HttpResponse& response, const Framing& framing) {
  std::string out;
  append_head(out, response, framing);
  if (!framing.http_1_0) out += "Transfer-Encoding: chunked\r\n";
  return out += "\r\n";
}

void append_chunk(std::string& out, std::string_view text, bool http_1_0) {
  if (text.empty()) return;  // an empty chunk would end the stream
  if (!http_1_0) fmt::format_to(std::back_inserter(out), "{:x}\r\n", text.size());
  out += text;
  if (!http_1_0) out += "\r\n";
}

}  // namespace spokelab::harness
