// Rendering: from parameter sets and a template to Applications.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/appset/application_set.h"
#include "hub/appset/generators/generator.h"

namespace spokelab::hub {

/// Why an ApplicationSet could not be made into Applications: a condition's reason and message.
struct GenerationFailure {
  std::string reason;  ///< "ApplicationGenerationFromParamsError" or "RenderTemplateParamsError".
  Error error;
};

using Applications = boost::system::result<std::vector<Json>, GenerationFailure>;

/// All Applications of the set, in generator order, with metadata.namespace, finalizers and an
/// owner reference set. The first error ends it: none are given then
/// (applicationset/controllers/template, GenerateApplications).
Applications make_applications(const ApplicationSet& set, const GeneratorScope& scope);

/// Drops empty blocks and fills in the project, so that what is written twice compares equal
/// (util/argo, NormalizeApplicationSpec).
void normalize_application(Json& app);

[[noreturn]] void throw_exception_from_error(const GenerationFailure& failure,
                                             const boost::source_location& where);

}  // namespace spokelab::hub
