// Reading and making API objects: labels, owners, conditions, hashes.
#include "fakeapi/cluster/objects.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/duration.h"

namespace spokelab::fakeapi {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool contains_text(const Json& values, const std::string& text) {
  return std::any_of(values.begin(), values.end(), [&](const Json& value) {
    return value.is_string() && value.get_ref<const std::string&>() == text;
  });
}

bool compares(const Json& values, const std::string& text, bool greater) {
  if (values.size() != 1 || !values[0].is_string()) return false;
  const auto bound = whole_number(values[0].get_ref<const std::string&>());
  const auto value = whole_number(text);
  if (!bound || !value) return false;
  return greater ? *value > *bound : *value < *bound;
}

}  // namespace

Name name_of(const Json& object) {
  return {text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})};
}

std::string uid_of(const Json& object) { return text_at(object, {"metadata", "uid"}); }

bool is_deleting(const Json& object) {
  return find(object, {"metadata", "deletionTimestamp"}) != nullptr;
}

const Json& object_at(const Json& document, std::initializer_list<std::string_view> path) {
  static const Json empty = Json::object();
  const Json* found = find(document, path);
  return found != nullptr && found->is_object() ? *found : empty;
}

const Json& array_at(const Json& document, std::initializer_list<std::string_view> path) {
  static const Json empty = Json::array();
  const Json* found = find(document, path);
  return found != nullptr && found->is_array() ? *found : empty;
}

const Json& labels_of(const Json& object) { return object_at(object, {"metadata", "labels"}); }

std::string annotation_of(const Json& object, std::string_view key) {
  return text_at(object, {"metadata", "annotations", key});
}

bool map_selects(const Json& selector, const Json& labels) {
  if (!selector.is_object() || selector.empty()) return false;
  for (const auto& [key, value] : selector.items()) {
    const auto found = labels.find(key);
    if (found == labels.end() || *found != value) return false;
  }
  return true;
}

bool requirement_holds(const Json& requirement, const Json& labels) {
  const std::string op = text_at(requirement, {"operator"});
  const Json& values = array_at(requirement, {"values"});
  const auto found = labels.find(text_at(requirement, {"key"}));
  const bool present = found != labels.end() && found->is_string();
  if (op == "Exists") return present;
  if (op == "DoesNotExist") return !present;
  if (op == "NotIn") return !present || !contains_text(values, found->get<std::string>());
  if (!present) return false;
  const std::string text = found->get<std::string>();
  if (op == "In") return contains_text(values, text);
  return (op == "Gt" || op == "Lt") && compares(values, text, op == "Gt");
}

