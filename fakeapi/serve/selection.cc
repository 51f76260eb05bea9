// Selectors of requests.
#include "fakeapi/serve/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

/// What a kind's field selectors may name besides metadata.name and metadata.namespace.
struct FieldRow {
  std::string_view group_resource;
  std::string_view fields;
};

constexpr FieldRow kFields[] = {
    {"pods",
     " spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "
     "spec.hostNetwork status.phase status.podIP status.podIPs status.nominatedNodeName "},
    {"events",
     " involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
     "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason "
     "reportingComponent source type "},
    {"events.events.k8s.io",
     " regarding.kind regarding.namespace regarding.name regarding.uid regarding.apiVersion "
     "regarding.resourceVersion regarding.fieldPath reason reportingController type "},
    {"secrets", " type "},
    {"namespaces", " status.phase name "},
    {"nodes", " spec.unschedulable "},
    {"services", " spec.clusterIP spec.type "},
    {"replicationcontrollers", " status.replicas "},
    {"jobs.batch", " status.successful "},
    {"certificatesigningrequests.certificates.k8s.io", " spec.signerName "}};

bool has_own_fields(const ServedKind& kind) {
  const std::string resource = kind.type().group_resource();
  return kind.custom ||
         std::any_of(std::begin(kFields), std::end(kFields),
                     [&](const FieldRow& row) { return row.group_resource == resource; });
}

bool is_selectable(const ServedKind& kind, const std::string& path) {
  // Kinds without fields of their own take both, whether they have namespaces or not.
  if (path == "metadata.name" ||
      (path == "metadata.namespace" && (kind.type().namespaced || !has_own_fields(kind))))
    return true;
  const std::string resource = kind.type().group_resource();
  for (const FieldRow& row : kFields) {
    if (row.group_resource == resource)
      return row.fields.find(" " + path + " ") != std::string_view::npos;
  }
  if (!kind.custom) return false;
  for (const Json& version : *find(*kind.custom->definition, {"spec", "versions"})) {
    if (text_at(version, {"name"}) != kind.type().version) continue;
    const Json* fields = find(version, {"selectableFields"});
    if (fields == nullptr || !fields->is_array()) return false;
    for (const Json& field : *fields) {
      if (text_at(field, {"jsonPath"}) == "." + path) return true;
    }
  }
  return false;
}

}  // namespace

kube::Answer<Selection> Selection::read(const ServedKind& kind, const RequestInfo& info) {
  Selection selection;
  auto labels = kube::LabelSelector::parse(info.query.get("labelSelector"));
  if (!labels) return kube::bad_request(labels.error().message());
  selection.labels = std::move(*labels);
  std::string text = info.query.get("fieldSelector");
  if (!info.name.empty() && info.verb == "watch")
    text += (text.empty() ? "" : ",") + std::string("metadata.name=") + info.name;
  auto fields = kube::FieldSelector::parse(text);
  if (!fields) return kube::bad_request(fields.error().message());
  for (const auto& need : fields->requirements()) {
    if (is_selectable(kind, need.path)) continue;
    if (kind.type().group_resource() == "jobs.batch")  // which has words of its own
      return kube::bad_request(
          fmt::format("field label \"{}\" not supported for {}", need.path, kind.type().kind));
    return kube::bad_request(
        has_own_fields(kind)
            ? fmt::format("field label not supported: {}", need.path)
            : fmt::format("\"{}\" is not a known field selector: only \"metadata.name\", "
                          "\"metadata.namespace\"",
                          need.path));
  }
  selection.fields = std::move(*fields);
  return selection;
}

bool Selection::takes(const Json& object) const {
  return (labels.empty() || labels.matches_object(object)) &&
         (fields.empty() || fields.matches(object));
}

kube::Answer<Revision> read_revision(const std::string& text) {
  Revision revision = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), revision);
  if (bad == std::errc{} && end == text.data() + text.size()) return revision;
  kube::Status status;
  status.message = fmt::format(
      "resourceVersion: Invalid value: {0}: strconv.ParseUint: parsing {0}: invalid syntax",
      Json(text).dump());
  return status;
}

kube::Status list_options_invalid(std::vector<kube::StatusCause> causes) {
  const kube::ResourceType type{"meta.k8s.io", "", "", "ListOptions", false};
  return kube::invalid(type, "", std::move(causes));
}

std::string store_ns(const ServedKind& kind, const RequestInfo& info) {
  return kind.type().namespaced ? info.ns : "";
}

}  // namespace spokelab::fakeapi
