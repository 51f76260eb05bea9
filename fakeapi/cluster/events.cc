// EventRecorder: correlation, writing and expiry of Events.
#include "fakeapi/cluster/events.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kTimeToLive = std::chrono::hours(1);
constexpr Nanos kSimilarWithin = std::chrono::minutes(10);
constexpr std::size_t kSimilarMax = 10;
constexpr double kBurst = 25;
constexpr double kRefill = 1.0 / 300;
constexpr Nanos kSeriesEnd = std::chrono::minutes(6);
constexpr Nanos kSeriesRefresh = std::chrono::minutes(30);

std::string object_key(const EventSource& source, const Json& object) {
  const Name name = name_of(object);
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", source.component, source.host,
                     text_at(object, {"kind"}), name.ns, name.name, uid_of(object));
}

}  // namespace

std::string EventRecorder::new_name(const std::string& object_name) {
  last_number_ = std::max(last_number_ + 1, clock_->wall_now().time_since_epoch().count());
  return fmt::format("{}.{:x}", object_name, last_number_);
}

bool EventRecorder::may_send(const std::string& key) {
  Budget& budget = budgets_[key];
  const RunTime now = clock_->now();
  const double seconds = std::chrono::duration<double>(now - budget.at).count();
  budget.tokens = std::min(kBurst, budget.tokens + seconds * kRefill);
  budget.at = now;
  if (budget.tokens < 1) return false;
  budget.tokens -= 1;
  return true;
}

Json EventRecorder::involved(const Json& object, const std::string& field_path) const {
  const Name name = name_of(object);
  Json reference = {{"kind", text_at(object, {"kind"})},
                    {"name", name.name},
                    {"uid", uid_of(object)},
                    {"apiVersion", text_at(object, {"apiVersion"})},
                    {"resourceVersion", text_at(object, {"metadata", "resourceVersion"})}};
  if (!name.ns.empty()) reference["namespace"] = name.ns;
  if (!field_path.empty()) reference["fieldPath"] = field_path;
  return reference;
}

void EventRecorder::tell(const EventSource& source, const Json& object, const EventText& text) {
  if (!enabled_) return;
  const RunTime now = clock_->now();
  const std::string now_text = format_rfc3339(clock_->wall_now());
  const std::string about = object_key(source, object);
  std::string key = fmt::format("{}\n{}\n{}", about, text.type, text.reason);
  std::string message = text.message.substr(0, 1024);
  Similar& similar = similar_[key];
  if (now - similar.last > kSimilarWithin) similar.messages.clear();
  similar.last = now;
  similar.messages.insert(message);
  if (similar.messages.size() >= kSimilarMax) {
    similar.messages.erase(similar.messages.begin());
    message = "(combined from similar events): " + message;
  } else {
    key += '\n' + text.field_path + '\n' + message;
  }
  Observed& observed = observed_[key];
  ++observed.count;
  if (!may_send(about)) return;
  if (observed.count > 1 && !observed.name.empty()) {
    const Json patch = {
        {"count", observed.count}, {"lastTimestamp", now_text}, {"message", message}};
    if (api_->get("events", observed.ns, observed.name) &&
        api_->merge_patch(source.component, "events", observed.ns, observed.name, patch)) {
      return;
    }
  }
  const Name name = name_of(object);
  observed.ns = name.ns.empty() ? "default" : name.ns;
  observed.name = new_name(name.name);
  Json event = {{"apiVersion", "v1"},
                {"kind", "Event"},
                {"metadata", {{"name", observed.name}, {"namespace", observed.ns}}},
                {"involvedObject", involved(object, text.field_path)},
                {"reason", text.reason},
                {"message", message},
                {"source", {{"component", source.component}}},
                {"firstTimestamp", now_text},
                {"lastTimestamp", now_text},
                {"count", observed.count},
                {"type", text.type},
                {"eventTime", nullptr},
                {"reportingComponent", source.component},
                {"reportingInstance", source.host}};
  if (!source.host.empty()) event["source"]["host"] = source.host;
  (void)api_->create(source.component, std::move(event));
}

void EventRecorder::tell_scheduling(const Json& pod, const EventText& text,
                                    std::string_view action) {
  if (!enabled_) return;
  static constexpr EventSource kSource{"default-scheduler", "default-scheduler-control-plane"};
  const RunTime now = clock_->now();
  const std::string micro = format_rfc3339_micro(clock_->wall_now());
  Observed& observed =
      observed_[fmt::format("{}\n{}\n{}", object_key(kSource, pod), text.reason, action)];
  const bool goes_on = observed.count > 0 && now - observed.last <= kSeriesEnd;
  observed.last = now;
  observed.count = goes_on ? observed.count + 1 : 1;
  if (goes_on) {
    if (observed.count > 2 && now - observed.written < kSeriesRefresh) return;
    observed.written = now;
    Json patch = Json::object();
    patch["series"] = {{"count", observed.count}, {"lastObservedTime", micro}};
    (void)api_->merge_patch(kSource.component, "events", observed.ns, observed.name, patch);
    return;
  }
  const Name name = name_of(pod);
  observed.ns = name.ns;
  observed.name = new_name(name.name);
  observed.written = now;
  Json event = {{"apiVersion", "v1"},
                {"kind", "Event"},
                {"metadata", {{"name", observed.name}, {"namespace", observed.ns}}},
                {"involvedObject", involved(pod, "")},
                {"reason", text.reason},
                {"message", text.message.substr(0, 1024)},
                {"source", Json::object()},
                {"firstTimestamp", nullptr},
                {"lastTimestamp", nullptr},
                {"type", text.type},
                {"eventTime", micro},
                {"action", action},
                {"reportingComponent", kSource.component},
                {"reportingInstance", kSource.host}};
  (void)api_->create(kSource.component, std::move(event));
}

void EventRecorder::on_change(const Change& change) {
  const Name name = name_of(change.object());
  if (const auto found = ends_.find(name); found != ends_.end()) {
    order_.erase({found->second, name});
    if (!change.after) ends_.erase(found);
  }
  if (!change.after) return;
  const RunTime end = clock_->now() + kTimeToLive;
  ends_[name] = end;
  order_.emplace(end, name);
  arm();
}

void EventRecorder::arm() {
  if (order_.empty() || order_.begin()->first >= armed_) return;
  armed_ = order_.begin()->first;
  timer_ = Timer(*clock_, armed_, [this] { expire(); });
}

void EventRecorder::expire() {
  armed_ = kNever;
  while (!order_.empty() && order_.begin()->first <= clock_->now()) {
    const Name name = order_.begin()->second;
    order_.erase(order_.begin());
    ends_.erase(name);
    (void)api_->remove("system:apiserver", "events", name.ns, name.name);
  }
  arm();
}

}  // namespace spokelab::fakeapi
