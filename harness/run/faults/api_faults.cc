// Faults inside an API server: requests, watches, credentials, certificate, clock.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "harness/run/faults/active_fault.h"

namespace spokelab::harness {

namespace {

/// Resources as a cluster's API server names them: "deployments" is "deployments.apps" there.
std::vector<std::string> served(Lab& lab, const std::string& cluster,
                                std::vector<std::string> resources) {
  for (auto& resource : resources) {
    if (const auto* type = lab.type_of(cluster, resource)) resource = type->group_resource();
  }
  return resources;
}

std::int64_t hits_of(fakeapi::ApiServer& api, const std::string& prefix) {
  std::int64_t sum = 0;
  for (const auto& hit : api.faults().hits()) {
    if (hit.name.starts_with(prefix)) sum += static_cast<std::int64_t>(hit.count);
  }
  return sum;
}

/// The server's process dies and comes back `down` later, while the fault lasts at the latest.
class ApiRestart final : public ActiveFault {
 public:
  ApiRestart(const Fault& fault, FaultContext context)
      : context_(context), clusters_(clusters_of(fault, context.lab)) {
    for (const auto& name : clusters_) context_.lab.take_api_down(name);
    auto& world = context_.lab.world();
    back_ = Timer(world, world.now() + fault.parameters.duration("down", std::chrono::seconds(5)),
                  [this] { up(); });
  }
  ~ApiRestart() override { up(); }
  std::uint64_t hits() const override { return hits_; }

 private:
  void up() {
    for (const auto& name : std::exchange(clusters_, {})) context_.lab.bring_api_up(name);
    context_.truths.update();
  }
  FaultContext context_;
  std::vector<std::string> clusters_;
  std::uint64_t hits_ = clusters_.size();
  Timer back_;
};

/// Rules in the server's table of faults: one for each verb and resource that is meant.
class RequestFault final : public ActiveFault {
 public:
  RequestFault(const Fault& fault, FaultContext context)
      : context_(context),
        prefix_("fault/" + fault.name + "/"),
        clusters_(clusters_of(fault, context.lab)) {
    fakeapi::FaultRule rule;
    rule.effect = effect_of(fault);
    rule.millionths = fault.parameters.share("share").millionths;
    auto verbs = fault.parameters.list("verbs");
    auto resources = fault.parameters.list("resources");
    if (fault.what == "etcd-slow" || fault.what == "etcd-no-quorum" ||
        fault.what == "webhook-down") {
      verbs = {"create", "update", "patch", "delete"};
    }
    if (fault.what == "stale-reads") verbs = {"get", "list"};
    // The hub's role, not everybody's.
    if (fault.what == "forbidden")
      rule.match.user = "system:serviceaccount:kube-system:argocd-manager";
    if (verbs.empty()) verbs = {""};
    if (resources.empty()) resources = {""};
    // Nothing is left of a server that answers every request with an error.
    total_ = (rule.effect.status >= 500 || rule.effect.status == 429) &&
             rule.millionths == 1'000'000 && verbs[0].empty() && resources[0].empty();
    for (const auto& cluster : clusters_) {
      for (const auto& verb : verbs) {
        for (const auto& resource : served(context_.lab, cluster, resources)) {
          rule.name = fmt::format("{}{}/{}", prefix_, verb, resource);
          rule.match.verb = verb;
          rule.match.resource = resource;
          if (fault.what == "stale-reads")
            rule.effect.past = context_.lab.site(cluster).api->snapshot();
          context_.lab.site(cluster).api->faults().add(rule);
          names_.push_back(rule.name);
        }
      }
      if (total_) context_.truths.set_api_broken(cluster, true);
    }
    before_ = struck();
  }
  ~RequestFault() override {
    for (const auto& cluster : clusters_) {
      for (const auto& name : names_) context_.lab.site(cluster).api->faults().remove(name);
      if (total_) context_.truths.set_api_broken(cluster, false);
    }
  }
  std::uint64_t hits() const override { return struck() - before_; }

