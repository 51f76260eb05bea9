// pods/log, followers, and the subresources that need a running program.
#include "base/duration.h"
#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPods = "/api/v1/namespaces/default/pods";
constexpr const char* kLog = "/api/v1/namespaces/default/pods/p/log";

class PodLogsTest : public ServerTest {
 protected:
  void SetUp() override { server.create("t", account()).value(); }
  static Json account() {
    return Json{{"apiVersion", "v1"},
                {"kind", "ServiceAccount"},
                {"metadata", {{"name", "other"}, {"namespace", "default"}}}};
  }
  static Json container(const std::string& name, const std::string& script = "") {
    Json made{{"name", name}, {"image", "nginx:1.27"}};
    if (!script.empty()) made["command"] = Json::array({"sh", "-c", script});
    return made;
  }
  void pod(Json containers, const std::string& node = "node-1") {
    Json spec{{"containers", std::move(containers)}};
    if (!node.empty()) spec["nodeName"] = node;
    json("POST", kPods, Json{{"metadata", {{"name", "p"}}}, {"spec", std::move(spec)}});
    ASSERT_EQ(last_status, 201);
  }
  /// The kubelet's word on the only container.
  void state(Json now, Json last = Json::object(), int restarts = 0) {
    Json status{
        {"name", "c"},    {"ready", true},           {"restartCount", restarts},    {"image", "i"},
        {"imageID", "i"}, {"state", std::move(now)}, {"lastState", std::move(last)}};
    json("PATCH", std::string(kPods) + "/p/status",
         Json{{"status", {{"containerStatuses", Json::array({status})}}}},
         "application/merge-patch+json");
    ASSERT_EQ(last_status, 200);
  }
  std::string now_text() { return format_rfc3339(world.wall_now()); }
  std::string text(const std::string& query = "") {
    const HttpReply reply = call("GET", kLog + query);
    last_status = reply.response.status;
    return reply.response.body.bytes();
  }
  std::string refusal(const std::string& query = "") {
    return text_at(json("GET", kLog + query), {"message"});
  }
};

TEST_F(PodLogsTest, OptionsAreCheckedInKubernetesWords) {
  pod(Json::array({container("c")}), "");
  const std::tuple<const char*, int, const char*> rows[] = {
      {"?tailLines=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax"},
      {"?tailLines=-1", 422,
       "PodLogOptions \"p\" is invalid: tailLines: Invalid value: -1: must be greater than or "
       "equal to 0"},
      {"?limitBytes=0", 422,
       "PodLogOptions \"p\" is invalid: limitBytes: Invalid value: 0: must be greater than 0"},
      {"?sinceSeconds=-1", 422,
       "PodLogOptions \"p\" is invalid: sinceSeconds: Invalid value: -1: must be greater than 0"},
      {"?container=zz", 400, "container zz is not valid for pod p"}};
  for (const auto& [query, code, message] : rows) {
    EXPECT_EQ(refusal(query), message);
    EXPECT_EQ(last_status, code) << query;
  }
}

TEST_F(PodLogsTest, AnAgeBeyondAllTimeShowsEverything) {
  pod(Json::array({container("c")}));
  state({{"running", {{"startedAt", now_text()}}}});
  world.run_for(1min);
  EXPECT_NE(text(), "");
  EXPECT_EQ(text("?sinceSeconds=9223372036854775807"), text());
}

TEST_F(PodLogsTest, WhichContainerMustBeSaidWhereThereAreSeveral) {
  pod(Json::array({container("c"), container("d")}));
  EXPECT_EQ(refusal(), "a container name must be specified for pod p, choose one of: [c d]");
}

TEST_F(PodLogsTest, APodWithoutANodeHasNothingToTell) {
  pod(Json::array({container("c")}), "");
  EXPECT_EQ(text(), "");
  EXPECT_EQ(last_status, 204);
}

