// Conditions, tags and import-values.
#include "hub/helm/values/instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hub/gotemplate/format.h"
#include "hub/helm/values/coalesce.h"

namespace spokelab::hub::helm {

namespace {

class Enabling {
 public:
  explicit Enabling(std::vector<std::string>& warnings) : warnings_(warnings) {}

  /// `values`: the user's, then those of the chart above. Helm works a list of dependencies off
  /// only while every chart above has one, too.
  Result<void> drop_disabled(Instance& chart, const Json& values, const std::string& prefix) {
    if (!chart.parts->metadata.has_dependencies) return {};
    chart.list_worked_off = true;
    Json all = values;
    if (auto done = coalesce(chart, all, Nulls::coalesce); !done) return done;
    // By name: one that lies in charts/ in another version than listed goes as well.
    std::set<std::string> disabled;
    std::erase_if(chart.entries, [&](const Dependency* entry) {
      if (enabled(*entry, all, prefix)) return false;
      disabled.insert(entry->key());
      return true;
    });
    std::erase_if(chart.subcharts,
                  [&](const Instance& sub) { return disabled.contains(sub.name()); });
    for (Instance& sub : chart.subcharts) {
      auto done = drop_disabled(sub, all, prefix + sub.name() + ".");
      if (!done) return done;
    }
    return {};
  }

  /// Subcharts first, so that what they import can be imported from them.
  Result<void> import_values(Instance& chart) {
    for (Instance& sub : chart.subcharts) {
      if (auto done = import_values(sub); !done) return done;
    }
    if (chart.entries.empty()) return {};
    Json merged = Json::object();
    if (auto done = coalesce(chart, merged, Nulls::merge); !done) return done;
    Json imported = Json::object();
    for (const Dependency* entry : chart.entries) {
      // The copies that aliases make of a chart share its list, and Helm imports it once.
      const auto place = entry - chart.parts->metadata.dependencies.data();
      if (!imported_from_.emplace(chart.parts->source, place).second) continue;
      const std::string& from = chart.name_of(*entry);
      for (const Json& import : entry->import_values) add(from, import, merged, imported);
    }
    coalesce_tables(merged, imported, Nulls::merge);
    chart.merged = std::move(merged);
    return {};
  }

 private:
  void warn(std::string text) { warnings_.push_back(std::move(text)); }

  bool enabled(const Dependency& entry, const Json& values, const std::string& prefix) {
    const bool by_tags = enabled_by_tags(entry, values);
    std::string_view rest = entry.condition;
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    while (rest.ends_with(' ')) rest.remove_suffix(1);
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string path(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const Json* hit = path.empty() ? nullptr : scalar_at(values, prefix + path);
      if (hit == nullptr) continue;
      if (hit->is_boolean()) return hit->get<bool>();
      warn(fmt::format("Condition path '{}' for chart {} returned non-bool value", path,
                       entry.key()));
    }
    return by_tags;
  }

  bool enabled_by_tags(const Dependency& entry, const Json& values) {
    const auto tags = values.find("tags");
    if (tags == values.end() || !tags->is_object()) return true;
    bool any_true = false, any_false = false;
    for (const std::string& tag : entry.tags) {
      const auto hit = tags->find(tag);
      if (hit == tags->end()) continue;
      if (hit->is_boolean())
        (hit->get<bool>() ? any_true : any_false) = true;
      else
        warn(fmt::format("Tag '{}' for chart {} returned non-bool value", tag, entry.key()));
    }
    return any_true || !any_false;
  }

  /// The value at "a.b.c" unless it is a table.
  static const Json* scalar_at(const Json& values, std::string_view path) {
    const std::size_t dot = path.rfind('.');
    const Json* table =
        dot == std::string_view::npos ? &values : table_at(values, path.substr(0, dot));
    if (table == nullptr) return nullptr;
    const auto hit = table->find(path.substr(dot == std::string_view::npos ? 0 : dot + 1));
    return hit == table->end() || hit->is_object() ? nullptr : &*hit;
  }

  /// As `%v` prints a member of an import; absent members print, too.
  static std::string member(const Json& import, const char* name) {
    const auto hit = import.find(name);
    if (hit == import.end() || hit->is_null()) return "<nil>";
    return gotemplate::print(gotemplate::from_json(*hit));
  }

  void add(const std::string& from, const Json& import, const Json& merged, Json& imported) {
    if (!import.is_string() && !import.is_object()) return;
    const bool short_form = import.is_string();
    const std::string child =
        short_form ? "exports." + import.get<std::string>() : member(import, "child");
    const std::string parent = short_form ? "." : member(import, "parent");
    const Json* table = table_at(merged, from + "." + child);
    if (table == nullptr) {
      warn(fmt::format("ImportValues missing table from chart {}: \"{}\" is not a table", from,
                       child));
      return;
    }
    coalesce_tables(imported, placed(parent, *table), Nulls::merge);
  }

  /// The table at "a.b", with the maps above it.
  static Json placed(std::string_view path, Json table) {
    if (path == ".") return table;
    while (true) {
      const std::size_t dot = path.rfind('.');
      const bool last = dot == std::string_view::npos;
      Json above = Json::object();
      above[std::string(path.substr(last ? 0 : dot + 1))] = std::move(table);
      if (last) return above;
      table = std::move(above);
      path = path.substr(0, dot);
    }
  }

  std::vector<std::string>& warnings_;
  std::set<std::pair<std::string, std::ptrdiff_t>> imported_from_;
};

Instance whole(const Chart::Parts& parts) {
  Instance out;
  out.parts = &parts;
  for (const Dependency& entry : parts.metadata.dependencies) out.entries.push_back(&entry);
  for (const auto& sub : parts.subcharts) out.subcharts.push_back(whole(sub->parts()));
  return out;
}

}  // namespace

Result<Instance> enable_dependencies(const Chart& chart, const Json& user_values,
                                     std::vector<std::string>& warnings) {
  Instance out = whole(chart.parts());
  Enabling enabling(warnings);
  if (auto done = enabling.drop_disabled(out, user_values, ""); !done) return done.error();
  if (auto done = enabling.import_values(out); !done) return done.error();
  return out;
}

}  // namespace spokelab::hub::helm
