// Faults of pods: crash loops, and images that cannot be pulled.
#include "base/json.h"
#include "harness/run/faults/active_fault.h"

namespace spokelab::harness {

namespace {

class PodFault final : public ActiveFault {
 public:
  PodFault(const Fault& fault, FaultContext context)
      : context_(context),
        name_("fault/" + fault.name),
        clusters_(clusters_of(fault, context.lab)) {
    const auto* object = fault.parameters.find<ObjectRef>("object");
    const auto share = fault.parameters.share("share").millionths;
    for (const auto& cluster : clusters_) {
      fakeapi::LifeCycleRule rule;
      rule.name = name_;
      if (object != nullptr) rule.selects = pods_of(cluster, *object);
      fakeapi::OutcomeWeights outcome;
      outcome.ok = 1'000'000 - share;
      (fault.what == "crash-loop" ? outcome.crash : outcome.pull_fail) = share;
      rule.outcome = outcome;
      auto& controllers = *context_.lab.site(cluster).controllers;
      if (!controllers.add_rule(rule)) continue;
      // Containers that run now fall as well, and then meet the rule whenever they start.
      if (fault.what == "crash-loop")
        hits_ += static_cast<std::uint64_t>(controllers.crash_pods(rule.selects));
    }
  }
  ~PodFault() override {
    for (const auto& cluster : clusters_)
      context_.lab.site(cluster).controllers->remove_rule(name_);
  }
  std::uint64_t hits() const override {
    std::uint64_t sum = hits_;
    for (const auto& cluster : clusters_)
      sum += context_.lab.site(cluster).controllers->strikes(name_);
    return sum;
  }

 private:
  /// The pods that a workload selects by its labels.
  fakeapi::PodSelector pods_of(const std::string& cluster, const ObjectRef& ref) {
    fakeapi::PodSelector selector;
    selector.ns = ref.ns;
    const auto* type = context_.lab.type_of(cluster, ref.kind);
    if (type != nullptr && type->kind == "Pod") {
      selector.name = ref.name;
      return selector;
    }
    const auto object = type == nullptr ? nullptr
                                        : context_.lab.site(cluster).api->get(
                                              type->group_resource(), ref.ns, ref.name);
    const auto* labels = object ? find(*object, {"spec", "selector", "matchLabels"}) : nullptr;
    if (labels != nullptr) {
      for (const auto& [key, value] : labels->items()) {
        if (value.is_string()) selector.labels[key] = value.get<std::string>();
      }
    } else {
      selector.name = ref.name + "-*";
    }
    return selector;
  }

  FaultContext context_;
  std::string name_;
  std::vector<std::string> clusters_;
  std::uint64_t hits_ = 0;
};

}  // namespace

std::unique_ptr<ActiveFault> start_pod_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<PodFault>(fault, context);
}

}  // namespace spokelab::harness
