// The algorithms of structured-merge-diff (merge/update.go) and the layers of apimachinery's
// managedfields around them.
#include "fakeapi/apply/server_side.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "fakeapi/admit/decode.h"
#include "fakeapi/admit/mutate.h"
#include "fakeapi/apply/field_set.h"
#include "fakeapi/apply/managers.h"
#include "fakeapi/apply/typed.h"
#include "kube/go_text.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kKubectl = "kubectl";
constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr std::size_t kAnnotationBytesMax = 262'144;

bool has_status(const ServedKind& kind) {
  return kind.custom ? kind.custom->status_subresource : kind.info.subresource("status") != nullptr;
}

/// What this endpoint resets, so that writing it makes no owner (the strategies' GetResetFields).
Json reset_fields(const ServedKind& kind, const std::string& subresource) {
  Json set = Json::object();
  if (is_resource(kind, "certificatesigningrequests.certificates.k8s.io")) {
    add_path(set, {"f:spec"});
    if (subresource == "status")
      add_path(set, {"f:status", "f:conditions"});
    else if (subresource == "approval")
      add_path(set, {"f:status", "f:certificate"});
    else
      add_path(set, {"f:status"});
  } else if (subresource == "status") {
    if (kind.custom) {
      add_path(set, {"f:metadata"});
      add_path(set, {"f:spec"});
    } else {
      add_path(set, {"f:spec"});
      if (kind.type().plural == "deployments") add_path(set, {"f:metadata", "f:labels"});
    }
  } else if (subresource.empty() && has_status(kind)) {
    add_path(set, {"f:status"});
  }
  return set;
}

/// The books while one write goes on.
class Update {
 public:
  Update(const ServedKind& kind, const FieldWrite& write, Managers managers)
      : kind_(kind),
        write_(write),
        type_(TypeView::of(kind)),
        reset_(reset_fields(kind, write.subresource)),
        managers_(std::move(managers)) {}

  /// A write by an updater: it takes what it changed.
  void update(const Json& old, const Json& object, const std::string& manager,
              const std::string& subresource) {
    const Comparison changes = compared(old, object);
    const Json taken = unite(changes.modified, changes.added);
    release(changes, taken, -1);
    const ManagerId self{manager, false, kind_.type().api_version(), subresource};
    if (!taken.empty()) {
      const auto at = managers_.find(self);
      Json before = at >= 0 ? managers_.fields(static_cast<std::size_t>(at)) : Json::object();
      managers_.put(self, unite(std::move(before), taken));
      if (subresource != "scale") managers_.touch(self, write_.now);
    }
    managers_.strip();
  }

  kube::Answer<Json> apply(const Json& live, const Json& config, bool force) {
    const ManagerId self{write_.manager, true, kind_.type().api_version(), write_.subresource};
    const auto known = managers_.find(self);
    const Json last = known >= 0 ? managers_.fields(static_cast<std::size_t>(known)) : Json();
    Json merged = merge_typed(live, config, type_);
    managers_.put(self, subtract_below(fields_of(config, type_), reset_));
    if (!last.is_null() && !last.empty()) merged = prune(merged, last);

    const Comparison changes = compared(live, merged);
    const Json touched = unite(changes.modified, changes.added);
    const auto own = managers_.find(self);
    if (!force) {
      if (auto conflict = conflicts(touched, own, live)) return std::move(*conflict);
    }
    release(changes, touched, own);
    managers_.strip();
    // One who only joins the owners leaves no time behind; nor does a Scale.
    if (!changes.same() && write_.subresource != "scale") managers_.touch(self, write_.now);
    return merged;
  }

  Managers& managers() { return managers_; }

 private:
  /// How two objects differ in what this endpoint writes.
  Comparison compared(const Json& before, const Json& after) const {
    Comparison changes = compare(before, after, type_);
    if (!reset_.empty()) {
      for (Json* set : {&changes.added, &changes.modified, &changes.removed})
        *set = subtract_below(*set, reset_);
    }
    return changes;
  }

  /// Takes what was changed or removed from all but entry `own`.
  void release(const Comparison& changes, const Json& taken, std::ptrdiff_t own) {
    for (std::size_t i = 0; i < managers_.size(); ++i) {
      if (static_cast<std::ptrdiff_t>(i) == own) continue;
      managers_.set_fields(i, subtract(subtract(managers_.fields(i), taken), changes.removed));
    }
  }

  /// Takes out what the applier owned, does not want any more, and nobody else owns.
  Json prune(const Json& merged, const Json& last) const {
    const auto named = [&](const Json& set) { return with_named_parents(set, type_); };
    Json pruned = without_fields(merged, named(last), type_);
    const Json all = named(fields_of(merged, type_));
    Json owned = Json::object();
    for (std::size_t i = 0; i < managers_.size(); ++i)
      owned = unite(std::move(owned), managers_.fields(i));
    const Json kept = unite(named(fields_of(pruned, type_)), named(owned));
    pruned = without_fields(merged, subtract(all, kept), type_);
    const Json gone = subtract(all, named(fields_of(pruned, type_)));
    return without_fields(merged, intersect(gone, named(last)), type_);
  }

  std::optional<kube::Status> conflicts(const Json& touched, std::ptrdiff_t own,
                                        const Json& live) const;
  /// kubectl may take over what it wrote itself before it applied on the server, as long as it is
  /// as it wrote it (managedfields' lastapplied manager).
  Json allowed_by_last_applied(const Json& live) const;

  const ServedKind& kind_;
  const FieldWrite& write_;
  TypeView type_;
  Json reset_;
  Managers managers_;
};

