// values.schema.json of a chart and its subcharts.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/helm/values/instance.h"

namespace spokelab::hub::helm {

/// Holds each chart's slice of the values against its schema. Errors: bad_input `values don't meet
/// the specifications of the schema(s) in the following chart(s):` and, for each chart, what is
/// wrong where. References that a network would be needed for go to `warnings`. Source: helm
/// pkg/chartutil/jsonschema.go.
Result<void> check_schemas(const Instance& chart, const Json& values,
                           std::vector<std::string>& warnings);

}  // namespace spokelab::hub::helm
