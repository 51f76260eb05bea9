// Lease: one holder at a time, by a coordination.k8s.io/v1 Lease (client-go tools/leaderelection).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json_fwd.h"
#include "kube/client.h"

namespace spokelab::kube {

/// "leases.coordination.k8s.io".
const ResourceType& lease_type();

/// What a Lease object says.
struct LeaseRecord {
  std::string holder;  ///< Empty: released.
  Nanos duration = std::chrono::seconds(15);
  std::string acquire_time;  ///< As metav1.MicroTime prints it.
  std::string renew_time;
  std::int64_t transitions = 0;  ///< Grows with every change of holder: a fencing token.
  std::string version;           ///< metadata.resourceVersion.
  friend bool operator==(const LeaseRecord&, const LeaseRecord&) = default;
};
LeaseRecord lease_record(const Json& lease);

/// A Lease object to be written. `record.version` empty: to be created; else only that version is
/// replaced.
JsonRef lease_object(const std::string& ns, const std::string& name, const LeaseRecord& record,
                     const std::map<std::string, std::string>& labels,
                     const std::map<std::string, std::string>& annotations);

/// Whether somebody else's lease has run out, judged by our own clock since we saw it change:
/// clocks of two processes need not agree.
class LeaseWatch {
 public:
  /// Takes note of the record as it is now.
  void observe(const LeaseRecord& record, RunTime now);
  void forget() { record_.reset(); }
  const std::optional<LeaseRecord>& record() const noexcept { return record_; }
  /// The first instant at which another may take it; kNever while none is known.
  RunTime expires() const;
  bool expired(RunTime now) const { return record_ && now >= expires(); }

 private:
  std::optional<LeaseRecord> record_;
  RunTime seen_{};
};

struct LeaseOptions {
  std::string ns;
  std::string name;
  std::string identity;
  Nanos duration = std::chrono::seconds(15);
  Nanos renew_deadline = std::chrono::seconds(10);  ///< `renew_every` < this < `duration`.
  Nanos renew_every = std::chrono::seconds(2);
  Nanos retry_every =
      std::chrono::seconds(2);  ///< Between attempts to acquire, or after a failed renewal.
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
};

/// Acquires one Lease and keeps it. A holder that cannot renew stops holding `renew_deadline` after
/// it sent its last successful renewal, so before `duration` has passed for anyone who saw that
/// renewal arrive.
class LeaseHolder {
 public:
  LeaseHolder(Clock& clock, Client& client, LeaseOptions options);

  /// Tries until cancelled; holds, loses and acquires again. `changed` is called when held()
  /// changed.
  Task<void> run();
  void on_change(std::function<void(bool held)> changed) { changed_ = std::move(changed); }
  /// True until the renew deadline.
  bool held() const { return clock_->now() < held_until_; }
  /// The instant at which held() ends unless renewed before.
  RunTime held_until() const noexcept { return held_until_; }
  /// The Lease's transitions while we hold it.
  std::int64_t fencing_token() const noexcept { return mine_.transitions; }
  /// Gives it up in order: others may acquire it at once (ReleaseOnCancel). Call when run() has
  /// ended.
  Task<Result<void>> release();
  const std::optional<Error>& last_error() const noexcept { return last_error_; }

 private:
  Task<Result<void>> acquire();
  Task<Result<void>> renew();
  Task<Result<void>> write(LeaseRecord wanted, bool create);
  /// For one request, so that a lost answer leaves time for a second attempt before the deadline.
  Nanos request_timeout() const;
  void keep_until(RunTime until);
  void lose();

  Clock* clock_;
  Client* client_;
  LeaseOptions options_;
  LeaseWatch seen_;
  LeaseRecord mine_;
  RunTime held_until_{};
  Timer deadline_;
  bool told_ = false;
  std::function<void(bool)> changed_;
  std::optional<Error> last_error_;
};

}  // namespace spokelab::kube
