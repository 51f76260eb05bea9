// One HTTP request to a URL, on a connection of its own.
#pragma once

#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/http.h"
#include "base/run_time.h"

namespace spokelab::hub::notifications {

struct HttpCall {
  std::string method = "GET";
  std::string url;  ///< "https://host:port/path?query"; without a port: 443, or 80 for http.
  Headers headers;
  Body body;
  bool insecure = false;  ///< Skip certificate checks.
  RunTime deadline = kNever;
};

/// Dials, sends, and takes the whole answer, whatever its status. A dial ends after 127 s at the
/// latest, as Linux gives up by itself, and a silent server after 15 minutes. Errors: worded as
/// net/http words them, `Post "URL": dial tcp 10.0.0.1:80: connect: connection refused`; bad_input
/// for a URL that is none. The clock and dialer must outlive the call.
Task<Result<HttpResponse>> http_call(Clock& clock, HttpDialer& dialer, HttpCall call);

/// "Basic ..." for a header Authorization.
std::string basic_auth(const std::string& username, const std::string& password);

}  // namespace spokelab::hub::notifications
