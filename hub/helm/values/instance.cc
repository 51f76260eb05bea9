// Conditions, tags and import-values.
#include "hub/helm/values/instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/semver.h"
#include "hub/helm/values/coalesce.h"

namespace spokelab::hub::helm {

namespace {

constexpr std::size_t kChartsMax = 20'000;

bool fits(const Instance& chart, const ListedDependency& entry) {
  if (chart.name() != entry.name) return false;
  const auto range = gotemplate::Constraint::parse(entry.written->version);
  const auto version = gotemplate::parse_version(chart.parts->metadata.version);
  return range && version && range->allows(*version);
}

void set_subcharts(Instance& chart, std::vector<std::shared_ptr<Instance>> subcharts) {
  for (const auto& sub : subcharts) sub->parent = &chart;
  chart.subcharts = std::move(subcharts);
}

/// The charts as they lie on disk: no aliases, and what is not listed stands below its own chart.
class Disk {
 public:
  explicit Disk(InstanceTree& tree) : tree_(tree) {}

  std::shared_ptr<Instance> lay(const Chart::Parts& parts, const Instance* parent) {
    auto out = std::make_shared<Instance>();
    tree_.all.push_back(out);
    out->parts = &parts;
    out->own_name = parts.own_name;
    out->parent = parent;
    out->has_list = parts.metadata.has_dependencies;
    for (const Dependency& entry : parts.metadata.dependencies) {
      out->entries.push_back(std::make_shared<ListedDependency>(
          ListedDependency{&entry, entry.name, entry.enabled, entry.import_values, false}));
    }
    // A chart that was loaded under several aliases lies there once.
    std::set<std::string> seen;
    for (const auto& sub : parts.subcharts) {
      if (seen.insert(sub->parts().source).second)
        out->subcharts.push_back(lay(sub->parts(), out.get()));
    }
    return out;
  }

 private:
  InstanceTree& tree_;
};

class Enabling {
 public:
  Enabling(InstanceTree& tree, std::vector<std::string>& warnings)
      : tree_(tree), warnings_(warnings) {}

  /// `values`: the user's, then those of the chart above. Helm works a list of dependencies off
  /// only while every chart above has one, too. Source: processDependencyEnabled.
  Result<void> drop_disabled(Instance& chart, const Json& values, const std::string& prefix) {
    if (!chart.has_list) return {};
    work_off(chart);
    if (tree_.all.size() > kChartsMax)
      return Error(Errc::limit, fmt::format("more than {} charts in one", kChartsMax));
    for (const auto& entry : chart.entries) entry->enabled = true;
    Json all = values;
    if (auto done = coalesce(chart, all, Nulls::coalesce); !done) return done;
    // By name: one that lies in charts/ in another version than listed goes as well.
    std::set<std::string> disabled;
    for (const auto& entry : chart.entries) {
      entry->enabled = enabled(*entry, all, prefix);
      if (!entry->enabled) disabled.insert(entry->name);
    }
    auto kept = chart.subcharts;
    std::erase_if(kept, [&](const auto& sub) { return disabled.contains(sub->name()); });
    for (const auto& sub : kept) {
      auto done = drop_disabled(*sub, all, prefix + sub->name() + ".");
      if (!done) return done;
    }
    std::erase_if(chart.entries, [&](const auto& entry) { return disabled.contains(entry->name); });
    chart.has_list = !chart.entries.empty();
    set_subcharts(chart, std::move(kept));
    return {};
  }

  /// Subcharts first, so that what they import can be imported from them. Source:
  /// processImportValues.
  Result<void> import_values(Instance& chart) {
    for (const auto& sub : chart.subcharts) {
      if (auto done = import_values(*sub); !done) return done;
    }
    if (!chart.has_list) return {};
    Json merged = Json::object();
    if (auto done = coalesce(chart, merged, Nulls::merge); !done) return done;
    Json imported = Json::object();
    for (const auto& entry : chart.entries) {
      Json done = Json::array();
      if (!entry->imported) {
        for (const Json& import : entry->import_values)
          add(entry->name, import, merged, imported, done);
      }
      entry->imported = true;
      entry->import_values = std::move(done);
    }
    coalesce_tables(merged, imported, Nulls::merge);
    chart.merged = std::move(merged);
    return {};
  }

