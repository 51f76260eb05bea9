// LifeCycles: how pods live, as data: rules that say how long each stage takes and what may go
// wrong.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/rng.h"
#include "fakeapi/cluster/settings.h"

namespace spokelab::fakeapi {

/// Which pods are meant. Empty members select everything; `*` in ns, name and image stands for any
/// text.
struct PodSelector {
  std::string kind;  ///< Kind of the controller: "ReplicaSet", "StatefulSet", "Job"; "Pod": none.
  std::string ns;
  std::string name;
  std::map<std::string, std::string> labels;
  std::string image;  ///< Of any container; for a rule: of the container in question.
};

/// What becomes of a container, by relative weights. Drawn at every pull and every start.
struct OutcomeWeights {
  std::uint32_t ok = 1;
  std::uint32_t crash = 0;      ///< Exits with `exit_code` after `crash_after`.
  std::uint32_t pull_fail = 0;  ///< Its image cannot be pulled.
  std::uint32_t unready = 0;    ///< Runs, but its readiness probe never succeeds.
  std::uint32_t hang = 0;       ///< Runs, but answers no probe: liveness probes restart it.
  bool all_zero() const {
    return ok == 0 && crash == 0 && pull_fail == 0 && unready == 0 && hang == 0;
  }
};

/// One rule. Members left out are taken from earlier rules, in the end from the defaults.
struct LifeCycleRule {
  std::string name;  ///< For remove().
  PodSelector selects;
  std::optional<DelayRange> schedule;  ///< From creation until bound to a node.
  std::optional<DelayRange> pull;      ///< Per image and node; afterwards it is cached there.
  std::optional<DelayRange> start;     ///< Until the container runs.
  std::optional<DelayRange> ready;     ///< From then until its readiness probe would succeed.
  std::optional<DelayRange> run;       ///< How long a container that ends by itself (Jobs) runs.
  std::optional<DelayRange> crash_after;
  std::optional<DelayRange> terminate;  ///< From SIGTERM until it has ended.
  std::optional<OutcomeWeights> outcome;
  std::optional<int> exit_code;  ///< Of a crash; 137 counts as out of memory.
};

/// All stages of one container, with every member known.
struct LifeCycle {
  DelayRange schedule{std::chrono::milliseconds(5), std::chrono::milliseconds(50)};
  DelayRange pull{std::chrono::milliseconds(200), std::chrono::milliseconds(1500)};
  DelayRange start{std::chrono::milliseconds(100), std::chrono::milliseconds(800)};
  DelayRange ready{std::chrono::milliseconds(500), std::chrono::milliseconds(3000)};
  DelayRange run{std::chrono::milliseconds(500), std::chrono::milliseconds(5000)};
  DelayRange crash_after{std::chrono::milliseconds(300), std::chrono::milliseconds(2000)};
  /// Longer than endpoints take to drop the pod: servers drain before they exit.
  DelayRange terminate{std::chrono::milliseconds(600), std::chrono::milliseconds(2000)};
  bool run_set = false;  ///< Somebody said so: then the container's own command does not count.
  OutcomeWeights outcome;
  std::string outcome_rule;  ///< The rule that says so; "" when none does.
  int exit_code = 1;
};

enum class Outcome { ok, crash, pull_fail, unready, hang };

/// True when the selector means this pod; `image` empty: any container's image counts.
bool selects_pod(const PodSelector& selector, const Json& pod, std::string_view image = "");

Nanos draw(Rng& rng, const DelayRange& range);
Outcome draw(Rng& rng, const OutcomeWeights& weights);

/// How pods live: by default, by what they say of themselves in annotations, and by the rules, of
/// which later ones cover earlier ones. Annotations are "lab.spokelab.dev/" and schedule, pull,
/// start, ready, run, crash-after or terminate with a span or a range ("2s", "1s..5s"); outcome
/// with names and weights ("crash", "ok=3,unready=1"); exit-code with a number. An annotation that
/// cannot be read counts for nothing (see check_annotations). Rules may come and go while the
/// cluster runs; a stage sees the rules of the instant at which it begins.
class LifeCycles {
 public:
  static constexpr std::size_t kRulesMax = 1000;
  static constexpr std::string_view kAnnotations = "lab.spokelab.dev/";

  /// A rule of the same name is replaced; a new one goes on top. Errors: bad_input for a range that
  /// ends before it begins or is negative, or weights that are all zero; limit beyond kRulesMax.
  Result<void> add(LifeCycleRule rule);
  /// False when there is none of that name.
  bool remove(std::string_view name);
  LifeCycle of(const Json& pod, std::string_view image) const;
  /// What is wrong with a pod's annotations for its life cycle; "" when nothing is.
  static std::string check_annotations(const Json& pod);
  /// A container met a bad end because of this rule.
  void note_strike(const std::string& rule) {
    if (!rule.empty()) ++strikes_[rule];
  }
  /// How often that happened so far, with rules that are gone as well.
  std::uint64_t strikes(const std::string& rule) const;

 private:
  std::map<std::string, std::uint64_t> strikes_;
  std::vector<LifeCycleRule> rules_;
};

}  // namespace spokelab::fakeapi
