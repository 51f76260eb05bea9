// Accept headers (apiserver endpoints/handlers/negotiation) and the forms they lead to.
#include "fakeapi/serve/negotiate.h"

#include <fmt/format.h>

#include <optional>

#include "base/json.h"
#include "fakeapi/conversion.h"
#include "fakeapi/serve/accept.h"
#include "kube/protobuf.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kServed =
    "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// The form that one clause of Accept asks for; nullopt: this server cannot answer in it.
std::optional<Form> form_of(const MediaClause& clause, bool list) {
  const bool protobuf = clause.type == kube::kProtobufType;  // encoded on its way out
  if (!protobuf && !clause.takes("application/json") && clause.type != "application/yaml")
    return std::nullopt;
  if (clause.as.empty()) return Form::object;
  if (clause.group != "meta.k8s.io" || (clause.version != "v1" && clause.version != "v1beta1"))
    return std::nullopt;
  if (clause.as == "Table" && !protobuf) return Form::table;
  if (clause.as == (list ? "PartialObjectMetadataList" : "PartialObjectMetadata"))
    return Form::metadata;
  return std::nullopt;
}

struct Negotiated {
  Form form;
  bool beta;
};

kube::Answer<Negotiated> negotiated(const HttpRequest& request, bool list) {
  bool known = false;  // a media type that others may ask for, in a form that there is not
  for (const MediaClause& clause : accepted(request)) {
    if (const auto form = form_of(clause, list))
      return Negotiated{*form, !clause.as.empty() && clause.version == "v1beta1"};
    known = known || clause.type == "application/json" || clause.type == "application/yaml";
  }
  kube::Status status;
  status.code = 406;
  status.reason = "NotAcceptable";
  status.message =
      known ? fmt::format("only the following media types are accepted: {}", kServed)
            : fmt::format("406: Not Acceptable\n\nAvailable representations: {}", kServed);
  status.bare_details = !known;
  return status;
}

}  // namespace

kube::Answer<Presenter> Presenter::of(const ServedKind& kind, const HttpRequest& request,
                                      const RequestInfo& info) {
  Presenter presenter;
  presenter.kind_ = &kind;
  presenter.converts_ = kind.stored_as != kind.type().api_version();
  const auto form = negotiated(request, info.verb == "list" || info.verb == "deletecollection");
  if (!form) return form.error();
  presenter.form_ = form->form;
  presenter.beta_ = form->beta;
  if (form->form != Form::table) return presenter;
  const std::string& include = info.query.get("includeObject");
  if (include == "None")
    presenter.include_ = IncludeObject::none;
  else if (include == "Object")
    presenter.include_ = IncludeObject::whole;
  else if (!include.empty() && include != "Metadata")
    return kube::bad_request(fmt::format(
        "Unable to convert to Table as requested: includeObject: Invalid value: {}: must be "
        "'Metadata', 'Object', 'None', or empty",
        Json(include).dump()));
  presenter.printer_ = std::make_shared<const TablePrinter>(TablePrinter::of(kind));
  return presenter;
}

Json Presenter::versioned(Json shown) const {
  if (!beta_) return shown;
  constexpr const char* kBeta = "meta.k8s.io/v1beta1";
  shown["apiVersion"] = kBeta;
  for (const char* list : {"rows", "items"}) {
    if (!shown.contains(list)) continue;
    for (Json& one : shown[list]) {
      Json* object = list[0] == 'i' ? &one : one.contains("object") ? &one["object"] : nullptr;
      if (object != nullptr && text_at(*object, {"kind"}) == "PartialObjectMetadata")
        (*object)["apiVersion"] = kBeta;
    }
  }
  return shown;
}

JsonRef Presenter::show(const JsonRef& stored, WallTime now) const {
  if (form_ == Form::object) return to_served(*kind_, stored);
  return freeze(show_event(stored, now, true));
}

Json Presenter::show_event(const JsonRef& stored, WallTime now, bool first) const {
  if (form_ == Form::object) return *to_served(*kind_, stored);
  if (form_ == Form::metadata) return versioned(partial_metadata(*stored));
  Json metadata = Json::object();
  if (const auto version = text_at(*stored, {"metadata", "resourceVersion"}); !version.empty())
    metadata["resourceVersion"] = version;
  return versioned(
      make_table(*kind_, *printer_, {stored}, std::move(metadata), include_, now, first));
}

Json Presenter::show_list(const std::vector<JsonRef>& stored, Json metadata, WallTime now) const {
  if (form_ == Form::table)
    return versioned(make_table(*kind_, *printer_, stored, std::move(metadata), include_, now));
  Json list = Json::object();
  const bool partial = form_ == Form::metadata;
  list["kind"] = partial ? "PartialObjectMetadataList" : kind_->info.list_kind;
  list["apiVersion"] = partial ? "meta.k8s.io/v1" : kind_->type().api_version();
  list["metadata"] = std::move(metadata);
  Json items = Json::array();
  items.get_ref<Json::array_t&>().reserve(stored.size());
  for (const JsonRef& object : stored) {
    if (partial) {
      items.push_back(partial_metadata(*object));
      continue;
    }
    Json item = *to_served(*kind_, object);
    if (!kind_->custom) {  // items of built-in lists do not repeat their type
      item.erase("apiVersion");
      item.erase("kind");
    }
    items.push_back(std::move(item));
  }
  list["items"] = std::move(items);
  return partial ? versioned(std::move(list)) : list;
}

}  // namespace spokelab::fakeapi
