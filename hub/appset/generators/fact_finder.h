// FactFinder: goes and gets the facts that generators wish for.
#pragma once

#include <optional>

#include "base/async.h"
#include "base/clock.h"
#include "base/http.h"
#include "base/repo.h"
#include "hub/appset/generators/facts.h"
#include "kube/client.h"

namespace spokelab::hub {

/// Facts that one generation may ask for.
inline constexpr std::size_t kFactsMax = 10'000;

/// The ports must outlive it.
class FactFinder {
 public:
  /// `outside` opens connections to generator plugins; nullptr: none can be asked.
  FactFinder(Clock& clock, kube::Client& hub, Repos& repos, HttpDialer* outside)
      : clock_(clock), hub_(hub), repos_(repos), outside_(outside) {}

  /// Finds out everything wanted now; what fails is put down as an error, worded as Argo CD words
  /// it. Errors: limit for more than kFactsMax.
  Task<Result<void>> find_out(Facts& facts);

 private:
  Task<Result<Tree>> tree(TreeKey key);
  Task<Result<JsonRef>> object(ObjectKey key);
  Task<Result<std::vector<JsonRef>>> list(ListKey key);
  Task<Result<JsonRef>> answer(PluginKey key);

  Clock& clock_;
  kube::Client& hub_;
  Repos& repos_;
  HttpDialer* outside_;
};

}  // namespace spokelab::hub
