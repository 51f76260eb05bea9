// The LimitRanger plugin (plugin/pkg/admission/limitranger).
#include "fakeapi/admit/limit_range.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "kube/quantity.h"
#include "kube/resources.h"

namespace spokelab::fakeapi {

namespace {

using kube::Quantity;

/// Walks the limits of all LimitRanges of the namespace.
template <class Visit>
void each_limit(const Store& store, const std::string& ns, Visit visit) {
  const Bucket* bucket = store.find_bucket("limitranges");
  if (bucket == nullptr || bucket->size() == 0) return;
  bucket->each(ns, [&](const std::string&, const JsonRef& range) {
    const Json* limits = find(*range, {"spec", "limits"});
    if (limits == nullptr || !limits->is_array()) return true;
    for (const Json& limit : *limits) visit(limit);
    return true;
  });
}

/// Fills in what is absent; returns the names of what it set, joined.
std::string fill(Json& container, const char* list, const Json* defaults) {
  std::string set;
  if (defaults == nullptr || !defaults->is_object()) return set;
  Json& resources = container["resources"];
  if (!resources.is_object()) resources = Json::object();
  for (auto it = defaults->begin(); it != defaults->end(); ++it) {
    Json& amounts = resources[list];
    if (amounts.is_object() && amounts.contains(it.key())) continue;
    amounts[it.key()] = *it;
    set += (set.empty() ? "" : ", ") + it.key();
  }
  return set;
}

/// One amount of a resource, if it is there.
std::optional<Quantity> amount_in(const Json& resources, const char* list,
                                  const std::string& name) {
  const std::string text = text_at(resources, {list, name});
  if (text.empty()) return std::nullopt;
  const auto amount = Quantity::parse(text);
  if (!amount) return std::nullopt;
  return *amount;
}

/// Compares the resources of one thing ("Container", "Pod", "PersistentVolumeClaim").
class Bounds {
 public:
  explicit Bounds(const Json& limit) : limit_(limit), type_(text_at(limit, {"type"})) {}

  void check(const Json& resources, bool requests_only) {
    each("min", [&](const std::string& name, const Quantity& bound) {
      const auto request = amount_in(resources, "requests", name);
      const auto limit = requests_only ? std::nullopt : amount_in(resources, "limits", name);
      if (!request)
        add("minimum {} usage per {} is {}.  No request is specified", name, bound);
      else if (*request < bound)
        add_seen("minimum", name, bound, "request", *request);
      if (limit && *limit < bound) add_seen("minimum", name, bound, "limit", *limit);
    });
    each("max", [&](const std::string& name, const Quantity& bound) {
      const auto request = amount_in(resources, "requests", name);
      const auto limit = amount_in(resources, "limits", name);
      if (requests_only) {
        if (request && *request > bound) add_seen("maximum", name, bound, "request", *request);
        return;
      }
      if (!limit)
        add("maximum {} usage per {} is {}.  No limit is specified", name, bound);
      else if (*limit > bound)
        add_seen("maximum", name, bound, "limit", *limit);
      if (request && *request > bound) add_seen("maximum", name, bound, "request", *request);
    });
    each("maxLimitRequestRatio", [&](const std::string& name, const Quantity& bound) {
      check_ratio(resources, name, bound);
    });
  }

  std::vector<std::string> problems;

 private:
  template <class Visit>
  void each(const char* field, Visit visit) const {
    const Json* bounds = find(limit_, {field});
    if (bounds == nullptr || !bounds->is_object()) return;
    for (auto it = bounds->begin(); it != bounds->end(); ++it) {
      if (!it->is_string()) continue;
      if (const auto bound = Quantity::parse(it->get_ref<const std::string&>()))
        visit(it.key(), *bound);
    }
  }

  void add(const char* text, const std::string& name, const Quantity& bound) {
    problems.push_back(fmt::format(fmt::runtime(text), name, type_, bound.text()));
  }
  void add_seen(std::string_view which, const std::string& name, const Quantity& bound,
                std::string_view what, const Quantity& seen) {
    problems.push_back(fmt::format("{} {} usage per {} is {}, but {} is {}", which, name, type_,
                                   bound.text(), what, seen.text()));
  }

