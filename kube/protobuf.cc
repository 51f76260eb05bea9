// The wire format (protobuf.dev/programming-guides/encoding), and Kubernetes' own types in it.
#include "kube/protobuf.h"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/base64.h"
#include "base/duration.h"
#include "base/json.h"
#include "kube/resource.h"

namespace spokelab::kube {

namespace {

constexpr int kDepthMax = 100;
constexpr std::string_view kMagic("k8s\0", 4);
constexpr const char* kSchemaProps = "apiextensions.v1.JSONSchemaProps";

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// One field as it lies on the wire.
struct Piece {
  int number = 0;
  Wire wire = Wire::varint;
  std::uint64_t value = 0;  // varint, fixed64, fixed32
  std::string_view bytes;
};

/// Thrown within this file, and caught by the functions of its header.
struct Broken {
  Error error;
};
[[noreturn]] void broken(std::string why) {
  throw Broken{Error(Errc::bad_input, "protobuf: " + std::move(why))};
}

class Scanner {
 public:
  explicit Scanner(std::string_view bytes) : rest_(bytes) {}

  std::optional<Piece> next() {
    if (rest_.empty()) return std::nullopt;
    const auto key = varint();
    Piece piece;
    if (key >> 3 == 0 || key >> 3 > 536'870'911) broken("illegal field number");
    piece.number = static_cast<int>(key >> 3);
    switch (key & 7) {
      case 0:
        piece.value = varint();
        break;
      case 1:
        piece.wire = Wire::fixed64;
        piece.value = fixed(8);
        break;
      case 2:
        piece.wire = Wire::bytes;
        piece.bytes = take(varint());
        break;
      case 5:
        piece.wire = Wire::fixed32;
        piece.value = fixed(4);
        break;
      default:
        broken(fmt::format("wire type {} is not supported", key & 7));
    }
    return piece;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) broken("unexpected end");
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    broken("integer overflow");
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) broken("unexpected end");
    const auto taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::uint64_t fixed(int size) {
    const auto bytes = take(static_cast<std::uint64_t>(size));
    std::uint64_t value = 0;
    for (int i = size - 1; i >= 0; --i)
      value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    return value;
  }
  std::string_view rest_;
};

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const int more = lead < 0x80                   ? 0
                     : lead >= 0xc2 && lead < 0xe0 ? 1
                     : lead >= 0xe0 && lead < 0xf0 ? 2
                     : lead >= 0xf0 && lead < 0xf5 ? 3
                                                   : -1;
    if (more < 0 || i + static_cast<std::size_t>(more) >= text.size()) return false;
    for (int k = 1; k <= more; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((byte & 0xc0) != 0x80) return false;
      if (k == 1 && ((lead == 0xe0 && byte < 0xa0) || (lead == 0xed && byte > 0x9f) ||
                     (lead == 0xf0 && byte < 0x90) || (lead == 0xf4 && byte > 0x8f)))
        return false;
    }
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

std::string text_of(std::string_view bytes) {
  if (!is_utf8(bytes)) broken("a text is not valid UTF-8");
  return std::string(bytes);
}

const std::string_view* bytes_of(const Piece& piece) {
  if (piece.wire != Wire::bytes) broken("a message was expected");
  return &piece.bytes;
}

/// The one text or JSON document in field 1 of a small message.
std::string_view first_bytes(std::string_view message) {
  std::string_view found;
  Scanner scanner(message);
  while (const auto piece = scanner.next()) {
    if (piece->number == 1 && piece->wire == Wire::bytes) found = piece->bytes;
  }
  return found;
}

// ---- Decoding ----

class Decoder {
 public:
  void message(const SchemaType& type, std::string_view bytes, Json& into, int depth) {
    if (depth > kDepthMax)
      throw Broken{Error(Errc::limit, "protobuf: nested deeper than 100 messages")};
    Scanner scanner(bytes);
    std::map<std::string_view, JsonMembers> maps;
    while (const auto piece = scanner.next()) {
      if (const auto* inlined = inlined_at(type, piece->number)) {
        message(*inlined, *bytes_of(*piece), into, depth + 1);
        continue;
      }
      const auto* own = field_at(type, piece->number);
      if (own == nullptr) continue;  // a field of a later version
      const auto& [name, field] = *own;
      if (field.wrapped)
        into[name] = texts(*bytes_of(*piece));
      else if (field.plurality == Plurality::list)
        item(type, name, field, *piece, into[name], depth);
      else if (field.plurality == Plurality::map)
        maps[name].push_back(entry(type, name, field, *bytes_of(*piece), depth));
      else
        single(type, name, field, *piece, into, depth);
    }
    for (auto& [name, entries] : maps) into[std::string(name)] = json_object(std::move(entries));
  }

