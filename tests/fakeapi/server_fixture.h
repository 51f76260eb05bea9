// A server in virtual time, and short ways to talk to it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/history.h"
#include "base/json.h"
#include "fakeapi/api_server.h"
#include "sim/world.h"

namespace spokelab::fakeapi {

class ServerTest : public ::testing::Test {
 protected:
  static ApiServerSettings settings() {
    ApiServerSettings made;
    made.cluster = "prod";
    made.admin_token = "admin-token";
    made.users.push_back({"bob-token", "bob", {"devs"}});
    made.ca_pem = "CA";
    return made;
  }

  HttpReply call(const std::string& method, const std::string& target, Json body = nullptr,
                 const std::string& type = "application/json",
                 const std::string& token = "admin-token") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
    request.headers.set("User-Agent", "tests/1.0");
    if (!body.is_null()) {
      request.headers.set("Content-Type", type);
      request.body = Body(freeze(std::move(body)));
    }
    return server.handle(request, HttpPeer{"node-1", "", {}});
  }
  /// The answer's document; null when there is none.
  Json json(const std::string& method, const std::string& target, Json body = nullptr,
            const std::string& type = "application/json",
            const std::string& token = "admin-token") {
    const HttpReply reply = call(method, target, std::move(body), type, token);
    last_status = reply.response.status;
    const JsonRef document = reply.response.body.json();
    return document ? *document : Json();
  }
  Json next(const HttpReply& reply) {
    auto chunk = reply.response.stream->take();
    return chunk ? *chunk->json() : Json();
  }
  static Json config_map(const std::string& name, Json data = Json{{"a", "1"}}) {
    return Json{{"apiVersion", "v1"},
                {"kind", "ConfigMap"},
                {"metadata", {{"name", name}}},
                {"data", std::move(data)}};
  }
  static Json deployment(const std::string& name, const std::string& image = "nginx:1.27") {
    return Json{
        {"apiVersion", "apps/v1"},
        {"kind", "Deployment"},
        {"metadata", {{"name", name}}},
        {"spec",
         {{"selector", {{"matchLabels", {{"app", name}}}}},
          {"template",
           {{"metadata", {{"labels", {{"app", name}}}}},
            {"spec", {{"containers", Json::array({{{"name", "c"}, {"image", image}}})}}}}}}}};
  }
  void run(Nanos span) { world.run_for(span); }

  sim::World world;
  History history{world};
  ApiServer server{world, Rng(1), history, settings()};
  int last_status = 0;
};

}  // namespace spokelab::fakeapi
