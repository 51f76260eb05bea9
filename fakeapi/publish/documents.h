// Documents: what a server says about itself: discovery and OpenAPI, made when asked for and kept
// until what it serves changes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/http.h"
#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"

namespace spokelab::fakeapi {

/// A finished document and the hash of its content.
struct Document {
  Body body;
  std::string hash;
};
using DocumentRef = std::shared_ptr<const Document>;

class Documents {
 public:
  /// `kinds` must outlive it. `version`: the server's, "v1.32.0".
  Documents(const ServedKinds& kinds, std::string version)
      : kinds_(&kinds), version_(std::move(version)) {}

  /// Aggregated discovery of /api (`core`) or /apis; `form`: "v2" or "v2beta1".
  DocumentRef aggregated(bool core, std::string_view form);
  /// The plain documents of /apis, of a group, and of a group's version. nullptr: nothing of that
  /// name is served.
  DocumentRef group_list();
  DocumentRef group(std::string_view name);
  DocumentRef resource_list(std::string_view group, std::string_view version);
  /// What /version answers.
  DocumentRef version();
  DocumentRef openapi_v2();
  /// The same as gnostic's protobuf message, which is all that many clients read.
  DocumentRef openapi_v2_protobuf();
  DocumentRef openapi_v3_index();
  /// "api/v1", "apis/apps/v1". nullptr: not served.
  DocumentRef openapi_v3(std::string_view path);

 private:
  template <class Make>
  DocumentRef kept(const std::string& name, Make make);

  const ServedKinds* kinds_;
  std::string version_;
  std::uint64_t generation_ = 0;
  std::map<std::string, DocumentRef, std::less<>> kept_;
};

}  // namespace spokelab::fakeapi