TEST_F(PodLogsTest, AWaitingContainerSaysWhatItWaitsFor) {
  pod(Json::array({container("c")}));
  const std::string who = "container \"c\" in pod \"p\" is waiting to start: ";
  for (const auto& [reason, words] :
       {std::pair{"ContainerCreating", "ContainerCreating"},
        std::pair{"ErrImagePull", "image can't be pulled"},
        std::pair{"ImagePullBackOff", "trying and failing to pull image"}}) {
    state(Json{{"waiting", {{"reason", reason}}}});
    EXPECT_EQ(refusal(), who + words);
    EXPECT_EQ(last_status, 400);
  }
  EXPECT_EQ(refusal("?previous=true"),
            "previous terminated container \"c\" in pod \"p\" not found");
}

TEST_F(PodLogsTest, AScriptPrintsWhatItSays) {
  pod(Json::array({container("c", "echo hello; sleep 5; echo \"and bye\"; sleep 1")}));
  state(Json{{"running", {{"startedAt", now_text()}}}});
  run(1s);
  EXPECT_EQ(text(), "hello\n");
  run(5s);
  EXPECT_EQ(text(), "hello\nand bye\n");
  EXPECT_EQ(text("?tailLines=1"), "and bye\n");
  EXPECT_EQ(text("?tailLines=0"), "");
  EXPECT_EQ(text("?limitBytes=3"), "hel");
  EXPECT_EQ(text("?sinceSeconds=2"), "and bye\n");
  EXPECT_NE(text("?timestamps=true").find("Z hello\n"), std::string::npos);
}

TEST_F(PodLogsTest, ACrashedContainerTellsItsEndAndThePreviousRun) {
  pod(Json::array({container("c")}));
  const Json ended{
      {"terminated", {{"startedAt", now_text()}, {"finishedAt", now_text()}, {"exitCode", 3}}}};
  run(5s);
  state(Json{{"waiting", {{"reason", "CrashLoopBackOff"}}}}, ended, 1);
  EXPECT_NE(text().find("c: fatal: exit status 3"), std::string::npos);
  EXPECT_EQ(text(), text("?previous=true"));
}

TEST_F(PodLogsTest, FollowersHearEachLineUntilTheContainerEnds) {
  pod(Json::array({container("c", "echo one; sleep 3; echo two; sleep 60")}));
  const std::string started = now_text();
  state(Json{{"running", {{"startedAt", started}}}});
  run(1s);
  const HttpReply reply = call("GET", std::string(kLog) + "?follow=true");
  ASSERT_TRUE(reply.response.stream);
  EXPECT_EQ(reply.response.stream->take()->bytes(), "one\n");
  run(4s);
  EXPECT_EQ(reply.response.stream->take()->bytes(), "two\n");
  state(
      Json{{"terminated", {{"startedAt", started}, {"finishedAt", now_text()}, {"exitCode", 0}}}});
  run(2s);
  EXPECT_FALSE(reply.response.stream->open());
}

TEST_F(PodLogsTest, AFollowerOfAPodThatGoesIsLetGo) {
  pod(Json::array({container("c", "sleep 100")}));
  state(Json{{"running", {{"startedAt", now_text()}}}});
  const HttpReply reply = call("GET", std::string(kLog) + "?follow=true");
  json("DELETE", std::string(kPods) + "/p", Json{{"gracePeriodSeconds", 0}});
  run(2s);
  EXPECT_FALSE(reply.response.stream->open());
}

TEST_F(PodLogsTest, NothingRunsThatOneCouldEnter) {
  pod(Json::array({container("c")}));
  for (const char* sub : {"exec?command=ls&stdout=true", "attach", "portforward", "proxy"}) {
    const Json answer = json("GET", std::string(kPods) + "/p/" + sub);
    EXPECT_EQ(last_status, 501) << sub;
    EXPECT_NE(text_at(answer, {"message"}).find("simulated"), std::string::npos);
  }
  EXPECT_EQ(text_at(json("GET", std::string(kPods) + "/p/exec?container=zz"), {"message"}),
            "container zz is not valid for pod p");
}

}  // namespace
}  // namespace spokelab::fakeapi
