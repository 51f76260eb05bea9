// Plants: known mistakes that can be switched on in the engine, to prove that a lab would find
// them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace spokelab::hub {

enum class Plant {
  double_owner,  ///< A replica goes on serving and writing after its Lease was lost.
  lost_update,   ///< Leases are written without regard to the version that was read.
  watch_gap,  ///< After 410 the cache goes on from the newest revision and misses what lay between.
  endless_retry,   ///< A failed operation is tried again at once, for ever.
  empty_on_error,  ///< A repository that cannot be read counts as an empty one.
  stale_revision,  ///< A revision once resolved is believed for ever.
  deaf_probe,      ///< Failed probes change nothing.
  stuck_breaker,   ///< A cluster once called Failed stays so.
  skip_wave,       ///< Who goes on with another's operation takes what it waited for as done.
  stale_prune,     ///< Who takes a cluster over goes by the revisions it knew, and prunes by them.
};

struct PlantInfo {
  Plant plant;
  std::string_view name;  ///< "double-owner".
  std::string_view doc;   ///< One sentence.
};
std::span<const PlantInfo> all_plants();

/// The plants switched on. None by default.
class Plants {
 public:
  bool has(Plant plant) const { return (bits_ & bit(plant)) != 0; }
  void add(Plant plant) { bits_ |= bit(plant); }
  /// "double-owner, watch-gap". Errors: bad_input, listing the names.
  static Result<Plants> parse(std::string_view names);

 private:
  static std::uint32_t bit(Plant plant) { return std::uint32_t{1} << static_cast<unsigned>(plant); }
  std::uint32_t bits_ = 0;
};

}  // namespace spokelab::hub
