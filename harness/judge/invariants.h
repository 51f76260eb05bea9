// Invariants: what must hold in every run, whatever the scenario says.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/history.h"
#include "base/run_time.h"
#include "harness/judge/rules/blast_radius.h"
#include "harness/judge/rules/deletes.h"
#include "harness/judge/rules/load.h"
#include "harness/judge/rules/retries.h"
#include "harness/judge/rules/waves.h"

namespace spokelab::harness {

/// What the history does not tell and the rules ask for. Everything may be left out.
struct InvariantFacts {
  /// Where an Application's manifests come from, by its own spec, as a text to compare: another
  /// text excuses an older revision.
  std::function<std::string(const std::string& app)> sources_of = {};
  /// Faults that strike nothing but spokes, and which (BlastRadius).
  std::map<std::string, std::set<std::string>> confined = {};
  /// Steps, by the names of their events, that change what is wanted (UnaskedDeletes).
  std::set<std::string> intents = {};
  RetryFacts retries = {};
};

/// Watches the history and may only complain.
///
/// - One writer: of all hub replicas, only the one that owns a cluster writes to it.
/// - Revisions run forwards: an application does not go back to a commit that it had left, unless
///   its own spec names other sources now, or a person has touched Applications or ApplicationSets.
/// - No write loops: the hub does not write one object again and again without a pause. Where
///   somebody else writes it as often, the hub may follow; an ApplicationSet's status may follow
///   every write to an Application.
/// - No deletion that nobody asked for (UnaskedDeletes), no harm beyond what is struck
///   (BlastRadius), no storm of requests (BoundedLoad), no wave before its turn (WaveOrder), no
///   retry too many (BoundedRetries).
class Invariants {
 public:
  static constexpr std::size_t kComplaintsMax = 10;
  /// More writes than this to one object within a minute are a loop: of a spoke, of the hub's own
  /// cluster.
  static constexpr std::size_t kSpokeWritesMax = 60;
  static constexpr std::size_t kHubWritesMax = 300;
  /// What an owner has sent may arrive so much after the cluster has gone to another, as long as
  /// that one has not written yet.
  static constexpr Nanos kInFlight = std::chrono::seconds(15);
  /// So many writes of the hub more for each that others make.
  static constexpr std::size_t kWritesForOthers = 3;

  explicit Invariants(InvariantFacts facts = {});
  Invariants(const Invariants&) = delete;  // its rules point to it

  void apply(const Event& event);
  /// A breach that only its finder can tell of.
  void complain(std::string text);
  UnaskedDeletes& deletes() noexcept { return deletes_; }
  BlastRadius& blast_radius() noexcept { return blast_radius_; }
  BoundedLoad& load() noexcept { return load_; }
  WaveOrder& waves() noexcept { return waves_; }
  /// One sentence for each breach, at most kComplaintsMax.
  const std::vector<std::string>& complaints() const noexcept { return complaints_; }
  /// How many writes to spokes were looked at.
  std::uint64_t writes() const noexcept { return writes_; }

 private:
  void on_revision(const Event& event);
  void on_object(const Event& event);
  void check_owner(const Event& event, const std::string& writer);
  void check_pace(const Event& event, const std::string& writer);

  InvariantFacts facts_;
  std::vector<std::string> complaints_;
  UnaskedDeletes deletes_;
  BlastRadius blast_radius_;
  BoundedLoad load_;
  WaveOrder waves_;
  BoundedRetries retries_;
  struct Ownership {
    std::string owner;
    std::string before;    // who owned it last
    RunTime since{};       // of the last change
    bool written = false;  // by the owner, since then
  };
  std::map<std::string, Ownership> owners_;  // by cluster
  struct Revisions {
    std::string now;
    std::string sources;
    std::set<std::string> left;
  };
  std::map<std::string, Revisions> revisions_;  // by "app.NAME.revision"
  struct Pace {
    std::deque<RunTime> hub;  // of the last minute
    std::deque<RunTime> others;
  };
  std::map<std::string, Pace> paces_;  // by object
  std::deque<RunTime> app_writes_;     // the hub's, to any Application, of the last minute
  std::set<std::string> looping_;      // told already
  std::uint64_t writes_ = 0;
};

}  // namespace spokelab::harness
