#include "kube/protobuf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/rng.h"
#include "kube/schema.h"

namespace spokelab::kube {
namespace {

using ::testing::HasSubstr;

/// The envelope around a message given in hex.
std::string body_of(const std::string& api_version, const std::string& kind,
                    const std::string& raw) {
  const auto field = [](int number, const std::string& bytes) {
    return std::string(1, static_cast<char>(number << 3 | 2)) + static_cast<char>(bytes.size()) +
           bytes;
  };
  return std::string("k8s\0", 4) + field(1, field(1, api_version) + field(2, kind)) + field(2, raw);
}

TEST(Protobuf, ReadsANamespaceAsKubectlSendsIt) {
  // metadata{name "shop", and the empty values that Go writes}, spec{}, status{phase ""}
  const std::string metadata("\x0a\x04shop\x12\x00\x1a\x00\x22\x00\x2a\x00\x32\x00\x38\x00\x42\x00",
                             20);
  const std::string raw = std::string("\x0a", 1) + static_cast<char>(metadata.size()) + metadata +
                          std::string("\x12\x00\x1a\x02\x0a\x00", 6);
  const auto object = decode_protobuf(body_of("v1", "Namespace", raw));
  ASSERT_TRUE(object) << object.error().message();
  EXPECT_EQ(*object, (Json{{"apiVersion", "v1"},
                           {"kind", "Namespace"},
                           {"metadata", {{"name", "shop"}}},
                           {"spec", Json::object()},
                           {"status", Json::object()}}));
}

TEST(Protobuf, WhatIsNotThatFormatIsAnError) {
  for (const std::string& body : {std::string(), std::string("{}"), std::string("k8s\0\x0a\xff", 6),
                                  body_of("v1", "Namespace", std::string("\x0a\x7f", 2))}) {
    const auto object = decode_protobuf(body);
    ASSERT_FALSE(object);
    EXPECT_EQ(object.error().code(), Errc::bad_input);
  }
}

TEST(Protobuf, AKindThatTheTableDoesNotKnowIsUnsupported) {
  const auto object = decode_protobuf(body_of("example.com/v1", "Widget", ""));
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code(), Errc::unsupported);
  EXPECT_THAT(object.error().message(), HasSubstr("Widget"));
}

TEST(Protobuf, TextThatIsNoUtf8IsRefused) {
  const std::string raw("\x0a\x04\x0a\x02\xc3\x28", 6);
  const auto object = decode_protobuf(body_of("v1", "Namespace", raw));
  ASSERT_FALSE(object);
  EXPECT_THAT(object.error().message(), HasSubstr("UTF-8"));
}

TEST(Protobuf, MessagesNestedWithoutEndAreRefused) {
  std::string raw;
  for (int i = 0; i < 2000; ++i) {  // JSONSchemaProps.not, which holds another of its kind
    std::string size;
    for (auto left = raw.size();; left >>= 7) {
      if (left < 0x80) {
        size += static_cast<char>(left);
        break;
      }
      size += static_cast<char>(left | 0x80);
    }
    raw = std::string("\xe2\x01", 2) + size + raw;
  }
  const auto object = decode_message(*schema_named("apiextensions.v1.JSONSchemaProps"), raw);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code(), Errc::limit);
}

/// A random value that fits a field; `depth` bounds how far messages nest.
class Sampler {
 public:
  explicit Sampler(std::uint64_t seed) : rng_(seed) {}

  Json message(const SchemaType& type, int depth) {
    Json object = Json::object();
    for (const auto& [name, field] : type.fields) {
      if (!rng_.chance(depth > 0 ? 400'000 : 100'000)) continue;
      if (field.shape == Shape::message && depth == 0) continue;
      if (field.shape == Shape::any && name != "data" && name != "fieldsV1") continue;
      if (field.plurality == Plurality::one) {
        Json one = value(name, field, depth);
        const bool zero = one == Json("") || one == Json(0) || one == Json(false);
        if (!zero) object[name] = std::move(one);
      } else if (field.plurality == Plurality::list) {
        object[name] = Json::array({value(name, field, depth), value(name, field, depth)});
      } else if (field.text_lists) {
        object[name]["k"] = {"a", "b"};
      } else {
        object[name]["k"] = value(name, field, depth);
      }
    }
    return object;
  }

