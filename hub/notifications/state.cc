#include "hub/notifications/state.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json.h"

namespace spokelab::hub::notifications {

namespace {

std::string key_of(const std::string& trigger, const std::string& condition,
                   const std::string& once_per, const Destination& to) {
  auto key = trigger + ":" + condition + ":" + to.service + ":" + to.recipient;
  return once_per.empty() ? key : once_per + ":" + key;
}

}  // namespace

NotifiedState NotifiedState::read(std::string_view text) {
  NotifiedState state;
  if (text.empty()) return state;
  const auto json = parse_json(text);
  if (!json || !json->is_object()) return state;
  for (const auto& [key, value] : json->items()) {
    if (!value.is_number_integer()) return {};
    state.entries_[key] = value.get<std::int64_t>();
  }
  return state;
}

std::string NotifiedState::write() {
  if (entries_.size() > kNotifiedMax) {
    std::vector<std::pair<std::int64_t, std::string>> by_age;
    for (const auto& [key, at] : entries_) by_age.emplace_back(at, key);
    std::sort(by_age.begin(), by_age.end());
    by_age.resize(by_age.size() - kNotifiedMax);
    for (const auto& [at, key] : by_age) entries_.erase(key);
  }
  if (entries_.empty()) return "";
  Json json = Json::object();
  for (const auto& [key, at] : entries_) json[key] = at;
  // Go's encoder writes these so that a browser cannot take them for HTML.
  std::string out;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

bool NotifiedState::begin(const std::string& trigger, const std::string& condition,
                          const std::string& once_per, const Destination& to, WallTime now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  return entries_.emplace(key_of(trigger, condition, once_per, to), seconds).second;
}

void NotifiedState::end(const std::string& trigger, const std::string& condition,
                        const std::string& once_per, const Destination& to) {
  if (!once_per.empty()) return;
  entries_.erase(key_of(trigger, condition, once_per, to));
}

}  // namespace spokelab::hub::notifications
