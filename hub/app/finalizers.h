// Names by which an Application's deletion waits for its hooks.
#pragma once

#include <string_view>

namespace spokelab::hub {

/// Each also with "/cleanup" behind it, which goes last.
inline constexpr std::string_view kPreDeleteFinalizer = "pre-delete-finalizer.argocd.argoproj.io";
inline constexpr std::string_view kPostDeleteFinalizer = "post-delete-finalizer.argocd.argoproj.io";

}  // namespace spokelab::hub
