// Requests to a whole API server. Lines: method and target; Content-Type; Accept; the
// rest is the body. A document that nobody expected (json.exception) is an error, too.
#include <memory>
#include <string>
#include <string_view>

#include "base/history.h"
#include "base/json.h"
#include "fakeapi/api_server.h"
#include "sim/world.h"
#include "tests/fuzz/targets.h"

namespace {

using namespace spokelab;

struct Lab {
  sim::World world;
  History history{world};
  fakeapi::ApiServer server;
  static fakeapi::ApiServerSettings settings() {
    fakeapi::ApiServerSettings made;
    made.cluster = "prod";
    made.admin_token = "t";
    made.ca_pem = "CA";
    return made;
  }
  Lab() : server(world, Rng(1), history, settings()) {
    ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "application/json", "",
        R"({"metadata":{"name":"things.lab.io"},"spec":{"group":"lab.io","scope":"Namespaced",
        "names":{"plural":"things","singular":"thing","kind":"Thing","listKind":"ThingList"},
        "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
        "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true,
        "properties":{"spec":{"type":"object","properties":{"ports":{"type":"array",
        "x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{
        "type":"object","properties":{"name":{"type":"string"}}}}}}}}}}]}})");
    ask("POST", "/apis/apps/v1/namespaces/default/deployments", "application/json", "",
        R"({"metadata":{"name":"web"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{
        "metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}})");
  }
  HttpReply ask(std::string method, std::string target, std::string type, std::string accept,
                std::string body) {
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers.set("Authorization", "Bearer t");
    request.headers.set("Content-Type", std::move(type));
    if (!accept.empty()) request.headers.set("Accept", std::move(accept));
    if (!body.empty()) request.body = Body(std::move(body));
    return server.handle(request, HttpPeer{"node", "", {}});
  }
};

std::string line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const std::string text(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return text;
}

}  // namespace

namespace spokelab::fuzz {

std::string feed_request(std::string_view bytes) {
  // A new server now and then, so that one input's objects do not decide about all others.
  static std::unique_ptr<Lab> lab;
  static int used = 0;
  if (!lab || ++used % 500 == 0) lab = std::make_unique<Lab>();
  std::string_view rest = bytes;
  const std::string first = line(rest);
  const auto space = first.find(' ');
  if (space == std::string::npos) return {};
  std::string type = line(rest);
  std::string accept = line(rest);
  const HttpReply reply = lab->ask(first.substr(0, space), first.substr(space + 1), std::move(type),
                                   std::move(accept), std::string(rest));
  const auto& response = reply.response;
  if (response.status < 200 || response.status > 599) return "a status that HTTP does not have";
  if (response.stream) response.stream->close();
  if (const JsonRef document = response.body.json();
      document && text_at(*document, {"message"}).find("json.exception") != std::string::npos)
    return "a document that nobody expected: " + document->dump() + "";
  return {};
}

}  // namespace spokelab::fuzz
