// FakeServer: just enough of an API server to test clients against: a store, lists, watches,
// discovery.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "base/http.h"
#include "base/json.h"
#include "kube/resource.h"
#include "kube/status.h"

namespace spokelab::testing {

class FakeServer final : public HttpHandler {
 public:
  /// Answers instead of the store where it returns something.
  std::function<std::optional<HttpReply>(const HttpRequest&)> intercept;
  /// "GET /api/v1/pods" -> how often; without the query.
  std::map<std::string, int> requests;
  std::vector<kube::ResourceType> types;
  bool aggregated = true;
  bool make_tokens = true;

  HttpReply handle(const HttpRequest& request, const HttpPeer&) override {
    const std::string path = request.target.substr(0, request.target.find('?'));
    ++requests[request.method + " " + path];
    if (intercept) {
      if (auto reply = intercept(request)) return std::move(*reply);
    }
    HttpReply reply;
    reply.response = answer(request, path);
    return reply;
  }

  /// Stores an object as if somebody had written it.
  JsonRef put(const std::string& collection, Json object) {
    return store(collection, std::move(object));
  }
  void erase(const std::string& collection, const std::string& ns, const std::string& name) {
    remove(collection, {ns, name});
  }
  JsonRef get(const std::string& collection, const std::string& ns, const std::string& name) const {
    const auto table = objects_.find(collection);
    if (table == objects_.end()) return nullptr;
    const auto hit = table->second.find({ns, name});
    return hit == table->second.end() ? nullptr : hit->second;
  }
  /// Forgets all events so far: a watch from before now is answered with 410.
  void compact() { floor_ = version_; }
  /// Ends every watch.
  void end_watches(const Error& reason) {
    for (auto& watch : watches_) watch.pipe->end(reason);
    watches_.clear();
  }
  std::size_t open_watches() {
    std::erase_if(watches_, [](const Watcher& one) { return !one.pipe->open(); });
    return watches_.size();
  }
  int count(const std::string& prefix) const {
    int sum = 0;
    for (const auto& [what, times] : requests) {
      if (what.starts_with(prefix)) sum += times;
    }
    return sum;
  }
  int writes() const { return count("PUT ") + count("POST ") + count("PATCH ") + count("DELETE "); }

 private:
  using Name = std::pair<std::string, std::string>;
  struct Place {
    std::string collection;  // "/api/v1/pods": without a namespace
    std::string ns;
    std::string name;
  };
  struct Watcher {
    Place at;
    std::string selector;
    std::shared_ptr<ChunkPipe> pipe;
  };
  struct Past {
    long version;
    std::string collection;
    std::string ns;
    JsonRef event;
  };

  static Place place_of(std::string_view path) {
    std::vector<std::string> parts;
    for (std::size_t at = 1; at <= path.size();) {
      const auto end = std::min(path.find('/', at), path.size());
      parts.emplace_back(path.substr(at, end - at));
      at = end + 1;
    }
    Place place;
    std::size_t at = !parts.empty() && parts[0] == "apis" ? 3 : 2;
    for (std::size_t i = 0; i < at && i < parts.size(); ++i) place.collection += "/" + parts[i];
    if (at + 2 < parts.size() && parts[at] == "namespaces") {
      place.ns = parts[at + 1];
      at += 2;
    }
    if (at < parts.size()) place.collection += "/" + parts[at];
    if (at + 1 < parts.size()) place.name = parts[at + 1];
    return place;
  }
  static std::string parameter(const std::string& target, const std::string& name) {
    const auto query = target.find('?');
    if (query == std::string::npos) return "";
    for (std::size_t at = query + 1; at < target.size();) {
      const auto end = std::min(target.find('&', at), target.size());
      const auto part = target.substr(at, end - at);
      if (part.starts_with(name + "=")) return unescape(part.substr(name.size() + 1));
      at = end + 1;
    }
    return "";
  }
  static std::string unescape(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }
  static bool selected(const Json& object, const std::string& selector) {
    if (selector.empty()) return true;
    const auto equals = selector.find('=');
    const auto* label = find(object, {"metadata", "labels", selector.substr(0, equals)});
    if (label == nullptr) return false;
    return equals == std::string::npos || *label == selector.substr(equals + 1);
  }
  static HttpResponse json(int status, Json body) {
    HttpResponse response;
    response.status = status;
    response.body = Body(freeze(std::move(body)));
    return response;
  }
  static HttpResponse fail(int code, const std::string& reason, const std::string& message) {
    return json(code,
                {{"kind", "Status"}, {"code", code}, {"reason", reason}, {"message", message}});
  }

