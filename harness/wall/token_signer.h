// Signs service account tokens as a real cluster does, so that others can check them.
#pragma once

#include "fakeapi/auth.h"

namespace spokelab::harness {

/// ES256 with a fresh P-256 key, and the key set by which anybody can check its signatures.
fakeapi::TokenSigner make_token_signer();

}  // namespace spokelab::harness
