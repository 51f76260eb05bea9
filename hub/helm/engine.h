// Running the templates of a chart and its subcharts.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/helm/render.h"
#include "hub/helm/values/instance.h"

namespace spokelab::hub::helm {

/// Every file under templates/ but partials, by path. `values` are complete. Errors: bad_input,
/// `parse error at (...)` and `execution error at (...)` among them; limit. `warnings` hear of
/// chance and the time of day. Source: helm pkg/engine/engine.go.
Result<RenderedFiles> run_templates(const Instance& chart, const Json& values,
                                    const RenderOptions& options,
                                    std::vector<std::string>& warnings);

}  // namespace spokelab::hub::helm
