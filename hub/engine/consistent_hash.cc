#include "hub/engine/consistent_hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"

namespace spokelab::hub {

namespace {

constexpr int kPointsPerShard = 1'000;
constexpr double kExtraRoom = 1.25;

/// The first eight bytes of BLAKE2b-512, little-endian.
std::uint64_t hash_of(std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  SPOKELAB_CHECK(
      EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_blake2b512(), nullptr) == 1);
  std::uint64_t hash = 0;
  for (std::size_t i = 8; i-- > 0;) hash = hash << 8 | digest[i];
  return hash;
}

}  // namespace

HashRing::HashRing(int shards) : loads_(static_cast<std::size_t>(shards)) {
  SPOKELAB_CHECK(shards > 0);
  for (int shard = 0; shard < shards; ++shard) {
    for (int i = 0; i < kPointsPerShard; ++i)
      points_[hash_of(std::to_string(shard) + std::to_string(i))] = shard;
  }
}

int HashRing::shard_of(std::string_view key) const {
  auto at = points_.upper_bound(hash_of(key));
  for (std::size_t looked = 0; looked < points_.size(); ++looked, ++at) {
    if (at == points_.end()) at = points_.begin();
    if (has_room(at->second)) return at->second;
  }
  // Nobody has room only by rounding; the least loaded one is as good.
  return static_cast<int>(std::min_element(loads_.begin(), loads_.end()) - loads_.begin());
}

void HashRing::add_load(int shard, std::int64_t load) {
  loads_[static_cast<std::size_t>(shard)] += load;
  total_ += load;
}

bool HashRing::has_room(int shard) const {
  const auto whole = (total_ + 1) / static_cast<std::int64_t>(loads_.size());
  const double average = whole == 0 ? 1.0 : static_cast<double>(whole);
  return static_cast<double>(loads_[static_cast<std::size_t>(shard)]) <
         std::ceil(average * kExtraRoom);
}

}  // namespace spokelab::hub
