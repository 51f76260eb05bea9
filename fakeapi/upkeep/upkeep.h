// Upkeep: what a cluster's own services do with objects beside the API: garbage collection, the
// removal of namespaces and definitions, service accounts and their tokens.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "fakeapi/auth.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "fakeapi/writes.h"

namespace spokelab::fakeapi {

/// An object by resource and key.
struct ObjectId {
  std::string group_resource;
  std::string ns;
  std::string name;
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

class Upkeep {
 public:
  Upkeep(Clock& clock, Store& store, ServedKinds& kinds, Writes& writes,
         Authenticator& authenticator, std::string ca_pem);

  /// Looks at a commit; its own writes come later, by timer.
  void on_commit(const Bucket& bucket, const Record& record);
  /// Creates what a namespace has from its first instant: ServiceAccount default, ConfigMap
  /// kube-root-ca.crt.
  void furnish_namespace(const std::string& ns);

 private:
  void schedule(Nanos after = std::chrono::milliseconds(20));
  void run();
  void index_owners(const ObjectId& id, const JsonRef& before, const JsonRef& after);
  void note_object(const ObjectId& id, const Json& object);
  void note_removed(const ObjectId& id, const Json& object);
  void collect(const ObjectId& id);
  void end_protection(const ObjectId& id, const Json& object);
  void finish_foreground(const ObjectId& id, const Json& owner);
  void orphan_dependents(const ObjectId& id, const Json& owner);
  void drop_finalizer(const ObjectId& id, std::string_view finalizer);
  void remove_dependent(const ObjectId& id);
  bool owner_lives(const Json& reference, const std::string& ns) const;
  void finish_namespace(const std::string& ns);
  void finish_definition(const ObjectId& id, const Json& crd);
  void fill_token(const ObjectId& id, const Json& secret);
  JsonRef get(const ObjectId& id) const;

  Clock* clock_;
  Store* store_;
  ServedKinds* kinds_;
  Writes* writes_;
  Authenticator* authenticator_;
  std::string ca_pem_;
  std::map<std::string, std::set<ObjectId>> dependents_;  // by the owner's uid
  std::map<std::string, ObjectId> by_uid_;                // of all that live
  std::set<ObjectId> work_;
  std::set<ObjectId> retry_;
  Timer timer_;
  RunTime due_ = kNever;
};

}  // namespace spokelab::fakeapi
