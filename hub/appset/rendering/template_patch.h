// TemplatePatch: `templatePatch` of an ApplicationSet, laid over a rendered Application.
#pragma once

#include <string>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/appset/rendering/template.h"

namespace spokelab::hub {

/// Renders `patch` over `params` and merges it strategically into `app`, whose project stays as it
/// is (applicationset/controllers/template/patch.go). Errors: bad_input, worded as Argo CD's:
/// `error replacing values in templatePatch: ...`, `error while converting template to json "...":
/// ...`, `invalid templatePatch "...": ...`, `error while applying templatePatch template to json
/// "...":
/// ...`.
Result<void> apply_template_patch(Json& app, const std::string& patch, const Json& params,
                                  const TemplateDialect& dialect);

}  // namespace spokelab::hub
