// Templates of ApplicationSets: parameters put into every string of a document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub {

/// How strings with `{{...}}` are read: fasttemplate (the default) or Go templates (`goTemplate:
/// true`).
struct TemplateDialect {
  bool go = false;
  std::vector<std::string> options;  ///< `goTemplateOptions`: "missingkey=error" and the like.
};

/// One string. `params` is a JSON object; in fasttemplate mode its keys are looked up as they are
/// written
/// ("metadata.labels.env") and only texts are put in; what is not found stays as it stands, never
/// an error. Errors: bad_input, worded as Argo CD's (`invalid template: Cannot find end tag="}}"
/// ...`).
Result<std::string> render_text(std::string_view text, const Json& params,
                                const TemplateDialect& dialect);

/// Every string of a document, keys of maps included; keys whose value is null are dropped
/// (applicationset/utils, RenderTemplateParams). Errors: as render_text.
Result<Json> render_document(const Json& document, const Json& params,
                             const TemplateDialect& dialect);

/// A Go template over `params`, with the functions that ApplicationSets have. Errors: bad_input.
Result<std::string> render_go(std::string_view text, const Json& params,
                              const std::vector<std::string>& options);

/// A generator's template laid over the ApplicationSet's: what is not empty in `over` wins, maps
/// are merged key by key, lists are replaced.
Json merge_template(const Json& over, const Json& base);

/// As a cluster name is made fit for object names: lower case, others than [-a-z0-9.] become "-",
/// at most 253 bytes, no "-" or "." at the ends.
std::string normalize_name(std::string_view text);

}  // namespace spokelab::hub
