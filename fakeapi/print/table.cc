// Rows around the cells.
#include "fakeapi/print/table.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/conversion.h"
#include "fakeapi/print/builtin.h"
#include "fakeapi/print/json_path.h"

namespace spokelab::fakeapi {

namespace {

/// "Name%,Ready,Age,IP*,Desired:i": '%' the name, '*' wide only, ":i" integer, ":b" boolean,
/// ":d" date.
std::vector<Column> read_columns(std::string_view text) {
  std::vector<Column> columns;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    Column column;
    if (word.ends_with('*')) {
      column.priority = 1;
      word.remove_suffix(1);
    }
    if (word.ends_with('%')) {
      column.format = "name";
      word.remove_suffix(1);
    }
    if (word.size() > 2 && word[word.size() - 2] == ':') {
      const char type = word.back();
      column.type = type == 'i' ? "integer" : type == 'b' ? "boolean" : "date";
      word.remove_suffix(2);
    }
    column.name = std::string(word);
    columns.push_back(std::move(column));
  }
  return columns;
}

Column name_column() {
  Column column;
  column.name = "Name";
  column.format = "name";
  column.path = ".metadata.name";
  return column;
}

Column age_column() {
  Column column;
  column.name = "Age";
  column.type = "date";
  column.path = ".metadata.creationTimestamp";
  return column;
}

std::vector<Column> custom_columns(const ServedKind& kind) {
  std::vector<Column> columns{name_column()};
  const Json* versions = find(*kind.custom->definition, {"spec", "versions"});
  for (const Json& version : *versions) {
    if (text_at(version, {"name"}) != kind.type().version) continue;
    const Json* given = find(version, {"additionalPrinterColumns"});
    if (given == nullptr || !given->is_array() || given->empty()) break;
    for (const Json& one : *given) {
      Column column;
      column.name = text_at(one, {"name"});
      column.type = text_at(one, {"type"});
      column.format = text_at(one, {"format"});
      column.description = text_at(one, {"description"});
      column.priority = static_cast<int>(int_at(one, {"priority"}));
      column.path = text_at(one, {"jsonPath"});
      columns.push_back(std::move(column));
    }
    return columns;
  }
  columns.push_back(age_column());
  return columns;
}

/// A value found by a column's path, in the form of its type (apiextensions tableconvertor).
Json custom_cell(const Column& column, const Json& object, WallTime now) {
  if (column.path == ".metadata.name") return text_at(object, {"metadata", "name"});
  const auto values = json_path_values(object, column.path);
  if (values.empty() || values[0]->is_null()) return nullptr;
  const Json& value = *values[0];
  if (column.type == "integer") {
    if (value.is_number_integer()) return value;
    if (value.is_number_float()) return static_cast<std::int64_t>(value.get<double>());
    return nullptr;
  }
  if (column.type == "number") {
    if (value.is_number()) return value;
    return nullptr;
  }
  if (column.type == "boolean") {
    if (value.is_boolean()) return value;
    return nullptr;
  }
  if (column.type == "string") return json_path_text(values);
  if (column.type != "date") return nullptr;
  if (!value.is_string()) return nullptr;
  const auto& text = value.get_ref<const std::string&>();
  return parse_rfc3339(text) ? age_of(text, now) : "<invalid>";
}

}  // namespace

TablePrinter TablePrinter::of(const ServedKind& kind) {
  TablePrinter printer;
  if (kind.custom) {
    printer.columns_ = custom_columns(kind);
    return printer;
  }
  const auto& type = kind.type();
  if (const BuiltinTable* table = builtin_table(type.group_resource())) {
    printer.columns_ = read_columns(table->columns);
    printer.print_ = table->print;
    printer.pods_ = type.group_resource() == "pods";
  } else {
    printer.columns_ = {name_column(), age_column()};
  }
  return printer;
}

Json TablePrinter::cells(const Json& object, WallTime now) const {
  Json cells = Json::array();
  if (print_ != nullptr) {
    print_(object, now, cells);
  } else {
    for (const Column& column : columns_) cells.push_back(custom_cell(column, object, now));
  }
  return cells;
}

Json TablePrinter::conditions(const Json& object) const {
  if (!pods_) return nullptr;
  const std::string phase = text_at(object, {"status", "phase"});
  if (phase != "Succeeded" && phase != "Failed") return nullptr;
  return Json::array({{{"type", "Completed"},
                       {"status", "True"},
                       {"reason", phase},
                       {"message", phase == "Failed" ? "The pod failed."
                                                     : "The pod has completed successfully."}}});
}

Json partial_metadata(const Json& object) {
  const Json* metadata = find(object, {"metadata"});
  return Json{{"kind", "PartialObjectMetadata"},
              {"apiVersion", "meta.k8s.io/v1"},
              {"metadata", metadata != nullptr ? *metadata : Json::object()}};
}

Json make_table(const ServedKind& kind, const TablePrinter& printer,
                const std::vector<JsonRef>& stored, Json list_metadata, IncludeObject include,
                WallTime now, bool with_columns) {
  Json table = Json::object();
  table["kind"] = "Table";
  table["apiVersion"] = "meta.k8s.io/v1";
  table["metadata"] = std::move(list_metadata);
  Json& columns = table["columnDefinitions"] = with_columns ? Json::array() : Json(nullptr);
  for (const Column& column : printer.columns()) {
    if (!with_columns) break;
    columns.push_back({{"name", column.name},
                       {"type", column.type},
                       {"format", column.format},
                       {"description", column.description},
                       {"priority", column.priority}});
  }
  Json& rows = table["rows"] = Json::array();
  for (const JsonRef& object : stored) {
    Json& row = rows.emplace_back(Json::object());
    row["cells"] = printer.cells(*object, now);
    if (Json marks = printer.conditions(*object); !marks.is_null())
      row["conditions"] = std::move(marks);
    switch (include) {
      case IncludeObject::none:
        row["object"] = nullptr;
        break;
      case IncludeObject::metadata:
        row["object"] = partial_metadata(*object);
        break;
      case IncludeObject::whole:
        row["object"] = *to_served(kind, object);
        break;
    }
  }
  return table;
}

std::string human_duration(Nanos span) {
  using std::chrono::duration_cast;
  const auto seconds = duration_cast<std::chrono::seconds>(span).count();
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  const auto two = [](std::int64_t big, char big_unit, std::int64_t small, char small_unit) {
    return small == 0 ? fmt::format("{}{}", big, big_unit)
                      : fmt::format("{}{}{}{}", big, big_unit, small, small_unit);
  };
  const auto minutes = seconds / 60;
  const auto hours = minutes / 60;
  const auto days = hours / 24;
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return fmt::format("{}m", minutes);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return fmt::format("{}h", hours);
  if (hours < 192) return two(days, 'd', hours % 24, 'h');
  if (days < 730) return fmt::format("{}d", days);
  if (days < 2'920) return two(days / 365, 'y', days % 365, 'd');
  return fmt::format("{}y", days / 365);
}

std::string age_of(const std::string& timestamp, WallTime now) {
  if (timestamp.empty()) return "<unknown>";
  const auto at = parse_rfc3339(timestamp);
  return at ? human_duration(now - *at) : "<invalid>";
}

}  // namespace spokelab::fakeapi
