// From client-side to server-side apply: whose fields are whose.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_fwd.h"

namespace spokelab::hub {

/// Whether metadata.managedFields has an entry of that manager.
bool has_field_manager(const Json& object, std::string_view manager);

/// The JSON patch that gives `manager`, which applies at the server's side, the fields of those who
/// own the last-applied annotation by updates: they applied at the client's, and what they set is
/// to go when it is not applied any more (client-go csaupgrade, as kubectl calls it). nullopt:
/// there is nobody.
std::optional<Json> fields_handed_over(const Json& object, std::string_view manager);

}  // namespace spokelab::hub
