// Options: the parameters of write requests, from query and body.
#pragma once

#include <string>

#include "fakeapi/serve/context.h"
#include "fakeapi/writes.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// fieldManager, fieldValidation and dryRun of a create, update or patch. Errors: 422.
kube::Answer<WriteRequest> read_write_request(const Exchange& exchange, std::string verb);
/// DeleteOptions from the body and the query. Errors: 400, 422.
kube::Answer<DeleteRequest> read_delete_request(const Exchange& exchange);

}  // namespace spokelab::fakeapi