 private:
  /// Charts that the list names become copies under the list's names, in its order.
  void work_off(Instance& chart) {
    std::vector<std::shared_ptr<Instance>> subcharts;
    for (const auto& sub : chart.subcharts) {
      const bool listed = std::any_of(chart.entries.begin(), chart.entries.end(),
                                      [&](const auto& entry) { return fits(*sub, *entry); });
      if (!listed) subcharts.push_back(sub);
    }
    for (const auto& entry : chart.entries) {
      const auto hit = std::find_if(chart.subcharts.begin(), chart.subcharts.end(),
                                    [&](const auto& sub) { return fits(*sub, *entry); });
      if (hit != chart.subcharts.end()) subcharts.push_back(copy(chart, **hit, *entry->written));
      if (!entry->written->alias.empty()) entry->name = entry->written->alias;
    }
    set_subcharts(chart, std::move(subcharts));
  }

  std::shared_ptr<Instance> copy(const Instance& above, const Instance& of,
                                 const Dependency& entry) {
    auto out = std::make_shared<Instance>(of);
    tree_.all.push_back(out);
    if (!entry.alias.empty()) out->own_name = entry.alias;
    // Its templates have been parsed under this name already.
    for (const auto& loaded : above.parts->subcharts) {
      const Chart::Parts& parts = loaded->parts();
      if (parts.source == of.parts->source && parts.metadata.name == out->own_name)
        out->parts = &parts;
    }
    return out;
  }

  void warn(std::string text) { warnings_.push_back(std::move(text)); }

  bool enabled(const ListedDependency& entry, const Json& values, const std::string& prefix) {
    const bool by_tags = enabled_by_tags(entry, values);
    std::string_view rest = entry.written->condition;
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
                       entry.name));
    }
    return by_tags;
  }

  bool enabled_by_tags(const ListedDependency& entry, const Json& values) {
    const auto tags = values.find("tags");
    if (tags == values.end() || !tags->is_object()) return true;
    bool any_true = false, any_false = false;
    for (const std::string& tag : entry.written->tags) {
      const auto hit = tags->find(tag);
      if (hit == tags->end()) continue;
      if (hit->is_boolean())
        (hit->get<bool>() ? any_true : any_false) = true;
      else
        warn(fmt::format("Tag '{}' for chart {} returned non-bool value", tag, entry.name));
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

  void add(const std::string& from, const Json& import, const Json& merged, Json& imported,
           Json& done) {
    if (!import.is_string() && !import.is_object()) return;
    const bool short_form = import.is_string();
    const std::string child =
        short_form ? "exports." + import.get<std::string>() : member(import, "child");
    const std::string parent = short_form ? "." : member(import, "parent");
    done.push_back(Json{{"child", child}, {"parent", parent}});
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

  InstanceTree& tree_;
  std::vector<std::string>& warnings_;
};

}  // namespace

std::string Instance::full_path() const {
  return parent == nullptr ? own_name : parent->full_path() + "/charts/" + own_name;
}

Result<InstanceTree> enable_dependencies(const Chart& chart, const Json& user_values,
                                         std::vector<std::string>& warnings) {
  InstanceTree out;
  out.root = Disk(out).lay(chart.parts(), nullptr);
  Enabling enabling(out, warnings);
  if (auto done = enabling.drop_disabled(*out.root, user_values, ""); !done) return done.error();
  if (auto done = enabling.import_values(*out.root); !done) return done.error();
  return out;
}

}  // namespace spokelab::hub::helm
