// Invariants: what must hold in every run, whatever the scenario says.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/history.h"
#include "base/run_time.h"

namespace spokelab::harness {

/// Watches the history and may only complain.
///
/// - One writer: of all hub replicas, only the one that owns a cluster writes to it.
/// - Revisions run forwards: an application does not go back to a commit that it had left, unless a
/// person has
///   touched Applications or ApplicationSets since.
/// - No write loops: the hub does not write one object again and again without a pause.
class Invariants {
 public:
  static constexpr std::size_t kComplaintsMax = 10;
  /// More writes than this to one object within a minute are a loop: of a spoke, of the hub's own
  /// cluster.
  static constexpr std::size_t kSpokeWritesMax = 60;
  static constexpr std::size_t kHubWritesMax = 300;

  void apply(const Event& event);
  /// One sentence for each breach, at most kComplaintsMax.
  const std::vector<std::string>& complaints() const noexcept { return complaints_; }
  /// How many writes to spokes were looked at.
  std::uint64_t writes() const noexcept { return writes_; }

 private:
  void on_revision(const Event& event);
  void on_object(const Event& event);
  void check_owner(const Event& event, const std::string& writer);
  void check_pace(const Event& event, const std::string& writer);
  void complain(std::string text);

  std::map<std::string, std::string> owners_;  // cluster -> replica
  struct Revisions {
    std::string now;
    std::set<std::string> left;
  };
  std::map<std::string, Revisions> revisions_;              // by "app.NAME.revision"
  std::map<std::string, std::deque<RunTime>> last_writes_;  // of the last minute, by object
  std::set<std::string> looping_;                           // told already
  std::vector<std::string> complaints_;
  std::uint64_t writes_ = 0;
};

}  // namespace spokelab::harness
