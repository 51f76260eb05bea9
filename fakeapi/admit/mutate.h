// Mutation: what a server adds to new objects: accounts, addresses, classes, names.
#pragma once

#include <optional>
#include <string>

#include "base/json_fwd.h"
#include "base/rng.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// What the mutators look at and draw from. All of it must outlive them.
struct MutationContext {
  Store& store;
  const ServedKinds& kinds;
  Rng& rng;
  std::string service_prefix;  ///< "10.96": the first two numbers of service addresses.
  bool labelled = true;        ///< The object came with labels of its own.
};

using MaybeStatus = std::optional<kube::Status>;

inline bool is_resource(const ServedKind& kind, std::string_view group_resource) {
  return kind.bucket->group_resource() == group_resource;
}

/// `count` letters of those that generated names end with.
std::string random_suffix(Rng& rng, int count);

/// The admission plugins that touch pods: ServiceAccount, DefaultTolerationSeconds, Priority. Sets
/// the first status, too.
MaybeStatus mutate_pod(const MutationContext& context, const ServedKind& kind, Json& pod);
/// What a pod tolerates for five minutes unless it says otherwise; for updates, too.
void tolerate_by_default(Json& pod);
/// Addresses and node ports of a service; `old` keeps what it has.
MaybeStatus allocate_service(const MutationContext& context, const ServedKind& kind,
                             const Json* old, Json& service);
/// What other kinds get: finalizers, default classes, generated labels.
MaybeStatus mutate(const MutationContext& context, const ServedKind& kind, const Json* old,
                   Json& object);
/// Conditions and accepted names of a new definition.
void establish_definition(Json& crd, const std::string& now);
/// Adds the version that a changed definition stores from now on to status.storedVersions.
void note_stored_version(Json& crd);

}  // namespace spokelab::fakeapi
