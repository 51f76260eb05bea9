// libFuzzer: any bytes as a protobuf body; what decodes must survive being encoded.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "base/json.h"
#include "kube/protobuf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace spokelab;
  std::string body("k8s\0", 4);
  body.append(reinterpret_cast<const char*>(bytes), size);
  const auto object = kube::decode_protobuf(body);
  if (!object) return 0;
  const auto encoded = kube::encode_protobuf(*object);
  if (!encoded) return 0;
  if (!kube::decode_protobuf(*encoded)) std::abort();
  return 0;
}
