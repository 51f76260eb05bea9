// Directory sources: plain YAML and JSON files.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/repo.h"
#include "hub/app/application.h"

namespace spokelab::hub {

/// All objects in *.yaml, *.yml and *.json files of a folder, in the order of a walk by name; Lists
/// are taken apart. YAML that is no manifest is passed over, broken YAML only when it does not look
/// like one. Errors: bad_input `Failed to unmarshal "x.yaml": ...` (reposerver/repository,
/// findManifests); limit.
Result<std::vector<JsonRef>> directory_objects(const FileTree& tree, const std::string& path,
                                               const DirectoryOptions& options);

/// The objects of a YAML stream: empty documents are left out, Lists taken apart. Errors:
/// bad_input, among them `Object 'Kind' is missing in '{...}'`.
Result<std::vector<JsonRef>> manifest_objects(std::string_view yaml);
/// Adds one document to `objects`, as manifest_objects does.
Result<void> add_manifest(JsonRef document, std::vector<JsonRef>& objects);

inline constexpr std::size_t kObjectsMax = 50'000;  ///< In one source.

}  // namespace spokelab::hub
