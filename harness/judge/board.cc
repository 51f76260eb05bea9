#include "harness/judge/board.h"

#include <utility>

#include "base/duration.h"
#include "harness/scenario/value_names.h"
#include "harness/scenario/values.h"

namespace spokelab::harness {

namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const auto dot = text.find('.');
    parts.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

/// Joins the segments [first, last) into one.
void merge(std::vector<std::string>& parts, std::size_t first, std::size_t last) {
  for (std::size_t i = first + 1; i < last; ++i) parts[first] += "." + parts[i];
  if (last > first + 1) {
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                parts.begin() + static_cast<std::ptrdiff_t>(last));
  }
}

Value typed(ValueType type, const std::string& text) {
  switch (type) {
    case ValueType::text:
      break;
    case ValueType::number:
      if (const auto number = parse_whole(text))
        return Value::of_number(static_cast<std::int64_t>(*number));
      break;
    case ValueType::share:
      if (const auto share = parse_share(text)) return Value::of_share(*share);
      break;
    case ValueType::duration:
      if (const auto span = parse_duration(text)) return Value::of_duration(*span);
      break;
    case ValueType::boolean:
      return Value::of_boolean(text == "true");
  }
  return Value::of_text(text);
}

}  // namespace

std::vector<std::string> subject_segments(std::string_view subject) {
  auto parts = split(subject);
  if ((parts[0] == "app" || parts[0] == "alert") && parts.size() > 3) {
    merge(parts, 1, parts.size() - 1);
  } else if (parts[0] == "deployment" && parts.size() > 5) {
    merge(parts, 3, parts.size() - 1);
  }
  return parts;
}

/// Notifications are facts; how many there were is a value.
std::string Board::count_alert(const Event& event) {
  if (event.value != "delivered" || !event.subject.starts_with("alert.")) return "";
  const auto name = join_name(subject_segments(event.subject));
  for (const auto& counter : {name, std::string(kAlertCount)}) {
    auto& value = values_.try_emplace(counter, Value::of_number(0)).first->second;
    value = Value::of_number(value.number + 1);
    seen_.insert(counter);
  }
  return name;
}

/// A belief and the truth that it is about: how long they have differed is a value, too.
void Board::judge_belief(const std::vector<std::string>& parts, RunTime at) {
  std::string lag;
  std::string belief;
  std::string truth;
  std::string right;
  const auto is = [&](std::size_t size, std::size_t field, std::string_view word) {
    return parts.size() == size && parts[field] == word;
  };
  if ((parts[0] == "cluster" && is(3, 2, "connection")) ||
      (parts[0] == "truth" && is(4, 3, "reachable") && parts[1] == "cluster")) {
    const auto& cluster = parts[parts.size() - 2];
    lag = join_name({"cluster", cluster, "lag"});
    belief = text(join_name({"cluster", cluster, "connection"}));
    truth = text(join_name({"truth", "cluster", cluster, "reachable"}));
    right = truth == "true" ? "Successful" : "Failed";
  } else if ((parts[0] == "traffic" && is(4, 2, "target")) ||
             (parts[0] == "truth" && is(4, 1, "traffic"))) {
    const auto& traffic = parts[0] == "truth" ? parts[2] : parts[1];
    lag = join_name({"traffic", traffic, "lag", parts[3]});
    belief = text(join_name({"traffic", traffic, "target", parts[3]}));
    truth = text(join_name({"truth", "traffic", traffic, parts[3]}));
    right = truth == "true" ? "healthy" : "unhealthy";
  } else {
    return;
  }
  if (belief.empty() || truth.empty() || belief == "unwatched") {
    // Who believes nothing yet, or no more, or where nobody is to know, cannot be wrong.
    if (wrong_.erase(lag) > 0) lag_turned_ = lag;
    values_.erase(lag);
    return;
  }
  const auto known = wrong_.find(lag);
  const bool was_wrong = known != wrong_.end() && known->second.has_value();
  const bool wrong = belief != right;
  if (known == wrong_.end() || wrong != was_wrong) lag_turned_ = lag;
  if (!wrong) {
    wrong_[lag].reset();
  } else if (!was_wrong) {
    wrong_[lag] = at;
  }
  values_[lag] = Value::of_duration(Nanos(0));
  seen_.insert(lag);
}

std::optional<RunTime> Board::wrong_since(const std::string& lag_name) const {
  const auto known = wrong_.find(lag_name);
  return known == wrong_.end() ? std::nullopt : known->second;
}

std::string Board::apply(const Event& event) {
  lag_turned_.clear();
  now_ = event.at;
  switch (event.kind) {
    case EventKind::truth:
    case EventKind::belief:
    case EventKind::state:
    case EventKind::fault:
      break;
    case EventKind::fact:
      return count_alert(event);
    default:
      return "";
  }
  auto known = names_.find(event.subject);
  if (known == names_.end()) {
    known = names_.emplace(event.subject, join_name(subject_segments(event.subject))).first;
  }
  const auto& name = known->second;
  const auto parts = split_name(name);
  if (event.value.empty() || event.value == "gone") {
    const bool was_there = values_.erase(name) > 0;
    judge_belief(parts, event.at);
    return was_there ? name : "";
  }
  const auto match = match_value_name(parts);
  auto value = typed(match.value != nullptr ? match.value->type : ValueType::text, event.value);
  values_[name] = std::move(value);
  seen_.insert(name);
  if (event.kind == EventKind::truth || event.kind == EventKind::belief)
    judge_belief(parts, event.at);
  // An application that is gone takes its values with it.
  if (event.value == "false" && name.starts_with("app.") && name.ends_with(".exists")) {
    const auto stem = name.substr(0, name.size() - std::string_view("exists").size());
    for (const auto* field : {"sync", "health", "operation", "revision", "images"})
      values_.erase(stem + field);
  }
  return name;
}

std::optional<Value> Board::lookup(const std::string& name) const {
  if (const auto since = wrong_since(name)) return Value::of_duration(now_ - *since);
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  // What was never heard of does not exist.
  if (name.ends_with(".exists") || name.ends_with(".registered")) return Value::of_boolean(false);
  if (name.starts_with("alert.")) return no_alert(name);
  return std::nullopt;
}

/// None so far, where there is somebody who would tell, and something to tell of.
std::optional<Value> Board::no_alert(const std::string& name) const {
  if (!seen_.contains("hub.notifications")) return std::nullopt;
  const auto object = split_name(name)[1];
  if (name == kAlertCount || seen_.contains(join_name({"app", object, "exists"})) ||
      seen_.contains(join_name({"cluster", object, "connection"})))
    return Value::of_number(0);
  return std::nullopt;
}

std::vector<std::string> Board::expand(const std::vector<std::string>& segments) const {
  // The clusters of a scenario are those of its world: the hub's entry for itself is none of them.
  const auto own = [](const std::string& name) {
    return name.starts_with("cluster.in-cluster.") || name.starts_with("truth.cluster.hub.") ||
           name.starts_with("truth.cluster.in-cluster.");
  };
  const auto asked = join_name(segments);
  std::vector<std::string> names;
  for (const auto& [name, value] : values_) {
    if (name_matches(segments, name) && (name == asked || !own(name))) names.push_back(name);
  }
  return names;
}

std::string Board::text(const std::string& name, std::string_view fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(fallback) : found->second.print();
}

}  // namespace spokelab::harness
