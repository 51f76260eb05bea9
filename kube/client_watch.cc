// Watch: events out of a stream of chunks.
#include <fmt/format.h>

#include <utility>

#include "base/json.h"
#include "kube/client.h"
#include "kube/client_answer.h"
#include "kube/client_link.h"

namespace spokelab::kube {

namespace {

constexpr std::size_t kWatchLineMax = 64u << 20;

}  // namespace

// ---- Watch ----

Watch::Watch(Clock& clock, std::shared_ptr<ChunkPipe> stream, std::shared_ptr<detail::Link> link)
    : clock_(&clock), stream_(std::move(stream)), link_(std::move(link)) {
  link_->enter(clock.now());
}

Watch::~Watch() {
  stream_->close();
  link_->leave();
}

Result<std::optional<JsonRef>> Watch::buffered() {
  for (;;) {
    const auto end = bytes_.find('\n');
    if (end == std::string::npos) {
      if (bytes_.size() > kWatchLineMax)
        return Error(Errc::limit, "watch event longer than 64 MiB");
      return std::optional<JsonRef>();
    }
    auto line = bytes_.substr(0, end);
    bytes_.erase(0, end + 1);
    if (line.find_first_not_of(" \r\t") == std::string::npos) continue;
    auto parsed = parse_json(line);
    if (!parsed) return parsed.error().within("unable to decode an event from the watch stream");
    return std::optional<JsonRef>(freeze(std::move(*parsed)));
  }
}

Task<Result<WatchEvent>> Watch::next(RunTime deadline) {
  JsonRef event;
  while (!event) {
    auto line = buffered();
    if (!line) co_return line.error();
    event = std::move(*line).value_or(nullptr);
    if (event) break;
    auto chunk = co_await stream_->next(*clock_, deadline);
    if (!chunk) {
      if (link_->lost) co_return Error(Errc::reset, std::string(detail::kLost));
      co_return chunk.error();
    }
    link_->hear(clock_->now());
    event = chunk->json();
    if (!event) bytes_ += chunk->bytes();
  }
  const auto* object = find(*event, {"object"});
  const auto type = text_at(*event, {"type"});
  if (object == nullptr) co_return Error(Errc::bad_input, "watch event without an object");
  WatchEvent out;
  out.object = detail::part_of(event, *object);
  if (type == "ERROR") co_return detail::error_of_status_object(*object);
  if (type == "ADDED") {
    out.type = WatchEventType::added;
  } else if (type == "MODIFIED") {
    out.type = WatchEventType::modified;
  } else if (type == "DELETED") {
    out.type = WatchEventType::deleted;
  } else if (type == "BOOKMARK") {
    out.type = WatchEventType::bookmark;
  } else {
    co_return Error(Errc::bad_input, fmt::format("unknown watch event type \"{}\"", type));
  }
  co_return out;
}

}  // namespace spokelab::kube