  HttpResponse answer(const HttpRequest& request, const std::string& path) {
    if (path == "/version") return json(200, {{"gitVersion", "v1.32.0-fake.1"}});
    if (path == "/livez") return json(200, "ok");
    if (path == "/api" || path == "/apis") return root_discovery(path == "/api");
    const auto place = place_of(path);
    if (request.method == "GET" && place.collection == path && is_group_version(path))
      return group_discovery(path);
    if (request.method == "GET") return read(request, place);
    return write(request, place);
  }

  bool is_group_version(const std::string& path) const {
    for (const auto& type : types) {
      if (path == prefix_of(type)) return true;
    }
    return false;
  }
  static std::string prefix_of(const kube::ResourceType& type) {
    return type.group.empty() ? "/api/" + type.version : "/apis/" + type.group + "/" + type.version;
  }

  HttpResponse root_discovery(bool core) {
    std::map<std::string, std::vector<const kube::ResourceType*>> groups;
    for (const auto& type : types) {
      if (type.group.empty() == core) groups[type.group].push_back(&type);
    }
    Json items = Json::array();
    Json legacy = Json::array();
    for (const auto& [group, members] : groups) {
      Json resources = Json::array();
      for (const auto* type : members) {
        resources.push_back({{"resource", type->plural},
                             {"responseKind", {{"kind", type->kind}}},
                             {"scope", type->namespaced ? "Namespaced" : "Cluster"},
                             {"verbs", {"get", "list", "watch"}}});
      }
      const auto& version = members.front()->version;
      items.push_back(
          {{"metadata", {{"name", group}}},
           {"versions", Json::array({{{"version", version}, {"resources", resources}}})}});
      legacy.push_back({{"name", group},
                        {"preferredVersion", {{"version", version}}},
                        {"versions", Json::array({{{"version", version}}})}});
    }
    if (aggregated) return json(200, {{"kind", "APIGroupDiscoveryList"}, {"items", items}});
    if (core) return json(200, {{"kind", "APIVersions"}, {"versions", {"v1"}}});
    return json(200, {{"kind", "APIGroupList"}, {"groups", legacy}});
  }
  HttpResponse group_discovery(const std::string& path) {
    Json resources = Json::array();
    for (const auto& type : types) {
      if (prefix_of(type) != path) continue;
      resources.push_back({{"name", type.plural},
                           {"kind", type.kind},
                           {"namespaced", type.namespaced},
                           {"verbs", {"get", "list", "watch"}}});
      resources.push_back(
          {{"name", type.plural + "/status"}, {"kind", type.kind}, {"verbs", {"get"}}});
    }
    return json(200, {{"kind", "APIResourceList"}, {"resources", resources}});
  }

  HttpResponse read(const HttpRequest& request, const Place& place) {
    const auto selector = parameter(request.target, "labelSelector");
    if (parameter(request.target, "watch") == "true") {
      return watch(place, selector, std::stol("0" + parameter(request.target, "resourceVersion")));
    }
    if (!place.name.empty()) {
      const auto found = get(place.collection, place.ns, place.name);
      if (!found) return fail(404, "NotFound", "\"" + place.name + "\" not found");
      return json(200, *found);
    }
    Json items = Json::array();
    const auto from = parameter(request.target, "continue");
    const auto limit = std::stoul("0" + parameter(request.target, "limit"));
    Json metadata = {{"resourceVersion", std::to_string(version_)}};
    for (const auto& [name, object] : objects_[place.collection]) {
      if (!place.ns.empty() && name.first != place.ns) continue;
      const auto token = name.first + "." + name.second;
      if (!from.empty() && token < from) continue;
      if (!selected(*object, selector)) continue;
      if (limit > 0 && items.size() == limit) {
        metadata["continue"] = token;
        break;
      }
      items.push_back(*object);
    }
    return json(200, {{"kind", "List"}, {"metadata", metadata}, {"items", items}});
  }

