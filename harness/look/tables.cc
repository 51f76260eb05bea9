#include "harness/look/tables.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "harness/look/table.h"

namespace spokelab::harness {

namespace {

const Json& items_of(const Json& answer) {
  static const Json kNone = Json::array();
  const Json* items = find(answer, {"items"});
  return items != nullptr ? *items : kNone;
}

/// How long ago, or "" for what never was.
std::string age(const std::string& then, const Json& answer) {
  const auto at = parse_rfc3339(then);
  const auto now = parse_rfc3339(text_at(answer, {"now"}));
  return at && now ? format_duration(*now - *at) + " ago" : "never";
}

/// "<none>", or sorted types: "ComparisonError(2),UnknownError".
std::string condition_types(const Json& object, bool only_true) {
  std::map<std::string, int> types;
  const Json* conditions = find(object, {"status", "conditions"});
  if (conditions != nullptr && conditions->is_array()) {
    for (const auto& condition : *conditions) {
      if (!only_true || text_at(condition, {"status"}) == "True")
        ++types[text_at(condition, {"type"})];
    }
  }
  std::string out;
  for (const auto& [type, count] : types) {
    if (!out.empty()) out += ",";
    out += count > 1 ? fmt::format("{}({})", type, count) : type;
  }
  return out.empty() ? "<none>" : out;
}

std::string full_name(const Json& object) {
  return text_at(object, {"metadata", "namespace"}) + "/" + text_at(object, {"metadata", "name"});
}

/// REPO, PATH and TARGET: argocd shows the first of several sources.
void add_source(std::vector<std::string>& row, const Json& spec) {
  const Json sources = sources_of(spec);
  const Json first = sources.empty() ? Json::object() : sources.front();
  row.push_back(text_at(first, {"repoURL"}));
  row.push_back(text_at(first, {"path"}));
  row.push_back(text_at(first, {"targetRevision"}));
}

}  // namespace

Json sources_of(const Json& spec) {
  const Json* many = find(spec, {"sources"});
  if (many != nullptr && many->is_array() && !many->empty()) return *many;
  const Json* one = find(spec, {"source"});
  return one != nullptr && one->is_object() ? Json::array({*one}) : Json::array();
}

std::string sync_policy_text(const Json& spec) {
  const Json* automated = find(spec, {"syncPolicy", "automated"});
  if (automated == nullptr || !automated->is_object() || !bool_at(*automated, {"enabled"}, true))
    return "Manual";
  return bool_at(*automated, {"prune"}) ? "Auto-Prune" : "Auto";
}

std::string cluster_table(const Json& answer, const TableOptions& options) {
  TextTable table;
  if (options.headers) {
    std::vector<std::string> head{"SERVER", "NAME", "VERSION", "STATUS", "MESSAGE", "PROJECT"};
    if (options.wide) head.insert(head.end(), {"OWNER", "APPS", "OBJECTS", "LAST SEEN"});
    table.row(std::move(head));
  }
  for (const auto& one : items_of(answer)) {
    auto server = text_at(one, {"server"});
    if (const Json* spaces = find(one, {"namespaces"}); spaces != nullptr && !spaces->empty())
      server += fmt::format(" ({} namespace{})", spaces->size(), spaces->size() == 1 ? "" : "s");
    std::vector<std::string> row{server,
                                 text_at(one, {"name"}),
                                 text_at(one, {"serverVersion"}),
                                 text_at(one, {"connectionState", "status"}),
                                 text_at(one, {"connectionState", "message"}),
                                 text_at(one, {"project"})};
    if (options.wide) {
      row.push_back(text_at(one, {"owner"}, "<none>"));
      row.push_back(std::to_string(int_at(one, {"info", "applicationsCount"})));
      row.push_back(std::to_string(int_at(one, {"info", "cacheInfo", "resourcesCount"})));
      row.push_back(age(text_at(one, {"lastSeen"}), answer));
    }
    table.row(std::move(row));
  }
  return table.text();
}

std::string app_table(const Json& answer, const TableOptions& options) {
  TextTable table;
  if (options.headers) {
    std::vector<std::string> head{"NAME",   "CLUSTER", "NAMESPACE",  "PROJECT",
                                  "STATUS", "HEALTH",  "SYNCPOLICY", "CONDITIONS"};
    if (options.wide) head.insert(head.end(), {"REPO", "PATH", "TARGET"});
    table.row(std::move(head));
  }
  for (const auto& app : items_of(answer)) {
    const Json spec = app.value("spec", Json::object());
    auto cluster = text_at(spec, {"destination", "server"});
    if (cluster.empty()) cluster = text_at(spec, {"destination", "name"});
    std::vector<std::string> row{full_name(app),
                                 cluster,
                                 text_at(spec, {"destination", "namespace"}),
                                 text_at(spec, {"project"}, "default"),
                                 text_at(app, {"status", "sync", "status"}),
                                 text_at(app, {"status", "health", "status"}),
                                 sync_policy_text(spec),
                                 condition_types(app, false)};
    if (options.wide) add_source(row, spec);
    table.row(std::move(row));
  }
  return table.text();
}

std::string appset_table(const Json& answer, const TableOptions& options) {
  TextTable table;
  if (options.headers) {
    std::vector<std::string> head{"NAME", "PROJECT", "SYNCPOLICY", "HEALTH", "CONDITIONS"};
    if (options.wide) head.insert(head.end(), {"REPO", "PATH", "TARGET"});
    table.row(std::move(head));
  }
  for (const auto& set : items_of(answer)) {
    const Json* made = find(set, {"spec", "template", "spec"});
    const Json spec = made != nullptr ? *made : Json::object();
    std::vector<std::string> row{full_name(set), text_at(spec, {"project"}),
                                 text_at(set, {"spec", "syncPolicy", "applicationsSync"}, "<none>"),
                                 text_at(set, {"status", "health", "status"}),
                                 condition_types(set, true)};
    if (options.wide) add_source(row, spec);
    table.row(std::move(row));
  }
  return table.text();
}

}  // namespace spokelab::harness