 private:
  /// By all rules of that name so far: a fault that grows stronger puts them up anew.
  std::uint64_t struck() const {
    std::int64_t sum = 0;
    for (const auto& cluster : clusters_) sum += hits_of(*context_.lab.site(cluster).api, prefix_);
    return static_cast<std::uint64_t>(sum);
  }
  static fakeapi::FaultEffect effect_of(const Fault& fault) {
    const auto& given = fault.parameters;
    fakeapi::FaultEffect effect;
    if (fault.what == "api-errors" || fault.what == "throttle") {
      effect.status = fault.what == "throttle" ? 429 : static_cast<int>(given.count("code", 500));
      effect.retry_after_seconds = static_cast<int>(
          std::chrono::ceil<std::chrono::seconds>(given.duration("retry-after")).count());
    } else if (fault.what == "forbidden") {
      effect.status = 403;
    } else if (fault.what == "etcd-no-quorum") {
      effect.status = 500;
      effect.message = "etcdserver: request timed out";
      effect.delay_min = effect.delay_max = std::chrono::seconds(7);
    } else if (fault.what == "webhook-down") {
      effect.status = 500;
      const auto how = given.text("how", "blackhole");
      constexpr std::string_view kPost =
          "failed to call webhook: Post "
          "\"https://policy.policy.svc:443/validate?timeout=10s\": ";
      effect.message = "Internal error occurred: failed calling webhook \"policy.example.com\": ";
      if (how == "error") {
        effect.message += "an error on the server (\"\") has prevented the request from succeeding";
      } else if (how == "refused") {
        effect.message +=
            fmt::format("{}dial tcp 10.96.0.20:443: connect: connection refused", kPost);
      } else {
        effect.message += fmt::format("{}context deadline exceeded", kPost);
        effect.delay_min = effect.delay_max = std::chrono::seconds(10);
      }
    } else {
      const auto latency = given.duration("latency");
      const auto jitter = given.duration("jitter");
      effect.delay_min = std::max(Nanos(0), latency - jitter);
      effect.delay_max = latency + jitter;
    }
    return effect;
  }

  FaultContext context_;
  std::string prefix_;
  std::vector<std::string> clusters_;
  std::vector<std::string> names_;
  std::uint64_t before_ = 0;
  bool total_ = false;
};

/// Streams end or expire; once, or again and again.
class WatchEnd final : public ActiveFault {
 public:
  WatchEnd(const Fault& fault, FaultContext context)
      : context_(context),
        expired_(fault.what == "watch-expired"),
        clusters_(clusters_of(fault, context.lab)),
        resources_(fault.parameters.list("resources")),
        every_(fault.parameters.duration("every")) {
    strike();
  }
  std::uint64_t hits() const override { return hits_; }

 private:
  void strike() {
    for (const auto& cluster : clusters_) {
      auto& api = *context_.lab.site(cluster).api;
      const auto resources = served(context_.lab, cluster, resources_);
      hits_ += api.watches().open_count(resources);
      if (expired_) api.compact();
      api.watches().end_all(expired_, resources);
    }
    if (every_ > Nanos(0)) {
      again_ =
          Timer(context_.lab.world(), context_.lab.world().now() + every_, [this] { strike(); });
    }
  }

  FaultContext context_;
  bool expired_;
  std::vector<std::string> clusters_;
  std::vector<std::string> resources_;
  Nanos every_;
  std::uint64_t hits_ = 0;
  Timer again_;
};

/// Streams stay open and say nothing.
class WatchStall final : public ActiveFault {
 public:
  WatchStall(const Fault& fault, FaultContext context) : context_(context) {
    for (const auto& cluster : clusters_of(fault, context.lab)) {
      const auto resources = served(context.lab, cluster, fault.parameters.list("resources"));
      stalls_[cluster] = watches(cluster).stall(resources);
    }
  }
  ~WatchStall() override {
    for (const auto& [cluster, id] : stalls_) watches(cluster).resume(id);
  }
  std::uint64_t hits() const override {
    std::uint64_t sum = 0;
    for (const auto& [cluster, id] : stalls_) sum += watches(cluster).stalled(id);
    return sum;
  }

 private:
  fakeapi::Watches& watches(const std::string& cluster) const {
    return context_.lab.site(cluster).api->watches();
  }
  FaultContext context_;
  std::map<std::string, fakeapi::Watches::StallId> stalls_;  // by cluster
};

/// A share of the events of watches never arrives.
class WatchLoss final : public ActiveFault {
 public:
  WatchLoss(const Fault& fault, FaultContext context)
      : context_(context),
        name_("fault/" + fault.name),
        clusters_(clusters_of(fault, context.lab)) {
    for (const auto& cluster : clusters_) {
      watches(cluster).lose(name_, fault.parameters.share("share").millionths,
                            served(context.lab, cluster, fault.parameters.list("resources")));
    }
    before_ = lost();
  }
  ~WatchLoss() override {
    for (const auto& cluster : clusters_) watches(cluster).lose(name_, 0);
  }
  std::uint64_t hits() const override { return lost() - before_; }

