#include "fakeapi/publish/documents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/rng.h"
#include "fakeapi/publish/discovery.h"
#include "fakeapi/publish/openapi.h"

namespace spokelab::fakeapi {

namespace {

std::string hash_of(std::string_view text) {
  return fmt::format("{:016X}{:016X}", stable_hash(text), stable_hash(text, text.size()));
}

/// For documents that are large and read over a real wire only.
DocumentRef text_document(std::string text) {
  auto document = std::make_shared<Document>();
  document->hash = hash_of(text);
  document->body = Body(std::move(text));
  return document;
}

/// For documents that clients in virtual time read, too, without a parser.
DocumentRef json_document(Json json) {
  if (json.is_null()) return nullptr;
  auto document = std::make_shared<Document>();
  document->hash = hash_of(json.dump());
  document->body = Body(freeze(std::move(json)));
  return document;
}

Json version_document(const std::string& version) {
  const auto first = version.find('.');
  const auto second = version.find('.', first == std::string::npos ? first : first + 1);
  const std::string major = version.substr(1, first == std::string::npos ? first : first - 1);
  const std::string minor =
      first == std::string::npos ? "" : version.substr(first + 1, second - first - 1);
  return Json{{"major", major},           {"minor", minor},
              {"gitVersion", version},    {"gitCommit", "0000000000000000000000000000000000000000"},
              {"gitTreeState", "clean"},  {"buildDate", "2024-12-11T00:00:00Z"},
              {"goVersion", "go1.23.3"},  {"compiler", "gc"},
              {"platform", "linux/amd64"}};
}

std::string openapi_path(const std::string& group, const std::string& version) {
  return group.empty() ? "api/" + version : "apis/" + group + "/" + version;
}

}  // namespace

template <class Make>
DocumentRef Documents::kept(const std::string& name, Make make) {
  if (generation_ != kinds_->generation()) {
    kept_.clear();
    generation_ = kinds_->generation();
  }
  const auto known = kept_.find(name);
  if (known != kept_.end()) return known->second;
  DocumentRef made = make();
  if (made) kept_[name] = made;  // what does not exist is not remembered: names are anybody's
  return made;
}

DocumentRef Documents::aggregated(bool core, std::string_view form) {
  return kept(fmt::format("aggregated/{}/{}", core, form),
              [&] { return json_document(aggregated_list(*kinds_, core, form)); });
}

DocumentRef Documents::version() {
  return kept("version", [this] { return json_document(version_document(version_)); });
}

DocumentRef Documents::group_list() {
  return kept("groups", [&] {
    Json groups = Json::array();
    for (const auto& [group, versions] : groups_of(*kinds_)) {
      if (!group.empty()) groups.push_back(group_entry(group, versions));
    }
    return json_document(
        Json{{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}});
  });
}

DocumentRef Documents::group(std::string_view name) {
  return kept(fmt::format("group/{}", name), [&]() -> DocumentRef {
    for (const auto& [group, versions] : groups_of(*kinds_)) {
      if (group != name || group.empty()) continue;
      Json entry = group_entry(group, versions);
      entry["kind"] = "APIGroup";
      entry["apiVersion"] = "v1";
      return json_document(std::move(entry));
    }
    return nullptr;
  });
}

DocumentRef Documents::resource_list(std::string_view group, std::string_view version) {
  return kept(fmt::format("resources/{}/{}", group, version),
              [&] { return json_document(resource_list_of(*kinds_, group, version)); });
}

DocumentRef Documents::openapi_v2() {
  return kept("openapi/v2",
              [&] { return text_document(openapi_v2_document(*kinds_, version_).dump()); });
}

DocumentRef Documents::openapi_v2_protobuf() {
  return kept("openapi/v2.pb", [&] {
    return text_document(gnostic_protobuf(openapi_v2_document(*kinds_, version_)));
  });
}

DocumentRef Documents::openapi_v3_index() {
  return kept("openapi/v3", [&] {
    Json paths = Json::object();
    for (const auto& [group, versions] : groups_of(*kinds_)) {
      for (const auto& version : versions) {
        const auto path = openapi_path(group, version);
        const auto document = openapi_v3(path);
        paths[path] = {
            {"serverRelativeURL", fmt::format("/openapi/v3/{}?hash={}", path, document->hash)}};
      }
    }
    return text_document(Json{{"paths", std::move(paths)}}.dump());
  });
}

DocumentRef Documents::openapi_v3(std::string_view path) {
  return kept(fmt::format("openapi/v3/{}", path), [&]() -> DocumentRef {
    for (const auto& [group, versions] : groups_of(*kinds_)) {
      for (const auto& version : versions) {
        if (openapi_path(group, version) == path)
          return text_document(openapi_v3_document(*kinds_, group, version, version_).dump());
      }
    }
    return nullptr;
  });
}

}  // namespace spokelab::fakeapi
