// Objects in, objects out.
#include "fakeapi/serve/bodies.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "fakeapi/serve/negotiate.h"
#include "kube/protobuf.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::size_t kWarningBytesMax = 256;
constexpr std::size_t kWarningsBytesMax = 4'096;

/// Reads a text for the place of its first error alone.
class ErrorPlace final : public nlohmann::json_sax<Json> {
 public:
  std::optional<std::size_t> byte;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(std::string&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t at, const std::string&, const Json::exception& error) override {
    // A number out of range is no error of syntax.
    if (dynamic_cast<const Json::parse_error*>(&error) != nullptr) byte = at;
    return false;
  }
};

}  // namespace

std::string go_json_error(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return "unexpected end of JSON input";
  ErrorPlace place;
  Json::sax_parse(text, &place);
  if (!place.byte) return "invalid JSON";
  const std::size_t at = *place.byte > 0 ? *place.byte - 1 : 0;
  if (at >= text.size()) return "unexpected end of JSON input";
  const auto c = static_cast<unsigned char>(text[at]);
  std::string shown(1, static_cast<char>(c));
  if (c >= 0x80) shown = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  const bool after = Json::accept(text.substr(0, at));
  return fmt::format("invalid character '{}' {}", shown,
                     after ? "after top-level value" : "looking for beginning of value");
}

namespace {

/// The start of a body, readable if it looks like JSON, in hexadecimal otherwise.
std::string summary_of(std::string_view data) {
  constexpr std::size_t kMost = 30;
  if (data.empty()) return "<empty>";
  const std::string_view head = data.substr(0, kMost);
  std::string text;
  if (head[0] == '{')
    text = std::string(head);
  else
    for (const char c : head) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return data.size() > kMost ? text + " ..." : text;
}

kube::Status unrecognized(std::string_view kind, std::string_view data, std::string_view why) {
  return kube::bad_request(
      fmt::format("the object provided is unrecognized (must be of type {}): {} ({})", kind, why,
                  summary_of(data)));
}

}  // namespace

kube::Answer<Json> read_object(const ServedKind& kind, const Exchange& exchange,
                               WrittenBody& written) {
  const std::string& name = kind.type().kind;
  auto body = read_body(exchange.http);
  const auto bytes = [&] { return exchange.http.body.bytes(); };
  if (!body) {
    if (body.error().code != 400) return body.error();
    const auto type = content_type(exchange.http);
    if (type == kube::kProtobufType) return body.error();
    if (type == "application/yaml") return unrecognized(name, bytes(), body.error().message);
    return unrecognized(name, bytes(),
                        "couldn't get version/kind; json parse error: " + go_json_error(bytes()));
  }
  if (!*body)
    return unrecognized(
        name, "", "couldn't get version/kind; json parse error: unexpected end of JSON input");
  if (!(*body)->is_object() && !(*body)->is_null()) {
    return unrecognized(
        name, bytes(),
        fmt::format("couldn't get version/kind; json parse error: json: cannot unmarshal {} into "
                    "Go value of type struct {{ APIVersion string "
                    "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
                    "\"json:\\\"kind,omitempty\\\"\" }}",
                    go_kind(**body)));
  }
  written = written_body(exchange.http);
  Json object = (*body)->is_null() ? Json::object() : **body;
  const std::string version = text_at(object, {"apiVersion"});
  if (std::count(version.begin(), version.end(), '/') > 1)
    return unrecognized(name, bytes(), "unexpected GroupVersion string: " + version);
  if (auto status = fit_type(kind, object)) {
    if (kind.custom != nullptr) return std::move(*status);
    status->message =
        fmt::format("{} in version \"{}\" cannot be handled as a {}: {}",
                    text_at(object, {"kind"}, kind.type().kind),
                    version.empty() ? kind.type().version : version.substr(version.find('/') + 1),
                    kind.type().kind, status->message);
    return std::move(*status);
  }
  return object;
}

kube::Answer<JsonRef> read_body_as(const HttpRequest& request, std::string_view kind) {
  auto body = read_body(request);
  if (body || body.error().code != 400) return body;
  const auto type = content_type(request);
  if (type == kube::kProtobufType) return body;
  const std::string text = request.body.bytes();
  if (type == "application/yaml") return unrecognized(kind, text, body.error().message);
  return unrecognized(kind, text,
                      "couldn't get version/kind; json parse error: " + go_json_error(text));
}

