// AppProject: where a group of applications may come from, where they may go, and what they may
// consist of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/app/project/pattern.h"
#include "hub/app/project/sync_window.h"
#include "hub/cluster/cluster_set.h"
#include "kube/resource.h"

namespace spokelab::hub {

/// One entry of a list of kinds. An empty name: any.
struct KindRule {
  Pattern group;
  Pattern kind;
  Pattern name;
};

/// One entry of `destinations`; server or name must fit, and the namespace.
struct ProjectDestination {
  Pattern server;
  Pattern name;
  Pattern ns;
};

/// One entry of `destinationServiceAccounts`, with globs.
struct DestinationAccount {
  std::string server;
  std::string ns;
  std::string account;  ///< "deployer", or with its namespace "ops:deployer".
};

/// `orphanedResources`: present means that they are looked for.
struct OrphanRules {
  bool warn = true;
  std::vector<KindRule> ignored;  ///< An empty kind: any.
};

/// A project as it is enforced (Argo CD pkg/apis/application/v1alpha1, AppProject).
struct AppProject {
  std::string name;
  std::vector<Pattern> source_repos;  ///< Normalized URLs.
  std::vector<ProjectDestination> destinations;
  std::vector<KindRule> cluster_whitelist;  ///< Empty: no cluster-scoped kind at all.
  std::vector<KindRule> cluster_blacklist;
  std::optional<std::vector<KindRule>> namespace_whitelist;  ///< Absent: every namespaced kind.
  std::vector<KindRule> namespace_blacklist;
  std::optional<OrphanRules> orphans;
  std::vector<SyncWindow> windows;
  std::vector<DestinationAccount> accounts;
  std::vector<std::string> source_namespaces;  ///< Whose Applications may use it, beside Argo CD's.
  bool only_scoped_clusters = false;           ///< `permitOnlyProjectScopedClusters`.
  std::vector<std::string> scoped_clusters;  ///< Server URLs of the clusters that name the project.
  std::vector<std::string> unsupported;      ///< A sentence for each field that has no effect here.

  bool permits_source(const std::string& repo_url) const;
  /// `cluster`: what the destination resolves to; its name and its server both count.
  bool permits_destination(const ClusterInfo& cluster, const std::string& ns) const;
  /// Whether objects of that kind and name may be deployed at all.
  bool permits_kind(const kube::ObjectKey& key, bool namespaced) const;
  /// Kind, and for what lies in a namespace the destination, too.
  bool permits_object(const kube::ObjectKey& key, const ClusterInfo& cluster) const;
  /// The user that syncs to a destination act as, "system:serviceaccount:NS:NAME", by the first
  /// entry that fits; "" when none does. `app_ns` stands in for a destination without a namespace.
  /// Errors: bad_input, for a broken glob or account.
  Result<std::string> service_account_for(const std::string& server, const std::string& ns,
                                          const std::string& app_ns) const;
  /// Why a sync may not apply an object, in Argo CD's words; "": it may.
  std::string refusal(const kube::ObjectKey& key, bool namespaced,
                      const ClusterInfo& cluster) const;
};

/// Reads an AppProject. Errors: invalid, naming the field.
Result<AppProject> read_project(const Json& object);

/// Adds what clusters that name the project as theirs allow: destinations on them.
void add_scoped_clusters(AppProject& project, const std::vector<const ClusterInfo*>& clusters);

/// Adds the lists of a global project (argocd-cm `globalProjects`) to those of `project`.
void add_global(AppProject& project, const AppProject& global);

/// The project that Argo CD makes at its start where it is not there: everything is allowed.
Json default_project(const std::string& ns);

/// A repository's URL as projects compare it: SSH in one form, host in small letters, no ".git".
std::string normalized_repo_url(std::string url);

}  // namespace spokelab::hub
