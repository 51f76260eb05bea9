#include "harness/run/metrics_page.h"

#include <string>
#include <string_view>

#include "hub/metrics/exposition.h"

namespace spokelab::harness {

HttpReply MetricsPage::handle(const HttpRequest& request, const HttpPeer&) {
  HttpReply reply;
  if (paused_()) {
    reply.never = true;
    return reply;
  }
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  reply.response.headers.set("Content-Type", "text/plain; charset=utf-8");
  if (path != "/metrics") {
    reply.response.status = 404;
    reply.response.body = Body(std::string("404 page not found\n"));
  } else if (request.method != "GET" && request.method != "HEAD") {
    reply.response.status = 405;
    reply.response.headers.set("Allow", "GET, HEAD");
    reply.response.body = Body(std::string("Method Not Allowed\n"));
  } else {
    reply.response.headers.set("Content-Type", std::string(hub::metrics::Exposition::kContentType));
    hub::metrics::Exposition page;
    if (window_.view != nullptr) window_.view->collect(page);
    reply.response.body = Body(page.text());
  }
  return reply;
}

}  // namespace spokelab::harness
