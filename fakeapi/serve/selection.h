// Selection: which objects of a kind a list, watch or collective deletion is about.
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/serve/request.h"
#include "fakeapi/served_kinds.h"
#include "kube/selector.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

struct Selection {
  kube::LabelSelector labels;
  kube::FieldSelector fields;

  /// Reads labelSelector and fieldSelector; a name in the path of a watch narrows, too. Errors: 400
  /// for bad syntax, and for fields that the kind cannot be selected by.
  static kube::Answer<Selection> read(const ServedKind& kind, const RequestInfo& info);
  bool all() const { return labels.empty() && fields.empty(); }
  bool takes(const Json& object) const;
};

/// A resourceVersion that a client sent. Errors: 500, as Kubernetes has it.
kube::Answer<Revision> read_revision(const std::string& text);
/// 422 about options of a list or watch.
kube::Status list_options_invalid(std::vector<kube::StatusCause> causes);
/// The namespace under which the store keeps what the request is about.
std::string store_ns(const ServedKind& kind, const RequestInfo& info);

}  // namespace spokelab::fakeapi
