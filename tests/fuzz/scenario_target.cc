// Any text as a scenario file: it loads, and can be drawn and written out; or it says what is
// wrong.

#include <fmt/format.h>

#include "harness/scenario/load.h"
#include "harness/scenario/text/write.h"
#include "tests/fuzz/targets.h"

namespace spokelab::fuzz {

namespace {

/// Whatever file a scenario names is there; what is read of it is a module.
class AnyFile final : public harness::Files {
 public:
  Result<std::string> read(const std::string&) const override {
    return std::string(
        "module: any\nparameters: {victim: {type: name, default: prod}}\n"
        "faults: {$victim: {what: refused, on: $victim, at: 1m, for: 1m}}\n");
  }
  bool is_file(const std::string&) const override { return true; }
  bool is_directory(const std::string&) const override { return true; }
};

}  // namespace

std::string feed_scenario(std::string_view bytes) {
  static const AnyFile files;
  harness::LoadOptions options;
  options.files = &files;
  const auto loaded = harness::load_scenario_text("fuzzed/a.yaml", std::string(bytes), options);
  if (loaded.cases.empty() != loaded.diagnostics.has_errors())
    return "a file has cases and errors, or neither";
  for (const auto& one : loaded.diagnostics.all()) {
    if (one.at.line == 0) return "a diagnostic without a place: " + one.message;
  }
  static_cast<void>(harness::render(loaded.diagnostics, *loaded.sources));
  constexpr std::size_t kCases = 2;
  for (std::size_t i = 0; i < loaded.cases.size() && i < kCases; ++i) {
    const auto& one = loaded.cases[i];
    const auto rng = harness::seed_stream(i);
    static_cast<void>(one.resolve(rng));
    static_cast<void>(one.as_swarm().resolve(rng));
    std::vector<harness::Drawn> drawn;
    const auto text = harness::write_scenario(one.decided(rng, drawn), one.sources());
    const auto again = harness::load_scenario_text("fuzzed/b.yaml", text, options);
    if (!again.ok())
      return fmt::format("written out it does not load:\n{}\n{}", text,
                         harness::render(again.diagnostics, *again.sources));
  }
  return {};
}

}  // namespace spokelab::fuzz
