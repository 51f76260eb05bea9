// What is fuzzed: by libFuzzer (script/fuzz), and by the tests with inputs from a seeded stream.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spokelab::fuzz {

/// One kind of hostile input.
struct Target {
  std::string_view name;  ///< Its seeds lie in tests/fuzz/seeds/NAME.
  /// Feeds any bytes. Must return, soon; empty, or what does not hold that should.
  std::string (*feed)(std::string_view bytes);
};

/// All targets by name.
const std::vector<Target>& targets();

std::string feed_helm_archive(std::string_view bytes);
std::string feed_helm_values(std::string_view bytes);
std::string feed_patch(std::string_view bytes);
std::string feed_protobuf(std::string_view bytes);
std::string feed_request(std::string_view bytes);
std::string feed_scenario(std::string_view bytes);
std::string feed_selector(std::string_view bytes);
std::string feed_template(std::string_view bytes);
std::string feed_yaml(std::string_view bytes);

}  // namespace spokelab::fuzz
