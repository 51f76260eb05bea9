// Reading projects and asking them for permission.
#include "hub/app/project/project.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/json.h"
#include "hub/app/field_reader.h"
#include "hub/glob.h"

namespace spokelab::hub {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// "git@host:path", with or without ssh:// in front.
bool is_ssh(std::string_view url) {
  if (url.starts_with("ssh://")) url.remove_prefix(6);
  const auto at = url.find('@');
  return at != std::string_view::npos && url.find('@', at + 1) == std::string_view::npos &&
         url.substr(0, at).find_first_of("/:") == std::string_view::npos && at + 1 < url.size();
}

Pattern source_pattern(const std::string& written) {
  if (written.starts_with('!')) {
    return Pattern("!" + normalized_repo_url(written.substr(1)), GlobDialect::doublestar);
  }
  return Pattern(normalized_repo_url(written), GlobDialect::doublestar);
}

KindRule kind_rule(FieldReader& reader, GlobDialect dialect) {
  return KindRule{Pattern(reader.text("group"), dialect), Pattern(reader.text("kind"), dialect),
                  Pattern(reader.text("name"), dialect)};
}

std::vector<KindRule> kind_rules(FieldReader& reader, std::string_view key,
                                 GlobDialect dialect = GlobDialect::go_path) {
  std::vector<KindRule> rules;
  reader.each(key, [&](FieldReader& one) { rules.push_back(kind_rule(one, dialect)); });
  return rules;
}

bool listed(const std::vector<KindRule>& rules, const kube::ObjectKey& key) {
  return std::any_of(rules.begin(), rules.end(), [&](const KindRule& rule) {
    return rule.kind.matches(key.kind) && rule.group.matches(key.group) &&
           (rule.name.empty() || rule.name.matches(key.name));
  });
}

template <class List>
void append(List& to, const List& from) {
  to.insert(to.end(), from.begin(), from.end());
}

AppProject read_spec(FieldReader& spec) {
  AppProject project;
  for (const std::string& url : spec.texts("sourceRepos"))
    project.source_repos.push_back(source_pattern(url));
  spec.each("destinations", [&](FieldReader& one) {
    std::string server = one.text("server");
    while (server.size() > 1 && server.ends_with('/')) server.pop_back();
    project.destinations.push_back(
        {Pattern(std::move(server)), Pattern(one.text("name")), Pattern(one.text("namespace"))});
  });
  project.cluster_whitelist = kind_rules(spec, "clusterResourceWhitelist");
  project.cluster_blacklist = kind_rules(spec, "clusterResourceBlacklist");
  if (spec.list("namespaceResourceWhitelist") != nullptr)
    project.namespace_whitelist = kind_rules(spec, "namespaceResourceWhitelist");
  project.namespace_blacklist = kind_rules(spec, "namespaceResourceBlacklist");
  spec.within("orphanedResources", [&](FieldReader& orphans) {
    project.orphans = OrphanRules{orphans.truth("warn", true),
                                  kind_rules(orphans, "ignore", GlobDialect::greedy)};
  });
  spec.each("syncWindows", [&](FieldReader& one) {
    const std::string kind = one.text("kind");
    if (kind == "allow" || kind == "deny") {
      project.windows.push_back(read_sync_window(one));
    } else {
      project.unsupported.push_back(fmt::format(
          "a sync window of kind '{}' is neither allow nor deny and has no effect", kind));
    }
  });
  spec.each("destinationServiceAccounts", [&](FieldReader& one) {
    project.accounts.push_back(
        {one.text("server"), one.text("namespace"), one.text("defaultServiceAccount")});
  });
  project.source_namespaces = spec.texts("sourceNamespaces");
  project.only_scoped_clusters = spec.truth("permitOnlyProjectScopedClusters");
  constexpr std::string_view kNoEffect = "is not supported by this engine and has no effect";
  for (const std::string_view field : {"signatureKeys", "sourceIntegrity", "syncWindowRefs"}) {
    const Json* value = find(spec.json(), {field});
    if (value == nullptr || value->is_null() || value->empty()) continue;
    project.unsupported.push_back(fmt::format("{} of the project {}", field, kNoEffect));
  }
  return project;
}

}  // namespace

std::string normalized_repo_url(std::string url) {
  url = trimmed(url);
  if (is_ssh(url)) {
    if (url.starts_with("ssh://")) {
      url.erase(0, 6);
    } else if (const auto colon = url.find(':'); colon != std::string::npos) {
      url[colon] = '/';
    }
  }
  if (url.ends_with(".git")) url.resize(url.size() - 4);
  const auto scheme = url.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  if (scheme == std::string::npos && !is_ssh(url)) return url;
  const std::size_t end = std::min(url.find('/', host), url.size());
  const auto at = url.rfind('@', end);
  const std::size_t from = at != std::string::npos && at >= host ? at + 1 : host;
  for (std::size_t i = from; i < end; ++i)
    url[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(url[i])));
  return url;
}

bool AppProject::permits_source(const std::string& repo_url) const {
  const std::string url = normalized_repo_url(repo_url);
  bool any = false;
  for (const Pattern& pattern : source_repos) {
    if (pattern.holds_for(url)) {
      any = true;
    } else if (pattern.denies()) {
      return false;
    }
  }
  return any;
}

