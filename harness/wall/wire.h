// The text of HTTP answers, as they go over a real wire.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/http.h"

namespace spokelab::harness {

/// Documents as text, with the line feed that Kubernetes puts after each. One event goes to many
/// watchers: the last few texts are kept.
class Printer {
 public:
  std::shared_ptr<const std::string> print(const Body& body);

 private:
  struct Printed {
    JsonRef document;  // kept, so that its address stays its name
    std::shared_ptr<const std::string> text;
  };
  static constexpr std::size_t kKept = 16;
  std::array<Printed, kKept> kept_;
  std::size_t next_ = 0;
};

/// How an answer is to be framed.
struct Framing {
  bool head = false;      ///< HEAD: no body follows.
  bool http_1_0 = false;  ///< No chunks.
  bool close = false;     ///< The connection ends afterwards.
  bool gzip = false;      ///< The client takes gzip.
  std::string_view date;  ///< For the Date header.
};

/// Bodies longer than this are compressed for clients that take it, as a real server does.
inline constexpr std::size_t kGzipFrom = 128 * 1024;

/// Head and body of an answer that is no stream.
std::string print_answer(const HttpResponse& response, const Framing& framing, Printer& printer);
/// The head of a stream.
std::string print_stream_head(const HttpResponse& response, const Framing& framing);
/// One chunk around `text`.
void append_chunk(std::string& out, std::string_view text, bool http_1_0);

/// RFC 9110 date: "Thu, 01 Jan 2026 00:00:00 GMT".
std::string http_date(std::int64_t unix_seconds);

/// A gzip member, at the level that Kubernetes uses.
std::string gzip(std::string_view plain);

}  // namespace spokelab::harness
