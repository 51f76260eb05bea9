// Faults of hub replicas: dead, or standing still.
#include "harness/run/faults/active_fault.h"

namespace spokelab::harness {

namespace {

class HubFault final : public ActiveFault {
 public:
  HubFault(const Fault& fault, FaultContext context)
      : context_(context), pause_(fault.what == "hub-pause") {
    for (const auto& place : fault.on) {
      for (auto& [name, replica] : context_.lab.replicas()) {
        if (place.kind != Place::Kind::hub && !nodes_of(place, context_.lab, true).contains(name))
          continue;
        if (!names_.insert(name).second) continue;
        if (pause_) {
          context_.lab.pause_replica(name);
        } else {
          context_.lab.take_replica_down(name);
        }
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

}  // namespace

std::unique_ptr<ActiveFault> start_hub_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<HubFault>(fault, context);
}

}  // namespace spokelab::harness
