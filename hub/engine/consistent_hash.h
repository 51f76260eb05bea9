// Consistent hashing with bounded loads, as Argo CD's sharding method "consistent-hashing" does it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spokelab::hub {

/// Shards on a ring of hashes (controller/sharding/consistent: BLAKE2b-512, 1,000 points each). A
/// key belongs to the first shard behind its hash whose load is below 1.25 times the average.
class HashRing {
 public:
  /// `shards` at least 1.
  explicit HashRing(int shards);
  /// Where a key goes at the present loads.
  int shard_of(std::string_view key) const;
  void add_load(int shard, std::int64_t load);

 private:
  bool has_room(int shard) const;

  std::map<std::uint64_t, int> points_;
  std::vector<std::int64_t> loads_;
  std::int64_t total_ = 0;
};

}  // namespace spokelab::hub
