// What an Application asks for that this engine does not do.
#pragma once

#include <string>
#include <vector>

#include "hub/app/application.h"

namespace spokelab::hub {

/// One sentence for each such option, sorted: nobody writes an option in order to have it ignored.
std::vector<std::string> unsupported_features(const Application& app);

}  // namespace spokelab::hub
