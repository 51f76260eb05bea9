// Ramps: a fault that begins weak and grows to its full strength in steps.
#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "harness/run/faults/active_fault.h"

namespace spokelab::harness {

namespace {

constexpr int kSteps = 10;

/// A fault that is only `step` tenths of itself: of what grows with harm so much less; of what is
/// left of a bandwidth so much more.
Fault at_strength(const Fault& fault, int step) {
  if (step >= kSteps) return fault;
  auto weak = fault;
  // Where something else grows, it is that which is weaker, not how many it strikes.
  const bool strikes_all = fault.parameters.find<Nanos>("latency") != nullptr ||
                           fault.parameters.find<Bytes>("rate") != nullptr;
  for (const auto& [name, value] : fault.parameters.all()) {
    const auto* span = std::get_if<Nanos>(&value);
    const auto* share = std::get_if<Share>(&value);
    const auto* rate = std::get_if<Bytes>(&value);
    if (span != nullptr && (name == "latency" || name == "jitter")) {
      weak.parameters.set(name, *span * step / kSteps);
    } else if (share != nullptr && name == "share" && !strikes_all) {
      const auto part =
          std::uint64_t{share->millionths} * static_cast<std::uint64_t>(step) / kSteps;
      weak.parameters.set(name, Share{static_cast<std::uint32_t>(part)});
    } else if (rate != nullptr && name == "rate") {
      weak.parameters.set(name, Bytes{rate->count * kSteps / static_cast<std::uint64_t>(step)});
    }
  }
  return weak;
}

class Ramp final : public ActiveFault {
 public:
  Ramp(Fault fault, FaultContext context, StartFault start)
      : fault_(std::move(fault)), context_(context), start_(start) {
    const auto length = fault_.parameters.duration("ramp");
    auto& world = context_.lab.world();
    for (int step = 2; step <= kSteps; ++step) {
      timers_.emplace_back(world, world.now() + length * (step - 1) / (kSteps - 1),
                           [this, step] { grow(step); });
    }
    now_ = start_(at_strength(fault_, 1), context_);
  }
  std::uint64_t hits() const override { return before_ + now_->hits(); }

 private:
  /// The weaker fault goes, and a stronger one takes its place at the same instant.
  void grow(int step) {
    before_ += now_->hits();
    now_.reset();
    now_ = start_(at_strength(fault_, step), context_);
    context_.truths.update();
  }
  Fault fault_;
  FaultContext context_;
  StartFault start_;
  std::unique_ptr<ActiveFault> now_;
  std::uint64_t before_ = 0;  // hits of its weaker selves
  std::vector<Timer> timers_;
};

}  // namespace

std::unique_ptr<ActiveFault> begin_fault(const Fault& fault, FaultContext context) {
  const auto& kinds = fault_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](const FaultKind& one) { return one.what == fault.what; });
  if (kind == kinds.end()) return nullptr;
  if (fault.parameters.duration("ramp") > Nanos(0))
    return std::make_unique<Ramp>(fault, context, kind->start);
  return kind->start(fault, context);
}

}  // namespace spokelab::harness
