// The table of fuzz targets.
#include "tests/fuzz/targets.h"

namespace spokelab::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {{"helm_archive", feed_helm_archive},
                                          {"helm_values", feed_helm_values},
                                          {"patch", feed_patch},
                                          {"protobuf", feed_protobuf},
                                          {"request", feed_request},
                                          {"scenario", feed_scenario},
                                          {"selector", feed_selector},
                                          {"template", feed_template},
                                          {"yaml", feed_yaml}};
  return all;
}

}  // namespace spokelab::fuzz
