// Writes: every change of an object, from admission to commit; the same for all who write.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/history.h"
#include "fakeapi/admission.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// Who writes, and how.
struct WriteRequest {
  std::string user;
  const UserInfo* who = nullptr;  ///< As AdmissionRequest; it outlives the write.
  std::string agent;              ///< The client, if it came over HTTP: RequestInfo::client().
  std::string verb = "update";    ///< For the history: "create", "update", "patch".
  std::string subresource;
  FieldValidation fields = FieldValidation::ignore;
  bool dry_run = false;
  std::string manager;                       ///< Of the fields that it sets; empty: after the user.
  bool apply = false;                        ///< The change keeps the books itself.
  std::function<std::string()> shown_patch;  ///< As AdmissionRequest.
  bool merged_strategically = false;         ///< As AdmissionRequest.
  WrittenBody written;                       ///< For findings about the body.
  std::vector<std::string> warnings;         ///< Out.
};

struct DeleteRequest {
  std::string user;
  std::string agent;                ///< As in WriteRequest.
  std::string propagation;          ///< "": the kind's default.
  std::int64_t grace_seconds = -1;  ///< < 0: the kind's default.
  std::string uid;                  ///< Precondition; empty: none.
  std::string resource_version;     ///< Precondition; empty: none.
  bool dry_run = false;
};

struct Deleted {
  JsonRef object;         ///< The last state.
  bool finished = false;  ///< Removed; otherwise it waits for finalizers or its grace period.
};

/// Answers are objects as they are stored.
class Writes {
 public:
  /// `current` is the stored object in the asked version.
  using Change = std::function<kube::Answer<Json>(const Json& current)>;

  Writes(Store& store, const ServedKinds& kinds, Admission& admission, Clock& clock,
         History& history, std::string cluster);

  kube::Answer<JsonRef> create(const ServedKind& kind, std::string_view ns, Json object,
                               WriteRequest& request);
  /// Reads, changes and stores, at one instant. A stale metadata.resourceVersion in the result is
  /// 409. A result that equals what is stored commits nothing.
  kube::Answer<JsonRef> modify(const ServedKind& kind, std::string_view ns, std::string_view name,
                               const Change& change, WriteRequest& request);
  kube::Answer<Deleted> remove(const ServedKind& kind, std::string_view ns, std::string_view name,
                               const DeleteRequest& request);
  /// Asked before an admitted object is stored, with its state before (null: none): any answer but
  /// nullopt refuses it.
  using Guard = std::function<std::optional<kube::Status>(const ServedKind& kind,
                                                          const Json* before, const Json& next)>;
  void set_guard(Guard guard) { guard_ = std::move(guard); }
  /// Writes that changed nothing.
  std::uint64_t noops() const noexcept { return noops_; }

 private:
  JsonRef finish(const ServedKind& kind, Json object);
  void tell(const ServedKind& kind, std::string_view user, std::string_view agent,
            std::string_view verb, const Json& object);
  Store* store_;
  const ServedKinds* kinds_;
  Admission* admission_;
  Clock* clock_;
  History* history_;
  std::string cluster_;
  Guard guard_;
  std::uint64_t noops_ = 0;
};

/// Whether writes of this user are the cluster's own business and stay out of the history.
bool is_control_plane(std::string_view user);

}  // namespace spokelab::fakeapi
