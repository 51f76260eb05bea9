// CertificateSigningRequests: what the registry makes of a write (pkg/registry/certificates).
#pragma once

#include <string>
#include <string_view>

#include "base/json_fwd.h"

namespace spokelab::fakeapi {

struct UserInfo;

/// A new request carries who asks, whatever its author wrote there. `who` nullptr: nobody is known.
void begin_certificate_request(Json& request, const UserInfo* who);

/// What a write of the object or of one of its subresources ("", "status", "approval") may touch;
/// conditions that came without times get `now`.
void keep_certificate_request(const Json& old, Json& request, std::string_view subresource,
                              const std::string& now);

}  // namespace spokelab::fakeapi
