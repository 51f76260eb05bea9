// Helm sources: charts parsed once, calls carried out by the engine.
#include "hub/app/source/helm_render.h"

namespace spokelab::hub {

struct ChartCache::State {};

ChartCache::ChartCache() : state_(std::make_unique<State>()) {}
ChartCache::~ChartCache() = default;

Result<std::vector<JsonRef>> ChartCache::render(const std::string&, const FileTree&,
                                                const std::string&, const HelmCall& call) {
  return Error(Errc::unsupported, helm_failure(call, "the Helm engine is not built in").message());
}

}  // namespace spokelab::hub
