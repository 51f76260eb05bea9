// The HorizontalPodAutoscaler controller: replicas by load, within their bounds.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "fakeapi/cluster/cluster.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
constexpr const char* kLoad = "lab.spokelab.dev/load";

std::string scale_target(const Json& autoscaler) {
  const std::string kind = text_at(autoscaler, {"spec", "scaleTargetRef", "kind"});
  if (kind == "Deployment") return "deployments.apps";
  if (kind == "StatefulSet") return "statefulsets.apps";
  if (kind == "ReplicaSet") return "replicasets.apps";
  if (kind == "ReplicationController") return "replicationcontrollers";
  return "";
}

/// One look at one autoscaler.
class AutoscalerSync {
 public:
  AutoscalerSync(Cluster& cluster, JsonRef autoscaler)
      : cluster_(cluster),
        autoscaler_(std::move(autoscaler)),
        key_(name_of(*autoscaler_)),
        memory_(cluster.autoscalers[key_]),
        status_(object_at(*autoscaler_, {"status"})),
        now_(cluster.now_text()) {}
  Result<void> run();

 private:
  const Json& spec() const { return object_at(*autoscaler_, {"spec"}); }
  void find_demand();
  std::int64_t load_percent() const {
    return demand_ == 0 || current_ == 0 ? 100 : demand_ / current_;
  }
  bool fail(std::string_view type, std::string_view reason, const std::string& message);
  bool get_scale();
  /// What the metrics ask for; false: they cannot be read.
  bool read_metrics(std::int64_t& wanted, std::string& why);
  std::string missing_request() const;
  std::string metric_text() const;
  Json current_metrics() const;
  Result<void> rescale(std::int64_t size, const std::string& why);
  /// Messages change with every look, even where status and reason stay.
  void set(const ConditionText& text) {
    Json& conditions = status_["conditions"];
    set_condition(conditions, text, now_);
    for (Json& each : conditions) {
      if (text_at(each, {"type"}) == text.type) each["message"] = text.message;
    }
  }
  void record(std::string_view type, std::string_view reason, std::string message) {
    cluster_.events.tell({"horizontal-pod-autoscaler", ""}, *autoscaler_,
                         {type, reason, std::move(message), ""});
  }

  Cluster& cluster_;
  JsonRef autoscaler_;
  Name key_;
  AutoscalerMemory& memory_;
  Json status_;
  std::string now_;
  std::string table_;
  JsonRef target_;
  std::int64_t current_ = 0;
  std::int64_t desired_ = 0;
  std::int64_t demand_ = 0;
};

/// Set from outside, or said by an annotation of the autoscaler: "350" or "350%".
void AutoscalerSync::find_demand() {
  demand_ = memory_.demand_percent;
  if (demand_ != 0) return;
  const std::string text = annotation_of(*autoscaler_, kLoad);
  if (text.empty()) return;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), demand_);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error == std::errc{} && demand_ >= 0 && demand_ <= 100'000'000 &&
      (rest.empty() || rest == "%")) {
    return;
  }
  demand_ = 0;
  record(kWarning, "InvalidLoad",
         fmt::format("{}: '{}' is no load: write a percentage of what one replica carries, as 350%",
                     kLoad, text));
}

bool AutoscalerSync::fail(std::string_view type, std::string_view reason,
                          const std::string& message) {
  set({type, "False", reason, message});
  record(kWarning, reason, message);
  return false;
}

bool AutoscalerSync::get_scale() {
  table_ = scale_target(*autoscaler_);
  const std::string name = text_at(spec(), {"scaleTargetRef", "name"});
  target_ = table_.empty() ? nullptr : cluster_.api.get(table_, key_.ns, name);
  if (!target_) {
    const std::string what = table_.empty() ? text_at(spec(), {"scaleTargetRef", "kind"}) : table_;
    return fail("AbleToScale", "FailedGetScale",
                fmt::format("the HPA controller was unable to get the target's current scale: {} "
                            "\"{}\" not found",
                            what, name));
  }
  current_ = desired_ = int_at(*target_, {"spec", "replicas"}, 1);
  return true;
}

/// Percent metrics need requests; says which container lacks one.
std::string AutoscalerSync::missing_request() const {
  for (const Json& metric : array_at(spec(), {"metrics"})) {
    if (text_at(metric, {"type"}) != "Resource") continue;
    if (find(metric, {"resource", "target", "averageUtilization"}) == nullptr) continue;
    const std::string name = text_at(metric, {"resource", "name"});
    for (const Json& container : array_at(*target_, {"spec", "template", "spec", "containers"})) {
      if (find(container, {"resources", "requests", name}) == nullptr &&
          find(container, {"resources", "limits", name}) == nullptr) {
        return fmt::format("failed to get {} utilization: missing request for {} in container {}",
                           name, name, text_at(container, {"name"}));
      }
    }
  }
  return "";
}

std::string AutoscalerSync::metric_text() const {
  for (const Json& metric : array_at(spec(), {"metrics"})) {
    if (find(metric, {"resource", "target", "averageUtilization"}) == nullptr) continue;
    return text_at(metric, {"resource", "name"}) + " resource utilization (percentage of request)";
  }
  return "its metrics";
}

