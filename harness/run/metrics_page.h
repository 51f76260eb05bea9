// MetricsPage: where a hub replica is scraped.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/http.h"
#include "hub/engine/window.h"

namespace spokelab::harness {

/// Of Argo CD's application controller.
inline constexpr std::uint16_t kMetricsPort = 8082;

/// GET /metrics of one replica. A replica that stands still answers nobody; one that is dead has no
/// port.
class MetricsPage final : public HttpHandler {
 public:
  /// Both must outlive it.
  MetricsPage(const hub::Window& window, std::function<bool()> paused)
      : window_(window), paused_(std::move(paused)) {}
  HttpReply handle(const HttpRequest& request, const HttpPeer& peer) override;

 private:
  const hub::Window& window_;
  std::function<bool()> paused_;
};

}  // namespace spokelab::harness
