// values.schema.json of a chart and its subcharts.
#include "hub/helm/schema/chart_schemas.h"

#include <fmt/format.h>

#include "hub/helm/schema/schema.h"

namespace spokelab::hub::helm {

namespace {

std::string problems_of(const Instance& chart, const Json& values,
                        std::vector<std::string>& warnings) {
  std::string out;
  if (const auto& schema = chart.parts->schema) {
    const Result<void> good = *schema ? (*schema)->check(values) : schema->error();
    // A schema that cannot be used has no line end in Helm's message, one that refuses values has.
    if (!good) {
      out += fmt::format("{}:\n{}{}", chart.name(), good.error().message(), *schema ? "\n" : "");
    } else {
      for (const std::string& url : (*schema)->remote_references()) {
        warnings.push_back(fmt::format(
            "values.schema.json of {} refers to {}: it is not looked at, there is no network",
            chart.name(), url));
      }
    }
  }
  for (const auto& sub : chart.subcharts) {
    const auto slice = values.find(sub->name());
    if (slice == values.end() || !slice->is_object()) continue;
    out += problems_of(*sub, *slice, warnings);
  }
  return out;
}

}  // namespace

Result<void> check_schemas(const Instance& chart, const Json& values,
                           std::vector<std::string>& warnings) {
  const std::string problems = problems_of(chart, values, warnings);
  if (problems.empty()) return {};
  return Error(Errc::bad_input,
               "values don't meet the specifications of the schema(s) in the "
               "following chart(s):\n" +
                   problems);
}

}  // namespace spokelab::hub::helm
