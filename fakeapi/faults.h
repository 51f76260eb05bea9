// Faults of a server: a table of rules that say which requests go wrong, and how.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "base/run_time.h"
#include "fakeapi/store.h"

namespace spokelab::fakeapi {

/// Which requests are meant. Empty members match everything; a trailing "*" stands for any text.
struct FaultMatch {
  std::string verb;  ///< "list", "patch", ...
  std::string
      resource;  ///< Group-resource: "secrets", "deployments.apps"; for other requests the path.
  std::string ns;
  std::string name;
  std::string user;
  std::string user_agent;
};

/// What happens to a request: an answer, a wait, an old truth, silence, or a cut connection.
/// Several rules add up their delays; the first answer, hang or reset decides; the oldest state is
/// shown.
struct FaultEffect {
  int status = 0;               ///< Answer with this HTTP code; 0: none.
  std::string message;          ///< Of that answer; empty: Kubernetes' usual text for the code.
  int retry_after_seconds = 0;  ///< > 0: sent as Retry-After.
  Nanos delay_min{0};           ///< Wait before the answer, drawn uniformly.
  Nanos delay_max{0};
  /// Reads (get, list) show this earlier state, as from a server that is behind the others.
  std::shared_ptr<const StoreSnapshot> past;
  bool hang = false;   ///< No answer, ever. The request still takes effect unless `status` is set.
  bool reset = false;  ///< Connection cut. As for hang.
};

struct FaultRule {
  std::string name;  ///< For remove().
  FaultMatch match;
  FaultEffect effect;
  std::uint32_t millionths = 1'000'000;  ///< Share of the matching requests.
};

/// What is known of a request when faults are looked up.
struct FaultQuery {
  std::string_view verb;
  std::string_view resource;
  std::string_view ns;
  std::string_view name;
  std::string_view user;
  std::string_view user_agent;
};

/// The rules in force, in order of their arrival.
class Faults {
 public:
  static constexpr std::size_t kRulesMax = 1'000;

  explicit Faults(Rng rng) : rng_(rng) {}
  /// Replaces a rule of the same name. False beyond kRulesMax.
  bool add(FaultRule rule);
  bool remove(std::string_view name);
  void clear() { rules_.clear(); }
  /// The joint effect on one request; nullopt: none.
  std::optional<FaultEffect> decide(const FaultQuery& query);
  /// How many requests each rule has hit.
  struct Hit {
    std::string name;
    std::uint64_t count = 0;
  };
  const std::vector<Hit>& hits() const noexcept { return hits_; }

 private:
  Rng rng_;
  std::vector<FaultRule> rules_;
  std::vector<Hit> hits_;
};

}  // namespace spokelab::fakeapi
