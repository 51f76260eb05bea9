// Versions of Kubernetes as Helm reads them.
#include "hub/helm/kube_version.h"

#include <gtest/gtest.h>

namespace spokelab::hub::helm {
namespace {

TEST(HelmKubeVersion, KeepsTheNumbersAndDropsTheRest) {
  const std::pair<const char*, const char*> cases[] = {
      {"1.28", "v1.28 1 28"},
      {"v1.29.3-gke.100", "v1.29.3 1 29"},
      {"1.30.1+k3s1", "v1.30.1 1 30"},
      {"1", "illegal version string \"1\""},
      {"1.x", "illegal version string \"1.x\""},
      {"abc", "could not parse \"abc\" as version"},
      {"01.2.3", "illegal zero-prefixed version component \"01\" in \"01.2.3\""}};
  for (const auto& [text, expected] : cases) {
    const auto version = parse_kube_version(text);
    EXPECT_EQ(version ? version->version + " " + version->major + " " + version->minor
                      : version.error().message(),
              expected);
  }
}

}  // namespace
}  // namespace spokelab::hub::helm
