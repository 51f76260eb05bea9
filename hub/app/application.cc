// Application: reading the spec field by field, with Argo CD's defaults.
#include "hub/app/application.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/duration.h"
#include "base/json.h"
#include "hub/app/field_reader.h"

namespace spokelab::hub {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

HelmOptions read_helm(FieldReader& helm) {
  HelmOptions options;
  options.release_name = helm.text("releaseName");
  options.version = helm.text("version");
  options.ns = helm.text("namespace");
  options.kube_version = helm.text("kubeVersion");
  options.api_versions = helm.texts("apiVersions");
  options.value_files = helm.texts("valueFiles");
  options.values = helm.text("values");
  if (const Json* object = helm.object("valuesObject")) options.values_object = freeze(*object);
  helm.each("parameters", [&options](FieldReader& one) {
    options.parameters.push_back(
        HelmParameter{one.text("name"), one.text("value"), one.truth("forceString")});
  });
  helm.each("fileParameters", [&options](FieldReader& one) {
    options.file_parameters.emplace_back(one.text("name"), one.text("path"));
  });
  options.ignore_missing_value_files = helm.truth("ignoreMissingValueFiles");
  options.skip_crds = helm.truth("skipCrds");
  options.skip_tests = helm.truth("skipTests");
  options.skip_schema_validation = helm.truth("skipSchemaValidation");
  return options;
}

ApplicationSource read_source(FieldReader& reader) {
  ApplicationSource source;
  source.repo_url = reader.text("repoURL");
  source.path = reader.text("path");
  source.target_revision = reader.text("targetRevision");
  source.chart = reader.text("chart");
  source.ref = reader.text("ref");
  source.name = reader.text("name");
  reader.within("helm", [&source](FieldReader& helm) { source.helm = read_helm(helm); });
  reader.within("directory", [&source](FieldReader& directory) {
    source.directory = DirectoryOptions{directory.truth("recurse"), directory.text("include"),
                                        directory.text("exclude")};
  });
  source.kustomize = reader.object("kustomize") != nullptr;
  source.plugin = reader.object("plugin") != nullptr;
  source.raw = freeze(reader.json());
  return source;
}

/// The branch that a source hydrator writes to, which is what is deployed (GetSyncSource).
ApplicationSource read_hydrated_source(FieldReader& hydrator) {
  ApplicationSource source;
  hydrator.within("drySource",
                  [&source](FieldReader& dry) { source.repo_url = dry.text("repoURL"); });
  hydrator.within("syncSource", [&source](FieldReader& sync) {
    const std::string other = sync.text("repoURL");
    if (!other.empty()) source.repo_url = other;
    source.path = sync.text("path");
    source.target_revision = sync.text("targetBranch");
  });
  Json raw = {{"repoURL", source.repo_url}};
  if (!source.path.empty()) raw["path"] = source.path;
  if (!source.target_revision.empty()) raw["targetRevision"] = source.target_revision;
  source.raw = freeze(std::move(raw));
  return source;
}

void read_span(FieldReader& reader, std::string_view key, Nanos& span) {
  const std::string text = reader.text(key);
  if (text.empty()) return;
  const auto parsed = parse_retry_span(text);
  if (parsed) {
    span = *parsed;
  } else {
    reader.fail(key, parsed.error().message());
  }
}

RetryPolicy read_retry(FieldReader& reader) {
  RetryPolicy retry;
  retry.limit = reader.integer("limit", 0);
  retry.refresh = reader.truth("refresh");
  reader.within("backoff", [&retry](FieldReader& backoff) {
    read_span(backoff, "duration", retry.duration);
    read_span(backoff, "maxDuration", retry.max_duration);
    retry.factor = backoff.integer("factor", retry.factor);
  });
  return retry;
}

SyncPolicy read_sync_policy(FieldReader& reader) {
  SyncPolicy policy;
  reader.within("automated", [&policy](FieldReader& automated) {
    policy.automated = Automation{automated.truth("enabled", true), automated.truth("prune"),
                                  automated.truth("selfHeal"), automated.truth("allowEmpty")};
  });
  policy.options = SyncOptions(reader.texts("syncOptions"));
  reader.within("retry", [&policy](FieldReader& retry) {
    policy.retry = read_retry(retry);
    policy.retry_as_written = freeze(retry.json());
  });
  reader.within("managedNamespaceMetadata", [&policy](FieldReader& metadata) {
    policy.manages_namespace = true;
    policy.namespace_labels = metadata.text_map("labels");
    policy.namespace_annotations = metadata.text_map("annotations");
  });
  return policy;
}

ApplicationSpec read_spec(FieldReader& reader) {
  ApplicationSpec spec;
  const std::string project = reader.text("project");
  if (!project.empty()) spec.project = project;
  reader.within("destination", [&spec](FieldReader& destination) {
    spec.destination.server = destination.text("server");
    while (spec.destination.server.ends_with('/')) spec.destination.server.pop_back();
    spec.destination.name = destination.text("name");
    spec.destination.ns = destination.text("namespace");
  });
  reader.within("sourceHydrator", [&spec](FieldReader& hydrator) {
    spec.hydrated = true;
    spec.sources.push_back(read_hydrated_source(hydrator));
  });
  if (!spec.hydrated)
    reader.each("sources", [&spec](FieldReader& one) { spec.sources.push_back(read_source(one)); });
  spec.multi_source = !spec.hydrated && !spec.sources.empty();
  if (!spec.hydrated && !spec.multi_source) {
    reader.within("source",
                  [&spec](FieldReader& one) { spec.sources.push_back(read_source(one)); });
  }
  reader.within("syncPolicy",
                [&spec](FieldReader& policy) { spec.sync_policy = read_sync_policy(policy); });
  reader.each("ignoreDifferences", [&spec](FieldReader& one) {
    IgnoredDifference ignored;
    ignored.group = one.text("group");
    ignored.kind = one.text("kind");
    ignored.name = one.text("name");
    ignored.ns = one.text("namespace");
    ignored.json_pointers = one.texts("jsonPointers");
    ignored.jq_path_expressions = one.texts("jqPathExpressions");
    ignored.managed_fields_managers = one.texts("managedFieldsManagers");
    spec.ignore_differences.push_back(std::move(ignored));
  });
  reader.each("info", [&spec](FieldReader& one) {
    spec.info.emplace_back(one.text("name"), one.text("value"));
  });
  spec.revision_history_limit = reader.integer("revisionHistoryLimit", 10);
  return spec;
}

}  // namespace

