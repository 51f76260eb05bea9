// Versions of Kubernetes as Helm reads them.
#include "hub/helm/kube_version.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace spokelab::hub::helm {

Result<KubeVersion> parse_kube_version(std::string_view text) {
  static const re2::RE2 pattern("\\s*v?(([0-9]+)\\.([0-9]+)(?:\\.[0-9]+)*)(?s:.*)");
  KubeVersion out;
  std::string numbers;
  if (!re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern, &numbers,
                           &out.major, &out.minor)) {
    return Error(Errc::bad_input, fmt::format("could not parse \"{}\" as version", text));
  }
  out.version = "v" + numbers;
  return out;
}

}  // namespace spokelab::hub::helm
