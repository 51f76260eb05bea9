// What a tree declares, and the places that a text means.
#include "harness/scenario/reading/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace spokelab::harness {

namespace {

void collect_keys(const YamlNode* map, std::set<std::string>& out) {
  if (map == nullptr) return;
  for (const auto& entry : map->entries) out.insert(entry.key);
}

const YamlNode* under(const YamlNode* node, std::string_view key) {
  return node == nullptr ? nullptr : node->value(key);
}

std::uint64_t number_at(const YamlNode* node, std::string_view key, std::uint64_t most) {
  const auto* value = under(node, key);
  if (value == nullptr || !value->is_scalar()) return 0;
  const auto number = parse_whole(value->text);
  return number && *number <= most ? *number : 0;
}

bool allows(std::string_view kinds, std::string_view kind) {
  for (std::size_t at = 0; at < kinds.size();) {
    const auto end = std::min(kinds.find(' ', at), kinds.size());
    if (kinds.substr(at, end - at) == kind) return true;
    at = end + 1;
  }
  return false;
}

constexpr std::string_view kLinkKinds = "hub replica cluster region users router git";

std::vector<std::string> candidates(std::string_view kinds, const KnownNames& names) {
  std::vector<std::string> out;
  if (allows(kinds, "cluster")) out = names.clusters;
  if (allows(kinds, "region")) out.insert(out.end(), names.regions.begin(), names.regions.end());
  if (allows(kinds, "traffic")) out.insert(out.end(), names.traffic.begin(), names.traffic.end());
  if (allows(kinds, "repo")) out.insert(out.end(), names.repos.begin(), names.repos.end());
  for (const std::string_view word : {"hub", "users", "router", "git"}) {
    if (allows(kinds, word)) out.emplace_back(word);
  }
  if (allows(kinds, "replica")) {
    for (auto& name : names.replica_names()) out.push_back(std::move(name));
  }
  return out;
}

PlaceProblem unknown_place(std::string_view text, std::string_view kinds, const KnownNames& names) {
  PlaceProblem problem;
  const bool clusters_only = kinds == "cluster";
  problem.code = clusters_only ? "SL3001" : kinds == "traffic" ? "SL3003" : "SL3004";
  const auto all = candidates(kinds, names);
  const auto near = nearest(text, all);
  // A place that exists, yet of a kind that does not fit here.
  for (const std::string_view kind :
       {"cluster", "region", "traffic", "repo", "hub", "users", "router", "git", "replica"}) {
    if (allows(kinds, kind)) continue;
    const auto others = candidates(kind, names);
    if (std::find(others.begin(), others.end(), text) != others.end()) {
      std::string wanted(kinds);
      for (std::size_t at = 0; (at = wanted.find(' ', at)) != std::string::npos; at += 4)
        wanted.replace(at, 1, " or ");
      problem.message = fmt::format("`{}` is a {}, where only {} can stand", text, kind, wanted);
      return problem;
    }
  }
  problem.message = fmt::format("there is no {} `{}`",
                                clusters_only        ? "cluster"
                                : kinds == "traffic" ? "traffic"
                                                     : "place",
                                text);
  if (!near.empty()) {
    problem.fix = fmt::format("did you mean `{}`?", near);
  } else if (!all.empty() && all.size() <= 12) {
    problem.fix = fmt::format("it is one of {}", fmt::join(all, ", "));
  }
  return problem;
}

}  // namespace

std::vector<std::string> KnownNames::replica_names() const {
  std::vector<std::string> out;
  for (int i = 0; i < replicas; ++i) out.push_back(fmt::format("hub-{}", i));
  return out;
}

std::vector<std::string> KnownNames::events() const {
  std::vector<std::string> out{"start", "end"};
  for (const auto* set : {&faults, &steps}) {
    for (const auto& name : *set) {
      out.push_back(name + ".start");
      out.push_back(name + ".end");
    }
  }
  return out;
}

std::vector<std::string> group_members(const std::string& name, std::uint64_t count) {
  if (count == 0) return {name};
  std::vector<std::string> out;
  const auto width = std::to_string(count).size();
  for (std::uint64_t i = 1; i <= count; ++i)
    out.push_back(fmt::format("{}-{:0{}}", name, i, width));
  return out;
}