kube::LabelSelector selector_of(const Json& object) {
  static const Json none;
  const Json* selector = find(object, {"spec", "selector"});
  // A ReplicationController's selector is a plain map.
  if (selector != nullptr && selector->is_object() && !selector->empty() &&
      text_at(object, {"kind"}) == "ReplicationController") {
    const Json wrapped = {{"matchLabels", *selector}};
    auto parsed = kube::LabelSelector::from_json(wrapped);
    return parsed ? std::move(*parsed) : *kube::LabelSelector::from_json(none);
  }
  auto parsed = kube::LabelSelector::from_json(selector != nullptr ? *selector : none);
  if (parsed) return std::move(*parsed);
  return *kube::LabelSelector::from_json(none);
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return true;
  std::size_t p = 0, t = 0, mark = 0;
  std::size_t star = std::string_view::npos;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Json controller_reference(const Json& owner) {
  Json reference = Json::object();
  reference["apiVersion"] = text_at(owner, {"apiVersion"});
  reference["kind"] = text_at(owner, {"kind"});
  reference["name"] = text_at(owner, {"metadata", "name"});
  reference["uid"] = uid_of(owner);
  reference["controller"] = true;
  reference["blockOwnerDeletion"] = true;
  return reference;
}

const Json* controller_of(const Json& object) {
  for (const Json& reference : array_at(object, {"metadata", "ownerReferences"})) {
    if (bool_at(reference, {"controller"})) return &reference;
  }
  return nullptr;
}

const Json* condition_in(const Json& conditions, std::string_view type) {
  if (!conditions.is_array()) return nullptr;
  for (const Json& each : conditions) {
    const Json* found = find(each, {"type"});
    if (found != nullptr && found->is_string() && found->get_ref<const std::string&>() == type)
      return &each;
  }
  return nullptr;
}

bool has_condition(const Json& object, std::string_view type) {
  const Json* found = condition_in(array_at(object, {"status", "conditions"}), type);
  return found != nullptr && text_at(*found, {"status"}) == "True";
}

void set_condition(Json& conditions, const ConditionText& text, const std::string& now,
                   ConditionTimes times) {
  if (!conditions.is_array()) conditions = Json::array();
  std::string since = now;
  Json* place = nullptr;
  if (const Json* old = condition_in(conditions, text.type); old != nullptr) {
    const bool same = text_at(*old, {"status"}) == text.status;
    if (same && text_at(*old, {"reason"}) == text.reason) return;
    if (same) since = text_at(*old, {"lastTransitionTime"}, now);
    place = &conditions[static_cast<std::size_t>(old - &conditions[0])];
  } else {
    conditions.push_back(Json::object());
    place = &conditions.back();
  }
  *place = Json::object();
  (*place)["type"] = text.type;
  (*place)["status"] = text.status;
  if (!text.reason.empty()) (*place)["reason"] = text.reason;
  if (!text.message.empty()) (*place)["message"] = text.message;
  (*place)["lastTransitionTime"] = since;
  if (times == ConditionTimes::update) (*place)["lastUpdateTime"] = now;
  if (times == ConditionTimes::probe) (*place)["lastProbeTime"] = now;
}

void drop_condition(Json& conditions, std::string_view type) {
  if (!conditions.is_array()) return;
  const Json* found = condition_in(conditions, type);
  if (found != nullptr) conditions.erase(static_cast<std::size_t>(found - &conditions[0]));
}

void set_count(Json& status, std::string_view name, std::int64_t value) {
  if (value == 0) {
    status.erase(std::string(name));
  } else {
    status[std::string(name)] = value;
  }
}

std::string template_hash(const Json& pod_template, std::int64_t collisions) {
  std::string text = pod_template.dump();
  if (collisions != 0) text += std::to_string(collisions);
  std::uint32_t hash = 2166136261U;
  for (const char letter : text) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
  }
  static constexpr std::string_view kDigits = "456789bcdf";
  std::string digits = std::to_string(hash);
  for (char& digit : digits) digit = kDigits[static_cast<std::size_t>(digit - '0')];
  return digits;
}

std::optional<WallTime> time_at(const Json& document,
                                std::initializer_list<std::string_view> path) {
  const Json* found = find(document, path);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  const auto parsed = parse_rfc3339(found->get_ref<const std::string&>());
  if (!parsed) return std::nullopt;
  return *parsed;
}

bool is_ready(const Json& pod) { return has_condition(pod, "Ready"); }

bool is_finished(const Json& pod) {
  const std::string phase = text_at(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

bool is_active(const Json& pod) { return !is_deleting(pod) && !is_finished(pod); }

bool is_available(const Json& pod, Nanos min_ready, WallTime now, Nanos* wait) {
  const Json* ready = condition_in(array_at(pod, {"status", "conditions"}), "Ready");
  if (ready == nullptr || text_at(*ready, {"status"}) != "True") return false;
  if (min_ready <= Nanos{0}) return true;
  const auto since = time_at(*ready, {"lastTransitionTime"});
  if (since && *since + min_ready <= now) return true;
  const Nanos left = since ? *since + min_ready - now : min_ready;
  if (wait != nullptr && left < *wait) *wait = left;
  return false;
}

}  // namespace spokelab::fakeapi