std::optional<kube::Status> Update::conflicts(const Json& touched, std::ptrdiff_t own,
                                              const Json& live) const {
  struct Conflict {
    std::string who;
    std::vector<std::string> paths;
  };
  std::vector<Conflict> found;
  const Json allowed =
      write_.manager == kKubectl ? allowed_by_last_applied(live) : Json(Json::object());
  std::size_t count = 0;
  for (std::size_t i = 0; i < managers_.size(); ++i) {
    if (static_cast<std::ptrdiff_t>(i) == own) continue;
    const Json both = subtract(intersect(managers_.fields(i), touched), allowed);
    if (both.empty()) continue;
    found.push_back({shown_manager(managers_.id(i)), paths_of(both)});
    count += found.back().paths.size();
  }
  if (found.empty()) return std::nullopt;
  std::sort(found.begin(), found.end(),
            [](const Conflict& a, const Conflict& b) { return a.who < b.who; });
  kube::Status status;
  status.code = 409;
  status.reason = "Conflict";
  status.message = fmt::format("Apply failed with {} conflict{}: ", count, count == 1 ? "" : "s");
  std::string separator;
  for (const Conflict& one : found) {
    status.message += count == 1 ? fmt::format("conflict with {}: {}", one.who, one.paths[0])
                                 : fmt::format("{}conflicts with {}:", separator, one.who);
    separator = "\n";
    for (const auto& path : one.paths) {
      if (count > 1) status.message += "\n- " + path;
      status.causes.push_back({"FieldManagerConflict", "conflict with " + one.who, path});
    }
  }
  return status;
}

Json Update::allowed_by_last_applied(const Json& live) const {
  const auto text = text_at(live, {"metadata", "annotations", kLastApplied});
  if (text.empty()) return Json::object();
  auto last = parse_json(text);
  if (!last || !last->is_object() || !problems_of(*last, type_).empty()) return Json::object();
  const Json named = with_named_parents(fields_of(*last, type_), type_);
  const Comparison changes = compare(*last, live, type_);
  return subtract(subtract(named, changes.modified), changes.removed);
}

/// The annotation follows what kubectl applies on the server, as long as it is there.
void keep_last_applied(Json& object, const Json& config) {
  if (text_at(object, {"metadata", "annotations", kLastApplied}).empty()) return;
  Json bare = config;
  bare["metadata"].erase("managedFields");
  if (Json& metadata = bare["metadata"]; metadata.contains("annotations")) {
    metadata["annotations"].erase(kLastApplied);
    if (metadata["annotations"].empty()) metadata.erase("annotations");
  }
  const std::string text = kube::go_json(bare) + "\n";
  if (text.size() <= kAnnotationBytesMax) object["metadata"]["annotations"][kLastApplied] = text;
}

}  // namespace

Json empty_object(const ServedKind& kind) {
  if (kind.info.schema == nullptr)
    return Json{{"apiVersion", kind.type().api_version()}, {"kind", kind.type().kind}};
  Json object = Json::object();
  DecodeFindings findings;
  decode_by_schema(object, *kind.info.schema, findings);
  return object;
}

kube::Answer<Json> apply_server_side(const ServedKind& kind, const Json& live, const Json& config,
                                     const FieldWrite& write, bool force) {
  if (find(config, {"metadata", "managedFields"}) != nullptr)
    return kube::bad_request("metadata.managedFields must be nil");
  const TypeView type = TypeView::of(kind);
  if (const auto problems = problems_of(config, type); !problems.empty()) {
    std::string text = problems[0];
    if (problems.size() > 1) {
      text = "errors:";
      for (const auto& one : problems) text += "\n  " + one;
    }
    kube::Status status;
    status.message = fmt::format("failed to create typed patch object ({}/{}; {}, Kind={}): {}",
                                 text_at(config, {"metadata", "namespace"}),
                                 text_at(config, {"metadata", "name"}), kind.type().api_version(),
                                 kind.type().kind, text);
    return status;
  }
  Managers managers = Managers::read(live);
  Json before = live;
  if (Json& metadata = before["metadata"]; metadata.is_object())
    metadata.erase("managedFields");
  else
    metadata = Json::object();
  Update update(kind, write, std::move(managers));
  if (update.managers().empty() && !text_at(live, {"metadata", "uid"}).empty())
    update.update(empty_object(kind), before, "before-first-apply", "");
  auto merged = update.apply(before, config, force);
  if (!merged) return merged;
  if (write.manager == kKubectl) keep_last_applied(*merged, config);
  update.managers().write(*merged);
  return merged;
}

void track_write(const ServedKind& kind, const Json& old, Json& object, const FieldWrite& write,
                 bool creates) {
  const Json* given = find(object, {"metadata", "managedFields"});
  const bool main = write.subresource.empty();
  const bool reset =
      main && given != nullptr && given->is_array() &&
      (given->empty() || (given->size() == 1 && (*given)[0].is_object() && (*given)[0].empty()));
  Managers managers;
  if (!reset) {
    managers = main ? Managers::read(object) : Managers();
    if (managers.empty() || !managers.usable()) managers = Managers::read(old);
  }
  if (!object["metadata"].is_object()) object["metadata"] = Json::object();
  object["metadata"].erase("managedFields");
  if (managers.empty() && !creates) return;
  Update update(kind, write, std::move(managers));
  update.update(old, object, write.manager, write.subresource);
  update.managers().cap_updates();
  update.managers().write(object);
}

}  // namespace spokelab::fakeapi
