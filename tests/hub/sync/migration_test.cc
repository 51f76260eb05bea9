// Tests of handing fields over from client-side to server-side apply.
#include "hub/sync/migration.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"

namespace spokelab::hub {
namespace {

Json object_with(const std::string& fields) {
  return Json{{"metadata", {{"resourceVersion", "7"}, {"managedFields", Json::parse(fields)}}}};
}

constexpr const char* kApplied =
    R"("f:metadata":{"f:annotations":{"f:kubectl.kubernetes.io/last-applied-configuration":{}}})";

TEST(FieldsHandedOver, JoinThoseOfClientSideAppliers) {
  const auto patch =
      fields_handed_over(object_with(R"([
        {"manager":"argocd-controller","operation":"Update","fieldsV1":{)" +
                                     std::string(kApplied) + R"(,"f:data":{"f:a":{},"f:b":{}}}},
        {"manager":"argocd-controller","operation":"Apply","fieldsV1":{"f:data":{"f:a":{},"f:c":{}}}},
        {"manager":"kubelet","operation":"Update","subresource":"status","fieldsV1":{"f:status":{}}}])"),
                         "argocd-controller");
  ASSERT_TRUE(patch);
  EXPECT_EQ((*patch)[1]["value"], "7");
  const Json& fields = (*patch)[0]["value"];
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0]["operation"], "Apply");
  EXPECT_EQ(fields[0]["fieldsV1"]["f:data"], Json::parse(R"({"f:a":{},"f:b":{},"f:c":{}})"));
  EXPECT_EQ(fields[1]["manager"], "kubelet");
}

TEST(FieldsHandedOver, MakeAnEntryWhereThereIsNone) {
  const auto patch = fields_handed_over(
      object_with(R"([{"manager":"kubectl-client-side-apply","operation":"Update","fieldsV1":{)" +
                  std::string(kApplied) + "}}]"),
      "argocd-controller");
  ASSERT_TRUE(patch);
  const Json& entry = (*patch)[0]["value"][0];
  EXPECT_EQ(entry["manager"], "argocd-controller");
  EXPECT_EQ(entry["operation"], "Apply");
}

TEST(FieldsHandedOver, LeaveThoseWhoDidNotApply) {
  EXPECT_FALSE(fields_handed_over(
      object_with(R"([{"manager":"hpa","operation":"Update","fieldsV1":{"f:spec":{}}}])"), "me"));
  EXPECT_FALSE(
      fields_handed_over(object_with(R"([{"manager":"me","operation":"Apply","fieldsV1":{)" +
                                     std::string(kApplied) + "}}]"),
                         "me"));
  EXPECT_FALSE(fields_handed_over(Json{{"metadata", Json::object()}}, "me"));
}

TEST(FieldManagers, AreFoundByName) {
  const Json object = object_with(R"([{"manager":"a","operation":"Update"}])");
  EXPECT_TRUE(has_field_manager(object, "a"));
  EXPECT_FALSE(has_field_manager(object, "b"));
}

}  // namespace
}  // namespace spokelab::hub