 private:
  using Named = std::pair<const std::string, SchemaField>;

  static const SchemaType* inlined_at(const SchemaType& type, int number) {
    for (const auto& one : type.inlined) {
      if (one.number == number) return one.type;
    }
    return nullptr;
  }
  static const Named* field_at(const SchemaType& type, int number) {
    for (const auto& named : type.fields) {
      if (named.second.number == number && !named.second.inlined) return &named;
    }
    return nullptr;
  }

  void single(const SchemaType& type, const std::string& name, const SchemaField& field,
              const Piece& piece, Json& into, int depth) {
    Json decoded = value(type, name, field, piece, depth);
    const bool zero = decoded.is_null() || decoded == Json("") || decoded == Json(0) ||
                      decoded == Json(false) || decoded == Json(0.0);
    const bool scalar = field.shape != Shape::message && field.shape != Shape::any;
    if (scalar && zero && !field.optional && !field.always) return;
    if (decoded.is_null() && field.shape != Shape::any) return;
    into[name] = std::move(decoded);
  }

  void item(const SchemaType& type, const std::string& name, const SchemaField& field,
            const Piece& piece, Json& list, int depth) {
    if (!list.is_array()) list = Json::array();
    const bool packed = piece.wire == Wire::bytes &&
                        (field.shape == Shape::integer || field.shape == Shape::boolean);
    if (!packed) {
      list.push_back(value(type, name, field, piece, depth));
      return;
    }
    Scanner numbers(piece.bytes);
    while (!numbers.done()) {
      Piece one;
      one.value = numbers.varint();
      list.push_back(value(type, name, field, one, depth));
    }
  }

  static Json texts(std::string_view bytes) {
    Json list = Json::array();
    Scanner items(bytes);
    while (const auto piece = items.next()) {
      if (piece->number == 1) list.push_back(text_of(*bytes_of(*piece)));
    }
    return list;
  }

  std::pair<std::string, Json> entry(const SchemaType& type, const std::string& name,
                                     const SchemaField& field, std::string_view bytes, int depth) {
    std::string key;
    std::optional<Piece> held;
    Scanner scanner(bytes);
    while (const auto piece = scanner.next()) {
      if (piece->number == 1) key = text_of(*bytes_of(*piece));
      if (piece->number == 2) held = piece;
    }
    if (field.text_lists)
      return {std::move(key), texts(held ? *bytes_of(*held) : std::string_view())};
    if (held) return {std::move(key), value(type, name, field, *held, depth)};
    return {std::move(key), field.shape == Shape::message ? Json::object() : Json("")};
  }

  Json value(const SchemaType& type, const std::string& name, const SchemaField& field,
             const Piece& piece, int depth) {
    switch (field.shape) {
      case Shape::text:
        return text_of(*bytes_of(piece));
      case Shape::bytes:
        return base64(*bytes_of(piece));
      case Shape::integer:
        if (piece.wire != Wire::varint) broken("a number was expected");
        return static_cast<std::int64_t>(piece.value);
      case Shape::boolean:
        if (piece.wire != Wire::varint) broken("a boolean was expected");
        return piece.value != 0;
      case Shape::number:
        return number(piece);
      case Shape::time:
      case Shape::micro_time:
        return time(*bytes_of(piece), field.shape == Shape::micro_time);
      case Shape::quantity:
        return text_of(first_bytes(*bytes_of(piece)));
      case Shape::int_or_text:
        return int_or_text(*bytes_of(piece));
      case Shape::any:
        return any(type, name, *bytes_of(piece), depth);
      case Shape::message:
        break;
    }
    Json object = Json::object();
    message(*field.type, *bytes_of(piece), object, depth + 1);
    return object;
  }

