// Reading and making API objects: the small questions every controller asks.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/run_time.h"
#include "kube/selector.h"

namespace spokelab::fakeapi {

/// Namespace and name; which kind is known from where it is used.
struct Name {
  std::string ns;
  std::string name;
  friend auto operator<=>(const Name&, const Name&) = default;
};

Name name_of(const Json& object);
std::string uid_of(const Json& object);
/// True once metadata.deletionTimestamp is set.
bool is_deleting(const Json& object);
/// The member, or an empty object: never fails.
const Json& object_at(const Json& document, std::initializer_list<std::string_view> path);
/// The array, or an empty one.
const Json& array_at(const Json& document, std::initializer_list<std::string_view> path);
const Json& labels_of(const Json& object);
std::string annotation_of(const Json& object, std::string_view key);

/// A plain map selector, as in a Service: every pair must be there. An empty one selects nothing.
bool map_selects(const Json& selector, const Json& labels);
/// One node selector requirement {key, operator, values}: In, NotIn, Exists, DoesNotExist, Gt, Lt.
bool requirement_holds(const Json& requirement, const Json& labels);
/// The metav1.LabelSelector in spec.selector; a malformed one, and none at all, select nothing.
kube::LabelSelector selector_of(const Json& object);
/// `*` stands for any text; an empty pattern matches everything.
bool glob_matches(std::string_view pattern, std::string_view text);

/// metav1.OwnerReference with controller and blockOwnerDeletion, as controllers write it.
Json controller_reference(const Json& owner);
/// The reference with controller=true, or nullptr.
const Json* controller_of(const Json& object);

/// The condition of a type in an array of conditions, or nullptr.
const Json* condition_in(const Json& conditions, std::string_view type);
/// True when the object's status has that condition with status "True".
bool has_condition(const Json& object, std::string_view type);

struct ConditionText {
  std::string_view type;
  std::string_view status;
  std::string_view reason;
  std::string_view message;
};
/// Which extra time a kind's conditions carry beside lastTransitionTime.
enum class ConditionTimes { transition, update, probe };
/// Adds or changes a condition as client-go's helpers do: nothing when status and reason are the
/// same; lastTransitionTime moves only with the status.
void set_condition(Json& conditions, const ConditionText& text, const std::string& now,
                   ConditionTimes times = ConditionTimes::transition);
void drop_condition(Json& conditions, std::string_view type);

/// Sets a counter as Go's `omitempty` does: zero means no member.
void set_count(Json& status, std::string_view name, std::int64_t value);

/// Eight to ten safe characters for a pod template: 32-bit FNV-1a, as `pod-template-hash`.
std::string template_hash(const Json& pod_template, std::int64_t collisions = 0);
/// Reads an RFC 3339 member; nullopt when absent or malformed.
std::optional<WallTime> time_at(const Json& document, std::initializer_list<std::string_view> path);

/// True when the pod is Ready.
bool is_ready(const Json& pod);
/// True when the pod has ended (phase Succeeded or Failed).
bool is_finished(const Json& pod);
/// Neither ended nor being deleted: what controllers count.
bool is_active(const Json& pod);
/// Ready for `min_ready`, by the pod's own condition times. When it is ready but not yet for long
/// enough, `wait` (if given) becomes the smallest time left.
bool is_available(const Json& pod, Nanos min_ready, WallTime now, Nanos* wait = nullptr);

}  // namespace spokelab::fakeapi
