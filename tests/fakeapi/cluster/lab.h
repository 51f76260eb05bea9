// Lab: a small cluster with its controllers, for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/history.h"
#include "base/json.h"
#include "fakeapi/cluster/controllers.h"
#include "fakeapi/cluster/objects.h"
#include "tests/fakeapi/cluster/fake_local_api.h"
#include "tests/fakeapi/cluster/manual_clock.h"

namespace spokelab::fakeapi::testing {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline ClusterSettings small_cluster() {
  ClusterSettings settings;
  settings.name = "prod";
  settings.ca_pem = "CA";
  settings.leases = false;
  return settings;
}

inline Json parsed(std::string_view text) {
  auto json = parse_json(text);
  if (!json) ADD_FAILURE() << json.error().message();
  return json ? *json : Json();
}

inline Json deployment(const std::string& name, int replicas, const std::string& image = "app:1") {
  Json object =
      parsed(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"namespace":"shop"},
    "spec":{"selector":{"matchLabels":{}},"template":{"metadata":{"labels":{}},
    "spec":{"containers":[{"name":"main","readinessProbe":{"periodSeconds":1}}]}}}})");
  object["metadata"]["name"] = name;
  object["spec"]["replicas"] = replicas;
  object["spec"]["selector"]["matchLabels"]["app"] = name;
  object["spec"]["template"]["metadata"]["labels"]["app"] = name;
  object["spec"]["template"]["spec"]["containers"][0]["image"] = image;
  return object;
}

/// A rule for one image that decides outcomes alone.
inline LifeCycleRule outcome_rule(const std::string& image, OutcomeWeights weights) {
  LifeCycleRule rule;
  rule.name = "outcome of " + image;
  rule.selects.image = image;
  rule.outcome = weights;
  return rule;
}

inline Json pod(const std::string& name, const std::string& image = "app:1") {
  Json object = parsed(R"({"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop"},
    "spec":{"restartPolicy":"Always","containers":[{"name":"main"}]}})");
  object["metadata"]["name"] = name;
  object["spec"]["containers"][0]["image"] = image;
  return object;
}

struct Lab {
  explicit Lab(ClusterSettings settings = small_cluster(), std::uint64_t seed = 7)
      : api(clock),
        history(clock),
        controllers(api, clock, history, Rng(seed), std::move(settings),
                    [](const std::string& ns, const std::string& account) {
                      return "token-of-" + ns + "/" + account;
                    }) {
    const auto started = controllers.start();
    EXPECT_TRUE(started) << started.error().message();
    clock.run_for(seconds(1));
  }
  Json status(const char* table, const std::string& name, const std::string& ns = "shop") const {
    const JsonRef object = api.get(table, ns, name);
    return object ? object_at(*object, {"status"}) : Json();
  }
  void create(Json object) {
    const auto created = api.create("test", std::move(object));
    ASSERT_TRUE(created) << created.error().message();
  }
  void patch(const char* table, const std::string& name, std::string_view text,
             const std::string& ns = "shop") {
    const auto patched = api.merge_patch("test", table, ns, name, parsed(text));
    ASSERT_TRUE(patched) << patched.error().message();
  }
  /// Values that the history tells of a subject, in order.
  std::vector<std::string> told(const std::string& subject) const {
    std::vector<std::string> values;
    for (const Event& event : history.events()) {
      if (event.subject == subject) values.push_back(event.value);
    }
    return values;
  }
  std::vector<JsonRef> pods() const { return api.list("pods"); }
  /// Moves on in small steps until `holds`; the time it took, or `limit` when it never did.
  Nanos until(const std::function<bool()>& holds, Nanos limit, Nanos step = milliseconds(10)) {
    const RunTime from = clock.now();
    while (!holds() && clock.now() - from < limit) clock.run_for(step);
    return clock.now() - from;
  }

  ManualClock clock;
  FakeLocalApi api;
  History history;
  Controllers controllers;
};

}  // namespace spokelab::fakeapi::testing
