// Sweep: many seeds of one scenario, counted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/run_time.h"
#include "reports/run.h"
#include "reports/terminal.h"

namespace spokelab::reports {

/// The values of one timing over all seeds.
struct SweptTiming {
  std::string name;            ///< "prod-lost failover".
  std::vector<Nanos> values;   ///< Sorted.
  std::uint64_t missing = 0;   ///< Seeds in which it never happened.
};

struct SweptFailure {
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::failed;
  std::string reason;
  std::string replay;  ///< The command that plays it again.
};

struct Sweep {
  std::string scenario;
  std::string file;
  std::uint64_t seeds = 0;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t inconclusive = 0;
  std::vector<SweptTiming> timings;
  std::vector<SweptFailure> failures;  ///< By seed.
  Nanos wall{0};                       ///< Real time.
};

std::string to_text(const Sweep& sweep, const TerminalOptions& options);
std::string to_json(const Sweep& sweep);
std::string to_html(const Sweep& sweep);

}  // namespace spokelab::reports
