// Presets: routers and clients as they are met in life, each a set of figures with its source.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "harness/scenario/schema.h"

namespace spokelab::harness {

/// One value that a preset gives a key.
struct Figure {
  std::string_view key;    ///< Of the object, or of a map in it: `every` is `probe.every`.
  std::string_view value;  ///< As one would write it.
  std::string_view source;
};

/// What steers users.
enum class Mechanism : std::uint8_t {
  balancer,  ///< Every request passes through it.
  names,     ///< DNS: users go to the cluster themselves, by an answer that is kept.
  mesh,      ///< Proxies beside the callers.
  direct,    ///< The callers' own list of addresses.
};

/// One kind of an object of the scenario file, as a Kind is: what differs between kinds is data.
struct Preset {
  std::string_view object;  ///< "world/traffic/*/by", "world/traffic/*/populations/*".
  std::string_view name;
  Mechanism mechanism = Mechanism::balancer;  ///< Of routers.
  std::string_view required;                  ///< As Kind::required.
  std::string_view optional;
  std::string_view doc;
  std::span<const Figure> figures;
  bool regional = false;  ///< Of routers: it stands in one region, and falls with it.
};

/// All presets, in the order in which people read them.
std::span<const Preset> presets();
/// nullptr when there is none.
const Preset* preset_of(std::string_view object, std::string_view name);
/// The mechanism of a router's kind.
Mechanism mechanism_of(std::string_view router);
/// Where a preset's value comes from; "" when the preset does not say the key.
std::string_view source_of(std::string_view object, std::string_view name, std::string_view key);
/// "every=30s timeout=6s": Kind::defaults.
std::string defaults_text(const Preset& preset);

}  // namespace spokelab::harness
