// Protobuf: objects as typed clients send them, translated by the one schema table.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"
#include "kube/schema.h"

namespace spokelab::kube {

inline constexpr const char* kProtobufType = "application/vnd.kubernetes.protobuf";

/// A whole body: the magic "k8s\0", then runtime.Unknown, which names the kind of what it carries.
/// As JSON it has apiVersion and kind. Zero values that Go writes although they mean "absent" are
/// left out. Errors: bad_input (not that format, broken, text that is no UTF-8); unsupported (a
/// kind that the table does not know); limit (nested deeper than 100).
Result<Json> decode_protobuf(std::string_view body);

/// One message of a type, without an envelope. Errors: as above.
Result<Json> decode_message(const SchemaType& type, std::string_view bytes);

/// The body that a server answers with. Fields that the table does not know are left out. Errors:
/// unsupported (a kind that the table does not know); bad_input (a value that does not fit).
Result<std::string> encode_protobuf(const Json& object);

/// One event of a watch, as it stands in the stream: its length in four bytes, then
/// meta.WatchEvent, whose object is a whole body. Errors: as above.
Result<std::string> encode_watch_event(const Json& event);

}  // namespace spokelab::kube
