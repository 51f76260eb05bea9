// Tables: objects as rows of cells, as kubectl asks for them (meta.k8s.io/v1 Table).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"

namespace spokelab::fakeapi {

struct Column {
  std::string name;
  std::string type = "string";  ///< "string", "integer", "boolean", "date", "number".
  std::string format;           ///< "name" for the object's name.
  std::string description;
  int priority = 0;  ///< > 0: shown by wide output only.
  std::string path;  ///< JSONPath of the cell, for custom resources.
};

/// How one kind is printed. Columns and cells of built-in kinds are those of
/// k8s.io/kubernetes/pkg/printers/internalversion.
class TablePrinter {
 public:
  static TablePrinter of(const ServedKind& kind);
  const std::vector<Column>& columns() const noexcept { return columns_; }
  Json cells(const Json& object, WallTime now) const;
  /// Marks of the row: a pod that has ended is "Completed".
  Json conditions(const Json& object) const;

 private:
  using Cells = void (*)(const Json& object, WallTime now, Json& cells);
  std::vector<Column> columns_;
  Cells print_ = nullptr;  // nullptr: by the columns' paths
  bool pods_ = false;
};

/// What a row carries besides its cells, as the query parameter includeObject says.
enum class IncludeObject : std::uint8_t { none, metadata, whole };

/// {kind: Table} of objects as they are stored. `list_metadata` is that of the list, or of the one
/// object.
Json make_table(const ServedKind& kind, const TablePrinter& printer,
                const std::vector<JsonRef>& stored, Json list_metadata, IncludeObject include,
                WallTime now, bool with_columns = true);

/// The object with its metadata alone.
Json partial_metadata(const Json& object);

/// "5d3h": the time since a timestamp as `kubectl get` shows it; "<unknown>" without one.
std::string age_of(const std::string& timestamp, WallTime now);
/// As duration.HumanDuration: at most two units, ever coarser.
std::string human_duration(Nanos span);

}  // namespace spokelab::fakeapi
