// Completion of the command line in a shell.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace spokelab::harness {

/// A script for bash that completes the commands of `app` and the options of each; all else is
/// completed as files.
std::string completion_script(const CLI::App& app);

}  // namespace spokelab::harness
