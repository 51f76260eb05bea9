// ServiceLoad: what users ask of the pods behind a Service, and what becomes of it where that is
// too much.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sim/traffic/backend.h"
#include "sim/traffic/load/capacity.h"

namespace spokelab::harness {

class Lab;
class TrafficSite;

/// Looks each second at the load on each cluster of one traffic, and of all others that call the
/// same Service: it presses on the service that their users meet, and is told to the
/// HorizontalPodAutoscaler of the Deployment behind the Service. Does nothing until started, which
/// only traffic with a capacity does.
class ServiceLoad {
 public:
  /// Both must outlive this.
  void start(TrafficSite& site, Lab& lab);
  /// Whether it has been started.
  bool works() const noexcept { return site_ != nullptr; }
  /// Adds what overload does to what a target answers.
  void weigh(const std::string& target, sim::traffic::Service& service) const;

 private:
  struct Target {
    sim::traffic::Capacity capacity;
    sim::traffic::Pressure pressure;
    std::string told;  ///< "enough", "short"
  };
  void look();
  /// What all users ask of the Service, by target.
  std::vector<std::uint64_t> asked() const;
  void tell(const std::string& cluster, Target& target, std::int64_t pods);
  void scale(const std::string& cluster, const Target& target);

  TrafficSite* site_ = nullptr;
  Lab* lab_ = nullptr;
  std::map<std::string, Target> targets_;
  Timer timer_;
};

}  // namespace spokelab::harness
