// load_scenario: from a file to scenarios that can be run, or to all that is wrong with it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "harness/scenario/diagnostic.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

/// The files a scenario may name.
class Files {
 public:
  virtual ~Files() = default;
  /// Errors: not_found; limit beyond 16 MiB.
  virtual Result<std::string> read(const std::string& path) const = 0;
  virtual bool is_file(const std::string& path) const = 0;
  virtual bool is_directory(const std::string& path) const = 0;
};
/// The files of this machine.
const Files& disk_files();

/// One value that was drawn: its path, what the author wrote, what came out.
struct Drawn {
  std::string path;
  std::string written;
  std::string value;
  Position at;
};

/// Where the values of a run of that seed are drawn from: what `resolve` and `decided` are given.
Rng seed_stream(std::uint64_t seed);

struct Resolved {
  Scenario scenario;
  std::vector<Drawn> drawn;  ///< In the order of the file.
};

/// A checked scenario whose values are not drawn yet: one combination of the matrix.
class ScenarioCase {
 public:
  ScenarioCase(std::string name, std::string variant, std::string verdict,
               std::optional<std::uint64_t> seed, YamlNode tree,
               std::shared_ptr<const Sources> sources);
  /// The scenario's name, with " [spokes=50,how=refused]" where there is a matrix.
  std::string title() const;
  const std::string& name() const noexcept { return name_; }
  const std::string& variant() const noexcept { return variant_; }
  /// What the file says that this case ends with: "passed", "failed" or "inconclusive".
  const std::string& verdict() const noexcept { return verdict_; }
  /// The file's own seed; `--seed` wins over it.
  std::optional<std::uint64_t> seed() const noexcept { return seed_; }
  /// Draws what is to be drawn, each value from its own stream of `rng`, named after its path: a
  /// new draw never shifts another. Same seed, same scenario.
  Resolved resolve(const Rng& rng) const;
  /// The same as a tree: nothing is left to be drawn in it. What was drawn is appended.
  YamlNode decided(const Rng& rng, std::vector<Drawn>& drawn) const;

  /// The same case as a swarm: each seed plays some of its faults, at strengths of its own (see
  /// draw_swarm).
  ScenarioCase as_swarm() const;
  bool is_swarm() const noexcept { return swarm_; }
  /// The file it comes from, and its modules.
  const Sources& sources() const noexcept { return *sources_; }

 private:
  std::string name_;
  std::string variant_;
  std::string verdict_;
  std::optional<std::uint64_t> seed_;
  YamlNode tree_;
  std::shared_ptr<const Sources> sources_;
  bool swarm_ = false;
};

struct LoadOptions {
  const Files* files = nullptr;  ///< Null: this machine's.
  /// Settings of the hub that count in every case, whatever the file says.
  std::map<std::string, std::string> hub_settings = {};
  /// Judges a setting of the hub: an empty answer is fine, any other text is what is wrong with it.
  std::function<std::string(std::string_view name, std::string_view value)> check_hub_setting = {};
};

struct Loaded {
  std::shared_ptr<const Sources> sources;  ///< What positions point into; the scenario is file 0.
  Diagnostics diagnostics;
  std::vector<ScenarioCase> cases;  ///< Empty when there are errors; more than one with a matrix.
  bool ok() const noexcept { return !diagnostics.has_errors(); }
};

/// Reads a scenario file and the modules it uses. Never fails otherwise than by diagnostics.
Loaded load_scenario(const std::string& path, const LoadOptions& options = {});
/// The same for a text that stands in no file; paths in it are relative to `path`'s directory.
Loaded load_scenario_text(const std::string& path, std::string text,
                          const LoadOptions& options = {});

}  // namespace spokelab::harness
