// The text of the type table; only schema.cc reads it.
#pragma once

#include <initializer_list>

namespace spokelab::kube {

/// Parts of one text in the grammar described in schema_data.cc.
extern const std::initializer_list<const char*> kSchemaText;

}  // namespace spokelab::kube
