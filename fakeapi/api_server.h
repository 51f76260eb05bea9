// ApiServer: a Kubernetes API server in one object, answering over HTTP and to those beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/history.h"
#include "base/http.h"
#include "base/rng.h"
#include "fakeapi/auth.h"
#include "fakeapi/faults.h"
#include "fakeapi/local_api.h"
#include "fakeapi/serve/watches.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"

namespace spokelab::fakeapi {

struct ApiServerSettings {
  std::string cluster;              ///< "prod": in histories, and in generated names.
  std::string version = "v1.32.0";  ///< gitVersion; "vMAJOR.MINOR.PATCH".
  std::string admin_token;         ///< Bearer token of user "admin" in system:masters; empty: none.
  std::vector<StaticToken> users;  ///< More of them.
  TokenSigner sign;                ///< For tokens of service accounts.
  bool audit = false;              ///< Each request is an event of the history.
  std::string ca_pem;              ///< For kube-root-ca.crt and token Secrets.
  std::string service_prefix = "10.96";  ///< First two numbers of service addresses.
  bool track_fields = true;              ///< As AdmissionSettings.
  StoreLimits store;
  WatchSettings watches;
};

/// Requests so far, by client (User-Agent up to its first '/') and verb, in sorted order.
using RequestCounts = std::map<std::pair<std::string, std::string>, std::uint64_t>;

/// All state lives here; it works only while called or by timers of its clock. Clock and history
/// must outlive it. Starts with the namespaces, roles and accounts that every cluster has.
class ApiServer final : public HttpHandler, public LocalApi {
 public:
  ApiServer(Clock& clock, Rng rng, History& history, ApiServerSettings settings);
  ~ApiServer() override;
  ApiServer(const ApiServer&) = delete;

  HttpReply handle(const HttpRequest& request, const HttpPeer& peer) override;

  JsonRef get(std::string_view group_resource, std::string_view ns,
              std::string_view name) const override;
  std::vector<JsonRef> list(std::string_view group_resource,
                            std::string_view ns = "") const override;
  Result<JsonRef> create(std::string_view user, Json object) override;
  Result<JsonRef> update(std::string_view user, Json object,
                         std::string_view subresource = "") override;
  Result<JsonRef> merge_patch(std::string_view user, std::string_view group_resource,
                              std::string_view ns, std::string_view name, const Json& patch,
                              std::string_view subresource = "") override;
  Result<JsonRef> remove(std::string_view user, std::string_view group_resource,
                         std::string_view ns, std::string_view name,
                         std::string_view propagation = "Background",
                         int grace_seconds = -1) override;
  void subscribe(std::function<void(const Change&)> watcher) override;

  /// A token of a service account that exists: valid until the account goes or tokens are revoked.
  /// "" when there is no such account.
  std::string issue_token(std::string_view ns, std::string_view account);

  // What a harness may do to it.
  Faults& faults();
  Watches& watches();
  /// The present state, for FaultEffect::past.
  std::shared_ptr<const StoreSnapshot> snapshot() const;
  /// Forgets all past events: watches from older revisions get 410.
  void compact();
  /// Every service account token issued so far is void; token Secrets keep their (now dead) text.
  void revoke_tokens();
  /// Voids the tokens of one account.
  void revoke_tokens(std::string_view ns, std::string_view account);

  const Store& store() const;
  const ServedKinds& kinds() const;
  const RequestCounts& request_counts() const;
  /// Told of each request as it arrives: the client's address as HttpPeer has it, and the verb.
  void on_request(std::function<void(std::string_view client, std::string_view verb)> handler);
  /// Writes that changed nothing.
  std::uint64_t noop_writes() const;
  const ApiServerSettings& settings() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace spokelab::fakeapi