 private:
  Json value(const std::string&, const SchemaField& field, int depth) {
    switch (field.shape) {
      case Shape::text:
        return "text-" + std::to_string(rng_.below(100));
      case Shape::bytes:
        return base64("bytes");
      case Shape::integer:
        return static_cast<std::int64_t>(rng_.below(1'000'000)) + 1;
      case Shape::boolean:
        return true;
      case Shape::number:
        return 1.5;
      case Shape::time:
        return "2026-01-02T03:04:05Z";
      case Shape::micro_time:
        return "2026-01-02T03:04:05.678901Z";
      case Shape::quantity:
        return "250m";
      case Shape::int_or_text:
        return rng_.chance(500'000) ? Json("25%") : Json(8080);
      case Shape::any:
        return Json{{"f:spec", {{"f:replicas", Json::object()}}}};
      case Shape::message:
        break;
    }
    return message(*field.type, depth - 1);
  }
  Rng rng_;
};

TEST(ProtobufProperty, EveryTypeOfTheTableSurvivesTheWay) {
  Sampler sampler(7);
  for (const auto& [name, type] : all_schema_types()) {
    const auto dot = name.rfind('.');
    const auto version_dot = name.find('.');
    if (version_dot == dot) continue;  // no kind of a group
    const std::string group = name.substr(0, version_dot);
    const std::string version = name.substr(version_dot + 1, dot - version_dot - 1);
    Json object = sampler.message(type, 3);
    object["apiVersion"] = group == "core" ? version : group + "/" + version;
    object["kind"] = name.substr(dot + 1);
    const auto bytes = encode_protobuf(object);
    ASSERT_TRUE(bytes) << name << ": " << bytes.error().message();
    const auto back = decode_protobuf(*bytes);
    ASSERT_TRUE(back) << name << ": " << back.error().message();
    EXPECT_EQ(*back, object) << name;
  }
}

TEST(ProtobufProperty, BrokenBytesAreRefusedOrReadAndNeverWorse) {
  Sampler sampler(11);
  Rng rng(13);
  Json object = sampler.message(*schema_named("core.v1.Pod"), 4);
  object["apiVersion"] = "v1";
  object["kind"] = "Pod";
  const auto bytes = encode_protobuf(object);
  ASSERT_TRUE(bytes);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string broken = *bytes;
    const auto hits = 1 + rng.below(4);
    for (std::uint64_t k = 0; k < hits; ++k)
      broken[4 + rng.below(broken.size() - 4)] = static_cast<char>(rng.below(256));
    if (rng.chance(300'000)) broken.resize(4 + rng.below(broken.size() - 4));
    const auto back = decode_protobuf(broken);
    if (back)
      EXPECT_FALSE(back->dump().empty());  // what was read can be printed
    else
      ++refused;
  }
  EXPECT_GT(refused, 0);
}

TEST(Protobuf, AnEventOfAWatchIsFramedByItsLength) {
  const Json object{{"kind", "ConfigMap"}, {"apiVersion", "v1"}, {"metadata", {{"name", "cm"}}}};
  const auto frame = encode_watch_event(Json{{"type", "ADDED"}, {"object", object}});
  ASSERT_TRUE(frame) << frame.error().message();
  ASSERT_GT(frame->size(), 4U);
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>((*frame)[i]);
  EXPECT_EQ(size, frame->size() - 4);
  EXPECT_EQ(frame->substr(4, 7),
            "\x0a\x05"
            "ADDED");
  EXPECT_THAT(*frame, HasSubstr("k8s"));
  EXPECT_FALSE(encode_watch_event(Json{{"type", "ADDED"}, {"object", {{"kind", "Nobody"}}}}));
}

TEST(Protobuf, DiscoveryDocumentsHaveTypesOfTheirOwn) {
  const Json list{{"kind", "APIResourceList"},
                  {"apiVersion", "v1"},
                  {"groupVersion", "apps/v1"},
                  {"resources", Json::array({{{"name", "deployments"},
                                              {"singularName", "deployment"},
                                              {"namespaced", true},
                                              {"kind", "Deployment"},
                                              {"verbs", {"get", "list"}},
                                              {"shortNames", {"deploy"}}}})}};
  const auto body = encode_protobuf(list);
  ASSERT_TRUE(body) << body.error().message();
  const auto back = decode_protobuf(*body);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, list);
}

TEST(Protobuf, ListsAreAMetadataAndItems) {
  const Json list{{"apiVersion", "v1"},
                  {"kind", "ConfigMapList"},
                  {"metadata", {{"resourceVersion", "7"}}},
                  {"items", Json::array({Json{{"metadata", {{"name", "a"}}}}})}};
  const auto bytes = encode_protobuf(list);
  ASSERT_TRUE(bytes);
  EXPECT_THAT(*bytes, HasSubstr("ConfigMapList"));
}

}  // namespace
}  // namespace spokelab::kube
