// One walk over document and type at once.
#include "fakeapi/admit/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/duration.h"
#include "base/json.h"
#include "kube/kinds.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

using kube::Plurality;
using kube::SchemaField;
using kube::SchemaType;
using kube::Shape;

class Decoder {
 public:
  explicit Decoder(DecodeFindings& findings) : findings_(findings) {}

  void message(Json& object, const SchemaType& type) {
    erase_members(object, [&](const std::string& key, Json& member) {
      if (!ok()) return false;
      const SchemaField* field = type.field(key);
      // Templates of whole objects say what they are, too.
      if (field == nullptr && (key == "apiVersion" || key == "kind") &&
          kube::is_builtin_kind(type)) {
        if (!member.is_string() && !member.is_null()) wrong(member, type, "string");
        return member.is_null();
      }
      if (field == nullptr) {
        if (findings_.unknown.size() < DecodeFindings::kFindingsMax) {
          const Step here(*this, key);
          findings_.unknown.push_back(path());
        }
        return true;
      }
      if (member.is_null()) return true;
      const Step here(*this, key);
      value(member, *field, type);
      // The store knows no empty lists: what is always written comes back as null.
      if (field->always && field->plurality != Plurality::one && member.empty()) member = nullptr;
      return droppable(member, *field);
    });
    if (ok()) fill(object, type);
  }

 private:
  bool ok() const { return findings_.type_error.empty(); }

  /// One step down the document: a key, or an index. The path is put in words only when it is told.
  class Step {
   public:
    Step(Decoder& decoder, const std::string& key) : decoder_(decoder) {
      decoder.steps_.push_back({&key, 0});
    }
    Step(Decoder& decoder, std::size_t index) : decoder_(decoder) {
      decoder.steps_.push_back({nullptr, index});
    }
    ~Step() { decoder_.steps_.pop_back(); }
    Step(const Step&) = delete;

   private:
    Decoder& decoder_;
  };
  std::string path() const {
    std::string text;
    for (const auto& [key, index] : steps_) {
      if (key == nullptr) {
        text += fmt::format("[{}]", index);
      } else {
        text += (text.empty() ? "" : ".") + *key;
      }
    }
    return text;
  }
  /// The path as encoding/json tells it: without the places in lists.
  std::string field_path() const {
    std::string text;
    for (const auto& [key, index] : steps_) {
      if (key != nullptr) text += (text.empty() ? "" : ".") + *key;
    }
    return text;
  }

