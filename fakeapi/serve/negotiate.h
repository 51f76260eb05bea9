// Negotiation: in which form a client wants to see objects.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/http.h"
#include "fakeapi/print/table.h"
#include "fakeapi/serve/request.h"
#include "fakeapi/served_kinds.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

enum class Form : std::uint8_t { object, table, metadata };

/// The form that a request asked for, ready to be used for one or many objects. The kind must
/// outlive it.
class Presenter {
 public:
  /// Reads Accept and includeObject. Errors: 400, 406.
  static kube::Answer<Presenter> of(const ServedKind& kind, const HttpRequest& request,
                                    const RequestInfo& info);

  /// The same for another copy of the kind.
  void rebind(const ServedKind& kind) { kind_ = &kind; }
  /// One stored object.
  JsonRef show(const JsonRef& stored, WallTime now) const;
  /// As show(), for an event of a watch: a table's columns come with the first event alone.
  Json show_event(const JsonRef& stored, WallTime now, bool first) const;
  /// A list of stored objects.
  Json show_list(const std::vector<JsonRef>& stored, Json metadata, WallTime now) const;
  /// Objects go out as they are stored.
  bool plain() const noexcept { return form_ == Form::object && !converts_; }
  /// Whether what it shows has a type of protobuf.
  bool has_protobuf() const noexcept {
    return form_ == Form::metadata || (form_ == Form::object && kind_->info.schema != nullptr);
  }
  Form form() const noexcept { return form_; }

 private:
  /// What is of meta.k8s.io, in the version that was asked for.
  Json versioned(Json shown) const;

  const ServedKind* kind_ = nullptr;
  Form form_ = Form::object;
  bool converts_ = false;
  bool beta_ = false;  // meta.k8s.io/v1beta1
  IncludeObject include_ = IncludeObject::metadata;
  std::shared_ptr<const TablePrinter> printer_;  // of a table
};

}  // namespace spokelab::fakeapi
