#include "hub/metrics/client_requests.h"

#include <fmt/format.h>

namespace spokelab::hub {

void collect_requests(const kube::Client& client, metrics::Exposition& page) {
  constexpr const char* kName = "argocd_kubectl_requests_total";
  page.family(kName, "Number of kubectl requests", metrics::Type::counter);
  const auto& endpoint = client.config().endpoint;
  const auto host = fmt::format("{}:{}", endpoint.host, endpoint.port);
  for (const auto& [asked, count] : client.request_counts()) {
    const auto& [method, status] = asked;
    page.sample(kName,
                {{"host", host},
                 {"method", method},
                 {"code", status == 0 ? "<error>" : std::to_string(status)}},
                static_cast<double>(count));
  }
}

}  // namespace spokelab::hub
