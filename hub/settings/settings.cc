// Reading argocd-cm.
#include "hub/settings/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/app/compare/jq_paths.h"
#include "hub/app/field_reader.h"
#include "hub/app/source/kustomize.h"
#include "hub/parse_bool.h"

namespace spokelab::hub {
namespace {

constexpr std::string_view kCustomizations = "resource.customizations";

struct Override {
  std::string health;
  bool open_libs = false;
  IgnoredDifference ignored;
};

/// "apps/Deployment", or "Service" of the core group.
std::pair<std::string, std::string> group_and_kind(const std::string& key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string::npos) return {"", key};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

class Reader {
 public:
  HubSettings read(const std::map<std::string, std::string>& data) {
    const auto combined = data.find(std::string(kCustomizations));
    if (combined != data.end()) read_combined(combined->second);
    for (const auto& [key, value] : data) read_entry(key, value);
    std::vector<HealthScript> scripts;
    for (auto& [key, one] : overrides_) {
      auto [group, kind] = group_and_kind(key);
      if (!one.health.empty()) scripts.push_back({group, kind, one.health, one.open_libs});
      one.ignored.group = std::move(group);
      one.ignored.kind = std::move(kind);
      if (!one.ignored.json_pointers.empty() || !one.ignored.jq_path_expressions.empty() ||
          !one.ignored.managed_fields_managers.empty()) {
        settings_.ignored.push_back(std::move(one.ignored));
      }
    }
    settings_.checks = HealthChecks(std::move(scripts));
    return std::move(settings_);
  }

 private:
  void problem(std::string_view key, std::string_view what) {
    settings_.problems.push_back(fmt::format("argocd-cm: {}: {}", key, what));
  }

  void read_ignored(std::string_view key, const Json& object, IgnoredDifference& into) {
    std::optional<Error> fault;
    FieldReader reader(object, std::string(key), fault);
    IgnoredDifference read;
    read.json_pointers = reader.texts("jsonPointers");
    read.jq_path_expressions = reader.texts("jqPathExpressions");
    read.managed_fields_managers = reader.texts("managedFieldsManagers");
    if (fault) return problem(key, fault->message());
    for (const std::string& expression : read.jq_path_expressions) {
      const std::string refusal = jq_refusal(expression);
      if (!refusal.empty()) problem(key, refusal);
    }
    into = std::move(read);
  }

  void read_known_fields(std::string_view key, const std::string& of, const Json& list) {
    if (!list.is_array()) return problem(key, "it must be a list");
    const auto [group, kind] = group_and_kind(of);
    for (const Json& entry : list) {
      KnownTypeField field{group, kind, {}, text_at(entry, {"type"})};
      std::istringstream steps(text_at(entry, {"field"}));
      for (std::string step; std::getline(steps, step, '.');) field.path.push_back(step);
      if (field.path.empty()) {
        problem(key, "an entry has no field");
      } else if (!is_known_type(field.type)) {
        problem(key, fmt::format("type '{}' is not supported", field.type));
      } else {
        settings_.typed.push_back(std::move(field));
      }
    }
  }

  /// `ignoreDifferences` is YAML in a text in the combined form, too.
  void read_ignored_text(std::string_view key, const std::string& text, IgnoredDifference& into) {
    const auto object = parse_yaml(text);
    if (!object) return problem(key, object.error().message());
    if (object->is_object()) return read_ignored(key, *object, into);
    if (!object->is_null()) problem(key, "it must be a map");
  }

  void read_combined(const std::string& text) {
    const auto all = parse_yaml(text);
    if (!all) return problem(kCustomizations, all.error().message());
    if (!all->is_object()) {
      if (!all->is_null()) problem(kCustomizations, "it must be a map");
      return;
    }
    for (const auto& [kind, fields] : all->items()) {
      const std::string place = fmt::format("{}: {}", kCustomizations, kind);
      if (!fields.is_object()) {
        problem(place, "it must be a map");
        continue;
      }
      Override& one = overrides_[kind];
      one.health = text_at(fields, {"health.lua"});
      one.open_libs = bool_at(fields, {"health.lua.useOpenLibs"});
      if (const Json* typed = find(fields, {"knownTypeFields"}))
        read_known_fields(place, kind, *typed);
      const Json* ignored = find(fields, {"ignoreDifferences"});
      if (ignored == nullptr) continue;
      if (ignored->is_string()) {
        read_ignored_text(place, ignored->get_ref<const std::string&>(), one.ignored);
      } else {
        read_ignored(place, *ignored, one.ignored);
      }
    }
  }

  void read_tracking(const std::string& key, const std::string& method) {
    if (method == "label") {
      settings_.tracking.method = TrackingMethod::label;
    } else if (method == "annotation+label") {
      settings_.tracking.method = TrackingMethod::annotation_and_label;
    } else if (!method.empty() && method != "annotation") {
      problem(key, fmt::format("'{}' is none of annotation, annotation+label, label", method));
    }
  }

  void read_respect_rbac(const std::string& key, const std::string& value) {
    if (value == "normal") {
      settings_.respect_rbac = RespectRbac::normal;
    } else if (value == "strict") {
      settings_.respect_rbac = RespectRbac::strict;
    } else if (!value.empty()) {
      problem(key, fmt::format("'{}' is none of normal, strict", value));
    }
  }

  void read_build_options(const std::string& key, const std::string& value) {
    auto options = kustomize_build_options(value);
    settings_.kustomize_options = std::move(options.taken);
    if (options.refused.empty()) return;
    problem(key, fmt::format("{} has no effect: overlays are built of a repository's own files, "
                             "without other programs or the network",
                             fmt::join(options.refused, " ")));
  }

