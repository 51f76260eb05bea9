// Versions of Kubernetes as Helm reads them.
#include "hub/helm/kube_version.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <vector>

namespace spokelab::hub::helm {

Result<KubeVersion> parse_kube_version(std::string_view text) {
  static const re2::RE2 pattern("\\s*v?([0-9]+(?:\\.[0-9]+)*)(?s:.*)");
  const auto refused = [](std::string why) { return Error(Errc::bad_input, std::move(why)); };
  std::string numbers;
  if (!re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern, &numbers))
    return refused(fmt::format("could not parse \"{}\" as version", text));
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= numbers.size();) {
    const std::size_t dot = std::min(numbers.find('.', at), numbers.size());
    parts.push_back(numbers.substr(at, dot - at));
    at = dot + 1;
  }
  if (parts.size() < 2) return refused(fmt::format("illegal version string \"{}\"", text));
  for (const std::string& part : parts) {
    if (part.size() > 1 && part[0] == '0') {
      return refused(
          fmt::format("illegal zero-prefixed version component \"{}\" in \"{}\"", part, text));
    }
  }
  return KubeVersion{"v" + numbers, parts[0], parts[1]};
}

}  // namespace spokelab::hub::helm
