#include "fakeapi/auth.h"

#include <gmock/gmock.h>

#include "base/base64.h"
#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kRoles = "/apis/rbac.authorization.k8s.io/v1/";

class AuthTest : public ServerTest {
 protected:
  /// A request with headers of its own, and maybe a certificate.
  Json ask(const std::string& target,
           const std::vector<std::pair<std::string, std::string>>& headers,
           const HttpPeer& peer = {}) {
    HttpRequest request;
    request.target = target;
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    const auto reply = server.handle(request, peer);
    last_status = reply.response.status;
    const JsonRef document = reply.response.body.json();
    return document ? *document : Json();
  }
  void grant(const std::string& name, Json rules, Json subject) {
    json("POST", std::string(kRoles) + "clusterroles",
         {{"apiVersion", "rbac.authorization.k8s.io/v1"},
          {"kind", "ClusterRole"},
          {"metadata", {{"name", name}}},
          {"rules", std::move(rules)}});
    ASSERT_EQ(last_status, 201);
    json("POST", std::string(kRoles) + "clusterrolebindings",
         {{"apiVersion", "rbac.authorization.k8s.io/v1"},
          {"kind", "ClusterRoleBinding"},
          {"metadata", {{"name", name}}},
          {"roleRef",
           {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", name}}},
          {"subjects", Json::array({std::move(subject)})}});
    ASSERT_EQ(last_status, 201);
  }
  static Json rule(const std::string& group, const std::string& resource, const Json& verbs) {
    return Json{{"apiGroups", {group}}, {"resources", {resource}}, {"verbs", verbs}};
  }
  const Json bob{{"kind", "User"}, {"name", "bob"}};
};

TEST_F(AuthTest, AClientCertificateIsAUserAndItsGroups) {
  HttpPeer peer;
  peer.client_cert_common_name = "root";
  peer.client_cert_organizations = {"system:masters"};
  EXPECT_EQ(ask("/api/v1/secrets", {}, peer)["kind"], "SecretList");
}

TEST_F(AuthTest, ACertificateOfAnotherAuthorityIs401AndNotAnonymous) {
  HttpPeer peer;
  peer.client_cert_rejected = true;
  const Json status = ask("/version", {}, peer);
  EXPECT_EQ(last_status, 401);
  EXPECT_EQ(status["message"], "Unauthorized");
}

TEST_F(AuthTest, AnonymousSeesHealthAndVersionAndIsRefusedElsewhere) {
  for (const char* open : {"/healthz", "/livez", "/readyz", "/version"}) {
    ask(open, {});
    EXPECT_EQ(last_status, 200) << open;
  }
  const Json status = ask("/api", {});
  EXPECT_EQ(last_status, 403);
  EXPECT_EQ(status["message"], "forbidden: User \"system:anonymous\" cannot get path \"/api\"");
}

TEST_F(AuthTest, WhoMayNotImpersonateIsToldSo) {
  const Json status =
      ask("/version", {{"Authorization", "Bearer bob-token"}, {"Impersonate-User", "jane"}});
  EXPECT_EQ(last_status, 403);
  EXPECT_EQ(status["message"],
            "users \"jane\" is forbidden: User \"bob\" cannot impersonate resource \"users\" in "
            "API group \"\" at the cluster scope");
}

TEST_F(AuthTest, AnImpersonatedUserHasItsOwnRightsAndNoMore) {
  const Json status =
      ask("/api/v1/namespaces/default/pods", {{"Authorization", "Bearer admin-token"},
                                              {"Impersonate-User", "bob"},
                                              {"Impersonate-Group", "one"},
                                              {"Impersonate-Group", "two"}});
  EXPECT_EQ(last_status, 403);
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("User \"bob\" cannot list"));
}

TEST_F(AuthTest, AnImpersonatedAccountHasTheGroupsOfAccounts) {
  grant("accounts", Json::array({rule("", "pods", {"list"})}),
        {{"kind", "Group"}, {"name", "system:serviceaccounts:default"}});
  ask("/api/v1/pods", {{"Authorization", "Bearer admin-token"},
                       {"Impersonate-User", "system:serviceaccount:default:default"}});
  EXPECT_EQ(last_status, 200);
}

TEST_F(AuthTest, ImpersonationOfGroupsAloneIsAnError) {
  ask("/version", {{"Authorization", "Bearer admin-token"}, {"Impersonate-Group", "ops"}});
  EXPECT_EQ(last_status, 500);
}

TEST_F(AuthTest, NobodyGrantsWhatHeDoesNotHold) {
  grant("role-writer",
        Json::array({rule("rbac.authorization.k8s.io", "clusterroles", {"create", "update"}),
                     rule("", "pods", {"get"})}),
        bob);
  const auto role = [](Json verbs) {
    return Json{{"apiVersion", "rbac.authorization.k8s.io/v1"},
                {"kind", "ClusterRole"},
                {"metadata", {{"name", "mine"}}},
                {"rules", Json::array({rule("", "pods", verbs)})}};
  };
  const Json status = json("POST", std::string(kRoles) + "clusterroles", role({"get", "delete"}),
                           "application/json", "bob-token");
  EXPECT_EQ(last_status, 403);
  EXPECT_EQ(status["message"],
            "clusterroles.rbac.authorization.k8s.io \"mine\" is forbidden: user \"bob\" "
            "(groups=[\"devs\" \"system:authenticated\"]) is attempting to grant RBAC permissions "
            "not currently held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\"]}");
  json("POST", std::string(kRoles) + "clusterroles", role({"get"}), "application/json",
       "bob-token");
  EXPECT_EQ(last_status, 201);
}

TEST_F(AuthTest, EscalateAndBindLetOthersGrantMore) {
  grant("role-writer",
        Json::array(
            {rule("rbac.authorization.k8s.io", "clusterroles", {"create", "escalate", "bind"}),
             rule("rbac.authorization.k8s.io", "clusterrolebindings", {"create"})}),
        bob);
  json("POST", std::string(kRoles) + "clusterroles",
       {{"apiVersion", "rbac.authorization.k8s.io/v1"},
        {"kind", "ClusterRole"},
        {"metadata", {{"name", "mine"}}},
        {"rules", Json::array({rule("*", "*", {"*"})})}},
       "application/json", "bob-token");
  EXPECT_EQ(last_status, 201);
  json("POST", std::string(kRoles) + "clusterrolebindings",
       {{"apiVersion", "rbac.authorization.k8s.io/v1"},
        {"kind", "ClusterRoleBinding"},
        {"metadata", {{"name", "mine"}}},
        {"roleRef",
         {{"apiGroup", "rbac.authorization.k8s.io"},
          {"kind", "ClusterRole"},
          {"name", "cluster-admin"}}},
        {"subjects", Json::array({bob})}},
       "application/json", "bob-token");
  EXPECT_EQ(last_status, 201);
}

TEST_F(AuthTest, ARequestedTokenEndsWithItsTimeItsAudienceAndItsPod) {
  const Json answer = json("POST", "/api/v1/namespaces/default/serviceaccounts/default/token",
                           {{"spec", {{"expirationSeconds", 600}}}});
  ASSERT_EQ(last_status, 201);
  const auto token = answer["status"]["token"].get<std::string>();
  const auto as_account = [&] {
    return std::vector<std::pair<std::string, std::string>>{{"Authorization", "Bearer " + token}};
  };
  ask("/api", as_account());
  EXPECT_EQ(last_status, 200);
  run(601s);
  ask("/api", as_account());
  EXPECT_EQ(last_status, 401);

  const Json other = json("POST", "/api/v1/namespaces/default/serviceaccounts/default/token",
                          {{"spec", {{"audiences", {"vault"}}}}});
  ask("/api", {{"Authorization", "Bearer " + other["status"]["token"].get<std::string>()}});
  EXPECT_EQ(last_status, 401);
  const Json missing = json("POST", "/api/v1/namespaces/default/serviceaccounts/default/token",
                            {{"spec", {{"boundObjectRef", {{"kind", "Pod"}, {"name", "x"}}}}}});
  EXPECT_EQ(missing["message"], "pods \"x\" not found");
}

TEST_F(AuthTest, ATokenSaysWhoItIsFor) {
  const Json answer = json("POST", "/api/v1/namespaces/default/serviceaccounts/default/token",
                           {{"spec", Json::object()}});
  const auto token = answer["status"]["token"].get<std::string>();
  const auto first = token.find('.');
  const auto claims =
      parse_json(*from_base64_url(token.substr(first + 1, token.find('.', first + 1) - first - 1)));
  ASSERT_TRUE(claims);
  EXPECT_EQ((*claims)["sub"], "system:serviceaccount:default:default");
  EXPECT_EQ((*claims)["iss"], kIssuer);
  EXPECT_EQ((*claims)["kubernetes.io"]["namespace"], "default");
  EXPECT_EQ((*claims)["exp"].get<std::int64_t>() - (*claims)["iat"].get<std::int64_t>(), 3600);
}

TEST_F(AuthTest, ReviewsTellTheTokensHolderAndTheReasonOfARight) {
  const Json answer = json("POST", "/api/v1/namespaces/default/serviceaccounts/default/token",
                           {{"spec", Json::object()}});
  const Json review = json("POST", "/apis/authentication.k8s.io/v1/tokenreviews",
                           {{"spec", {{"token", answer["status"]["token"]}}}});
  EXPECT_EQ(review["status"]["authenticated"], true);
  EXPECT_EQ(review["status"]["user"]["username"], "system:serviceaccount:default:default");
  EXPECT_EQ(review["status"]["audiences"], Json::array({kIssuer}));
  const Json wrong = json("POST", "/apis/authentication.k8s.io/v1/tokenreviews",
                          {{"spec", {{"token", "nonsense"}}}});
  EXPECT_FALSE(wrong["status"].contains("authenticated"));
  EXPECT_THAT(wrong["status"]["error"].get<std::string>(), HasSubstr("invalid bearer token"));

  grant("readers", Json::array({rule("", "pods", {"get"})}), bob);
  const Json asked{{"spec", {{"resourceAttributes", {{"verb", "get"}, {"resource", "pods"}}}}}};
  const Json allowed = json("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", asked,
                            "application/json", "bob-token");
  EXPECT_EQ(allowed["status"]["allowed"], true);
  EXPECT_EQ(allowed["status"]["reason"],
            "RBAC: allowed by ClusterRoleBinding \"readers\" of ClusterRole \"readers\" to User "
            "\"bob\"");
}

TEST_F(AuthTest, AReviewThatAsksNothingIsInvalid) {
  const Json status = json("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                           {{"spec", Json::object()}});
  EXPECT_EQ(last_status, 422);
  EXPECT_THAT(status["message"].get<std::string>(),
              HasSubstr("exactly one of nonResourceAttributes or resourceAttributes"));
}

}  // namespace
}  // namespace spokelab::fakeapi
