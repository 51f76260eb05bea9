// Merging values down the chart tree.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/helm/values/instance.h"

namespace spokelab::hub::helm {

/// What becomes of null in the table that wins: `coalesce` deletes the key, `merge` keeps it.
enum class Nulls { coalesce, merge };

/// `over` wins over `under`: tables merge, all else stays as it is in `over`.
void coalesce_tables(Json& over, const Json& under, Nulls nulls);

/// `values` over the chart's own, for the chart and all its subcharts; globals go down. Errors:
/// bad_input `type mismatch on sub: ...`. Source: helm pkg/chartutil/coalesce.go.
Result<void> coalesce(const Instance& chart, Json& values, Nulls nulls);

/// The table at "a.b.c" of `values`, or nullptr.
const Json* table_at(const Json& values, std::string_view path);

}  // namespace spokelab::hub::helm