  static Json number(const Piece& piece) {
    if (piece.wire != Wire::fixed64) broken("a number was expected");
    double value = 0;
    static_assert(sizeof value == sizeof piece.value);
    std::memcpy(&value, &piece.value, sizeof value);
    return value;
  }

  static Json time(std::string_view bytes, bool micro) {
    std::int64_t seconds = 0;
    std::int64_t nanos = 0;
    Scanner scanner(bytes);
    while (const auto piece = scanner.next()) {
      if (piece->number == 1) seconds = static_cast<std::int64_t>(piece->value);
      if (piece->number == 2) nanos = static_cast<std::int64_t>(piece->value);
    }
    if (seconds == 0 && nanos == 0) return nullptr;
    constexpr std::int64_t kSecondsMax = 9'223'372'035;  // as nanoseconds in 64 bits
    if (seconds > kSecondsMax || seconds < -kSecondsMax || nanos < 0 || nanos > 999'999'999)
      broken("a time out of range");
    const auto at = WallTime(std::chrono::seconds(seconds) + Nanos(nanos));
    return micro ? format_rfc3339_micro(at) : format_rfc3339(at);
  }

  static Json int_or_text(std::string_view bytes) {
    bool is_text = false;
    std::int64_t number = 0;
    std::string text;
    Scanner scanner(bytes);
    while (const auto piece = scanner.next()) {
      if (piece->number == 1) is_text = piece->value != 0;
      if (piece->number == 2) number = static_cast<std::int32_t>(piece->value);
      if (piece->number == 3) text = text_of(*bytes_of(*piece));
    }
    if (is_text) return text;
    return number;
  }

  /// A document in JSON; or, in a CRD's schema, one of its "this or that" types.
  Json any(const SchemaType& type, const std::string& name, std::string_view bytes, int depth) {
    const bool schema = type.name == kSchemaProps;
    if (schema && (name == "items" || name == "additionalItems" || name == "additionalProperties" ||
                   name == "dependencies"))
      return schema_or(type, name, bytes, depth);
    auto parsed = parse_json(std::string(first_bytes(bytes)));
    if (!parsed) broken("an embedded document is not JSON");
    return std::move(*parsed);
  }

  Json schema_or(const SchemaType& type, const std::string& name, std::string_view bytes,
                 int depth) {
    const bool or_boolean = name == "additionalItems" || name == "additionalProperties";
    Json schema;
    Json list = Json::array();
    bool allows = false;
    Scanner scanner(bytes);
    while (const auto piece = scanner.next()) {
      const bool is_schema = piece->number == (or_boolean ? 2 : 1);
      if (or_boolean && piece->number == 1) {
        allows = piece->value != 0;
      } else if (is_schema) {
        schema = Json::object();
        message(type, *bytes_of(*piece), schema, depth + 1);
      } else if (piece->number == 2 && name == "dependencies") {
        list.push_back(text_of(*bytes_of(*piece)));
      } else if (piece->number == 2) {
        Json one = Json::object();
        message(type, *bytes_of(*piece), one, depth + 1);
        list.push_back(std::move(one));
      }
    }
    if (!schema.is_null()) return schema;
    if (or_boolean) return allows;
    return list;
  }
};

// ---- Encoding ----

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void put_key(std::string& out, int number, Wire wire) {
  put_varint(out, static_cast<std::uint64_t>(number) << 3 | static_cast<std::uint64_t>(wire));
}

void put_bytes(std::string& out, int number, std::string_view bytes) {
  put_key(out, number, Wire::bytes);
  put_varint(out, bytes.size());
  out += bytes;
}

void put_number(std::string& out, int number, std::uint64_t value) {
  put_key(out, number, Wire::varint);
  put_varint(out, value);
}

class Encoder {
 public:
  std::string message(const SchemaType& type, const Json& object) {
    std::string out;
    if (!object.is_object()) return out;
    for (const auto& one : type.inlined) {
      const auto inner = message(*one.type, object);
      if (!inner.empty()) put_bytes(out, one.number, inner);
    }
    for (const auto& [name, field] : type.fields) {
      if (field.inlined) continue;
      const auto given = object.find(name);
      if (given == object.end() || given->is_null()) continue;
      if (field.wrapped && given->is_array()) {
        put_bytes(out, field.number, texts(*given));
      } else if (field.plurality == Plurality::list && given->is_array()) {
        for (const auto& item : *given) value(out, type, name, field, item);
      } else if (field.plurality == Plurality::map && given->is_object()) {
        for (const auto& [key, held] : given->items()) entry(out, type, name, field, key, held);
      } else if (field.plurality == Plurality::one) {
        value(out, type, name, field, *given);
      } else {
        misfit(name);
      }
    }
    return out;
  }

