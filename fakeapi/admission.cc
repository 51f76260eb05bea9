// The admission pipeline.
#include "fakeapi/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/admit/certificate_requests.h"
#include "fakeapi/admit/decode.h"
#include "fakeapi/admit/limit_range.h"
#include "fakeapi/admit/mutate.h"
#include "fakeapi/admit/quota.h"
#include "fakeapi/admit/structural.h"
#include "fakeapi/admit/updates.h"
#include "fakeapi/admit/validate/validate.h"
#include "fakeapi/admit/warnings.h"
#include "fakeapi/apply/server_side.h"
#include "kube/defaults.h"

namespace spokelab::fakeapi {

namespace {

using kube::Status;

void fold_string_data(Json& secret) {
  const auto hit = secret.find("stringData");
  if (hit == secret.end()) return;
  const Json texts = std::move(*hit);
  secret.erase(hit);
  if (!texts.is_object()) return;
  for (const auto& [key, value] : texts.items()) {
    if (value.is_string()) secret["data"][key] = base64(value.get_ref<const std::string&>());
  }
}

/// Says why a document is no object of its kind; for the result of a patch in other words.
Status undecodable(const ServedKind& kind, const AdmissionRequest& request,
                   const std::string& why) {
  const auto& type = kind.type();
  if (!request.shown_patch)
    return kube::bad_request(fmt::format("{} in version \"{}\" cannot be handled as a {}: {}",
                                         type.kind, type.version, type.kind, why));
  return kube::invalid(kube::ResourceType{}, "",
                       {kube::invalid_value("patch", request.shown_patch(), why)});
}

constexpr const char* kDefinitions = "customresourcedefinitions.apiextensions.k8s.io";
constexpr const char* kCertificateRequests = "certificatesigningrequests.certificates.k8s.io";

void warn(AdmissionRequest& request, std::vector<std::string> texts) {
  for (auto& text : texts) request.warnings.push_back(std::move(text));
}

/// Owners that are named twice are kept once, and told.
void drop_repeated_owners(Json& object, AdmissionRequest& request) {
  Json* owners = const_cast<Json*>(find(object, {"metadata", "ownerReferences"}));
  if (owners == nullptr || !owners->is_array() || owners->size() < 2) return;
  Json kept = Json::array();
  std::string repeated;
  for (Json& owner : *owners) {
    if (std::find(kept.begin(), kept.end(), owner) == kept.end())
      kept.push_back(std::move(owner));
    else
      repeated += (repeated.empty() ? "" : ", ") + text_at(owner, {"uid"});
  }
  *owners = std::move(kept);
  if (repeated.empty()) return;
  request.warnings.push_back(
      ".metadata.ownerReferences contains duplicate entries after mutating admission happens; API "
      "server dedups owner references in 1.20+, and may reject such requests as early as 1.24; "
      "please fix your requests; duplicate UID(s) observed: " +
      repeated);
}

void tell_ignored_rules(const Json& definition, AdmissionRequest& request) {
  warn(request, ignored_rules(definition));
}

/// What is wrong with the fields of a body that decodes nevertheless, in the words of the server.
std::vector<std::string> findings_about(const ServedKind& kind, const WrittenBody& written,
                                        const std::vector<std::string>& unknown) {
  if (kind.info.schema != nullptr && !written.object.empty())
    return strict_findings(written.object, unknown);
  // The schema of a custom resource is looked at after the text.
  std::vector<std::string> told = written.repeated;
  for (const auto& path : repeated_keys(written.object))
    told.push_back(fmt::format("duplicate field \"{}\"", path));
  for (const auto& path : unknown) told.push_back(fmt::format("unknown field \"{}\"", path));
  return told;
}

}  // namespace

Admission::Admission(Store& store, const ServedKinds& kinds, const Clock& clock, Rng rng,
                     AdmissionSettings settings)
    : store_(&store), kinds_(&kinds), clock_(&clock), rng_(rng), settings_(std::move(settings)) {}

std::string Admission::new_uid() {
  const std::uint64_t high = rng_.next();
  const std::uint64_t low = rng_.next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                     high & 0xfff, 0x8000 | (low >> 48 & 0x3fff), low & 0xffffffffffff);
}