const char* go_kind(const Json& value) {
  if (value.is_object()) return "object";
  if (value.is_array()) return "array";
  if (value.is_string()) return "string";
  return value.is_boolean() ? "bool" : "number";
}

namespace {

/// Custom resources name their version themselves (apiextensions-apiserver's decoder and
/// validator).
std::optional<kube::Status> fit_custom_type(const ServedKind& kind, const Json& object) {
  const auto& type = kind.type();
  const std::string version = text_at(object, {"apiVersion"});
  if (version != type.api_version())
    return kube::bad_request(
        fmt::format("the API version in the data ({}) does not match the expected API version ({})",
                    version, type.api_version()));
  const std::string name = text_at(object, {"kind"});
  if (name == type.kind) return std::nullopt;
  kube::ResourceType shown = type;
  shown.kind = name;
  return kube::invalid(shown, text_at(object, {"metadata", "name"}),
                       {kube::invalid_value("kind", name, "must be " + type.kind)});
}

}  // namespace

std::optional<kube::Status> fit_type(const ServedKind& kind, Json& object) {
  const auto& type = kind.type();
  const std::string version = text_at(object, {"apiVersion"}, type.api_version());
  const std::string name = text_at(object, {"kind"}, type.kind);
  if (kind.custom != nullptr) {
    if (auto refusal = fit_custom_type(kind, object)) return refusal;
  } else if (version != type.api_version() || name != type.kind) {
    const auto [group, plain] = kube::split_api_version(version);
    const kube::KindInfo* other = kube::builtin_kind(group, plain, name);
    return kube::bad_request(
        other != nullptr && other->schema != nullptr
            ? fmt::format("converting (v1.{}) to (core.{}): unknown conversion", name, type.kind)
            : fmt::format("no kind \"{}\" is registered for version \"{}\" in scheme "
                          "\"pkg/runtime/scheme.go:100\"",
                          name, version));
  }
  object["apiVersion"] = type.api_version();
  object["kind"] = type.kind;
  Json& metadata = object["metadata"];
  if (metadata.is_null()) metadata = Json::object();
  if (metadata.is_object()) return std::nullopt;
  return kube::bad_request(fmt::format(
      "json: cannot unmarshal {} into Go struct field {}.metadata of type v1.ObjectMeta",
      go_kind(metadata), type.kind));
}

std::optional<kube::Status> fit_identity(const ServedKind& kind, const RequestInfo& info,
                                         Json& object) {
  const std::string ns = text_at(object, {"metadata", "namespace"});
  if (kind.type().namespaced && !ns.empty() && ns != info.ns) {
    return kube::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  if (info.name.empty()) return std::nullopt;
  const std::string name = text_at(object, {"metadata", "name"});
  if (name.empty())
    return kube::bad_request(fmt::format(
        "the name of the object ({} based on URL) was undeterminable: name must be provided",
        info.name));
  if (name == info.name) return std::nullopt;
  return kube::bad_request(fmt::format(
      "the name of the object ({}) does not match the name on the URL ({})", name, info.name));
}

void add_warnings(HttpResponse& response, const std::vector<std::string>& texts) {
  std::string header;
  for (const auto& text : texts) {
    const std::string shown = texts.size() * kWarningBytesMax > kWarningsBytesMax
                                  ? text.substr(0, kWarningBytesMax)
                                  : text;
    header += fmt::format("{}299 - {}", header.empty() ? "" : ", ", Json(shown).dump());
  }
  if (header.empty()) return;
  if (const auto* more = response.headers.find("Warning")) header += ", " + *more;
  response.headers.set("Warning", std::move(header));
}

HttpResponse written(ServeContext& context, const Exchange& exchange, const ServedKind& kind,
                     int code, kube::Answer<JsonRef> result, const WriteRequest& request) {
  HttpResponse response;
  if (!result) {
    response = answer_status(result.error());
  } else {
    auto presenter = Presenter::of(kind, exchange.http, exchange.info);
    if (!presenter) return answer_status(presenter.error());
    response = answer_json(code, presenter->show(*result, context.clock.wall_now()));
  }
  add_warnings(response, request.warnings);
  return response;
}

}  // namespace spokelab::fakeapi
