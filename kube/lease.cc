// Lease: acquiring, renewing, judging.
#include "kube/lease.h"

#include <algorithm>

#include "base/check.h"
#include "base/duration.h"
#include "base/json.h"

namespace spokelab::kube {

const ResourceType& lease_type() {
  static const ResourceType kType{"coordination.k8s.io", "v1", "leases", "Lease", true};
  return kType;
}

LeaseRecord lease_record(const Json& lease) {
  LeaseRecord record;
  record.holder = text_at(lease, {"spec", "holderIdentity"});
  record.duration = std::chrono::seconds(
      std::clamp<std::int64_t>(int_at(lease, {"spec", "leaseDurationSeconds"}, 15), 1, 86'400));
  record.acquire_time = text_at(lease, {"spec", "acquireTime"});
  record.renew_time = text_at(lease, {"spec", "renewTime"});
  record.transitions = int_at(lease, {"spec", "leaseTransitions"});
  record.version = text_at(lease, {"metadata", "resourceVersion"});
  return record;
}

JsonRef lease_object(const std::string& ns, const std::string& name, const LeaseRecord& record,
                     const std::map<std::string, std::string>& labels,
                     const std::map<std::string, std::string>& annotations) {
  Json lease = {{"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}};
  lease["metadata"] = {{"name", name}, {"namespace", ns}};
  if (!labels.empty()) lease["metadata"]["labels"] = labels;
  if (!annotations.empty()) lease["metadata"]["annotations"] = annotations;
  if (!record.version.empty()) lease["metadata"]["resourceVersion"] = record.version;
  auto& spec = lease["spec"];
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = std::chrono::ceil<std::chrono::seconds>(record.duration).count();
  if (!record.acquire_time.empty()) spec["acquireTime"] = record.acquire_time;
  if (!record.renew_time.empty()) spec["renewTime"] = record.renew_time;
  spec["leaseTransitions"] = record.transitions;
  return freeze(std::move(lease));
}

void LeaseWatch::observe(const LeaseRecord& record, RunTime now) {
  if (record_ && *record_ == record) return;
  record_ = record;
  seen_ = now;
}

RunTime LeaseWatch::expires() const {
  if (!record_) return kNever;
  return record_->holder.empty() ? seen_ : seen_ + record_->duration;
}

LeaseHolder::LeaseHolder(Clock& clock, Client& client, LeaseOptions options)
    : clock_(&clock), client_(&client), options_(std::move(options)) {
  SPOKELAB_CHECK(options_.renew_deadline < options_.duration);
  SPOKELAB_CHECK(options_.renew_every < options_.renew_deadline);
}

Nanos LeaseHolder::request_timeout() const {
  return (options_.renew_deadline - options_.renew_every) / 2;
}

Task<void> LeaseHolder::run() {
  for (;;) {
    const auto began = clock_->now();
    Result<void> outcome = Error();
    if (held()) {
      outcome = co_await renew();
    } else {
      outcome = co_await acquire();
    }
    if (outcome) {
      keep_until(began + options_.renew_deadline);
      last_error_.reset();
    } else {
      last_error_ = outcome.error();
    }
    // A holder whose renewal failed has little time left.
    const auto pause = outcome  ? options_.renew_every
                       : held() ? options_.retry_every / 2
                                : options_.retry_every;
    co_await sleep_for(*clock_, pause);
  }
}

/// Takes the Lease when it is free, expired, or an earlier life's of ours.
Task<Result<void>> LeaseHolder::acquire() {
  const auto stamp = format_rfc3339_micro(clock_->wall_now());
  LeaseRecord wanted;
  wanted.holder = options_.identity;
  wanted.duration = options_.duration;
  wanted.acquire_time = stamp;
  wanted.renew_time = stamp;
  auto found = co_await client_->get(lease_type(), options_.ns, options_.name, request_timeout());
  if (!found && found.error().code() != Errc::not_found) co_return found.error();
  const bool create = !found;
  if (found) {
    const auto record = lease_record(**found);
    seen_.observe(record, clock_->now());
    const bool foreign = !record.holder.empty() && record.holder != options_.identity;
    if (foreign && !seen_.expired(clock_->now())) {
      co_return Error(Errc::conflict, "lease is held by " + record.holder);
    }
    // An earlier life of ours is another holder as well: its writes must not pass for ours.
    wanted.transitions = record.transitions + 1;
    wanted.version = record.version;
  }
  auto written = co_await write(wanted, create);
  co_return written;
}

Task<Result<void>> LeaseHolder::renew() {
  auto wanted = mine_;
  wanted.renew_time = format_rfc3339_micro(clock_->wall_now());
  auto written = co_await write(wanted, false);
  if (written) co_return written;
  const auto code = written.error().code();
  if (code == Errc::not_found) lose();
  if (code != Errc::conflict) co_return written;
  // Somebody wrote since: perhaps we ourselves, when only the answer to our last renewal was lost.
  auto found = co_await client_->get(lease_type(), options_.ns, options_.name, request_timeout());
  if (!found) co_return found.error();
  const auto record = lease_record(**found);
  if (record.holder != options_.identity || record.transitions != mine_.transitions) {
    seen_.observe(record, clock_->now());
    lose();
    co_return Error(Errc::conflict, "lease was taken by " + record.holder);
  }
  wanted.version = record.version;
  written = co_await write(wanted, false);
  co_return written;
}

void LeaseHolder::keep_until(RunTime until) {
  held_until_ = until;
  if (!held()) {
    lose();
    return;
  }
  deadline_ = Timer(*clock_, until, [this] { lose(); });
  if (!std::exchange(told_, true) && changed_) changed_(true);
}

Task<Result<void>> LeaseHolder::write(LeaseRecord wanted, bool create) {
  const auto object =
      lease_object(options_.ns, options_.name, wanted, options_.labels, options_.annotations);
  const auto type = lease_type();
  WriteOptions options;
  options.timeout = request_timeout();
  Result<JsonRef> answer = Error();
  if (create) {
    answer = co_await client_->create(type, options_.ns, object, options);
  } else {
    answer = co_await client_->update(type, options_.ns, options_.name, object, "", options);
  }
  if (!answer) co_return answer.error();
  mine_ = wanted;
  mine_.version = text_at(**answer, {"metadata", "resourceVersion"});
  seen_.observe(mine_, clock_->now());
  co_return Result<void>();
}

void LeaseHolder::lose() {
  held_until_ = RunTime{};
  deadline_.stop();
  if (std::exchange(told_, false) && changed_) changed_(false);
}

Task<Result<void>> LeaseHolder::release() {
  if (!held()) co_return Result<void>();
  auto record = mine_;
  record.holder.clear();
  record.duration = std::chrono::seconds(1);
  lose();
  auto written = co_await write(record, false);
  co_return written;
}

}  // namespace spokelab::kube
