// Tests of cluster Secrets, and of the profiles that come with them.
#include "hub/cluster/secret.h"

#include <gmock/gmock.h>

#include "base/base64.h"
#include "base/json.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json secret(const std::map<std::string, std::string>& data) {
  Json out = {
      {"metadata", {{"name", "cluster-prod"}, {"uid", "u1"}, {"labels", {{"env", "prod"}}}}}};
  for (const auto& [key, value] : data) out["data"][key] = base64(value);
  return out;
}

TEST(HubClusterSecret, IsReadAsArgoCdWritesIt) {
  const auto config =
      R"({"bearerToken":"t","tlsClientConfig":{"insecure":false,"caData":"UEVN","serverName":"sn"}})";
  const auto info = read_cluster_secret(secret({{"name", "prod"},
                                                {"server", "https://prod:6443/"},
                                                {"config", config},
                                                {"namespaces", "a, b,"},
                                                {"shard", "2"}}),
                                        Profile());
  ASSERT_TRUE(info.has_value()) << info.error().message();
  EXPECT_EQ(info->server, "https://prod:6443");
  EXPECT_EQ(info->access.endpoint.port, 6443);
  EXPECT_EQ(info->access.bearer_token, "t");
  EXPECT_EQ(info->access.endpoint.ca_pem, "PEM");
  EXPECT_EQ(info->access.endpoint.server_name, "sn");
  EXPECT_THAT(info->namespaces, ElementsAre("a", "b"));
  EXPECT_EQ(info->shard, 2);
  EXPECT_EQ(info->labels.at("env"), "prod");
  EXPECT_EQ(info->access.read_idle, Profile().read_idle);
}

TEST(HubClusterSecret, SaysWhatIsWrong) {
  struct Case {
    std::map<std::string, std::string> data;
    std::string part;
  };
  const Case cases[] = {
      {{{"name", "x"}}, "data.server is missing"},
      {{{"server", "ftp://x"}}, "no http or https URL"},
      {{{"server", "https://x:0"}}, "invalid port"},
      {{{"server", "https://x:99999999999"}}, "invalid port"},
      {{{"server", "https://[::1"}}, "missing ']'"},
      {{{"server", "https://x"}, {"config", "{"}}, "failed to unmarshal cluster config"},
      {{{"server", "https://x"}, {"config", R"({"tlsClientConfig":{"caData":"%"}})"}},
       "caData is no base64"},
      {{{"server", "https://x"}, {"config", R"({"execProviderConfig":{"command":"x"}})"}},
       "credential plugin"},
      {{{"server", "https://x"}, {"shard", "two"}}, "no whole number"},
  };
  for (const auto& one : cases) {
    const auto info = read_cluster_secret(secret(one.data), Profile());
    ASSERT_FALSE(info.has_value()) << one.part;
    EXPECT_THAT(info.error().message(), HasSubstr(one.part));
  }
  EXPECT_FALSE(read_cluster_secret(Json::array(), Profile()).has_value());
  EXPECT_FALSE(read_cluster_secret({{"data", {{"server", "*"}}}}, Profile()).has_value());
}

TEST(HubClusterSecret, IsNamedByHostAndHash) {
  EXPECT_EQ(cluster_secret_name("https://kubernetes.default.svc"),
            "cluster-kubernetes.default.svc-3396314289");
  EXPECT_EQ(fnv32a("a"), 0xe40c292cU);
  EXPECT_THAT(cluster_secret_name("https://PROD:6443"), HasSubstr("cluster-prod-"));
}

TEST(HubProfile, ReadsArgoCdsSettings) {
  const auto profile = make_profile("argocd-3.5", {{"ARGOCD_RECONCILIATION_TIMEOUT", "30s"},
                                                   {"controller.status.processors", "7"},
                                                   {"HTTP2_READ_IDLE_TIMEOUT_SECONDS", "5"},
                                                   {"cluster.inClusterEnabled", "false"}});
  ASSERT_TRUE(profile.has_value()) << profile.error().message();
  EXPECT_EQ(profile->refresh_every, 30s);
  EXPECT_EQ(profile->repo_poll_every, 30s);
  EXPECT_EQ(profile->workers, 7);
  EXPECT_EQ(profile->read_idle, 5s);
  EXPECT_EQ(profile->dial_timeout, 30s);
  EXPECT_FALSE(profile->in_cluster);
  EXPECT_FALSE(profile->probe_actively);
}

TEST(HubProfile, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(make_profile("argocd", {}).error().message(),
            "unknown profile \"argocd\"; did you mean \"argocd-3.5\"?");
  EXPECT_EQ(make_profile("spokelab", {{"timeout.reconcilation", "1m"}}).error().message(),
            "unknown setting \"timeout.reconcilation\"; did you mean \"timeout.reconciliation\"?");
  EXPECT_FALSE(make_profile("spokelab", {{"ARGOCD_K8S_TCP_TIMEOUT", "soon"}}).has_value());
  EXPECT_FALSE(
      make_profile("spokelab", {{"ARGO_CD_UPDATE_CLUSTER_INFO_TIMEOUT", "1s"}}).has_value());
  EXPECT_FALSE(make_profile("spokelab", {{"spokelab.lease.renew.every", "10s"}}).has_value());
}

}  // namespace
}  // namespace spokelab::hub
