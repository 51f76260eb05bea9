// The only file whose compilation depends on where the checkout is, so that all others can be
// compiled once for several checkouts.
#include "tests/support/places.h"

namespace spokelab::test {

std::string source_dir() { return SPOKELAB_SOURCE_DIR; }
std::string binary_dir() { return SPOKELAB_BINARY_DIR; }

}  // namespace spokelab::test