KnownNames known_names(const YamlNode& tree) {
  KnownNames out;
  const auto* world = tree.value("world");
  const auto* hub = under(world, "hub");
  if (const auto replicas = number_at(hub, "replicas", 64); replicas > 0) {
    out.replicas = static_cast<int>(replicas);
  }
  if (const auto* region = under(hub, "region"); region != nullptr && region->is_scalar()) {
    out.regions.insert(region->text);
  }
  std::set<std::string> clusters;
  if (const auto* map = under(world, "clusters"); map != nullptr) {
    for (const auto& entry : map->entries) {
      if (clusters.size() > kClustersMax) break;  // the validator refuses such a world
      for (auto& name : group_members(entry.key, number_at(&entry.value, "count", 5000)))
        clusters.insert(name);
      const auto* region = entry.value.value("region");
      if (region == nullptr || !region->is_scalar()) continue;
      const auto draw = parse_draw(region->text);
      if (draw && *draw && !(*draw)->range) {
        out.regions.insert((*draw)->options.begin(), (*draw)->options.end());
      } else {
        out.regions.insert(region->text);
      }
    }
  }
  out.clusters.assign(clusters.begin(), clusters.end());
  collect_keys(under(world, "traffic"), out.traffic);
  collect_keys(under(world, "repos"), out.repos);
  collect_keys(tree.value("faults"), out.faults);
  if (const auto* steps = tree.value("steps"); steps != nullptr) {
    for (const auto& step : steps->items) {
      if (const auto* name = step.value("name"); name != nullptr) out.steps.insert(name->text);
    }
  }
  return out;
}

std::vector<Place> find_places(std::string_view text, std::string_view kinds,
                               const KnownNames& names, std::optional<PlaceProblem>& problem) {
  if (kinds == "link") kinds = kLinkKinds;
  std::string_view wanted_kind;
  std::string_view name = text;
  for (const std::string_view prefix : {"region/", "cluster/", "traffic/"}) {
    if (text.substr(0, prefix.size()) == prefix) {
      wanted_kind = prefix.substr(0, prefix.size() - 1);
      name = text.substr(prefix.size());
    }
  }
  const auto fits = [&](std::string_view kind) {
    return allows(kinds, kind) && (wanted_kind.empty() || wanted_kind == kind);
  };
  std::vector<Place> out;
  if (fits("cluster")) {
    for (const auto& cluster : names.clusters) {
      if (matches(name, cluster)) out.push_back({Place::Kind::cluster, cluster});
    }
  }
  const bool cluster_found = !out.empty();
  const std::string exact(name);
  if (fits("region") && names.regions.count(exact) > 0) {
    if (cluster_found) {
      problem = PlaceProblem{"SL3009", fmt::format("`{}` is a cluster and a region", name),
                             fmt::format("write cluster/{0} or region/{0}", name)};
      return {};
    }
    out.push_back({Place::Kind::region, exact});
  }
  if (fits("traffic") && names.traffic.count(exact) > 0)
    out.push_back({Place::Kind::traffic, exact});
  if (fits("repo") && names.repos.count(exact) > 0) out.push_back({Place::Kind::repo, exact});
  if (fits("hub") && name == "hub") out.push_back({Place::Kind::hub, "hub"});
  if (fits("users") && name == "users") out.push_back({Place::Kind::users, "users"});
  if (fits("router") && name == "router") out.push_back({Place::Kind::router, "router"});
  if (fits("git") && name == "git") out.push_back({Place::Kind::git, "git"});
  if (fits("replica")) {
    for (const auto& replica : names.replica_names()) {
      if (replica == name) out.push_back({Place::Kind::replica, replica});
    }
    constexpr std::string_view kOwner = "owner/";
    if (text.starts_with(kOwner)) {
      for (const auto& cluster : names.clusters) {
        if (matches(text.substr(kOwner.size()), cluster))
          out.push_back({Place::Kind::owner, cluster});
      }
    }
  }
  if (out.empty()) problem = unknown_place(text, kinds, names);
  return out;
}

Result<EventTime> parse_event(std::string_view text) {
  EventTime out;
  const auto plus = text.find('+');
  auto event = text.substr(0, plus);
  while (!event.empty() && event.back() == ' ') event.remove_suffix(1);
  out.event = event;
  if (plus != std::string_view::npos) {
    auto span_text = text.substr(plus + 1);
    while (!span_text.empty() && span_text.front() == ' ') span_text.remove_prefix(1);
    auto span = parse_span(span_text);
    if (!span) return span.error();
    out.plus = *span;
  }
  return out;
}

}  // namespace spokelab::harness
