// ApplicationType: the fields of Argo CD's Application as its Go types have them.
#pragma once

#include "base/error.h"
#include "base/json_fwd.h"
#include "kube/schema.h"

namespace spokelab::hub {

/// What strategic merge needs to know of an Application: only finalizers and owner references
/// merge, all other lists are replaced (metav1.ObjectMeta, pkg/apis/application/v1alpha1/types.go).
const kube::SchemaType& application_merge_type();

/// Whether a document decodes into an Application; unknown fields do. Errors: bad_input, worded as
/// encoding/json words the first wrong value: `json: cannot unmarshal number into Go struct field
/// ApplicationSpec.spec.project of type string`.
Result<void> decodes_as_application(const Json& document);

/// Strategic merge knows no fields inside of what is any JSON (helm.valuesObject): an object or
/// list in there that stands on both sides is an error, as in apimachinery. Errors: bad_input
/// `unable to find api field in struct RawExtension for the json field "image"`.
Result<void> merges_into_application(const Json& app, const Json& patch);

}  // namespace spokelab::hub