  HttpResponse watch(const Place& place, const std::string& selector, long from) {
    HttpResponse response;
    response.stream = std::make_shared<ChunkPipe>();
    if (from < floor_) {
      response.stream->push(Body(freeze(
          {{"type", "ERROR"},
           {"object",
            {{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}, {"message", "too old"}}}})));
      response.stream->end(Error(Errc::closed, "EOF"));
      return response;
    }
    for (const auto& past : past_) {
      if (past.version <= from || past.collection != place.collection) continue;
      if (!place.ns.empty() && past.ns != place.ns) continue;
      if (selected(past.event->at("object"), selector)) response.stream->push(Body(past.event));
    }
    watches_.push_back({place, selector, response.stream});
    return response;
  }

  HttpResponse write(const HttpRequest& request, const Place& place) {
    const auto known = get(place.collection, place.ns, place.name);
    if (request.method == "DELETE") {
      if (!known) return fail(404, "NotFound", "\"" + place.name + "\" not found");
      remove(place.collection, {place.ns, place.name});
      return json(200, *known);
    }
    Json object = *request.body.json();
    if (request.method == "POST") {
      const auto name = text_at(object, {"metadata", "name"});
      if (get(place.collection, place.ns, name))
        return fail(409, "AlreadyExists", "\"" + name + "\" already exists");
      return json(201, *store(place.collection, std::move(object)));
    }
    if (!known) return fail(404, "NotFound", "\"" + place.name + "\" not found");
    const auto version = text_at(object, {"metadata", "resourceVersion"});
    if (!version.empty() && version != text_at(*known, {"metadata", "resourceVersion"})) {
      return fail(409, "Conflict", "the object has been modified");
    }
    if (request.method == "PATCH") {
      Json merged = *known;
      merged.merge_patch(object);
      object = std::move(merged);
    }
    return json(200, *store(place.collection, std::move(object)));
  }

  JsonRef store(const std::string& collection, Json object) {
    const Name name{text_at(object, {"metadata", "namespace"}),
                    text_at(object, {"metadata", "name"})};
    auto& slot = objects_[collection][name];
    const std::string type = slot ? "MODIFIED" : "ADDED";
    const auto uid = slot ? text_at(*slot, {"metadata", "uid"}) : "uid-" + name.second;
    if (text_at(object, {"metadata", "uid"}).empty()) object["metadata"]["uid"] = uid;
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    if (make_tokens && text_at(object, {"type"}) == "kubernetes.io/service-account-token") {
      object["data"]["token"] = base64("token-of-" + name.second);
    }
    slot = freeze(std::move(object));
    tell(type, collection, name.first, slot);
    return slot;
  }
  void remove(const std::string& collection, const Name& name) {
    auto& table = objects_[collection];
    const auto hit = table.find(name);
    if (hit == table.end()) return;
    Json last = *hit->second;
    table.erase(hit);
    last["metadata"]["resourceVersion"] = std::to_string(++version_);
    tell("DELETED", collection, name.first, freeze(std::move(last)));
  }
  void tell(const std::string& type, const std::string& collection, const std::string& ns,
            const JsonRef& object) {
    const auto event = freeze({{"type", type}, {"object", *object}});
    past_.push_back({version_, collection, ns, event});
    for (auto& watch : watches_) {
      if (watch.at.collection != collection || (!watch.at.ns.empty() && watch.at.ns != ns))
        continue;
      if (selected(*object, watch.selector)) watch.pipe->push(Body(event));
    }
  }

  std::map<std::string, std::map<Name, JsonRef>> objects_;
  std::vector<Watcher> watches_;
  std::vector<Past> past_;
  long version_ = 10;
  long floor_ = 0;
};

}  // namespace spokelab::testing
