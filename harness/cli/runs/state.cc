#include "harness/cli/runs/state.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/duration.h"
#include "base/json.h"
#include "harness/judge/board.h"
#include "reports/json.h"
#include "reports/paint.h"
#include "reports/text.h"

namespace spokelab::harness {

namespace {

using reports::clean;
using reports::pad;

class Table {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()), 0);
      for (std::size_t i = 0; i < row.size(); ++i)
        widths[i] = std::max(widths[i], reports::columns(row[i]));
    }
    std::string out;
    for (const auto& row : rows_) {
      std::string line = " ";
      for (std::size_t i = 0; i < row.size(); ++i) line += " " + pad(row[i], widths[i]) + " ";
      while (line.ends_with(' ')) line.pop_back();
      out += line + "\n";
    }
    return out;
  }
  std::size_t size() const { return rows_.size(); }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string shares_text(const std::map<std::string, std::string>& shares) {
  std::string out;
  for (const auto& [cluster, share] : shares) {
    if (share == "0%") continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", cluster, share);
  }
  return out.empty() ? "-" : out;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : clean(text); }

}  // namespace

RunState state_after(const reports::Run& run, const std::vector<Event>& events, std::size_t count,
                     RunTime at) {
  Board board;
  RunState out;
  out.at = at;
  out.events = std::min(count, events.size());
  for (std::size_t i = 0; i < out.events; ++i) {
    board.apply(events[i]);
    if (events[i].kind == EventKind::run && events[i].subject == "run.phase")
      out.phase = events[i].value;
  }
  for (const auto& cluster : run.clusters) {
    if (cluster.role == "hub") continue;
    const auto own = [&](const std::string& prefix, const std::string& field) {
      return board.text(join_name({prefix, cluster.name, field}));
    };
    out.clusters.push_back({cluster.name, cluster.region,
                            board.text(join_name({"truth", "cluster", cluster.name, "reachable"})),
                            own("cluster", "connection"), own("cluster", "owner")});
  }
  std::set<std::string> names;
  for (const auto& [name, value] : board.all()) {
    const auto parts = split_name(name);
    if (parts.size() == 3 && parts[0] == "app") names.insert(parts[1]);
    if (parts.size() == 2 && parts[0] == "fault" && value.text == "active") {
      const auto window =
          std::find_if(run.faults.begin(), run.faults.end(),
                       [&](const reports::FaultWindow& one) { return one.name == parts[1]; });
      out.faults.push_back(window == run.faults.end()
                               ? parts[1]
                               : fmt::format("{}: {} {}", parts[1], window->what, window->scope));
    }
    if (parts.size() == 3 && parts[0] == "hub" && parts[2] == "state")
      out.replicas[parts[1]] = value.print();
  }
  for (const auto& name : names) {
    const auto own = [&](const std::string& field) {
      return board.text(join_name({"app", name, field}));
    };
    if (own("exists") == "false") continue;
    out.applications.push_back(
        {name, own("sync"), own("health"), own("operation"), own("revision")});
  }
  for (const auto& name : run.traffic) {
    RunState::Traffic traffic;
    traffic.name = name;
    traffic.success = board.text(join_name({"traffic", name, "success"}));
    for (const auto& [joined, value] : board.all()) {
      const auto parts = split_name(joined);
      if (parts.size() != 4 || parts[0] != "traffic" || parts[1] != name) continue;
      if (parts[2] == "route") traffic.sent[parts[3]] = value.print();
      if (parts[2] == "share") traffic.answered[parts[3]] = value.print();
    }
    out.traffic.push_back(std::move(traffic));
  }
  return out;
}

std::string to_text(const RunState& state, const reports::TerminalOptions& options) {
  auto out = reports::paint(fmt::format("At {}, after {}{}:", format_run_time(state.at),
                                        reports::counted(state.events, "event"),
                                        state.phase.empty() ? "" : ", in phase " + state.phase),
                            reports::Ink::bold, options) +
             "\n";
  for (const auto& fault : state.faults) out += "  fault in force: " + clean(fault) + "\n";
  if (state.faults.empty()) out += "  no fault is in force\n";
  Table clusters;
  clusters.row({"CLUSTER", "REGION", "REACHABLE", "CONNECTION", "OWNER"});
  for (const auto& one : state.clusters)
    clusters.row({clean(one.name), clean(one.region),
                  one.reachable == "true"    ? "yes"
                  : one.reachable == "false" ? "no"
                                             : "-",
                  or_dash(one.connection), or_dash(one.owner)});
  if (clusters.size() > 1) out += "\n" + clusters.text();
  Table applications;
  applications.row({"APPLICATION", "SYNC", "HEALTH", "OPERATION", "REVISION"});
  for (const auto& one : state.applications)
    applications.row({clean(one.name), or_dash(one.sync), or_dash(one.health),
                      or_dash(one.operation), or_dash(one.revision.substr(0, 8))});
  if (applications.size() > 1) out += "\n" + applications.text();
  Table traffic;
  traffic.row({"TRAFFIC", "SUCCESS", "SENT TO", "ANSWERED BY"});
  for (const auto& one : state.traffic)
    traffic.row({clean(one.name), or_dash(one.success), clean(shares_text(one.sent)),
                 clean(shares_text(one.answered))});
  if (traffic.size() > 1) out += "\n" + traffic.text();
  Table replicas;
  replicas.row({"HUB REPLICA", "STATE"});
  for (const auto& [name, value] : state.replicas) replicas.row({clean(name), or_dash(value)});
  if (replicas.size() > 1) out += "\n" + replicas.text();
  return out;
}

Json to_json(const RunState& state) {
  Json clusters = Json::array();
  for (const auto& one : state.clusters) {
    clusters.push_back({{"name", one.name},
                        {"region", one.region},
                        {"reachable", one.reachable},
                        {"connection", one.connection},
                        {"owner", one.owner}});
  }
  Json applications = Json::array();
  for (const auto& one : state.applications) {
    applications.push_back({{"name", one.name},
                            {"sync", one.sync},
                            {"health", one.health},
                            {"operation", one.operation},
                            {"revision", one.revision}});
  }
  Json traffic = Json::array();
  for (const auto& one : state.traffic) {
    Json sent = Json::object();
    for (const auto& [cluster, share] : one.sent) sent[cluster] = share;
    Json answered = Json::object();
    for (const auto& [cluster, share] : one.answered) answered[cluster] = share;
    Json entry{{"name", one.name}, {"success", one.success}};
    entry["sentTo"] = std::move(sent);
    entry["answeredBy"] = std::move(answered);
    traffic.push_back(std::move(entry));
  }
  Json replicas = Json::object();
  for (const auto& [name, value] : state.replicas) replicas[name] = value;
  Json out{{"apiVersion", reports::kApiVersion},
           {"kind", "RunState"},
           {"at", format_run_time(state.at)},
           {"atNs", state.at.time_since_epoch().count()},
           {"events", state.events},
           {"phase", state.phase},
           {"faults", state.faults}};
  out["clusters"] = std::move(clusters);
  out["applications"] = std::move(applications);
  out["traffic"] = std::move(traffic);
  out["replicas"] = std::move(replicas);
  return out;
}

}  // namespace spokelab::harness