 private:
  [[noreturn]] static void misfit(const std::string& name) {
    broken(fmt::format("the value of \"{}\" does not fit its type", name));
  }

  static std::string texts(const Json& list) {
    std::string out;
    for (const auto& text : list) put_bytes(out, 1, text.get_ref<const std::string&>());
    return out;
  }

  void entry(std::string& out, const SchemaType& type, const std::string& name,
             const SchemaField& field, const std::string& key, const Json& held) {
    std::string inner;
    put_bytes(inner, 1, key);
    if (field.text_lists) {
      put_bytes(inner, 2, texts(held));
    } else {
      SchemaField second = field;
      second.number = 2;
      value(inner, type, name, second, held);
    }
    put_bytes(out, field.number, inner);
  }

  void value(std::string& out, const SchemaType& type, const std::string& name,
             const SchemaField& field, const Json& given) {
    const int number = field.number;
    switch (field.shape) {
      case Shape::text:
        if (!given.is_string()) misfit(name);
        return put_bytes(out, number, given.get_ref<const std::string&>());
      case Shape::bytes: {
        const auto bytes =
            given.is_string() ? from_base64(given.get_ref<const std::string&>()) : std::nullopt;
        if (!bytes) misfit(name);
        return put_bytes(out, number, *bytes);
      }
      case Shape::integer:
        if (!given.is_number()) misfit(name);
        return put_number(out, number, static_cast<std::uint64_t>(given.get<std::int64_t>()));
      case Shape::boolean:
        if (!given.is_boolean()) misfit(name);
        return put_number(out, number, given.get<bool>() ? 1 : 0);
      case Shape::number:
        return put_double(out, name, number, given);
      case Shape::time:
      case Shape::micro_time:
        return put_bytes(out, number, time(name, given));
      case Shape::quantity: {
        std::string inner;
        put_bytes(inner, 1, given.is_string() ? given.get<std::string>() : given.dump());
        return put_bytes(out, number, inner);
      }
      case Shape::int_or_text:
        return put_bytes(out, number, int_or_text(name, given));
      case Shape::any:
        return put_bytes(out, number, any(type, name, given));
      case Shape::message:
        if (!given.is_object()) misfit(name);
        return put_bytes(out, number, message(*field.type, given));
    }
  }

  static void put_double(std::string& out, const std::string& name, int number, const Json& given) {
    if (!given.is_number()) misfit(name);
    const double value = given.get<double>();
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    put_key(out, number, Wire::fixed64);
    for (int i = 0; i < 8; ++i) out += static_cast<char>(bits >> (8 * i));
  }

  static std::string time(const std::string& name, const Json& given) {
    if (!given.is_string()) misfit(name);
    const auto at = parse_rfc3339(given.get_ref<const std::string&>());
    if (!at) misfit(name);
    const auto since = at->time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    std::string inner;
    put_number(inner, 1, static_cast<std::uint64_t>(seconds.count()));
    put_number(inner, 2, static_cast<std::uint64_t>((since - seconds).count()));
    return inner;
  }

  static std::string int_or_text(const std::string& name, const Json& given) {
    std::string inner;
    if (given.is_string()) {
      put_number(inner, 1, 1);
      put_number(inner, 2, 0);
      put_bytes(inner, 3, given.get_ref<const std::string&>());
    } else if (given.is_number()) {
      put_number(inner, 1, 0);
      put_number(inner, 2, static_cast<std::uint64_t>(given.get<std::int64_t>()));
      put_bytes(inner, 3, "");
    } else {
      misfit(name);
    }
    return inner;
  }

