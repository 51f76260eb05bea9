// Faults of hub replicas: dead, or standing still, or without one of their parts.
#include "base/check.h"
#include "harness/run/faults/active_fault.h"
#include "hub/components.h"

namespace spokelab::harness {

namespace {

std::set<std::string> replicas_of(const Fault& fault, Lab& lab) {
  std::set<std::string> names;
  for (const auto& place : fault.on) {
    for (const auto& [name, replica] : lab.replicas()) {
      if (place.kind == Place::Kind::hub || nodes_of(place, lab, true).contains(name))
        names.insert(name);
    }
  }
  return names;
}

class HubFault final : public ActiveFault {
 public:
  HubFault(const Fault& fault, FaultContext context)
      : context_(context), pause_(fault.what == "hub-pause") {
    names_ = replicas_of(fault, context_.lab);
    for (const auto& name : names_) {
      if (pause_) {
        context_.lab.pause_replica(name);
      } else {
        context_.lab.take_replica_down(name);
      }
    }
    // The dying process's frames unwind at this instant, after us.
    later_ = Timer(context_.lab.world(), context_.lab.world().now(),
                   [this] { context_.truths.update(); });
  }
  ~HubFault() override {
    for (const auto& name : names_) {
      if (pause_) {
        context_.lab.resume_replica(name);
      } else {
        context_.lab.bring_replica_up(name);
      }
    }
    context_.truths.update();
  }
  std::uint64_t hits() const override { return names_.size(); }

 private:
  FaultContext context_;
  bool pause_;
  std::set<std::string> names_;
  Timer later_;
};

class ComponentFault final : public ActiveFault {
 public:
  ComponentFault(const Fault& fault, FaultContext context) : lab_(context.lab) {
    const auto named = hub::component_named(fault.parameters.text("component"));
    SPOKELAB_CHECK(named.has_value());  // the schema lists them
    component_ = *named;
    for (const auto& name : replicas_of(fault, lab_)) {
      auto& components = lab_.components(name);
      missed_before_ += components.missed(component_);
      components.take_down(component_);
      names_.insert(name);
    }
  }
  ~ComponentFault() override {
    for (const auto& name : names_) lab_.components(name).bring_up(component_);
  }
  /// The parts taken down, and how often somebody missed them.
  std::uint64_t hits() const override {
    std::uint64_t sum = names_.size();
    for (const auto& name : names_) sum += lab_.components(name).missed(component_);
    return sum - missed_before_;
  }

 private:
  Lab& lab_;
  hub::Component component_{};
  std::set<std::string> names_;
  std::uint64_t missed_before_ = 0;
};

}  // namespace

std::unique_ptr<ActiveFault> start_component_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<ComponentFault>(fault, context);
}

std::unique_ptr<ActiveFault> start_hub_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<HubFault>(fault, context);
}

}  // namespace spokelab::harness
