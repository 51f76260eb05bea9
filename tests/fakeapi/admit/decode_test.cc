// What a typed decoder makes of documents.
#include "fakeapi/admit/decode.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "kube/schema.h"

namespace spokelab::fakeapi {
namespace {

std::string error_of(const char* text) {
  Json object = Json::parse(text);
  DecodeFindings findings;
  decode_by_schema(object, *kube::schema_of("", "v1", "Pod"), findings);
  return findings.type_error;
}

TEST(Decode, KnowsWhichNumbersAreWide) {
  EXPECT_EQ(error_of(R"({"spec":{"activeDeadlineSeconds":3000000000}})"), "");
  EXPECT_EQ(error_of(R"({"spec":{"securityContext":{"supplementalGroups":[3000000000]}}})"), "");
  EXPECT_EQ(
      error_of(R"({"spec":{"priority":3000000000}})"),
      "json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of "
      "type int32");
  EXPECT_NE(error_of(R"({"spec":{"containers":[
                {"readinessProbe":{"initialDelaySeconds":3000000000}}]}})")
                .find("initialDelaySeconds of type int32"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"spec":{"activeDeadlineSeconds":"soon"}})").find("of type int64"),
            std::string::npos);
}

}  // namespace
}  // namespace spokelab::fakeapi
