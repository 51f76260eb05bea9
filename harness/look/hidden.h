// What nobody is to read: the values of Secrets.
#pragma once

#include "base/json_fwd.h"

namespace spokelab::harness {

/// Puts "++++++++" in place of the values of a Secret's data, live and wanted, so that equal values
/// stay equal and different ones different (gitops-engine HideSecretData); the last-applied
/// annotation goes the same way. Either may be null.
void hide_secret(Json& live, Json& target);

}  // namespace spokelab::harness