 private:
  std::uint64_t lost() const {
    std::uint64_t sum = 0;
    for (const auto& cluster : clusters_) sum += watches(cluster).lost(name_);
    return sum;
  }
  fakeapi::Watches& watches(const std::string& cluster) const {
    return context_.lab.site(cluster).api->watches();
  }
  FaultContext context_;
  std::string name_;
  std::vector<std::string> clusters_;
  std::uint64_t before_ = 0;
};

/// The hub's token is answered with 401.
class CredentialFault final : public ActiveFault {
 public:
  CredentialFault(const Fault& fault, FaultContext context)
      : context_(context),
        name_("fault/" + fault.name),
        clusters_(clusters_of(fault, context.lab)) {
    fakeapi::FaultRule rule;
    rule.name = name_;
    rule.match.user = "system:serviceaccount:kube-system:argocd-manager";
    rule.effect.status = 401;
    for (const auto& cluster : clusters_) {
      context_.lab.site(cluster).api->faults().add(rule);
      context_.truths.set_api_broken(cluster, true);
    }
  }
  ~CredentialFault() override {
    for (const auto& cluster : clusters_) {
      context_.lab.site(cluster).api->faults().remove(name_);
      context_.truths.set_api_broken(cluster, false);
    }
  }
  std::uint64_t hits() const override {
    std::int64_t sum = 0;
    for (const auto& cluster : clusters_) sum += hits_of(*context_.lab.site(cluster).api, name_);
    return static_cast<std::uint64_t>(sum);
  }

 private:
  FaultContext context_;
  std::string name_;
  std::vector<std::string> clusters_;
};

/// New handshakes meet a bad certificate; connections that live go on.
class TlsFault final : public ActiveFault {
 public:
  TlsFault(const Fault& fault, FaultContext context)
      : context_(context), clusters_(clusters_of(fault, context.lab)) {
    const auto problem = fault.parameters.text("problem", "expired");
    for (const auto& cluster : clusters_) {
      auto identity = context_.lab.identity_of(cluster);
      if (problem == "expired")
        identity.not_after = context_.lab.world().wall_now() - std::chrono::hours(1);
      if (problem == "wrong-name") identity.names = {"somebody-else.example.com"};
      if (problem == "unknown-ca") identity.ca_pem = "-----BEGIN CERTIFICATE-----\nunknown\n";
      auto& site = context_.lab.site(cluster);
      shown_[cluster] = site.certificates.put(std::move(identity));
      context_.lab.show_certificate(cluster);
      before_ += handshakes_failed(cluster);
    }
  }
  ~TlsFault() override {
    for (const auto& [cluster, id] : shown_) {
      context_.lab.site(cluster).certificates.take_off(id);
      context_.lab.show_certificate(cluster);
    }
  }
  std::uint64_t hits() const override {
    std::uint64_t sum = 0;
    for (const auto& cluster : clusters_) sum += handshakes_failed(cluster);
    return sum - before_;
  }

 private:
  std::uint64_t handshakes_failed(const std::string& cluster) const {
    auto& site = context_.lab.site(cluster);
    return context_.lab.network().handshakes_failed(site.api_node, port_of(site));
  }
  FaultContext context_;
  std::vector<std::string> clusters_;
  std::uint64_t before_ = 0;
  std::map<std::string, Overlay<sim::TlsIdentity>::Id> shown_;  // by cluster
};

class ClockSkew final : public ActiveFault {
 public:
  ClockSkew(const Fault& fault, FaultContext context)
      : context_(context),
        clusters_(clusters_of(fault, context.lab)),
        offset_(fault.parameters.duration("offset")) {
    add(offset_);
  }
  ~ClockSkew() override { add(-offset_); }
  std::uint64_t hits() const override { return clusters_.size(); }

 private:
  /// Several such faults add up.
  void add(Nanos offset) {
    for (const auto& cluster : clusters_) {
      auto& clock = context_.lab.site(cluster).clock;
      clock.set_skew(clock.skew() + offset);
    }
  }
  FaultContext context_;
  std::vector<std::string> clusters_;
  Nanos offset_;
};

}  // namespace

std::unique_ptr<ActiveFault> start_api_restart(const Fault& fault, FaultContext context) {
  return std::make_unique<ApiRestart>(fault, context);
}
std::unique_ptr<ActiveFault> start_request_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<RequestFault>(fault, context);
}
std::unique_ptr<ActiveFault> start_watch_end(const Fault& fault, FaultContext context) {
  return std::make_unique<WatchEnd>(fault, context);
}
std::unique_ptr<ActiveFault> start_watch_stall(const Fault& fault, FaultContext context) {
  return std::make_unique<WatchStall>(fault, context);
}
std::unique_ptr<ActiveFault> start_watch_loss(const Fault& fault, FaultContext context) {
  return std::make_unique<WatchLoss>(fault, context);
}
std::unique_ptr<ActiveFault> start_credential_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<CredentialFault>(fault, context);
}
std::unique_ptr<ActiveFault> start_tls_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<TlsFault>(fault, context);
}
std::unique_ptr<ActiveFault> start_clock_skew(const Fault& fault, FaultContext context) {
  return std::make_unique<ClockSkew>(fault, context);
}

}  // namespace spokelab::harness
