// Simpler values: what a time, a share or a number may be replaced with, so that a scenario is
// easier to read and quicker to play.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/schema.h"

namespace spokelab::harness {

/// Texts for a value of that row, simplest first, each simpler than `text`; empty where it is as
/// simple as can be, or is no quantity. Times are round (1s, 2s, 5s, ... 30s, 1m, ...) and shorter,
/// or the same time without its odd seconds; numbers and rates are smaller; shares are whole tens.
std::vector<std::string> simpler_values(const Field& field, std::string_view text);

/// The next round time that is longer; empty for a round one, and for what is no time.
std::vector<std::string> rounder_values(const Field& field, std::string_view text);

/// Whether a span is one that people write: 1, 2, 3, 5 or 10 of a unit and so on.
bool is_round(std::string_view duration);

}  // namespace spokelab::harness
