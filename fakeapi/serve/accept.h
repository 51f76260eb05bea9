// Accept: the media types that a client takes, best first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"

namespace spokelab::fakeapi {

/// One clause of an Accept header, with the parameters that Kubernetes knows.
struct MediaClause {
  std::string type;     ///< "application/json", "*/*".
  std::string as;       ///< "Table".
  std::string version;  ///< "v1".
  std::string group;    ///< "meta.k8s.io".

  /// Whether a body of this type will do: the clause may have a wildcard.
  bool takes(std::string_view media_type) const;
};

/// In the client's order; without a header: anything.
std::vector<MediaClause> accepted(const HttpRequest& request);

}  // namespace spokelab::fakeapi
