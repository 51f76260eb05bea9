// Finalizers by which an Application's deletion waits.
#pragma once

#include <string_view>

namespace spokelab::hub {

/// For its objects to be deleted; also with "/background" or "/foreground" behind it.
inline constexpr std::string_view kResourcesFinalizer = "resources-finalizer.argocd.argoproj.io";
/// For its hooks; each also with "/cleanup" behind it, which goes last.
inline constexpr std::string_view kPreDeleteFinalizer = "pre-delete-finalizer.argocd.argoproj.io";
inline constexpr std::string_view kPostDeleteFinalizer = "post-delete-finalizer.argocd.argoproj.io";

}  // namespace spokelab::hub
