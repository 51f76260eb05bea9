// The objects a chart's templates see beside .Values: .Chart, .Capabilities, .Files.
#pragma once

#include <string>
#include <vector>

#include "hub/gotemplate/value.h"
#include "hub/helm/chart_parts.h"
#include "hub/helm/render.h"

namespace spokelab::hub::helm {

gotemplate::Value chart_object(const Chart::Parts& parts, bool root);
gotemplate::Value capabilities_object(const Capabilities& capabilities);
/// `files` must outlive the value's use.
gotemplate::Value files_object(const std::map<std::string, FileRef>& files);
/// "v1.33.4" of "1.33.4", "v1.33.4" or "1.33".
std::string normal_kube_version(std::string_view version);

}  // namespace spokelab::hub::helm
