// OpenAPI documents, generated from what is served.
#pragma once

#include <string>
#include <string_view>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"

namespace spokelab::fakeapi {

/// The one document of version 2, with every group.
Json openapi_v2_document(const ServedKinds& kinds, const std::string& server_version);
/// The document of one group and version in version 3; null when nothing is served there.
Json openapi_v3_document(const ServedKinds& kinds, std::string_view group, std::string_view version,
                         const std::string& server_version);
/// A version 2 document as gnostic's protobuf message (google/gnostic openapiv2/OpenAPIv2.proto):
/// its definitions, and of its paths the patch operations, by which clients tell what a server can
/// do.
std::string gnostic_protobuf(const Json& document);

}  // namespace spokelab::fakeapi
