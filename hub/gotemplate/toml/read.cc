// Reading TOML, by toml++.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include "hub/gotemplate/time_format.h"
#include "hub/gotemplate/toml/toml.h"

namespace spokelab::hub::gotemplate {

namespace {

Time time_of(const toml::date& date, const toml::time& time, int offset_minutes) {
  // Read back from its text, so that the calendar stands in one place.
  const auto parsed =
      parse_time("2006-01-02 15:04:05",
                 fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", date.year, date.month, date.day,
                             time.hour, time.minute, time.second));
  Time out = parsed ? *parsed : Time{};
  out.nanos = static_cast<std::int32_t>(time.nanosecond);
  out.offset_seconds = offset_minutes * 60;
  out.seconds -= out.offset_seconds;
  if (offset_minutes != 0) out.zone = "";
  return out;
}

Value value_of(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    Map::Entries entries;
    for (const auto& [key, item] : *table) entries.emplace(std::string(key.str()), value_of(item));
    return make_map(std::move(entries));
  }
  if (const auto* array = node.as_array()) {
    std::vector<Value> items;
    for (const toml::node& item : *array) items.push_back(value_of(item));
    return make_list(std::move(items));
  }
  if (const auto* text = node.as_string()) return Value(text->get());
  if (const auto* whole = node.as_integer()) return Value::int64(whole->get());
  if (const auto* real = node.as_floating_point()) return Value(real->get());
  if (const auto* truth = node.as_boolean()) return Value(truth->get());
  if (const auto* date = node.as_date()) return time_of(date->get(), {}, 0);
  if (const auto* time = node.as_time()) return time_of({}, time->get(), 0);
  if (const auto* both = node.as_date_time()) {
    const auto offset = both->get().offset;
    return time_of(both->get().date, both->get().time, offset ? offset->minutes : 0);
  }
  return Value::nil();
}

}  // namespace

Result<Value> read_toml(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (parsed) return value_of(parsed.table());
  const auto& error = parsed.error();
  return Error(Errc::bad_input,
               fmt::format("toml: line {} (column {}): {}", error.source().begin.line,
                           error.source().begin.column, std::string(error.description())));
}

}  // namespace spokelab::hub::gotemplate