bool AppProject::permits_destination(const ClusterInfo& cluster, const std::string& ns) const {
  bool any = false;
  for (const ProjectDestination& to : destinations) {
    const bool by_name = !cluster.name.empty() && to.name.holds_for(cluster.name);
    const bool by_server = !cluster.server.empty() && to.server.holds_for(cluster.server);
    const bool by_namespace = to.ns.holds_for(ns);
    if ((by_name || by_server) && by_namespace) {
      any = true;
    } else if ((!by_name && to.name.denies()) || (!by_server && to.server.denies()) ||
               (!by_namespace && to.ns.denies())) {
      return false;
    }
  }
  if (!any || !only_scoped_clusters) return any;
  return std::find(scoped_clusters.begin(), scoped_clusters.end(), cluster.server) !=
         scoped_clusters.end();
}

bool AppProject::permits_kind(const kube::ObjectKey& key, bool namespaced) const {
  if (namespaced) {
    // Names count for cluster-scoped kinds only.
    const kube::ObjectKey kind{key.group, key.kind, "", ""};
    return (!namespace_whitelist || listed(*namespace_whitelist, kind)) &&
           !listed(namespace_blacklist, kind);
  }
  return listed(cluster_whitelist, key) && !listed(cluster_blacklist, key);
}

bool AppProject::permits_object(const kube::ObjectKey& key, const ClusterInfo& cluster) const {
  return permits_kind(key, !key.ns.empty()) &&
         (key.ns.empty() || permits_destination(cluster, key.ns));
}

std::string AppProject::refusal(const kube::ObjectKey& key, bool namespaced,
                                const ClusterInfo& cluster) const {
  if (!permits_kind(key, namespaced)) {
    return fmt::format("resource {}:{} is not permitted in project {}", key.group, key.kind, name);
  }
  if (namespaced && !permits_destination(cluster, key.ns))
    return fmt::format("namespace {} is not permitted in project '{}'", key.ns, name);
  return "";
}

Result<std::string> AppProject::service_account_for(const std::string& server,
                                                    const std::string& ns,
                                                    const std::string& app_ns) const {
  for (const DestinationAccount& one : accounts) {
    const auto by_server = Glob::compile(one.server, GlobDialect::greedy);
    if (!by_server) return by_server.error().within("invalid glob pattern for destination server");
    const auto by_ns = Glob::compile(one.ns, GlobDialect::greedy);
    if (!by_ns) return by_ns.error().within("invalid glob pattern for destination namespace");
    if (!by_server->matches(server) || !by_ns->matches(ns)) continue;
    const bool blank = one.account.find_first_not_of(' ') == std::string::npos;
    if (blank || one.account.find_first_of("!*[]{}\\/") != std::string::npos) {
      return Error(Errc::bad_input,
                   fmt::format("default service account contains invalid chars '{}'", one.account));
    }
    if (one.account.find(':') != std::string::npos) return "system:serviceaccount:" + one.account;
    return fmt::format("system:serviceaccount:{}:{}", ns.empty() ? app_ns : ns, one.account);
  }
  return std::string();
}

Result<AppProject> read_project(const Json& object) {
  std::optional<Error> fault;
  FieldReader reader(object, "", fault);
  AppProject project;
  reader.within("spec", [&](FieldReader& spec) { project = read_spec(spec); });
  project.name = text_at(object, {"metadata", "name"});
  if (fault) return *fault;
  return project;
}

void add_scoped_clusters(AppProject& project, const std::vector<const ClusterInfo*>& clusters) {
  for (const ClusterInfo* cluster : clusters) {
    if (cluster->project != project.name) continue;
    project.scoped_clusters.push_back(cluster->server);
    std::vector<std::string> namespaces = cluster->namespaces;
    if (namespaces.empty()) namespaces.emplace_back("*");
    for (const std::string& ns : namespaces)
      project.destinations.push_back({Pattern(cluster->server), Pattern(), Pattern(ns)});
  }
}

void add_global(AppProject& project, const AppProject& global) {
  append(project.cluster_whitelist, global.cluster_whitelist);
  append(project.cluster_blacklist, global.cluster_blacklist);
  if (global.namespace_whitelist && !global.namespace_whitelist->empty()) {
    if (!project.namespace_whitelist) project.namespace_whitelist.emplace();
    append(*project.namespace_whitelist, *global.namespace_whitelist);
  }
  append(project.namespace_blacklist, global.namespace_blacklist);
  append(project.windows, global.windows);
  append(project.source_repos, global.source_repos);
  append(project.destinations, global.destinations);
}

Json default_project(const std::string& ns) {
  Json everything_cluster = {{"group", "*"}, {"kind", "*"}};
  Json everywhere = {{"server", "*"}, {"namespace", "*"}};
  return {{"apiVersion", "argoproj.io/v1alpha1"},
          {"kind", "AppProject"},
          {"metadata", {{"name", "default"}, {"namespace", ns}}},
          {"spec",
           {{"sourceRepos", Json::array({"*"})},
            {"destinations", Json::array({std::move(everywhere)})},
            {"clusterResourceWhitelist", Json::array({std::move(everything_cluster)})}}}};
}

}  // namespace spokelab::hub
