// What the traffic tests share: a world, a history, a field, and questions to ask of them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/history.h"
#include "base/rng.h"
#include "sim/traffic/backend.h"
#include "sim/world.h"

namespace spokelab::sim::traffic {

using namespace std::chrono_literals;

inline RunTime at(Nanos since_start) { return RunTime(since_start); }

struct Lab {
  World world;
  History history{world};
  Field field;

  void run_until(Nanos since_start) { world.run_until(at(since_start)); }
  /// Sets the wire from a place to a target, and leaves the rest of the way as it is.
  void wire(const std::string& from, const std::string& to, Wire wire) {
    auto way = field.way(field.point(from), field.point(to));
    way.wire = wire;
    field.set_way(from, to, way);
  }
  std::vector<Event> events(const std::string& subject) const {
    std::vector<Event> found;
    for (const auto& event : history.events()) {
      if (event.subject == subject) found.push_back(event);
    }
    return found;
  }
  /// When `subject` first had `value` at or after an instant.
  std::optional<Nanos> when(const std::string& subject, const std::string& value,
                            Nanos from = 0s) const {
    for (const auto& event : history.events()) {
      if (event.at >= at(from) && event.subject == subject && event.value == value) {
        return event.at.time_since_epoch();
      }
    }
    return std::nullopt;
  }
  std::string last(const std::string& subject) const {
    const auto all = events(subject);
    return all.empty() ? "" : all.back().value;
  }
};

inline std::int64_t number(const Event& event, const std::string& name) {
  for (const auto& [key, value] : event.numbers) {
    if (key == name) return value;
  }
  return -1;
}

}  // namespace spokelab::sim::traffic
