// The validator: a tree against the table, and every reference in it against what the tree
// declares.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "harness/scenario/load.h"
#include "harness/scenario/reading/names.h"
#include "harness/scenario/schema.h"

namespace spokelab::harness {

struct ValidationContext {
  const Sources& sources;
  const Files& files;
  const KnownNames& names;
  const LoadOptions& options;
  Diagnostics& diagnostics;
};

/// Checks `node` against `schema`; `label` is its key in messages. Everything found is reported.
void validate(const YamlNode& node, const SchemaNode& schema, const std::string& label,
              const ValidationContext& context);

/// A path written in file number `file`, relative to the directory of that file.
std::string resolve_path(const Sources& sources, std::uint32_t file, std::string_view written);

}  // namespace spokelab::harness
