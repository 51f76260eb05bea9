// Control-plane faults: what clients see of them, alone and together, and after they are healed.
#include "fakeapi/faults.h"

#include <gtest/gtest.h>

#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

FaultRule rule(const std::string& name, FaultEffect effect, const std::string& verb = "") {
  FaultRule made;
  made.name = name;
  made.effect = std::move(effect);
  made.match.verb = verb;
  return made;
}

FaultEffect answers(int status, const std::string& message = "") {
  FaultEffect effect;
  effect.status = status;
  effect.message = message;
  return effect;
}

FaultEffect waits(int seconds) {
  FaultEffect effect;
  effect.delay_min = effect.delay_max = std::chrono::seconds(seconds);
  return effect;
}

TEST(Faults, AddUpTheirDelaysAndTheFirstAnswerCounts) {
  Faults faults{Rng(1)};
  faults.add(rule("slow", waits(2)));
  faults.add(rule("busy", answers(429)));
  faults.add(rule("slower", waits(3)));
  faults.add(rule("broken", answers(500)));
  const auto effect = faults.decide({"list", "pods", "", "", "", ""});
  ASSERT_TRUE(effect);
  EXPECT_EQ(effect->delay_min, std::chrono::seconds(5));
  EXPECT_EQ(effect->status, 429);
  for (const auto& hit : faults.hits()) EXPECT_EQ(hit.count, 1U) << hit.name;
  EXPECT_TRUE(faults.remove("busy"));
  EXPECT_EQ(faults.decide({"list", "pods", "", "", "", ""})->status, 500);
  for (const char* name : {"slow", "slower", "broken"}) EXPECT_TRUE(faults.remove(name));
  EXPECT_FALSE(faults.decide({"list", "pods", "", "", "", ""}));
  EXPECT_EQ(faults.hits()[1].count, 1U);  // hits outlive their rule
}

TEST(Faults, HitTheirShareOfRequestsAndTheSameOnesForTheSameSeed) {
  const auto hits = [](std::uint64_t seed) {
    Faults faults{Rng(seed)};
    FaultRule half = rule("half", answers(503));
    half.millionths = 500'000;
    faults.add(half);
    std::string pattern;
    for (int i = 0; i < 1000; ++i)
      pattern += faults.decide({"get", "pods", "", "", "", ""}) ? 'x' : '.';
    return pattern;
  };
  EXPECT_EQ(hits(3), hits(3));
  EXPECT_NE(hits(3), hits(4));
  const std::string pattern = hits(3);
  const auto count = std::count(pattern.begin(), pattern.end(), 'x');
  EXPECT_GT(count, 430);
  EXPECT_LT(count, 570);
}

TEST(Faults, MeanOnlyWhatTheyMatch) {
  struct Row {
    FaultMatch match;
    bool hit;
  };
  const Row rows[] = {
      {{"list", "pods", "", "", "", ""}, true},
      {{"get", "", "", "", "", ""}, false},
      {{"", "pod*", "", "", "", ""}, true},
      {{"", "", "shop", "", "", ""}, true},
      {{"", "", "other", "", "", ""}, false},
      {{"", "", "", "", "system:*", ""}, true},
      {{"", "", "", "", "", "kubectl"}, false},
      {{"list", "deployments.apps", "", "", "", ""}, false},
  };
  for (const Row& row : rows) {
    Faults faults{Rng(1)};
    FaultRule made = rule("x", answers(500));
    made.match = row.match;
    faults.add(made);
    const bool hit =
        faults.decide({"list", "pods", "shop", "", "system:node:a", "argocd"}).has_value();
    EXPECT_EQ(hit, row.hit);
  }
}

class ServerFaults : public ServerTest {};

TEST_F(ServerFaults, LostRightsReadAsWhoMayNotDoWhat) {
  const std::string secrets = "/api/v1/namespaces/default/secrets";
  server.faults().add(rule("rbac", answers(403), "list"));
  const Json refused = json("GET", secrets);
  EXPECT_EQ(last_status, 403);
  EXPECT_EQ(
      text_at(refused, {"message"}),
      "secrets is forbidden: User \"admin\" cannot list resource \"secrets\" in API group \"\" "
      "in the namespace \"default\"");
  EXPECT_TRUE(server.faults().remove("rbac"));
  json("GET", secrets);
  EXPECT_EQ(last_status, 200);
}

TEST_F(ServerFaults, StaleReadsShowTheStateOfTheirStart) {
  const std::string maps = "/api/v1/namespaces/default/configmaps";
  json("POST", maps, config_map("old"));
  FaultEffect behind;
  behind.past = server.snapshot();
  server.faults().add(rule("stale", behind));
  json("POST", maps, config_map("new"));
  EXPECT_EQ(last_status, 201);
  json("GET", maps + "/new");
  EXPECT_EQ(last_status, 404);
  const Json list = json("GET", maps);
  EXPECT_EQ(text_at(list, {"metadata", "resourceVersion"}), std::to_string(behind.past->revision));
  EXPECT_TRUE(server.faults().remove("stale"));
  for (const char* name : {"/new", "/old"}) {
    json("GET", maps + name);
    EXPECT_EQ(last_status, 200) << name;
  }
}

TEST_F(ServerFaults, OfTwoLossesOfWatchEventsOneMayEndBeforeTheOther) {
  const std::string maps = "/api/v1/namespaces/default/configmaps";
  const HttpReply watch = call(
      "GET", maps + "?watch=true&resourceVersion=" + std::to_string(server.store().revision()));
  server.watches().lose("one", 1'000'000);
  server.watches().lose("other", 1'000'000, {"configmaps"});
  server.watches().lose("one", 0);
  json("POST", maps, config_map("lost"));
  EXPECT_EQ(server.watches().lost("one"), 0U);
  EXPECT_EQ(server.watches().lost("other"), 1U);
  server.watches().lose("other", 0);
  json("POST", maps, config_map("seen"));
  EXPECT_EQ(text_at(next(watch), {"object", "metadata", "name"}), "seen");
}

}  // namespace
}  // namespace spokelab::fakeapi
