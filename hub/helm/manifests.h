// From rendered text to objects in install order.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "hub/helm/render.h"

namespace spokelab::hub::helm {

/// Splits files (by path) into documents, reads them, drops manifests with unknown hooks, and
/// sorts: by kind in Helm's InstallOrder, hooks behind. Source: helm pkg/releaseutil. Errors:
/// bad_input "YAML parse error on <file>: ...".
Result<std::vector<Manifest>> split_manifests(
    const std::vector<std::pair<std::string, std::string>>& files);

/// The documents of one file, without the lines between them.
std::vector<std::string_view> split_documents(std::string_view text);

}  // namespace spokelab::hub::helm
