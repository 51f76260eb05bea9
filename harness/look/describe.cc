#include "harness/look/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "harness/look/table.h"
#include "harness/look/tables.h"
#include "reports/text.h"

namespace spokelab::harness {

namespace {

constexpr std::size_t kShortRevision = 7;

std::string line(std::string_view label, const std::string& value) {
  auto out = fmt::format("{:<20}{}", label, reports::clean(value));
  while (out.ends_with(' ')) out.pop_back();
  return out + "\n";
}

std::string short_revision(const std::string& revision) {
  return revision.substr(0, kShortRevision);
}

void add_source(std::string& out, const Json& source) {
  out += line("- Repo:", text_at(source, {"repoURL"}));
  out += line("  Target:", text_at(source, {"targetRevision"}));
  if (const auto path = text_at(source, {"path"}); !path.empty()) out += line("  Path:", path);
  if (const auto chart = text_at(source, {"chart"}); !chart.empty()) out += line("  Chart:", chart);
  if (const auto ref = text_at(source, {"ref"}); !ref.empty()) out += line("  Ref:", ref);
  const Json* files = find(source, {"helm", "valueFiles"});
  if (files != nullptr && files->is_array() && !files->empty()) {
    std::vector<std::string> names;
    for (const auto& file : *files)
      names.push_back(file.is_string() ? file.get<std::string>() : "");
    out += line("  Helm Values:", fmt::format("{}", fmt::join(names, ",")));
  }
  if (const auto prefix = text_at(source, {"kustomize", "namePrefix"}); !prefix.empty())
    out += line("  Name Prefix:", prefix);
}

std::string sync_status(const Json& app, const Json& sources) {
  const auto status = text_at(app, {"status", "sync", "status"});
  if (status != "Synced" && status != "OutOfSync") return status.empty() ? "Unknown" : status;
  const auto target =
      sources.empty() ? std::string() : text_at(sources.front(), {"targetRevision"}, "HEAD");
  const auto revision = text_at(app, {"status", "sync", "revision"});
  auto out = fmt::format("{} {} {}", status, status == "Synced" ? "to" : "from", target);
  const bool more = revision.size() > kShortRevision && revision != target;
  if (more) out += fmt::format(" ({})", short_revision(revision));
  return out;
}

std::string summary(const Json& answer, const Json& app) {
  const Json spec = app.value("spec", Json::object());
  const Json sources = sources_of(spec);
  std::string out;
  out += line("Name:",
              text_at(app, {"metadata", "namespace"}) + "/" + text_at(app, {"metadata", "name"}));
  out += line("Project:", text_at(spec, {"project"}, "default"));
  auto server = text_at(spec, {"destination", "server"});
  if (server.empty()) server = text_at(spec, {"destination", "name"});
  out += line("Server:", server);
  out += line("Namespace:", text_at(spec, {"destination", "namespace"}));
  out += find(spec, {"sources"}) != nullptr ? "Sources:\n" : "Source:\n";
  for (const auto& source : sources) add_source(out, source);
  out += line("SyncWindow:", text_at(answer, {"windows", "state"}, "Sync Allowed"));
  if (const Json* assigned = find(answer, {"windows", "assigned"}); assigned != nullptr) {
    std::vector<std::string> all;
    for (const auto& one : *assigned) all.push_back(one.get<std::string>());
    out += line("Assigned Windows:", fmt::format("{}", fmt::join(all, ",")));
  }
  const auto policy = sync_policy_text(spec);
  out += line("Sync Policy:", policy == "Manual" ? policy
                              : policy == "Auto" ? "Automated"
                                                 : "Automated (Prune)");
  out += line("Sync Status:", sync_status(app, sources));
  auto health = text_at(app, {"status", "health", "status"});
  const auto message = text_at(app, {"status", "health", "message"});
  if (!message.empty()) health += fmt::format(" ({})", message);
  out += line("Health Status:", health);
  return out;
}

std::string conditions(const Json& app) {
  const Json* all = find(app, {"status", "conditions"});
  if (all == nullptr || !all->is_array() || all->empty()) return "";
  TextTable table;
  table.row({"CONDITION", "MESSAGE", "LAST TRANSITION"});
  for (const auto& one : *all)
    table.row({text_at(one, {"type"}), text_at(one, {"message"}),
               text_at(one, {"lastTransitionTime"}, "<nil>")});
  return "\n" + table.text();
}

std::string operation(const Json& answer, const Json& app) {
  const Json* state = find(app, {"status", "operationState"});
  if (state == nullptr || !state->is_object()) return "";
  std::string out = "\n";
  if (const Json* result = find(*state, {"syncResult"}); result != nullptr) {
    out += line("Operation:", "Sync");
    if (const Json* many = find(*result, {"revisions"}); many != nullptr && many->is_array()) {
      for (const auto& one : *many)
        out += line("Sync Revision:", one.is_string() ? one.get<std::string>() : "");
    } else {
      out += line("Sync Revision:", text_at(*result, {"revision"}));
    }
  }
  out += line("Phase:", text_at(*state, {"phase"}));
  const auto started = text_at(*state, {"startedAt"});
  const auto finished = text_at(*state, {"finishedAt"});
  out += line("Start:", started);
  out += line("Finished:", finished.empty() ? "<nil>" : finished);
  const auto from = parse_rfc3339(started);
  const auto to = parse_rfc3339(finished.empty() ? text_at(answer, {"now"}) : finished);
  if (from && to) out += line("Duration:", format_duration(*to - *from));
  if (const auto tries = int_at(*state, {"retryCount"}); tries > 0)
    out += line("Retries:", std::to_string(tries));
  if (const auto message = text_at(*state, {"message"}); !message.empty())
    out += line("Message:", message);
  return out;
}

/// One line of the resource table.
using Row = std::vector<std::string>;
using Key = std::tuple<std::string, std::string, std::string, std::string>;

Key key_of(const Json& entry) {
  return {text_at(entry, {"group"}), text_at(entry, {"kind"}), text_at(entry, {"namespace"}),
          text_at(entry, {"name"})};
}

/// What the last operation did, in its order, each with how it is now; then what was not part of
/// it (argocd's getResourceStates).
std::vector<Row> resource_rows(const Json& app) {
  std::map<Key, const Json*> now;
  if (const Json* all = find(app, {"status", "resources"}); all != nullptr && all->is_array()) {
    for (const auto& entry : *all) now[key_of(entry)] = &entry;
  }
  std::vector<Row> rows;
  const auto row = [](const Json& entry) {
    return Row{text_at(entry, {"group"}), text_at(entry, {"kind"}), text_at(entry, {"namespace"}),
               text_at(entry, {"name"})};
  };
  const Json* done = find(app, {"status", "operationState", "syncResult", "resources"});
  if (done != nullptr && done->is_array()) {
    for (const auto& entry : *done) {
      auto status = text_at(entry, {"hookPhase"});
      auto health = text_at(entry, {"status"});
      const auto hook = text_at(entry, {"hookType"});
      const auto known = now.find(key_of(entry));
      if (known != now.end() && hook.empty()) {
        status = text_at(*known->second, {"status"});
        health = text_at(*known->second, {"health", "status"});
      }
      if (known != now.end()) now.erase(known);
      rows.push_back(row(entry));
      rows.back().insert(rows.back().end(), {status, health, hook, text_at(entry, {"message"})});
    }
  }
  for (const auto& [key, entry] : now) {
    rows.push_back(row(*entry));
    const std::string none;
    rows.back().insert(rows.back().end(), {text_at(*entry, {"status"}),
                                           text_at(*entry, {"health", "status"}), none, none});
  }
  return rows;
}

std::string resources(const Json& app) {
  auto rows = resource_rows(app);
  if (rows.empty()) return "";
  TextTable table;
  table.row({"GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "HOOK", "MESSAGE"});
  for (auto& row : rows) table.row(std::move(row));
  return "\n" + table.text();
}

/// "main (1a2b3c4)".
std::string revision_text(const Json& source, const std::string& revision) {
  const auto target = text_at(source, {"targetRevision"});
  if (revision.size() < kShortRevision) return target;
  return target.empty() ? fmt::format("({})", short_revision(revision))
                        : fmt::format("{} ({})", target, short_revision(revision));
}

/// As Go prints a time: "2026-01-01 00:05:00 +0000 UTC".
std::string date_text(std::string rfc3339) {
  if (rfc3339.size() != 20 || rfc3339[10] != 'T') return rfc3339;
  rfc3339[10] = ' ';
  rfc3339.replace(19, 1, " +0000 UTC");
  return rfc3339;
}

}  // namespace

std::string describe_app(const Json& answer) {
  const Json* items = find(answer, {"items"});
  if (items == nullptr || items->empty()) return "";
  const Json& app = items->front();
  return summary(answer, app) + conditions(app) + operation(answer, app) + resources(app);
}

std::string history_table(const Json& app) {
  const Json* all = find(app, {"status", "history"});
  if (all == nullptr || !all->is_array() || all->empty()) return "";
  std::vector<std::pair<std::string, TextTable>> tables;  // by repository, in order of appearance
  const auto add = [&](const Json& entry, const Json& source, const std::string& revision) {
    const auto repo = text_at(source, {"repoURL"});
    auto at = std::find_if(tables.begin(), tables.end(),
                           [&](const auto& one) { return one.first == repo; });
    if (at == tables.end()) {
      at = tables.emplace(tables.end(), repo, TextTable());
      at->second.row({"SOURCE", repo});
      at->second.row({"ID", "DATE", "REVISION"});
    }
    at->second.row({std::to_string(int_at(entry, {"id"})),
                    date_text(text_at(entry, {"deployedAt"})), revision_text(source, revision)});
  };
  for (const auto& entry : *all) {
    const Json* sources = find(entry, {"sources"});
    if (sources == nullptr || !sources->is_array() || sources->empty()) {
      add(entry, entry.value("source", Json::object()), text_at(entry, {"revision"}));
      continue;
    }
    const Json* revisions = find(entry, {"revisions"});
    for (std::size_t i = 0; i < sources->size(); ++i) {
      const bool known = revisions != nullptr && revisions->is_array() && i < revisions->size() &&
                         (*revisions)[i].is_string();
      add(entry, (*sources)[i], known ? (*revisions)[i].get<std::string>() : "");
    }
  }
  std::string out;
  for (const auto& [repo, table] : tables) out += (out.empty() ? "" : "\n") + table.text();
  return out;
}

}  // namespace spokelab::harness
