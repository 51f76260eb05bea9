// Clients that act in the name of somebody else.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/http.h"
#include "kube/client.h"

namespace spokelab::hub {

/// A client for the same server with the same credentials, whose requests carry `Impersonate-User`.
/// It has connections of its own. `clock` and `dialer` must outlive it.
std::shared_ptr<kube::Client> client_as(Clock& clock, HttpDialer& dialer, const kube::Client& own,
                                        const std::string& user);

}  // namespace spokelab::hub
