#include "hub/app/unsupported.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "hub/app/compare/jq_paths.h"

namespace spokelab::hub {

std::vector<std::string> unsupported_features(const Application& app) {
  std::vector<std::string> all;
  constexpr std::string_view kNoEffect = "is not supported by this engine and has no effect";
  for (const IgnoredDifference& ignored : app.spec.ignore_differences) {
    for (const std::string& expression : ignored.jq_path_expressions) {
      const std::string refusal = jq_refusal(expression);
      if (!refusal.empty()) all.push_back("ignoreDifferences: " + refusal);
    }
  }
  if (app.spec.hydrated) {
    all.push_back(
        fmt::format("sourceHydrator is not run by this engine: branch {} is deployed as it is",
                    app.spec.sources.empty() ? "" : app.spec.sources.front().target_revision));
  }
  constexpr std::string_view kKnown[] = {
      "ApplyOutOfSyncOnly",
      "ClientSideApplyMigration",
      "CreateNamespace",
      "Delete",
      "FailOnSharedResource",
      "Force",
      "Prune",
      "PruneLast",
      "PrunePropagationPolicy",
      "Replace",
      "RespectIgnoreDifferences",
      "ServerSideApply",
      "SkipDryRunOnMissingResource",
      "Validate"};  // nothing is validated before it is sent, as with Validate=false
  for (const std::string& option : app.spec.sync_policy.options.all()) {
    const auto name = std::string_view(option).substr(0, option.find('='));
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown))
      all.push_back(fmt::format("sync option {} {}", option, kNoEffect));
  }
  // IgnoreExtraneous is for whatever deploys the application itself.
  constexpr std::string_view kCompared[] = {"IgnoreExtraneous", "IncludeMutationWebhook",
                                            "ServerSideDiff"};
  const auto compared = app.annotations.find("argocd.argoproj.io/compare-options");
  if (compared != app.annotations.end()) {
    const auto options = SyncOptions::from_annotation(compared->second);
    for (const std::string& option : options.all()) {
      const auto name = std::string_view(option).substr(0, option.find('='));
      if (std::find(std::begin(kCompared), std::end(kCompared), name) == std::end(kCompared))
        all.push_back(fmt::format("compare option {} {}", option, kNoEffect));
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace spokelab::hub
