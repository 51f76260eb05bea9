// What an event says, in words for a person. The terminal, the pages and the Markdown share them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/history.h"

namespace spokelab::reports {

/// How news is to be taken. Shown by a sign and a word as well as by a colour.
enum class Tone { quiet, good, bad, warn, fault };

/// The segments of an event's subject; names of Applications, Deployments and objects may hold
/// dots, they come back as one segment.
std::vector<std::string> subject_parts(std::string_view subject);

/// How a value of a state, belief or truth is to be taken: "Healthy" is good, "Degraded" bad,
/// "Unknown" a warning, what nobody can tell is quiet.
Tone tone_of(std::string_view value);

/// One event in words.
struct Telling {
  std::string what;  ///< "the hub calls prod Failed"; clean text, without the event's message.
  Tone tone = Tone::quiet;
  /// Whether a person who watches the run wants to see it: probes, single writes and counts are not
  /// told.
  bool worth = false;
};
Telling tell(const Event& event);

/// The number of that name, or the fallback.
std::int64_t number_of(const Event& event, std::string_view name, std::int64_t fallback = 0);

}  // namespace spokelab::reports