  std::string any(const SchemaType& type, const std::string& name, const Json& given) {
    std::string inner;
    const bool schema = type.name == kSchemaProps;
    if (schema && (name == "additionalItems" || name == "additionalProperties")) {
      put_number(inner, 1, given.is_boolean() ? (given.get<bool>() ? 1 : 0) : 1);
      if (given.is_object()) put_bytes(inner, 2, message(type, given));
    } else if (schema && (name == "items" || name == "dependencies")) {
      if (given.is_object()) put_bytes(inner, 1, message(type, given));
      for (const auto& one : given.is_array() ? given : Json::array()) {
        put_bytes(inner, 2, one.is_string() ? one.get<std::string>() : message(type, one));
      }
    } else {
      put_bytes(inner, 1, given.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    return inner;
  }
};

/// The type of what a body carries, and of a list of such.
const SchemaType* type_named(const std::string& api_version, const std::string& kind) {
  const auto [group, version] = split_api_version(api_version);
  if (const auto* type = schema_of(group, version, kind)) return type;
  return schema_named("meta." + kind);
}

}  // namespace

Result<Json> decode_message(const SchemaType& type, std::string_view bytes) {
  try {
    Json object = Json::object();
    Decoder().message(type, bytes, object, 0);
    return object;
  } catch (const Broken& problem) {
    return problem.error;
  }
}

Result<Json> decode_protobuf(std::string_view body) {
  if (!body.starts_with(kMagic))
    return Error(Errc::bad_input, "protobuf: the body does not begin with k8s\\0");
  body.remove_prefix(kMagic.size());
  try {
    std::string api_version;
    std::string kind;
    std::string_view raw;
    Scanner scanner(body);
    while (const auto piece = scanner.next()) {
      if (piece->number == 2) raw = *bytes_of(*piece);
      if (piece->number != 1) continue;
      Scanner names(*bytes_of(*piece));
      while (const auto name = names.next()) {
        if (name->number == 1) api_version = text_of(*bytes_of(*name));
        if (name->number == 2) kind = text_of(*bytes_of(*name));
      }
    }
    const auto* type = type_named(api_version, kind);
    if (type == nullptr) {
      return Error(
          Errc::unsupported,
          fmt::format("protobuf: no kind \"{}\" is known in version \"{}\"", kind, api_version));
    }
    auto object = decode_message(*type, raw);
    if (!object) return object;
    (*object)["apiVersion"] = api_version;
    (*object)["kind"] = kind;
    return object;
  } catch (const Broken& problem) {
    return problem.error;
  }
}

Result<std::string> encode_protobuf(const Json& object) {
  const auto api_version = text_at(object, {"apiVersion"}, "v1");  // discovery leaves it out
  const auto kind = text_at(object, {"kind"});
  try {
    std::string raw;
    if (const auto* type = type_named(api_version, kind)) {
      raw = Encoder().message(*type, object);
    } else {
      const auto* item = kind.ends_with("List")
                             ? type_named(api_version, kind.substr(0, kind.size() - 4))
                             : nullptr;
      const auto* list_meta = schema_named("meta.ListMeta");
      if (item == nullptr || list_meta == nullptr) {
        return Error(
            Errc::unsupported,
            fmt::format("protobuf: no kind \"{}\" is known in version \"{}\"", kind, api_version));
      }
      // Every list has metadata in field 1 and its items in field 2.
      if (const auto* metadata = find(object, {"metadata"}))
        put_bytes(raw, 1, Encoder().message(*list_meta, *metadata));
      if (const auto* items = find(object, {"items"}); items != nullptr && items->is_array()) {
        for (const auto& one : *items) put_bytes(raw, 2, Encoder().message(*item, one));
      }
    }
    std::string names;
    put_bytes(names, 1, api_version);
    put_bytes(names, 2, kind);
    std::string body(kMagic);
    put_bytes(body, 1, names);
    put_bytes(body, 2, raw);
    put_bytes(body, 3, "");
    put_bytes(body, 4, "");
    return body;
  } catch (const Broken& problem) {
    return problem.error;
  }
}

Result<std::string> encode_watch_event(const Json& event) {
  const auto* object = find(event, {"object"});
  auto body = encode_protobuf(object != nullptr ? *object : Json::object());
  if (!body) return body.error();
  std::string raw;
  put_bytes(raw, 1, *body);
  std::string message;
  put_bytes(message, 1, text_at(event, {"type"}));
  put_bytes(message, 2, raw);
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8)
    frame += static_cast<char>(message.size() >> shift & 0xff);
  return frame + message;
}

}  // namespace spokelab::kube
