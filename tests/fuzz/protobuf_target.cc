// Any bytes as a protobuf body; what decodes must survive being encoded.
#include <string>
#include <string_view>

#include "base/json.h"
#include "kube/protobuf.h"
#include "tests/fuzz/targets.h"

namespace spokelab::fuzz {

std::string feed_protobuf(std::string_view bytes) {
  std::string body("k8s\0", 4);
  body.append(bytes);
  const auto object = kube::decode_protobuf(body);
  if (!object) return {};
  const auto encoded = kube::encode_protobuf(*object);
  if (!encoded) return {};
  if (!kube::decode_protobuf(*encoded)) return "what was encoded does not decode";
  return {};
}

}  // namespace spokelab::fuzz
