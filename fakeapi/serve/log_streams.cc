#include "fakeapi/serve/log_streams.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/cluster/nodes/output.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kLookEvery = std::chrono::seconds(1);

const Json* named(const Json& pod, std::string_view half,
                  std::initializer_list<std::string_view> lists, std::string_view name) {
  for (const auto list : lists) {
    const Json* all = find(pod, {half, list});
    if (all == nullptr || !all->is_array()) continue;
    for (const Json& one : *all) {
      if (text_at(one, {"name"}) == name) return &one;
    }
  }
  return nullptr;
}

std::string stamp(WallTime at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(at - whole).count();
  std::string text = format_rfc3339(whole);
  text.pop_back();
  return fmt::format("{}.{:09d}Z", text, rest);
}

}  // namespace

const Json* container_named(const Json& pod, std::string_view name) {
  return named(pod, "spec", {"containers", "initContainers", "ephemeralContainers"}, name);
}

const Json* container_status(const Json& pod, std::string_view name) {
  return named(pod, "status",
               {"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"}, name);
}

std::string log_text(const Json& pod, const Json& container, const Json& run, WallTime from,
                     WallTime to, bool timestamps) {
  std::string text;
  for (const auto& line : container_output(pod, container, run, from, to)) {
    if (timestamps) text += stamp(line.at) + " ";
    text += line.text + "\n";
  }
  return text;
}

std::shared_ptr<ChunkPipe> LogStreams::follow(LogTarget target, std::string so_far, WallTime from) {
  if (live_.size() >= kFollowersMax) return nullptr;
  auto pipe = std::make_shared<ChunkPipe>();
  if (!so_far.empty()) pipe->push(Body(std::move(so_far)));
  const Id id = ++last_;
  live_[id] = Follower{std::move(target), pipe, from, Timer()};
  arm(id);
  return pipe;
}

void LogStreams::arm(Id id) {
  live_.at(id).timer = Timer(*clock_, clock_->now() + kLookEvery, [this, id] { look(id); });
}

void LogStreams::look(Id id) {
  Follower& one = live_.at(id);
  if (!one.pipe->open()) {
    live_.erase(id);
    return;
  }
  const Bucket* pods = store_->find_bucket("pods");
  const JsonRef pod = pods != nullptr ? pods->get(one.target.ns, one.target.pod) : nullptr;
  const Json* container = nullptr;
  const Json* status = nullptr;
  if (pod && text_at(*pod, {"metadata", "uid"}) == one.target.uid) {
    container = container_named(*pod, one.target.container);
    status = container_status(*pod, one.target.container);
  }
  bool over = container == nullptr || status == nullptr;
  if (!over) {
    const bool again = int_at(*status, {"restartCount"}) != one.target.restarts;
    const Json* run = find(*status, {again ? "lastState" : "state"});
    const WallTime now = clock_->wall_now();
    if (run != nullptr) {
      auto text = log_text(*pod, *container, *run, one.sent, now, one.target.timestamps);
      one.sent = now;
      if (!text.empty() && !one.pipe->push(Body(std::move(text)))) over = true;
    }
    over = over || again || run == nullptr || find(*run, {"terminated"}) != nullptr;
  }
  if (!over) return arm(id);
  one.pipe->end(Error(Errc::closed, "the container has ended"));
  live_.erase(id);
}

}  // namespace spokelab::fakeapi
