// LogStreams: followers of container logs (`kubectl logs -f`).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/http.h"
#include "base/json_fwd.h"
#include "fakeapi/store.h"

namespace spokelab::fakeapi {

/// Which run of which container is followed, and how its lines are shown.
struct LogTarget {
  std::string ns;
  std::string pod;
  std::string uid;  ///< Of the pod.
  std::string container;
  std::int64_t restarts = 0;  ///< restartCount when the log was asked for.
  bool timestamps = false;
};

class LogStreams {
 public:
  static constexpr std::size_t kFollowersMax = 10'000;

  /// Both must outlive it.
  LogStreams(Clock& clock, const Store& store) : clock_(&clock), store_(&store) {}

  /// A stream of the text `so_far` and of every line after `from`, until that run of the container
  /// ends or the pod is gone. nullptr: too many followers.
  std::shared_ptr<ChunkPipe> follow(LogTarget target, std::string so_far, WallTime from);

 private:
  struct Follower {
    LogTarget target;
    std::shared_ptr<ChunkPipe> pipe;
    WallTime sent;
    Timer timer;
  };
  using Id = std::uint64_t;
  void arm(Id id);
  void look(Id id);

  Clock* clock_;
  const Store* store_;
  std::map<Id, Follower> live_;
  Id last_ = 0;
};

/// The container's entry in the pod's spec (init containers, too), or nullptr.
const Json* container_named(const Json& pod, std::string_view name);
/// The container's entry in the pod's status, or nullptr.
const Json* container_status(const Json& pod, std::string_view name);
/// Lines as text, each with its newline.
std::string log_text(const Json& pod, const Json& container, const Json& run, WallTime from,
                     WallTime to, bool timestamps);

}  // namespace spokelab::fakeapi
