// LoadedFile: a scenario file that is ready to be played, or all that is wrong with it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/assets.h"
#include "harness/scenario/load.h"

namespace spokelab::harness {

struct LoadedFile {
  Loaded loaded;
  std::vector<std::shared_ptr<const Assets>>
      assets;  ///< Of each case; empty when anything is wrong.
  bool ok() const noexcept { return !assets.empty(); }
};

/// How the command line reads scenarios: settings of the hub are judged by the hub's own table.
LoadOptions load_options();
/// The same, with mistakes planted in the hub of every case ("watch-gap, deaf-probe"; empty: none).
LoadOptions load_options(const std::string& plant);
/// Whether there are such plants; a word to stderr where there are not. Empty is fine.
bool known_plant(const std::string& plant);

/// One case of a file, by the name of its variant; the only one where that is empty. nullopt after
/// a word to stderr, which lists those that there are.
std::optional<std::size_t> choose_case(const LoadedFile& file, const std::string& path,
                                       const std::string& variant);

/// Reads a scenario and its assets, and prints every diagnostic to stderr; without `warnings` only
/// what is wrong.
LoadedFile load_file(const std::string& path, bool colour, bool warnings = true,
                     const std::string& plant = "");

/// The same, without a word: what is wrong is in the result. Mistakes in the files that the
/// scenario names are in `beside`, a line each.
LoadedFile load_file_quietly(const std::string& path, std::vector<std::string>& beside);

/// The same for a text that stands in no file, and of which nobody wants warnings.
LoadedFile load_text(const std::string& name, std::string text, bool colour,
                     const std::string& plant = "");

}  // namespace spokelab::harness
