// From rendered text to objects in install order, and back to the text that `helm template` prints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "hub/helm/render.h"

namespace spokelab::hub::helm {

/// The documents of one file, without the lines between them, as `(?:^|\s*\n)---\s*` splits.
std::vector<std::string_view> split_documents(std::string_view text);

/// Splits files (by path) into documents, reads them, drops manifests with unknown hooks (and says
/// so in `warnings`), and sorts: by kind in Helm's InstallOrder, hooks behind. Source: helm
/// pkg/releaseutil. Errors: bad_input "YAML parse error on <file>: ...".
Result<std::vector<Manifest>> split_manifests(const RenderedFiles& files,
                                              std::vector<std::string>& warnings);

struct PrintOptions {
  bool hooks = true;
  bool tests = true;
  /// Patterns of template paths below the chart ("templates/*.yaml"); empty: all.
  std::vector<std::string> show_only{};
};

/// The text that `helm template` prints. Errors: not_found `could not find template X in chart`.
Result<std::string> print_manifests(const std::vector<Manifest>& manifests,
                                    const PrintOptions& options);

}  // namespace spokelab::hub::helm
