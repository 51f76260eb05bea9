// Events: counted, combined, limited, and gone after an hour.
#include "fakeapi/cluster/events.h"

#include <gtest/gtest.h>

#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

struct Recorded {
  Recorded() : api(clock), events(api, clock, true) {
    api.subscribe([this](const Change& change) {
      if (change.group_resource == "events") events.on_change(change);
    });
    subject = *api.create("test", pod("a"));
  }
  void tell(const std::string& message, std::string_view reason = "BackOff") {
    events.tell({"kubelet", "node-1"}, *subject, {kWarning, reason, message, ""});
  }
  std::vector<JsonRef> all() const { return api.list("events"); }

  ManualClock clock;
  FakeLocalApi api;
  EventRecorder events;
  JsonRef subject;
};

TEST(Events, NameTheirObjectAndItsSource) {
  Recorded recorded;
  recorded.events.tell({"kubelet", "node-1"}, *recorded.subject,
                       {kNormal, "Started", "Started container main", "spec.containers{main}"});
  ASSERT_EQ(recorded.all().size(), 1U);
  const Json event = *recorded.all()[0];
  EXPECT_TRUE(text_at(event, {"metadata", "name"}).starts_with("a."));
  EXPECT_EQ(text_at(event, {"metadata", "namespace"}), "shop");
  EXPECT_EQ(text_at(event, {"involvedObject", "kind"}), "Pod");
  EXPECT_EQ(text_at(event, {"involvedObject", "uid"}), uid_of(*recorded.subject));
  EXPECT_EQ(text_at(event, {"involvedObject", "fieldPath"}), "spec.containers{main}");
  EXPECT_EQ(text_at(event, {"source", "host"}), "node-1");
  EXPECT_EQ(text_at(event, {"reportingComponent"}), "kubelet");
  EXPECT_EQ(text_at(event, {"type"}), "Normal");
  EXPECT_EQ(int_at(event, {"count"}), 1);
}

TEST(Events, EqualOnesRaiseTheCountOfTheFirst) {
  Recorded recorded;
  for (int i = 0; i < 3; ++i) {
    recorded.tell("Back-off restarting failed container");
    recorded.clock.run_for(seconds(10));
  }
  ASSERT_EQ(recorded.all().size(), 1U);
  const Json event = *recorded.all()[0];
  EXPECT_EQ(int_at(event, {"count"}), 3);
  EXPECT_NE(text_at(event, {"firstTimestamp"}), text_at(event, {"lastTimestamp"}));
}

TEST(Events, TenSimilarOnesWithinTenMinutesAreCombined) {
  Recorded recorded;
  for (int i = 0; i < 12; ++i) recorded.tell("message " + std::to_string(i));
  const auto all = recorded.all();
  EXPECT_EQ(all.size(), 10U);
  const bool combined = std::any_of(all.begin(), all.end(), [](const JsonRef& event) {
    return text_at(*event, {"message"}) == "(combined from similar events): message 11" &&
           int_at(*event, {"count"}) == 3;
  });
  EXPECT_TRUE(combined);
}

TEST(Events, OfOneObjectAreLimitedToABurstAndOneEveryFiveMinutes) {
  Recorded recorded;
  for (int i = 0; i < 40; ++i) recorded.tell("again");
  EXPECT_EQ(int_at(*recorded.all()[0], {"count"}), 25);
  recorded.clock.run_for(seconds(301));
  recorded.tell("again");
  EXPECT_EQ(int_at(*recorded.all()[0], {"count"}), 41);
}

TEST(Events, GoAnHourAfterTheirLastChange) {
  Recorded recorded;
  recorded.tell("again");
  recorded.clock.run_for(std::chrono::minutes(40));
  recorded.tell("again");
  recorded.clock.run_for(std::chrono::minutes(40));
  EXPECT_EQ(recorded.all().size(), 1U);
  recorded.clock.run_for(std::chrono::minutes(21));
  EXPECT_TRUE(recorded.all().empty());
  recorded.tell("again");
  EXPECT_EQ(recorded.all().size(), 1U);
}

TEST(Events, OfTheSchedulerBecomeASeries) {
  Recorded recorded;
  for (int i = 0; i < 4; ++i) {
    recorded.events.tell_scheduling(*recorded.subject, {kWarning, "FailedScheduling", "no", ""},
                                    "Scheduling");
    recorded.clock.run_for(seconds(60));
  }
  ASSERT_EQ(recorded.all().size(), 1U);
  const Json event = *recorded.all()[0];
  EXPECT_EQ(int_at(event, {"series", "count"}), 2);  // more is told half-hourly
  EXPECT_EQ(text_at(event, {"action"}), "Scheduling");
  EXPECT_FALSE(event.contains("count"));
}

/// Reasons told of an object, in order.
std::vector<std::string> reasons(const Lab& lab, const std::string& kind, const std::string& name) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const JsonRef& event : lab.api.list("events")) {
    if (text_at(*event, {"involvedObject", "kind"}) != kind ||
        text_at(*event, {"involvedObject", "name"}) != name) {
      continue;
    }
    const std::string id = text_at(*event, {"metadata", "name"});
    found.emplace_back(id.substr(id.rfind('.') + 1), text_at(*event, {"reason"}));
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> reasons;
  for (auto& each : found) reasons.push_back(std::move(each.second));
  return reasons;
}

TEST(Events, TellTheLifeOfAPod) {
  Lab lab;
  lab.create(pod("a"));
  lab.clock.run_for(seconds(10));
  ASSERT_TRUE(lab.api.remove("test", "pods", "shop", "a"));
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(reasons(lab, "Pod", "a"), (std::vector<std::string>{"Scheduled", "Pulling", "Pulled",
                                                                "Created", "Started", "Killing"}));
}

TEST(Events, TellWhyAnImageDoesNotCome) {
  Lab lab;
  ASSERT_TRUE(lab.controllers.add_rule(outcome_rule("app:none", {0, 0, 1, 0, 0})));
  lab.create(pod("a", "app:none"));
  lab.clock.run_for(seconds(6));
  EXPECT_EQ(reasons(lab, "Pod", "a"), (std::vector<std::string>{"Scheduled", "Pulling", "Failed",
                                                                "Failed", "BackOff", "Failed"}));
}

TEST(Events, TellOfADeploymentsScaling) {
  Lab lab;
  lab.create(deployment("web", 2));
  lab.clock.run_for(seconds(10));
  const auto all = lab.api.list("events");
  const auto scaled = std::find_if(all.begin(), all.end(), [](const JsonRef& event) {
    return text_at(*event, {"reason"}) == "ScalingReplicaSet";
  });
  ASSERT_NE(scaled, all.end());
  const std::string set = name_of(*lab.api.list("replicasets.apps")[0]).name;
  EXPECT_EQ(text_at(**scaled, {"message"}), "Scaled up replica set " + set + " from 0 to 2");
  EXPECT_EQ(reasons(lab, "ReplicaSet", set),
            (std::vector<std::string>{"SuccessfulCreate", "SuccessfulCreate"}));
}

TEST(Events, AreNotRecordedWhereNobodyLooks) {
  ClusterSettings settings = small_cluster();
  settings.events = false;
  Lab lab(settings);
  lab.create(deployment("web", 2));
  lab.clock.run_for(seconds(10));
  EXPECT_TRUE(lab.api.list("events").empty());
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
