// Where the checkout and the build are, for tests that read files or start programs.
#pragma once

#include <string>

namespace spokelab::test {

/// The root of the checkout, absolute.
std::string source_dir();
/// The folder of this build, absolute.
std::string binary_dir();

}  // namespace spokelab::test
