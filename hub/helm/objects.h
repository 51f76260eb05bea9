// The objects a chart's templates see beside .Values: .Chart, .Capabilities, .Files.
#pragma once

#include <string>
#include <vector>

#include "hub/gotemplate/value.h"
#include "hub/helm/render.h"
#include "hub/helm/values/instance.h"

namespace spokelab::hub::helm {

gotemplate::Value chart_object(const Instance& chart, bool root);
gotemplate::Value capabilities_object(const Capabilities& capabilities);
/// `files` must outlive the value's use.
gotemplate::Value files_object(const std::map<std::string, FileRef>& files);

}  // namespace spokelab::hub::helm
