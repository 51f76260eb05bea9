// The table of named values.
#include "harness/scenario/value_names.h"

#include <fmt/format.h>

#include <array>

#include "harness/scenario/diagnostic.h"

namespace spokelab::harness {

namespace {

constexpr std::array kNames{
    ValueName{"app.APP.sync", ValueType::text, "Synced|OutOfSync|Unknown",
              "The Application's sync status."},
    ValueName{"app.APP.health", ValueType::text,
              "Healthy|Progressing|Degraded|Suspended|Missing|Unknown",
              "The Application's health."},
    ValueName{"app.APP.operation", ValueType::text, "Running|Terminating|Succeeded|Failed|Error",
              "The phase of its last sync operation; absent before the first."},
    ValueName{"app.APP.revision", ValueType::text, "", "The commit it was last compared with."},
    ValueName{"app.APP.images", ValueType::text, "", "Its images, sorted, joined by commas."},
    ValueName{"app.APP.cluster", ValueType::text, "", "The cluster it deploys to."},
    ValueName{"app.APP.exists", ValueType::boolean, "", "Whether there is such an Application."},
    ValueName{
        "alert.count", ValueType::number, "",
        "How many notifications have been delivered; absent without argocd-notifications-cm."},
    ValueName{"alert.OBJECT.TRIGGER", ValueType::number, "",
              "How many of them told of this Application or cluster, by that trigger."},
    ValueName{"cluster.CLUSTER.connection", ValueType::text, "Successful|Failed|Unknown",
              "What the hub believes of its connection to the cluster."},
    ValueName{"cluster.CLUSTER.lag", ValueType::duration, "",
              "How long the hub's belief in its connection has differed from the truth; 0s while "
              "it is right."},
    ValueName{"cluster.CLUSTER.owner", ValueType::text, "",
              "The hub replica that takes care of it."},
    ValueName{"cluster.CLUSTER.registered", ValueType::boolean, "",
              "Whether the hub has its Secret."},
    ValueName{"truth.cluster.CLUSTER.reachable", ValueType::boolean, "",
              "Whether the hub could really reach its API server."},
    ValueName{"truth.cluster.CLUSTER.serving", ValueType::boolean, "",
              "Whether its endpoints would really answer users."},
    ValueName{"traffic.TRAFFIC.success", ValueType::share, "",
              "The share of requests answered well."},
    ValueName{"traffic.TRAFFIC.share.CLUSTER", ValueType::share, "",
              "The share of users that this cluster serves."},
    ValueName{"traffic.TRAFFIC.target.CLUSTER", ValueType::text, "healthy|unhealthy|unwatched",
              "What the router believes of the cluster."},
    ValueName{"traffic.TRAFFIC.route.CLUSTER", ValueType::share, "",
              "The share of users that are sent to this cluster, whether it answers or not."},
    ValueName{"traffic.TRAFFIC.capacity.CLUSTER", ValueType::text, "enough|short",
              "Whether its pods carry what users ask of them; of traffic with a `capacity`."},
    ValueName{"traffic.TRAFFIC.lag.CLUSTER", ValueType::duration, "",
              "How long the router's belief in the cluster has differed from the truth; 0s while "
              "it is right."},
    ValueName{"deployment.CLUSTER.NS.NAME.ready", ValueType::number, "", "Ready replicas."},
    ValueName{"deployment.CLUSTER.NS.NAME.replicas", ValueType::number, "", "Replicas asked for."},
    ValueName{"deployment.CLUSTER.NS.NAME.image", ValueType::text, "",
              "The first container's image."},
    ValueName{"deployment.CLUSTER.NS.NAME.rollout", ValueType::text, "progressing|complete|failed",
              "How far its rollout is."},
    ValueName{"object.CLUSTER.KIND.NS.NAME.exists", ValueType::boolean, "",
              "Whether the object exists; NS is _ for kinds without namespace."},
    ValueName{
        "object.CLUSTER.KIND.NS.NAME.FIELD", ValueType::text, "",
        "A field of the object, by its path: object.prod.deployment.agent.web.spec.replicas."},
    ValueName{"hub.REPLICA.state", ValueType::text, "running|stopped|paused",
              "What a hub replica does."},
    ValueName{"step.STEP", ValueType::text, "done|failed",
              "What became of a named step; absent before it."},
    ValueName{"fault.FAULT", ValueType::text, "active|healed",
              "Where a fault stands; absent before it."},
    ValueName{"fault.FAULT.hits", ValueType::number, "",
              "How many messages, requests, connections, pods or processes it has touched so far; "
              "absent before it."},
};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text = text.substr(end + 1);
  }
}

bool is_kind(std::string_view segment) { return segment[0] >= 'A' && segment[0] <= 'Z'; }

/// Fits `segments` to one pattern; fills the kinds.
bool fits(std::string_view pattern, const std::vector<std::string>& segments,
          std::vector<std::string_view>& kinds) {
  const auto parts = split(pattern, '.');
  const bool open = parts.back() == "FIELD";
  if (segments.size() < parts.size() || (!open && segments.size() != parts.size())) return false;
  kinds.assign(segments.size(), open ? std::string_view("FIELD") : std::string_view());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!is_kind(parts[i]) && parts[i] != segments[i]) return false;
    kinds[i] = is_kind(parts[i]) ? parts[i] : std::string_view();
  }
  return true;
}

/// How far a name is from a pattern: edits in its literal segments, a segment too many or few
/// counts 3.
std::size_t distance(std::string_view pattern, const std::vector<std::string>& segments,
                     std::string& form) {
  const auto parts = split(pattern, '.');
  std::size_t total = 0;
  form.clear();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool given = i < segments.size();
    if (!given) total += 3;
    if (given && !is_kind(parts[i])) total += edit_distance(parts[i], segments[i]);
    if (!form.empty()) form += ".";
    form += given && is_kind(parts[i]) ? std::string(segments[i]) : std::string(parts[i]);
  }
  if (segments.size() > parts.size()) total += 3 * (segments.size() - parts.size());
  return total;
}

}  // namespace

std::string_view name_of(ValueType type) noexcept {
  switch (type) {
    case ValueType::text:
      return "text";
    case ValueType::number:
      return "number";
    case ValueType::duration:
      return "duration";
    case ValueType::share:
      return "share";
    case ValueType::boolean:
      return "boolean";
  }
  return "text";
}

std::span<const ValueName> value_names() { return kNames; }

NameMatch match_value_name(const std::vector<std::string>& segments) {
  NameMatch out;
  for (const auto& one : kNames) {
    if (fits(one.pattern, segments, out.kinds)) {
      out.value = &one;
      return out;
    }
  }
  out.kinds.clear();
  std::size_t best = 9;
  for (const auto& one : kNames) {
    std::string form;
    const auto far = distance(one.pattern, segments, form);
    if (far < best) {
      best = far;
      out.suggestion = form;
    }
  }
  return out;
}

std::string value_names_markdown() {
  std::string out = "| value | type | meaning |\n|---|---|---|\n";
  for (const auto& one : kNames) {
    std::string words(one.words);
    for (std::size_t at = 0; (at = words.find('|', at)) != std::string::npos; at += 2)
      words.replace(at, 1, ", ");
    out += fmt::format("| `{}` | {} | {} |\n", one.pattern,
                       words.empty() ? std::string(name_of(one.type)) : words, one.doc);
  }
  return out;
}

}  // namespace spokelab::harness
