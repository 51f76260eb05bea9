// RequestInfo: what an HTTP request asks an API server for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http.h"
#include "kube/kinds.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// The query part of a target, decoded, in order.
class Query {
 public:
  static constexpr std::size_t kParametersMax = 1'000;

  /// Undecodable escapes stay as they are; parameters beyond kParametersMax are dropped.
  static Query parse(std::string_view text);
  /// The first value, or "".
  const std::string& get(std::string_view name) const;
  bool has(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  /// As apimachinery converts them: all but "false" and "0" is true, "" too ("?watch").
  kube::Answer<bool> flag(std::string_view name) const;
  /// Errors: 400. `fallback` when absent or empty.
  kube::Answer<std::int64_t> number(std::string_view name, std::int64_t fallback) const;

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

/// As k8s.io/apiserver's request.RequestInfo.
struct RequestInfo {
  bool is_resource = false;
  std::string verb;  ///< "get", "list", "watch", "create", ...; lower-case method for other paths.
  std::string path;  ///< Without the query.
  std::string group;
  std::string version;
  std::string ns;
  std::string plural;
  std::string name;
  std::string subresource;
  std::string rest;  ///< What follows the subresource.
  Query query;
  std::string user_agent;  ///< Up to the first '/'.
  std::string address;     ///< As HttpPeer has it.

  /// The client for histories: its program, and at which node that runs where this says more.
  std::string client() const;

  /// "pods", "pods/log": as RBAC and error texts name it.
  std::string resource_text() const {
    return subresource.empty() ? plural : plural + "/" + subresource;
  }
};

RequestInfo read_request(const HttpRequest& request);

}  // namespace spokelab::fakeapi
