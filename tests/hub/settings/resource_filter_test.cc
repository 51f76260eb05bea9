// Which kinds are left out.
#include "hub/settings/resource_filter.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

ResourceFilter filter_of(const char* exclusions, const char* inclusions) {
  auto out = read_filtered_resources(Json::parse(exclusions));
  auto in = read_filtered_resources(Json::parse(inclusions));
  EXPECT_TRUE(out);
  EXPECT_TRUE(in);
  return {*out, *in};
}

TEST(ResourceFilter, EventsMetricsAndLeasesAreAlwaysOut) {
  const ResourceFilter none;
  EXPECT_TRUE(none.excludes("events.k8s.io", "Event", ""));
  EXPECT_TRUE(none.excludes("metrics.k8s.io", "PodMetrics", ""));
  EXPECT_TRUE(none.excludes("", "Event", ""));
  EXPECT_TRUE(none.excludes("coordination.k8s.io", "Lease", ""));
  EXPECT_FALSE(none.excludes("", "Endpoints", ""));
  EXPECT_FALSE(none.excludes("apps", "Deployment", ""));
  const ResourceFilter all = filter_of("[]", R"([{"apiGroups": ["*"]}])");
  EXPECT_TRUE(all.excludes("", "Event", ""));
}

TEST(ResourceFilter, GroupsAndClustersAreGlobsAndKindsAreNames) {
  struct Row {
    const char* exclusions;
    const char* group;
    const char* kind;
    const char* server;
    bool excluded;
  };
  const Row rows[] = {
      {R"([{"apiGroups": ["apps"], "kinds": ["Deployment"]}])", "apps", "Deployment", "s", true},
      {R"([{"apiGroups": ["apps"], "kinds": ["Deploy*"]}])", "apps", "Deployment", "s", false},
      {R"([{"apiGroups": ["apps"], "kinds": ["*"]}])", "apps", "Deployment", "s", true},
      {R"([{"apiGroups": ["*.io"], "kinds": ["Thing"]}])", "example.io", "Thing", "s", true},
      {R"([{"kinds": ["Secret"]}])", "", "Secret", "s", true},
      {R"([{"kinds": ["Secret"], "clusters": ["https://prod*"]}])", "", "Secret",
       "https://prod:6443", true},
      {R"([{"kinds": ["Secret"], "clusters": ["https://prod*"]}])", "", "Secret", "https://dr:6443",
       false},
      {R"([{"apiGroups": [""], "kinds": ["Secret"]}])", "", "Secret", "s", true},
      {R"([{"apiGroups": [""], "kinds": ["Secret"]}])", "example.io", "Secret", "s", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(filter_of(row.exclusions, "[]").excludes(row.group, row.kind, row.server),
              row.excluded)
        << row.exclusions << " " << row.group << "/" << row.kind << " on " << row.server;
  }
}

TEST(ResourceFilter, InclusionsLeaveOutAllElseAndExclusionsStillCount) {
  const ResourceFilter only =
      filter_of(R"([{"apiGroups": ["apps"], "kinds": ["ReplicaSet"]}])",
                R"([{"apiGroups": ["apps"]}, {"apiGroups": [""], "kinds": ["Secret"]}])");
  EXPECT_FALSE(only.excludes("apps", "Deployment", ""));
  EXPECT_TRUE(only.excludes("apps", "ReplicaSet", ""));
  EXPECT_FALSE(only.excludes("", "Secret", ""));
  EXPECT_TRUE(only.excludes("", "ConfigMap", ""));
}

TEST(ResourceFilter, TheStockSettingsLeaveOutWhatIsNoisy) {
  const ResourceFilter stock{stock_exclusions(), {}};
  EXPECT_TRUE(stock.excludes("", "Endpoints", ""));
  EXPECT_TRUE(stock.excludes("discovery.k8s.io", "EndpointSlice", ""));
  EXPECT_TRUE(stock.excludes("cilium.io", "CiliumEndpoint", ""));
  EXPECT_TRUE(stock.excludes("wgpolicyk8s.io", "PolicyReport", ""));
  EXPECT_FALSE(stock.excludes("kyverno.io", "ClusterPolicy", ""));
  EXPECT_FALSE(stock.excludes("", "Service", ""));
}

TEST(ResourceFilter, SaysWhichEntryIsWrong) {
  const auto wrong = read_filtered_resources(Json::parse(R"([{}, {"kinds": "Secret"}])"));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("[1].kinds"), std::string::npos)
      << wrong.error().message();
}

}  // namespace
}  // namespace spokelab::hub
