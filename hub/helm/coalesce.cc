// Conditions, tags, import-values, and the merging of values down the chart tree.
#include "hub/helm/coalesce.h"

#include <fmt/format.h>

#include "hub/helm/values.h"

namespace spokelab::hub::helm {

namespace {

/// `over` wins; null in it deletes the default, unless `keep_null`.
void coalesce_tables(Json& over, const Json& defaults, bool keep_null) {
  for (auto at = defaults.begin(); at != defaults.end(); ++at) {
    const auto hit = over.find(at.key());
    if (hit == over.end())
      over[at.key()] = at.value();
    else if (hit->is_null() && !keep_null)
      over.erase(hit);
    else if (hit->is_object() && at->is_object())
      coalesce_tables(*hit, *at, keep_null);
  }
}

void coalesce_globals(Json& into, const Json& from) {
  Json& own = into["global"];
  if (own.is_null()) own = Json::object();
  if (!own.is_object()) return;
  const auto hit = from.find("global");
  if (hit == from.end() || !hit->is_object()) return;
  for (auto at = hit->begin(); at != hit->end(); ++at) {
    const auto place = own.find(at.key());
    if (!at->is_object()) {
      if (place == own.end() || !place->is_object()) own[at.key()] = at.value();
    } else if (place == own.end()) {
      own[at.key()] = at.value();
    } else if (place->is_object()) {
      Json merged = at.value();
      coalesce_tables(merged, *place, true);
      own[at.key()] = std::move(merged);
    }
  }
}

Result<void> coalesce_into(const Instance& chart, Json& values, bool keep_null) {
  coalesce_tables(values, chart.values, keep_null);
  for (const Instance& sub : chart.subcharts) {
    const auto hit = values.find(sub.parts->name);
    if (hit == values.end())
      values[sub.parts->name] = Json::object();
    else if (!hit->is_object()) {
      return Error(Errc::bad_input,
                   fmt::format("type mismatch on {}: {}", sub.parts->name, hit->dump()));
    }
    Json& slice = values[sub.parts->name];
    coalesce_globals(slice, values);
    if (auto done = coalesce_into(sub, slice, keep_null); !done) return done;
  }
  return {};
}

/// The value at "a.b.c", or nullptr.
const Json* at_path(const Json& values, std::string_view path) {
  const Json* at = &values;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (!at->is_object()) return nullptr;
    const auto hit = at->find(path.substr(0, dot));
    if (hit == at->end()) return nullptr;
    at = &*hit;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

bool enabled_by_tags(const Dependency& entry, const Json& values) {
  const auto tags = values.find("tags");
  if (tags == values.end() || !tags->is_object()) return true;
  bool any_true = false, any_false = false;
  for (const std::string& tag : entry.tags) {
    const auto hit = tags->find(tag);
    if (hit == tags->end() || !hit->is_boolean()) continue;
    (hit->get<bool>() ? any_true : any_false) = true;
  }
  return any_true || !any_false;
}

bool enabled(const Dependency& entry, const Json& values, const std::string& prefix) {
  bool out = enabled_by_tags(entry, values);
  std::string_view rest = entry.condition;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view path = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    while (path.starts_with(' ')) path.remove_prefix(1);
    while (path.ends_with(' ')) path.remove_suffix(1);
    const Json* hit = path.empty() ? nullptr : at_path(values, prefix + std::string(path));
    if (hit != nullptr && hit->is_boolean()) return hit->get<bool>();
  }
  return out;
}

/// Puts a table at "a.b", making the maps above it.
Json nested(std::string_view path, Json table) {
  if (path.empty() || path == ".") return table;
  const std::size_t dot = path.rfind('.');
  Json out = Json::object();
  out[std::string(path.substr(dot == std::string_view::npos ? 0 : dot + 1))] = std::move(table);
  return dot == std::string_view::npos ? out : nested(path.substr(0, dot), std::move(out));
}

Result<void> import_values(Instance& chart) {
  for (Instance& sub : chart.subcharts) {
    if (auto done = import_values(sub); !done) return done;
  }
  Json imported = Json::object();
  Json merged;
  for (const Instance& sub : chart.subcharts) {
    for (std::size_t i = 0; i < chart.parts->subcharts.size(); ++i) {
      const Dependency* entry = chart.parts->subchart_entries[i];
      if (entry == nullptr || &chart.parts->subcharts[i]->parts() != sub.parts) continue;
      for (const Json& import : entry->import_values) {
        if (merged.is_null()) {
          merged = Json::object();
          if (auto done = coalesce_into(chart, merged, true); !done) return done;
        }
        const bool text = import.is_string();
        const std::string child = text                 ? "exports." + import.get<std::string>()
                                  : import.is_object() ? import.value("child", "")
                                                       : "";
        const std::string parent = import.is_object() ? import.value("parent", "") : "";
        const Json* table = at_path(merged, sub.parts->name + "." + child);
        if (table == nullptr || !table->is_object()) continue;  // Helm warns and goes on
        Json found = nested(parent, *table);
        if (text) {
          coalesce_tables(imported, found, true);
        } else {
          coalesce_tables(found, imported, true);
          imported = std::move(found);
        }
      }
    }
  }
  if (merged.is_null()) return {};
  coalesce_tables(merged, imported, true);
  chart.values = std::move(merged);
  return {};
}

Instance whole(const Chart::Parts& parts) {
  Instance out;
  out.parts = &parts;
  out.values = parts.values;
  for (const auto& sub : parts.subcharts) out.subcharts.push_back(whole(sub->parts()));
  return out;
}

Result<void> drop_disabled(Instance& chart, const Json& values, const std::string& prefix) {
  if (chart.parts->dependencies.empty()) return {};
  Json all = values;
  if (auto done = coalesce_into(chart, all, false); !done) return done;
  std::vector<Instance> kept;
  for (std::size_t i = 0; i < chart.subcharts.size(); ++i) {
    const Dependency* entry = chart.parts->subchart_entries[i];
    if (entry != nullptr && !enabled(*entry, all, prefix)) {
      chart.complete = false;
      continue;
    }
    kept.push_back(std::move(chart.subcharts[i]));
  }
  chart.subcharts = std::move(kept);
  for (Instance& sub : chart.subcharts) {
    if (auto done = drop_disabled(sub, all, prefix + sub.parts->name + "."); !done) return done;
    chart.complete = chart.complete && sub.complete;
  }
  return {};
}

}  // namespace

Result<Instance> enable_dependencies(const Chart& chart, const Json& user_values) {
  Instance out = whole(chart.parts());
  if (auto done = drop_disabled(out, user_values, ""); !done) return done.error();
  if (auto done = import_values(out); !done) return done.error();
  return out;
}

Result<Json> coalesce(const Instance& chart, Json user_values) {
  if (auto done = coalesce_into(chart, user_values, false); !done) return done.error();
  return user_values;
}

}  // namespace spokelab::hub::helm
