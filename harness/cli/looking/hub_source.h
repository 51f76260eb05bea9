// HubSource: the hub that a looking command speaks of: one that is up, or one of a run that was
// kept.
#pragma once

#include <functional>
#include <optional>

#include "base/json_fwd.h"
#include "harness/cli/commands.h"
#include "harness/run/lab.h"

namespace spokelab::harness {

/// One question, for both kinds of hub.
struct HubQuestion {
  Json request;                      ///< For the control socket of a fleet.
  std::function<Json(Lab&)> answer;  ///< In a run that is played again.
};

/// The answer, and `code` as the command's exit code. A run is played again up to the instant, and
/// compared with what was kept on the way: where it is another one, that is told and `code` is
/// kNotDeterministic, with the answer all the same. nullopt after a word to stderr.
std::optional<Json> ask_hub(const CommonOptions& common, const LookSource& source,
                            const HubQuestion& question, int& code);

}  // namespace spokelab::harness