Nanos RetryPolicy::wait_after(std::int64_t retries) const {
  const std::int64_t ceiling =
      max_duration > Nanos(0) ? max_duration.count() : std::int64_t{Nanos::max().count() / 2};
  std::int64_t span = std::max<std::int64_t>(duration.count(), 0);
  for (std::int64_t step = 0; step < retries && span > 0 && span < ceiling; ++step) {
    if (factor == 1) break;
    if (factor <= 0) return Nanos(0);
    span = span > ceiling / factor ? ceiling : span * factor;
  }
  return Nanos(std::min(span, ceiling));
}

SyncOptions SyncOptions::from_annotation(std::string_view text) {
  std::vector<std::string> options;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto part = trimmed(text.substr(0, comma));
    if (!part.empty()) options.emplace_back(part);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return SyncOptions(std::move(options));
}

bool SyncOptions::has(std::string_view option) const {
  return std::find(options_.begin(), options_.end(), option) != options_.end();
}

std::string_view SyncOptions::value(std::string_view key) const {
  for (const std::string& option : options_) {
    const std::string_view text = option;
    if (text.size() > key.size() && text.starts_with(key) && text[key.size()] == '=') {
      return text.substr(key.size() + 1);
    }
  }
  return {};
}

Result<Nanos> parse_retry_span(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kSecondsMax = 9'000'000'000;
  if (failure == std::errc{} && end == text.data() + text.size() && seconds <= kSecondsMax &&
      seconds >= -kSecondsMax) {
    return Nanos(std::chrono::seconds(seconds));
  }
  const bool days = text.find('d') != std::string_view::npos;  // not in Go's grammar
  auto parsed = days ? Result<Nanos>(Error(Errc::invalid, "")) : parse_duration(text);
  if (parsed) return *parsed;
  return Error(Errc::invalid, fmt::format("Invalid value: \"{}\": time: invalid duration", text));
}

Result<ApplicationSource> read_source(const Json& source, std::string_view path) {
  std::optional<Error> fault;
  FieldReader reader(source, std::string(path), fault);
  ApplicationSource result = read_source(reader);
  if (fault) return *fault;
  return result;
}

Result<ApplicationSpec> read_application_spec(const Json& spec) {
  std::optional<Error> fault;
  FieldReader reader(spec, "spec", fault);
  ApplicationSpec result = read_spec(reader);
  if (fault) return *fault;
  return result;
}

Result<Application> read_application(const Json& object) {
  std::optional<Error> fault;
  FieldReader reader(object, "", fault);
  Application app;
  reader.within("metadata", [&app](FieldReader& metadata) {
    app.name = metadata.text("name");
    app.ns = metadata.text("namespace");
    app.uid = metadata.text("uid");
    app.labels = metadata.text_map("labels");
    app.annotations = metadata.text_map("annotations");
    app.finalizers = metadata.texts("finalizers");
    app.deleting = metadata.has("deletionTimestamp");
  });
  if (!reader.has("spec")) reader.fail("spec", "Required value");
  reader.within("spec", [&app](FieldReader& spec) { app.spec = read_spec(spec); });
  if (fault) return *fault;
  return app;
}

bool approves_deletion(const Application& app, WallTime since) {
  const auto found = app.annotations.find("argocd.argoproj.io/deletion-approved");
  if (found == app.annotations.end()) return false;
  const auto approved = parse_rfc3339(found->second);
  return approved && *approved >= since;
}

std::vector<std::string> source_problems(const ApplicationSpec& spec) {
  std::vector<std::string> problems;
  if (spec.sources.empty()) {
    problems.emplace_back(
        "spec.source.repoURL and either spec.source.path or spec.source.chart are required");
  }
  for (const ApplicationSource& source : spec.sources) {
    const bool placed = !source.path.empty() || !source.chart.empty();
    if (spec.multi_source) {
      if (source.repo_url.empty() || (!placed && source.ref.empty())) {
        problems.push_back(fmt::format(
            "spec.source.repoURL and either source.path, source.chart, or source.ref are required "
            "for source {}",
            source.raw->dump()));
      }
    } else if (source.repo_url.empty() || !placed) {
      problems.emplace_back(
          "spec.source.repoURL and either spec.source.path or spec.source.chart are required");
    }
    if (!source.chart.empty() && source.target_revision.empty()) {
      problems.emplace_back(
          "spec.source.targetRevision is required if the manifest source is a helm chart");
    }
  }
  return problems;
}

std::vector<std::string> destination_problems(const ApplicationSpec& spec) {
  std::vector<std::string> problems;
  const Destination& to = spec.destination;
  if (!to.server.empty() && !to.name.empty()) {
    problems.push_back(
        fmt::format("application destination can't have both name and server defined: {} {}",
                    to.name, to.server));
  } else if (to.server.empty() && to.name.empty()) {
    problems.emplace_back("Destination server missing from app spec");
  }
  return problems;
}

}  // namespace spokelab::hub
