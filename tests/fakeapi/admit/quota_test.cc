// LimitRange and ResourceQuota.
#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

constexpr const char* kCore = "/api/v1/namespaces/default/";

class QuotaTest : public ServerTest {
 protected:
  Json make(const std::string& resource, const char* body) {
    return json("POST", kCore + resource, Json::parse(body));
  }
  Json pod(const std::string& name, const char* resources = "{}") {
    return make("pods", (R"({"metadata":{"name":")" + name +
                         R"("},"spec":{"containers":[{"name":"c","image":"i","resources":)" +
                         resources + "}]}}")
                            .c_str());
  }
};

TEST_F(QuotaTest, ContainersGetTheDefaultsOfTheirLimitRange) {
  make("limitranges", R"({"metadata":{"name":"l"},"spec":{"limits":[
    {"type":"Container","default":{"cpu":"1"},"defaultRequest":{"cpu":"500m","memory":"64Mi"}}]}})");
  const Json made = pod("p");
  EXPECT_EQ(made["spec"]["containers"][0]["resources"],
            Json::parse(R"({"limits":{"cpu":"1"},"requests":{"cpu":"500m","memory":"64Mi"}})"));
  EXPECT_EQ(made["metadata"]["annotations"]["kubernetes.io/limit-ranger"],
            "LimitRanger plugin set: cpu, memory request for container c; cpu limit for container "
            "c");
}

TEST_F(QuotaTest, BoundsOfALimitRangeRefusePods) {
  make("limitranges", R"({"metadata":{"name":"l"},"spec":{"limits":[
    {"type":"Container","min":{"memory":"100Mi"},"max":{"cpu":"1","memory":"1Gi"}}]}})");
  const Json answer = pod("p", R"({"limits":{"cpu":"2","memory":"10Mi"}})");
  EXPECT_EQ(last_status, 403);
  EXPECT_EQ(answer["message"],
            "pods \"p\" is forbidden: [minimum memory usage per Container is 100Mi, but request is "
            "10Mi, minimum memory usage per Container is 100Mi, but limit is 10Mi, maximum cpu "
            "usage per Container is 1, but limit is 2, maximum cpu usage per Container is 1, but "
            "request is 2]");
}

TEST_F(QuotaTest, AFullQuotaRefusesAndCountsWhatIsThere) {
  make("resourcequotas", R"({"metadata":{"name":"q"},"spec":{"hard":{
    "pods":"1","requests.cpu":"1","count/configmaps":"3","services.nodeports":"0"}}})");
  EXPECT_EQ(pod("p")["message"],
            "pods \"p\" is forbidden: failed quota: q: must specify requests.cpu for: c");
  pod("p", R"({"requests":{"cpu":"600m"}})");
  ASSERT_EQ(last_status, 201);
  EXPECT_EQ(pod("p2", R"({"requests":{"cpu":"600m"}})")["message"],
            "pods \"p2\" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=600m, "
            "used: pods=1,requests.cpu=600m, limited: pods=1,requests.cpu=1");
  make("services", R"({"metadata":{"name":"s"},"spec":{"type":"NodePort","ports":[{"port":80}]}})");
  EXPECT_EQ(last_status, 403);
  json("DELETE", std::string(kCore) + "pods/p");
  pod("p2", R"({"requests":{"cpu":"600m"}})");
  EXPECT_EQ(last_status, 201);
}

}  // namespace
}  // namespace spokelab::fakeapi
