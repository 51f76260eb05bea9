// What a client of an API server has asked it, as metrics.
#pragma once

#include "hub/metrics/exposition.h"
#include "kube/client.h"

namespace spokelab::hub {

/// Adds argocd_kubectl_requests_total{host, method, code}: what client-go counts for Argo CD;
/// `code` is "<error>" where no answer came.
void collect_requests(const kube::Client& client, metrics::Exposition& page);

}  // namespace spokelab::hub