  /// The YAML of an entry; null where it does not read.
  Json yaml_of(const std::string& key, const std::string& text) {
    auto read = parse_yaml(text);
    if (read) return std::move(*read);
    problem(key, read.error().message());
    return nullptr;
  }

  void read_filter(const std::string& key, const std::string& text,
                   std::vector<FilteredResource>& into) {
    auto read = read_filtered_resources(yaml_of(key, text));
    if (read) {
      into = std::move(*read);
    } else {
      problem(key, read.error().message());
    }
  }

  void read_compare_options(const std::string& key, const std::string& text) {
    const Json options = yaml_of(key, text);
    if (options.is_null()) return;
    std::optional<Error> fault;
    FieldReader reader(options, key, fault);
    settings_.ignore_aggregated_roles = reader.truth("ignoreAggregatedRoles");
    const std::string status = reader.text("ignoreResourceStatusField", "all");
    if (status == "none" || status == "off") {
      settings_.ignored_status = IgnoredStatus::none;
    } else if (status != "all") {
      settings_.ignored_status = IgnoredStatus::crd;
      if (status != "crd") {
        problem(key, fmt::format("'{}' is none of all, crd, none: the status of "
                                 "CustomResourceDefinitions is ignored",
                                 status));
      }
    }
    if (!reader.truth("ignoreDifferencesOnResourceUpdates", true)) {
      problem(key,
              "ignoreDifferencesOnResourceUpdates has no effect: this engine looks at an "
              "application after every update of what it manages");
    }
    if (fault) problem(key, fault->message());
  }

  void read_global_projects(const std::string& key, const std::string& text) {
    const Json list = yaml_of(key, text);
    if (list.is_null()) return;
    if (!list.is_array()) return problem(key, "it must be a list");
    for (const Json& entry : list) {
      const Json* selector = find(entry, {"labelSelector"});
      auto read = kube::LabelSelector::from_json(selector != nullptr ? *selector : Json::object());
      if (read) {
        settings_.global_projects.push_back({std::move(*read), text_at(entry, {"projectName"})});
      } else {
        problem(key, read.error().message());
      }
    }
  }

  /// True when the key is one of a setting that is no customization.
  bool read_plain_entry(const std::string& key, const std::string& value) {
    if (key == "application.resourceTrackingMethod") {
      read_tracking(key, value);
    } else if (key == "application.instanceLabelKey") {
      if (!value.empty()) settings_.tracking.label_key = value;
    } else if (key == "installationID") {
      settings_.tracking.installation_id = value;
    } else if (key == "resource.exclusions") {
      read_filter(key, value, settings_.filter.exclusions);
    } else if (key == "resource.inclusions") {
      read_filter(key, value, settings_.filter.inclusions);
    } else if (key == "resource.respectRBAC") {
      read_respect_rbac(key, value);
    } else if (key == "resource.compareoptions") {
      read_compare_options(key, value);
    } else if (key == "kustomize.buildOptions") {
      read_build_options(key, value);
    } else if (key == "globalProjects") {
      read_global_projects(key, value);
    } else if (key == "application.sync.impersonation.enabled") {
      settings_.impersonates = value == "true";
    } else if (key == "application.sync.impersonation.enforced") {
      settings_.impersonation_enforced = value != "false";
    } else {
      return false;
    }
    return true;
  }

  void read_entry(const std::string& key, const std::string& value) {
    if (read_plain_entry(key, value)) return;
    const std::string_view text = key;
    if (!text.starts_with(kCustomizations) || text.size() == kCustomizations.size()) return;
    const std::string_view rest = text.substr(kCustomizations.size() + 1);
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return;
    const std::string_view what = rest.substr(0, dot);
    std::string kind(rest.substr(dot + 1));
    const auto underscores = std::count(kind.begin(), kind.end(), '_');
    if (kind.empty() || underscores > 1) {
      return problem(key,
                     fmt::format("group kind should be in format "
                                 "`resource.customizations.<type>.<group_kind>` or "
                                 "resource.customizations.<type>.<kind>`, got group kind: '{}'",
                                 kind));
    }
    std::replace(kind.begin(), kind.end(), '_', '/');
    if (kind == "all") kind = "*/*";
    if (what == "health") {
      overrides_[kind].health = value;
    } else if (what == "useOpenLibs") {
      const auto open = parse_bool(value);
      if (!open) return problem(key, fmt::format("'{}' is neither true nor false", value));
      overrides_[kind].open_libs = *open;
    } else if (what == "ignoreDifferences") {
      read_ignored_text(key, value, overrides_[kind].ignored);
    } else if (what == "knownTypeFields") {
      const auto list = parse_yaml(value);
      if (!list) return problem(key, list.error().message());
      read_known_fields(key, kind, *list);
    } else if (what != "actions" && what != "ignoreResourceUpdates") {
      problem(key, fmt::format("resource customization type {} not supported", what));
    }
  }

  HubSettings settings_;
  std::map<std::string, Override> overrides_;
};

}  // namespace

NormalizeRules HubSettings::normalize() const {
  NormalizeRules rules(ignored);
  rules.ignore_aggregated_roles = ignore_aggregated_roles;
  rules.ignored_status = ignored_status;
  rules.typed = typed;
  return rules;
}

HubSettings read_settings(const std::map<std::string, std::string>& data) {
  return Reader().read(data);
}

}  // namespace spokelab::hub
