// What sweeps end with: printed, written, and turned into an exit code. `sweep` and `merge` share
// it.
#pragma once

#include <span>
#include <string>

#include "harness/cli/commands.h"
#include "reports/sweeps/sweep.h"

namespace spokelab::harness {

/// The exit code of a sweep's verdicts.
int code_of(const reports::Sweep& sweep);

/// Prints sweeps as `output` says ("text" or "json").
void print_sweeps(const CommonOptions& common, std::span<const reports::Sweep> sweeps,
                  const std::string& output);

/// Writes NAME.json and NAME.html for each sweep: "sweep", with its variant where there are
/// several, and with `suffix`. False when something could not be written.
bool write_sweeps(const std::string& directory, std::span<const reports::Sweep> sweeps,
                  const std::string& suffix);

}  // namespace spokelab::harness