std::string Admission::now_text() const { return format_rfc3339(clock_->wall_now()); }

MaybeStatus Admission::decode(const ServedKind& kind, Json& object, AdmissionRequest& request) {
  DecodeFindings findings;
  if (kind.info.schema != nullptr) {
    decode_by_schema(object, *kind.info.schema, findings);
  } else {
    auto& metadata = object["metadata"];
    if (metadata.is_null()) metadata = Json::object();
    if (!metadata.is_object()) return kube::bad_request("metadata must be an object");
    decode_by_schema(metadata, *kube::schema_named("meta.ObjectMeta"), findings);
    for (auto& field : findings.unknown) field.insert(0, "metadata.");
    if (kind.custom && kind.custom->schema != nullptr) {
      prune_by_structure(*kind.custom->schema, object, findings.unknown);
    }
  }
  if (!findings.type_error.empty()) {
    const bool converted = request.merged_strategically && !findings.conversion_error.empty();
    return undecodable(kind, request, converted ? findings.conversion_error : findings.type_error);
  }
  if (request.fields == FieldValidation::ignore) return std::nullopt;
  const auto told = findings_about(kind, request.written, findings.unknown);
  if (told.empty()) return std::nullopt;
  if (request.fields == FieldValidation::warn) {
    request.warnings.insert(request.warnings.end(), told.begin(), told.end());
    return std::nullopt;
  }
  std::string list = request.written.repeated_error;
  const std::size_t joined = list.empty() ? 0 : request.written.repeated.size();
  for (std::size_t i = joined; i < told.size(); ++i) list += (list.empty() ? "" : ", ") + told[i];
  return undecodable(kind, request, "strict decoding error: " + list);
}

/// Brings what a client sent to the form in which it is compared and stored.
MaybeStatus Admission::read(const ServedKind& kind, Json& object, AdmissionRequest& request) {
  if (auto status = decode(kind, object, request)) return status;
  const auto& type = kind.type();
  if (is_resource(kind, "secrets")) fold_string_data(object);
  kube::apply_defaults(type.group, type.version, type.kind, object);
  if (kind.custom && kind.custom->schema != nullptr)
    default_by_structure(*kind.custom->schema, object);
  return std::nullopt;
}

MaybeStatus Admission::check_namespace(const ServedKind& kind, std::string_view name,
                                       std::string_view ns) const {
  if (!kind.type().namespaced) return std::nullopt;
  const ServedKind* namespaces = kinds_->by_resource("namespaces");
  const JsonRef space = namespaces->bucket->get("", ns);
  if (!space) return kube::not_found(namespaces->type(), ns);
  if (find(*space, {"metadata", "deletionTimestamp"}) == nullptr) return std::nullopt;
  Status status = kube::forbidden(
      kind.type(), name,
      fmt::format("unable to create new content in namespace {} because it is being terminated",
                  ns));
  status.causes.push_back({"NamespaceTerminating",
                           fmt::format("namespace {} is being terminated", ns),
                           "metadata.namespace"});
  return status;
}

