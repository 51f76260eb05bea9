// scmProvider and pullRequest: generators that ask a forge, which this hub has no way to. They are
// read as far as Argo CD reads them before it asks, so that wrong ones are told as Argo CD tells
// them, and the others say what is missing: an empty answer would delete Applications.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "hub/appset/generators/generator.h"
#include "hub/glob.h"

namespace spokelab::hub {

namespace {

/// A forge's field in a generator, and the field that holds its address where it has one.
struct Forge {
  std::string_view key;
  std::string_view address;
};

constexpr Forge kScmForges[] = {
    {"github", "api"},      {"gitlab", "api"}, {"gitea", "api"},     {"bitbucketServer", "api"},
    {"azureDevOps", "api"}, {"bitbucket", ""}, {"awsCodeCommit", ""}};
constexpr Forge kPullForges[] = {{"github", "api"},    {"gitlab", "api"},
                                 {"gitea", "api"},     {"bitbucketServer", "api"},
                                 {"bitbucket", "api"}, {"azuredevops", "api"}};

template <std::size_t N>
const Forge* forge_of(const Json& generator, const Forge (&forges)[N]) {
  for (const Forge& forge : forges) {
    const Json* found = find(generator, {forge.key});
    if (found != nullptr && found->is_object()) return &forge;
  }
  return nullptr;
}

bool is_allowed(const std::string& address, const std::vector<std::string>& allowed) {
  if (address.empty() || allowed.empty()) return true;
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& pattern) { return matches_glob(pattern, address); });
}

Error refusal(std::string_view generator, const Forge* forge, const Json& spec,
              std::string_view without, const GeneratorSettings& settings) {
  if (!settings.scm_providers) return Error(Errc::unsupported, "scm providers are disabled");
  std::string address;
  if (forge != nullptr && !forge->address.empty()) {
    address = text_at(spec, {forge->key, forge->address});
  }
  if (!is_allowed(address, settings.allowed_scm_providers)) {
    return Error(Errc::unsupported,
                 fmt::format("scm provider \"{}\" not allowed, must use one of the following: {}",
                             address, fmt::join(settings.allowed_scm_providers, ", ")));
  }
  if (forge == nullptr) return Error(Errc::bad_input, std::string(without));
  return Error(Errc::unsupported,
               fmt::format("the {} generator is not available offline: {}{} cannot be asked from "
                           "this hub; put what it would find into a list or git generator",
                           generator, forge->key, address.empty() ? "" : " at " + address));
}

}  // namespace

Result<ParamSets> scm_provider_params(const Json& generator, const GeneratorScope& scope) {
  return refusal("scmProvider", forge_of(generator, kScmForges), generator,
                 "no SCM provider implementation configured", scope.settings);
}

Result<ParamSets> pull_request_params(const Json& generator, const GeneratorScope& scope) {
  return refusal("pullRequest", forge_of(generator, kPullForges), generator,
                 "no Pull Request provider implementation configured", scope.settings);
}

}  // namespace spokelab::hub
