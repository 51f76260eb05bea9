// What `argocd app diff` shows of an application.
#pragma once

#include <string>

#include "base/json_fwd.h"

namespace spokelab::harness {

/// For each object that differs a line "===== apps/Deployment shop/web ======" and a unified diff
/// from what is live to what is wanted. `answer` as look() gives it for "diff"; "" when nothing
/// differs.
std::string difference_text(const Json& answer);

}  // namespace spokelab::harness