  void wrong(const Json& value, const SchemaType& owner, std::string_view wanted) {
    if (!ok()) return;
    std::string got = value.is_string()    ? "string"
                      : value.is_object()  ? "object"
                      : value.is_array()   ? "array"
                      : value.is_boolean() ? "bool"
                                           : "number";
    if (value.is_number() && (wanted == "int32" || wanted == "int64")) got += " " + value.dump();
    findings_.conversion_error = conversion_error(value, wanted);
    findings_.type_error =
        fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}", got,
                    owner.name.substr(owner.name.rfind('.') + 1), field_path(), wanted);
  }

  static std::string conversion_error(const Json& value, std::string_view wanted) {
    const std::string_view got = value.is_string()           ? "string"
                                 : value.is_object()         ? "map"
                                 : value.is_array()          ? "slice"
                                 : value.is_boolean()        ? "bool"
                                 : value.is_number_integer() ? "int64"
                                                             : "float64";
    if (wanted.starts_with("[]")) return fmt::format("cannot restore slice from {}", got);
    if (wanted.starts_with("map[")) return fmt::format("cannot restore map from {}", got);
    if (wanted.find('.') != std::string_view::npos)
      return fmt::format("cannot restore struct from: {}", got);
    return fmt::format("unrecognized type: {}", wanted);
  }

  /// Base64, as []byte fields are written.
  void bytes(const Json& json) {
    std::size_t at = 0;
    if (from_base64(json.get_ref<const std::string&>(), &at)) return;
    findings_.type_error = fmt::format("illegal base64 data at input byte {}", at);
  }

  void value(Json& json, const SchemaField& field, const SchemaType& owner) {
    if (field.plurality == Plurality::list) {
      if (!json.is_array()) return wrong(json, owner, "[]" + wanted_name(field));
      for (std::size_t i = 0; i < json.size() && ok(); ++i) {
        if (json[i].is_null()) json[i] = zero_of(field);
        if (field.shape != Shape::message) {
          one(json[i], field, owner);
          continue;
        }
        const Step here(*this, i);
        one(json[i], field, owner);
      }
    } else if (field.plurality == Plurality::map) {
      if (!json.is_object()) return wrong(json, owner, "map[string]" + wanted_name(field));
      if (field.text_lists) return;
      for (auto& [key, item] : json.items()) {
        if (!ok()) return;
        if (item.is_null()) item = zero_of(field);
        one(item, field, owner);
      }
    } else {
      one(json, field, owner);
    }
  }

  /// What a null among others is read as.
  static Json zero_of(const SchemaField& field) {
    switch (field.shape) {
      case Shape::message:
        return Json::object();
      case Shape::text:
      case Shape::bytes:
        return "";
      case Shape::boolean:
        return false;
      case Shape::any:
        return nullptr;
      default:
        return 0;
    }
  }

  /// "v1.ObjectMeta" for "meta.ObjectMeta", "v1.Container" for "core.v1.Container".
  static std::string go_name(const SchemaType& type) {
    const std::string name = type.name.substr(type.name.find('.') + 1);
    return name.find('.') == std::string::npos ? "v1." + name : name;
  }

  static std::string wanted_name(const SchemaField& field) {
    switch (field.shape) {
      case Shape::integer:
        return field.wide ? "int64" : "int32";
      case Shape::boolean:
        return "bool";
      case Shape::number:
        return "float64";
      case Shape::message:
        return go_name(*field.type);
      default:
        return "string";
    }
  }

  void one(Json& json, const SchemaField& field, const SchemaType& owner) {
    switch (field.shape) {
      case Shape::text:
        if (!json.is_string()) wrong(json, owner, "string");
        return;
      case Shape::bytes:
        if (!json.is_string()) return wrong(json, owner, "[]uint8");
        return bytes(json);
      case Shape::integer:
        if (json.is_number_float()) {
          const double number = json.get<double>();
          if (std::nearbyint(number) == number && std::fabs(number) < 9e15) {
            json = static_cast<std::int64_t>(number);
          }
        }
        if (!json.is_number_integer() ||
            ((json > 2'147'483'647 || json < -2'147'483'648LL) && !field.wide))
          wrong(json, owner, field.wide ? "int64" : "int32");
        return;
      case Shape::boolean:
        if (!json.is_boolean()) wrong(json, owner, "bool");
        return;
      case Shape::number:
        if (!json.is_number()) wrong(json, owner, "float64");
        return;
      case Shape::time:
      case Shape::micro_time:
        return timestamp(json, field.shape == Shape::micro_time, owner);
      case Shape::quantity:
        return quantity(json, owner);
      case Shape::int_or_text:
        // What is no text is read as a number.
        if (!json.is_string() && !json.is_number_integer()) wrong(json, owner, "int32");
        return;
      case Shape::message:
        if (json.is_null()) json = Json::object();
        if (!json.is_object()) return wrong(json, owner, wanted_name(field));
        return message(json, *field.type);
      case Shape::any:
        return;
    }
  }

  /// MicroTime is read with six digits after the second and no others, unlike Time. Empty: fits.
  static std::string micro_problem(const std::string& text) {
    constexpr std::size_t kSeconds = sizeof("2006-01-02T15:04:05") - 1;
    constexpr std::size_t kDigits = 6;
    const std::string rest = text.substr(std::min(kSeconds, text.size()));
    if (rest.empty() || rest[0] != '.' || rest.find_first_not_of("0123456789", 1) <= kDigits)
      return fmt::format("{} as \".000000\"", Json(rest).dump());
    const std::string zone = rest.substr(1 + kDigits);
    if (!zone.empty() && zone[0] >= '0' && zone[0] <= '9')
      return fmt::format("{} as \"Z07:00\"", Json(zone).dump());
    return "";
  }

  void timestamp(Json& json, bool micro, const SchemaType& owner) {
    if (!json.is_string()) return wrong(json, owner, "v1.Time");
    auto& text = json.get_ref<std::string&>();
    const auto time = parse_rfc3339(text);
    if (!time) {
      findings_.type_error = fmt::format(
          "parsing time {0} as \"2006-01-02T15:04:05Z07:00\": cannot parse {0} as "
          "\"2006\"",
          Json(text).dump());
      return;
    }
    if (const auto rest = micro ? micro_problem(text) : std::string(); !rest.empty()) {
      findings_.type_error =
          fmt::format("parsing time {} as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse {}",
                      Json(text).dump(), rest);
      return;
    }
    text = micro ? format_rfc3339_micro(*time) : format_rfc3339(*time);
  }

  void quantity(Json& json, const SchemaType& owner) {
    if (!json.is_string() && !json.is_number()) return wrong(json, owner, "resource.Quantity");
    const auto amount =
        kube::Quantity::parse(json.is_string() ? json.get<std::string>() : json.dump());
    if (!amount)
      findings_.type_error = amount.error().message();
    else
      json = amount->text();
  }

  /// Zero values of plain Go fields tagged omitempty are not written.
  static bool droppable(const Json& json, const SchemaField& field) {
    if (field.always) return false;
    if (field.plurality != Plurality::one) return json.empty();
    if (field.optional) return false;
    switch (field.shape) {
      case Shape::text:
      case Shape::bytes:
        return json.is_string() && json.get_ref<const std::string&>().empty();
      case Shape::integer:
      case Shape::number:
        return json == 0;
      case Shape::boolean:
        return json == false;
      default:
        return false;
    }
  }

  /// What Go writes for an empty field without omitempty.
  static Json zero_value(const SchemaField& field) {
    if (field.plurality != Plurality::one || field.optional) return nullptr;
    switch (field.shape) {
      case Shape::text:
        return "";
      case Shape::integer:
      case Shape::number:
      case Shape::int_or_text:
        return 0;
      case Shape::boolean:
        return false;
      case Shape::quantity:
        return "0";
      default:
        return nullptr;
    }
  }

  /// Adds the fields that Go writes even when they are empty.
  static void fill(Json& object, const SchemaType& type) {
    for (const auto& [name, field] : type.filled) {
      if (object.contains(*name)) continue;
      Json& added = object[*name];
      if (field->shape != Shape::message || field->plurality != Plurality::one || field->optional) {
        added = zero_value(*field);
        continue;
      }
      added = Json::object();
      fill(added, *field->type);
    }
  }

  DecodeFindings& findings_;
  std::vector<std::pair<const std::string*, std::size_t>> steps_;  // keys, or indexes
};

}  // namespace

void decode_by_schema(Json& object, const kube::SchemaType& type, DecodeFindings& findings) {
  Json api_version;
  Json kind;
  if (const auto hit = object.find("apiVersion"); hit != object.end()) {
    api_version = std::move(*hit);
    object.erase(hit);
  }
  if (const auto hit = object.find("kind"); hit != object.end()) {
    kind = std::move(*hit);
    object.erase(hit);
  }
  Decoder(findings).message(object, type);
  if (!api_version.is_null()) object["apiVersion"] = std::move(api_version);
  if (!kind.is_null()) object["kind"] = std::move(kind);
}

}  // namespace spokelab::fakeapi
