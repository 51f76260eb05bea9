// Fuzzes packed charts: gzip, tar, names in them, and the chart that comes out.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/helm/chart.h"
#include "hub/helm/chart/archive.h"
#include "hub/helm/render.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spokelab;
  using namespace spokelab::hub::helm;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::size_t left = 1 << 20;
  const auto files = unpack_chart(bytes, left);
  if (!files) return 0;
  for (const auto& [path, text] : *files) {
    if (path.empty() || path[0] == '/' || path.starts_with("..")) std::abort();
  }
  const auto chart = load_chart(*files, "");
  if (!chart) return 0;
  RenderOptions options;
  options.release_name = "r";
  options.steps_max = 100'000;
  (void)render(**chart, options);
  return 0;
}