bool AutoscalerSync::read_metrics(std::int64_t& wanted, std::string& why) {
  if (const std::string missing = missing_request(); !missing.empty()) {
    const std::string text = "the HPA was unable to compute the replica count: " + missing;
    record(kWarning, "FailedComputeMetricsReplicas",
           "invalid metrics (1 invalid out of 1), first error is: " + missing);
    return fail("ScalingActive", "FailedGetResourceMetric", text);
  }
  const std::string metric = metric_text();
  set({"ScalingActive", "True", "ValidMetricFound",
       "the HPA was able to successfully calculate a replica count from " + metric});
  const std::int64_t load = load_percent();
  wanted = current_;
  // A tenth more or less is as good as right.
  if (load > 110 || load < 90) wanted = (demand_ + 99) / 100;
  why = wanted > current_ ? metric + " above target" : "All metrics below target";
  return true;
}

Json AutoscalerSync::current_metrics() const {
  Json metrics = Json::array();
  for (const Json& metric : array_at(spec(), {"metrics"})) {
    const Json* wanted = find(metric, {"resource", "target", "averageUtilization"});
    if (wanted == nullptr || !wanted->is_number_integer()) continue;
    const std::string name = text_at(metric, {"resource", "name"});
    const std::int64_t used = wanted->get<std::int64_t>() * load_percent() / 100;
    std::int64_t milli = 0;
    for (const Json& container : array_at(*target_, {"spec", "template", "spec", "containers"})) {
      const auto request =
          kube::Quantity::parse(text_at(container, {"resources", "requests", name},
                                        text_at(container, {"resources", "limits", name}, "0")));
      if (request) milli += request->milli();
    }
    Json one = {{"type", "Resource"}};
    one["resource"]["name"] = name;
    one["resource"]["current"]["averageUtilization"] = used;
    one["resource"]["current"]["averageValue"] = name == "cpu"
                                                     ? fmt::format("{}m", milli * used / 100)
                                                     : fmt::format("{}", milli / 1000 * used / 100);
    metrics.push_back(std::move(one));
  }
  return metrics;
}

Result<void> AutoscalerSync::rescale(std::int64_t size, const std::string& why) {
  Json patch = Json::object();
  patch["spec"]["replicas"] = size;
  const std::string name = text_at(spec(), {"scaleTargetRef", "name"});
  auto patched = cluster_.api.merge_patch(kUser, table_, key_.ns, name, patch);
  if (!patched) {
    set({"AbleToScale", "False", "FailedUpdateScale",
         "the HPA controller was unable to update the target scale: " + patched.error().message()});
    record(
        kWarning, "FailedRescale",
        fmt::format("New size: {}; reason: {}; error: {}", size, why, patched.error().message()));
    return {};
  }
  memory_.changes[cluster_.clock.now()] += size - current_;
  desired_ = size;
  status_["lastScaleTime"] = now_;
  set({"AbleToScale", "True", "SucceededRescale",
       fmt::format("the HPA controller was able to update the target scale to {}", size)});
  record(kNormal, "SuccessfulRescale", fmt::format("New size: {}; reason: {}", size, why));
  return {};
}

Result<void> AutoscalerSync::run() {
  find_demand();
  const std::int64_t least = int_at(spec(), {"minReplicas"}, 1);
  const std::int64_t most = int_at(spec(), {"maxReplicas"}, least);
  std::int64_t size = 0, wanted = 0;
  std::string why;
  if (!get_scale()) {
    size = current_;
  } else if (current_ == 0 && least != 0) {
    set({"AbleToScale", "True", "SucceededGetScale",
         "the HPA controller was able to get the target's current scale"});
    set({"ScalingActive", "False", "ScalingDisabled",
         "scaling is disabled since the replica count of the target is zero"});
  } else if (current_ > most) {
    size = most;
    why = "Current number of replicas above Spec.MaxReplicas";
  } else if (current_ < least) {
    size = least;
    why = "Current number of replicas below Spec.MinReplicas";
  } else {
    set({"AbleToScale", "True", "SucceededGetScale",
         "the HPA controller was able to get the target's current scale"});
    size = current_;
    if (read_metrics(wanted, why)) {
      const ScaleDecision decision =
          decide_scale(spec(), memory_, current_, wanted, cluster_.clock.now());
      size = decision.replicas;
      set({"AbleToScale", "True", decision.able_reason, decision.able_message});
      set({"ScalingLimited", decision.limited, decision.limited_reason, decision.limited_message});
    }
  }
  if (target_ && size != current_) {
    if (auto done = rescale(size, why); !done) return done;
  }
  if (target_) {
    status_["desiredReplicas"] = desired_;
    set_count(status_, "currentReplicas", current_);
    Json metrics = current_metrics();
    if (metrics.empty())
      status_.erase("currentMetrics");
    else
      status_["currentMetrics"] = std::move(metrics);
  }
  if (!status_.contains("desiredReplicas")) status_["desiredReplicas"] = 0;
  set_count(status_, "observedGeneration", int_at(*autoscaler_, {"metadata", "generation"}));
  auto written = cluster_.write_status(kUser, *autoscaler_, std::move(status_));
  if (!written) return written.error();
  return {};
}

}  // namespace

Result<void> reconcile_autoscaler(Cluster& cluster, const Name& key) {
  JsonRef autoscaler = cluster.get("horizontalpodautoscalers.autoscaling", key);
  if (!autoscaler) {
    cluster.autoscalers.erase(key);
    return {};
  }
  if (is_deleting(*autoscaler)) return {};
  cluster.enqueue(ControllerId::autoscaler, key, cluster.settings.autoscaler_period);
  return AutoscalerSync(cluster, std::move(autoscaler)).run();
}

}  // namespace spokelab::fakeapi
