// The tables of built-in kinds.
#pragma once

#include <string_view>

#include "base/json_fwd.h"
#include "base/run_time.h"

namespace spokelab::fakeapi {

struct BuiltinTable {
  std::string_view group_resource;
  std::string_view columns;  ///< In the short form that table.cc reads.
  void (*print)(const Json& object, WallTime now, Json& cells);
};

/// nullptr for kinds that show name and age alone.
const BuiltinTable* builtin_table(std::string_view group_resource);

/// Cells of the kinds whose rows take more than a few lines.
void print_pod(const Json& pod, WallTime now, Json& cells);
void print_node(const Json& node, WallTime now, Json& cells);
void print_service(const Json& service, WallTime now, Json& cells);
void print_autoscaler(const Json& autoscaler, WallTime now, Json& cells);

}  // namespace spokelab::fakeapi
