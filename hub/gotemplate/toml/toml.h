// TOML out and in, for Helm's toToml and fromToml.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

/// As the BurntSushi encoder prints it: tables after plain keys, each level indented by two.
/// Errors: bad_input for what TOML cannot hold (nil in a list, a list of tables without a key).
Result<std::string> write_toml(const Value& value);
/// A document as a map; whole numbers become int64. Errors: bad_input with line and column.
Result<Value> read_toml(std::string_view text);

}  // namespace spokelab::hub::gotemplate