  void check_ratio(const Json& resources, const std::string& name, const Quantity& bound) {
    const auto request = amount_in(resources, "requests", name);
    const auto limit = amount_in(resources, "limits", name);
    const auto refuse = [&](const std::string& why) {
      problems.push_back(fmt::format("{} max limit to request ratio per {} is {}, but {}", name,
                                     type_, bound.text(), why));
    };
    if (!request || request->zero()) return refuse("no request is specified or request is 0");
    if (!limit || limit->zero()) return refuse("no limit is specified or limit is 0");
    const double ratio =
        static_cast<double>(limit->milli()) / static_cast<double>(request->milli());
    if (ratio > static_cast<double>(bound.milli()) / 1'000)
      refuse(fmt::format("provided ratio is {:f}", ratio));
  }

  const Json& limit_;
  std::string type_;
};

void check_pod(Bounds& bounds, const Json& limit, const Json& pod) {
  static const Json none = Json::object();
  const std::string type = text_at(limit, {"type"});
  if (type == "Pod") {
    Json sums = Json::object();
    for (const char* list : {"requests", "limits"}) sums[list] = kube::pod_resources(pod, list);
    return bounds.check(sums, false);
  }
  if (type != "Container") return;
  for (const char* list : {"containers", "initContainers"}) {
    const Json* containers = find(pod, {"spec", list});
    if (containers == nullptr || !containers->is_array()) continue;
    for (const Json& container : *containers) {
      const Json* resources = find(container, {"resources"});
      bounds.check(resources != nullptr ? *resources : none, false);
    }
  }
}

}  // namespace

void apply_limit_ranges(const Store& store, Json& pod) {
  std::string done;
  each_limit(store, text_at(pod, {"metadata", "namespace"}), [&](const Json& limit) {
    if (text_at(limit, {"type"}) != "Container") return;
    for (const auto& [list, noun] :
         {std::pair{"containers", "container"}, std::pair{"initContainers", "init container"}}) {
      if (!pod["spec"].contains(list) || !pod["spec"][list].is_array()) continue;
      for (Json& container : pod["spec"][list]) {
        for (const auto& [kind, from, word] : {std::tuple{"requests", "defaultRequest", "request"},
                                               std::tuple{"limits", "default", "limit"}}) {
          const std::string set = fill(container, kind, find(limit, {from}));
          if (set.empty()) continue;
          done += fmt::format("{}{} {} for {} {}", done.empty() ? "" : "; ", set, word, noun,
                              text_at(container, {"name"}));
        }
      }
    }
  });
  if (!done.empty())
    pod["metadata"]["annotations"]["kubernetes.io/limit-ranger"] =
        "LimitRanger plugin set: " + done;
}

std::optional<kube::Status> check_limit_ranges(const Store& store, const ServedKind& kind,
                                               const Json& object) {
  static const Json none = Json::object();
  const bool claim = kind.type().plural == "persistentvolumeclaims";
  std::vector<std::string> problems;
  each_limit(store, text_at(object, {"metadata", "namespace"}), [&](const Json& limit) {
    Bounds bounds(limit);
    if (!claim) {
      check_pod(bounds, limit, object);
    } else if (text_at(limit, {"type"}) == "PersistentVolumeClaim") {
      const Json* resources = find(object, {"spec", "resources"});
      bounds.check(resources != nullptr ? *resources : none, true);
    }
    for (auto& problem : bounds.problems) problems.push_back(std::move(problem));
  });
  if (problems.empty()) return std::nullopt;
  return kube::forbidden(
      kind.type(), text_at(object, {"metadata", "name"}),
      problems.size() == 1 ? problems[0] : fmt::format("[{}]", fmt::join(problems, ", ")));
}

}  // namespace spokelab::fakeapi