MaybeStatus Admission::start_metadata(const ServedKind& kind, std::string_view ns, Json& object) {
  Json& metadata = object["metadata"];
  for (const char* field : {"uid", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    metadata.erase(field);
  }
  if (kind.type().namespaced)
    metadata["namespace"] = std::string(ns);
  else
    metadata.erase("namespace");
  std::string name = text_at(metadata, {"name"});
  const std::string base = text_at(metadata, {"generateName"});
  // Limit ranges without a name get one; what else has none is told with all that is wrong.
  if (name.empty() && base.empty() && is_resource(kind, "limitranges")) name = new_uid();
  for (int tries = 0; name.empty() && !base.empty(); ++tries) {
    std::string drawn = base.substr(0, 58) + random_suffix(rng_, 5);
    if (!kind.bucket->get(kind.type().namespaced ? ns : "", drawn) || tries == 8)
      name = std::move(drawn);
  }
  if (!name.empty()) metadata["name"] = name;
  metadata["uid"] = new_uid();
  metadata["creationTimestamp"] = now_text();
  // Kinds that do not count generations keep what was written.
  if (kind.info.generation != kube::Generation::none) metadata["generation"] = 1;
  return std::nullopt;
}

MaybeStatus Admission::admit_create(const ServedKind& kind, std::string_view ns, Json& object,
                                    AdmissionRequest& request) {
  // Nodes bring their first status along; for all others it is the server's.
  const bool own_status = has_status_endpoint(kind) && !is_resource(kind, "nodes");
  if (own_status && object.is_object()) object.erase("status");
  const Json* labels = find(object, {"metadata", "labels"});
  const bool labelled = labels != nullptr && !labels->empty();
  if (auto status = read(kind, object, request)) return status;
  drop_repeated_owners(object, request);
  if (!request.apply) {
    const FieldWrite write{request.manager, "", now_text()};
    if (settings_.track_fields) track_write(kind, empty_object(kind), object, write, true);
  }
  const std::string given =
      text_at(object, {"metadata", "name"}, text_at(object, {"metadata", "generateName"}));
  if (auto status = check_namespace(kind, given, ns)) return status;
  if (auto status = start_metadata(kind, ns, object)) return status;
  if (is_resource(kind, kCertificateRequests)) begin_certificate_request(object, request.who);
  const std::string name = text_at(object, {"metadata", "name"});
  const MutationContext context{*store_, *kinds_, rng_, settings_.service_prefix, labelled};
  if (is_resource(kind, "pods")) {
    apply_limit_ranges(*store_, object);
    if (auto status = mutate_pod(context, kind, object)) return status;
  }
  if (auto status = mutate(context, kind, nullptr, object)) return status;
  auto causes = validate(kind, object, nullptr);
  if (!causes.empty()) return kube::invalid(kind.type(), name, std::move(causes));
  if (is_resource(kind, "pods") || is_resource(kind, "persistentvolumeclaims")) {
    if (auto status = check_limit_ranges(*store_, kind, object)) return status;
  }
  if (auto status = check_quotas(*store_, kind, object)) return status;
  warn(request, warnings_about(kind, object, nullptr));
  if (is_resource(kind, kDefinitions)) {
    establish_definition(object, now_text());
    tell_ignored_rules(object, request);
  }
  return std::nullopt;
}

MaybeStatus Admission::admit_update(const ServedKind& kind, const Json& old, Json& object,
                                    AdmissionRequest& request) {
  const Json* managers = find(object, {"metadata", "managedFields"});
  const bool forgets = managers != nullptr && managers->is_array() && managers->empty();
  if (auto status = read(kind, object, request)) return status;
  if (forgets && object["metadata"].is_object())  // which reading drops, as it does empty lists
    object["metadata"]["managedFields"] = Json::array();
  drop_repeated_owners(object, request);
  if (!request.apply && request.subresource != "binding") {  // nobody owns where a pod runs
    const FieldWrite write{request.manager, request.subresource, now_text()};
    track_write(kind, old, object, write, false);
  }
  if (auto status = keep_metadata(kind, old, object, static_cast<bool>(request.shown_patch)))
    return status;
  keep_other_half(kind, old, object, request.subresource);
  const std::string& sub = request.subresource;
  if (is_resource(kind, kCertificateRequests))
    keep_certificate_request(old, object, sub, now_text());
  const bool main = sub.empty() || sub == "scale" || sub == "resize";
  if (main) {
    const MutationContext context{*store_, *kinds_, rng_, settings_.service_prefix, true};
    if (auto status = mutate(context, kind, &old, object)) return status;
    count_generation(kind, old, object);
  }
  if (sub == "binding" || sub == "ephemeralcontainers" || sub == "resize")
    return std::nullopt;  // what nobody else may change
  auto causes = validate(kind, object, &old, sub);
  if (!causes.empty())
    return kube::invalid(kind.type(), text_at(old, {"metadata", "name"}), std::move(causes));
  if (main) warn(request, warnings_about(kind, object, &old));
  if (main && is_resource(kind, kDefinitions)) {
    note_stored_version(object);
    tell_ignored_rules(object, request);
  }
  return std::nullopt;
}

}  // namespace spokelab::fakeapi
