// What an API server answered, as a client understands it. For kube/client*.cc only.
#pragma once

#include "base/error.h"
#include "base/http.h"
#include "base/json_fwd.h"

namespace spokelab::kube::detail {

/// The body as a document, parsed where the transport carries bytes; null when it is none.
JsonRef document_of(const Body& body);

/// A part of a document that keeps the whole alive.
inline JsonRef part_of(const JsonRef& whole, const Json& part) { return JsonRef(whole, &part); }

/// A Status object as an error: its code and reason, its message.
Error error_of_status_object(const Json& status);

}  // namespace spokelab::kube::detail
