// EventRecorder: the Events that `kubectl describe` shows, as client-go's recorders write them.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "fakeapi/cluster/objects.h"
#include "fakeapi/local_api.h"

namespace spokelab::fakeapi {

/// Who saw it: a controller, or a kubelet with its node.
struct EventSource {
  std::string_view component;
  std::string_view host;
};

/// One thing to tell of an object.
struct EventText {
  std::string_view type;  ///< "Normal" or "Warning".
  std::string_view reason;
  std::string message;
  std::string field_path;  ///< "spec.containers{main}", or empty.
};

inline constexpr std::string_view kNormal = "Normal";
inline constexpr std::string_view kWarning = "Warning";

/// Equal events raise the count of the first; ten similar ones within ten minutes become one
/// "(combined from similar events)"; one source may tell 25 events of one object at once and then
/// one every five minutes (client-go tools/record). An Event is gone an hour after its last change.
class EventRecorder {
 public:
  EventRecorder(LocalApi& api, Clock& clock, bool enabled)
      : api_(&api), clock_(&clock), enabled_(enabled) {}
  /// False: nothing is recorded, and nobody need prepare texts.
  bool enabled() const noexcept { return enabled_; }
  void tell(const EventSource& source, const Json& object, const EventText& text);
  /// As the scheduler tells it, by events.k8s.io/v1: repetitions become a series
  /// (client-go tools/events).
  void tell_scheduling(const Json& pod, const EventText& text, std::string_view action);
  /// Learns of every change of an Event, whoever made it, so that it goes in time.
  void on_change(const Change& change);

 private:
  struct Similar {
    std::set<std::string> messages;
    RunTime last{};
  };
  struct Observed {
    std::string ns;
    std::string name;
    std::int64_t count = 0;
    RunTime last{};     ///< When it happened last,
    RunTime written{};  ///< and when that was last written.
  };
  struct Budget {
    double tokens = 25;
    RunTime at{};
  };
  /// Remembers the last few thousand keys, as client-go's caches do.
  template <class Value>
  class Recent {
   public:
    Value& operator[](const std::string& key) {
      if (const auto found = places_.find(key); found != places_.end()) {
        values_.splice(values_.begin(), values_, found->second);
      } else {
        values_.emplace_front(key, Value{});
        places_[key] = values_.begin();
        if (values_.size() > 4096) {
          places_.erase(values_.back().first);
          values_.pop_back();
        }
      }
      return values_.front().second;
    }

   private:
    std::list<std::pair<std::string, Value>> values_;
    std::map<std::string, typename std::list<std::pair<std::string, Value>>::iterator> places_;
  };

  std::string new_name(const std::string& object_name);
  bool may_send(const std::string& key);
  Json involved(const Json& object, const std::string& field_path) const;
  void expire();
  void arm();

  LocalApi* api_;
  Clock* clock_;
  bool enabled_;
  Recent<Similar> similar_;
  Recent<Observed> observed_;
  Recent<Budget> budgets_;
  std::int64_t last_number_ = 0;
  std::map<Name, RunTime> ends_;
  std::set<std::pair<RunTime, Name>> order_;
  RunTime armed_ = kNever;
  Timer timer_;
};

}  // namespace spokelab::fakeapi
