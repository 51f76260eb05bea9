// Packed charts: gzip and tar as they come, or files told as text ("=== PATH", then its lines) that
// are packed first, so that what is inside is reached as well.
#include <algorithm>
#include <vector>

#include "base/json.h"
#include "hub/helm/chart.h"
#include "hub/helm/chart/archive.h"
#include "hub/helm/manifests.h"
#include "hub/helm/render.h"
#include "tests/fuzz/targets.h"
#include "tests/hub/helm/tgz.h"

namespace spokelab::fuzz {

namespace {

using namespace hub::helm;

constexpr std::string_view kMark = "=== ";

std::string packed_from_text(std::string_view text) {
  std::vector<TarEntry> entries;
  while (text.starts_with(kMark)) {
    text.remove_prefix(kMark.size());
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string path(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t next = text.find("\n" + std::string(kMark));
    entries.push_back({path, std::string(text.substr(0, next))});
    text.remove_prefix(next == std::string_view::npos ? text.size() : next + 1);
  }
  return tgz(entries);
}

}  // namespace

std::string feed_helm_archive(std::string_view bytes) {
  if (bytes.size() > (1 << 16)) return {};
  const bool told = bytes.starts_with(kMark);
  std::size_t left = 1 << 20;
  const auto files = told ? unpack_chart(packed_from_text(bytes), left) : unpack_chart(bytes, left);
  if (!files) return {};
  for (const auto& [path, text] : *files) {
    if (path.empty() || path[0] == '/' || path == ".." || path.starts_with("../") ||
        path.find("/../") != std::string::npos)
      return "a file outside of the chart: " + path;
  }
  const auto chart = load_chart(*files, "");
  if (!chart) return {};
  RenderOptions options;
  options.release_name = "r";
  options.include_crds = true;
  options.steps_max = 100'000;
  const auto rendered = render(**chart, options);
  if (rendered) static_cast<void>(print_manifests(rendered->manifests, {}));
  return {};
}

}  // namespace spokelab::fuzz
