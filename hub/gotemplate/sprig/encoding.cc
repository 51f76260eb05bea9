// Sprig: base64 and base32, JSON, paths and URLs.
#include <fmt/format.h>

#include "base/base64.h"
#include "base/json.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string base32_encode(std::string_view data) {
  std::string out;
  for (std::size_t at = 0; at < data.size(); at += 5) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 5; ++i)
      bits = (bits << 8) | (at + i < data.size() ? static_cast<unsigned char>(data[at + i]) : 0);
    const std::size_t have = std::min<std::size_t>(5, data.size() - at);
    const std::size_t digits = (have * 8 + 4) / 5;
    for (std::size_t i = 0; i < 8; ++i)
      out += i < digits ? kBase32[(bits >> (35 - 5 * i)) & 31] : '=';
  }
  return out;
}

std::string base32_decode(std::string_view text) {
  std::string out;
  std::uint64_t bits = 0;
  int have = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '=') break;
    const std::size_t digit = kBase32.find(text[at]);
    if (digit == std::string_view::npos)
      return fmt::format("illegal base32 data at input byte {}", at);
    bits = (bits << 5) | digit;
    if ((have += 5) >= 8) out += static_cast<char>((bits >> (have -= 8)) & 0xFF);
  }
  return text.size() % 8 == 0 ? out
                              : fmt::format("illegal base32 data at input byte {}", text.size());
}

Value json_text(Call& call, bool html, std::string_view indent, bool must) {
  auto out = go_json(call[0], html, indent);
  if (out) return text_result(call, std::move(*out));
  return must ? call.fail("json: unsupported value") : Value("");
}

Value read_json(Call& call, bool must) {
  auto document = parse_json(call.text(0));
  if (!document) return must ? call.fail(document.error().message()) : Value::nil();
  // Go reads every JSON number as a float64.
  const auto floats = [](auto&& self, Json& at) -> void {
    if (at.is_number_integer()) at = at.get<double>();
    if (at.is_structured()) {
      for (Json& item : at) self(self, item);
    }
  };
  floats(floats, *document);
  return from_json(*document);
}

std::string clean(std::string_view path) {
  if (path.empty()) return ".";
  const bool rooted = path[0] == '/';
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part == ".." && !parts.empty() && parts.back() != "..")
      parts.pop_back();
    else if (part == ".." && !rooted)
      parts.push_back(part);
    else if (!part.empty() && part != "." && part != "..")
      parts.push_back(part);
    at = end + 1;
  }
  std::string out = rooted ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) out.append(i > 0 ? "/" : "").append(parts[i]);
  return out.empty() ? "." : out;
}

std::string base(std::string_view path) {
  if (path.empty()) return ".";
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path == "/") return "/";
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string dir(std::string_view path) { return clean(path.substr(0, path.rfind('/') + 1)); }

std::string ext(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  if (dot == std::string_view::npos || (slash != std::string_view::npos && slash > dot)) return "";
  return std::string(path.substr(dot));
}

Value url_parse(Call& call) {
  std::string_view rest = call.text(0);
  Map::Entries out;
  for (const char* key :
       {"scheme", "host", "hostname", "path", "query", "opaque", "fragment", "userinfo"})
    out[key] = Value("");
  const auto cut = [&rest](char mark) -> std::string {
    const std::size_t at = rest.find(mark);
    if (at == std::string_view::npos) return "";
    std::string after(rest.substr(at + 1));
    rest = rest.substr(0, at);
    return after;
  };
  out["fragment"] = Value(cut('#'));
  out["query"] = Value(cut('?'));
  const std::size_t colon = rest.find(':');
  if (colon != std::string_view::npos && colon > 0 &&
      rest.substr(0, colon).find('/') == std::string_view::npos) {
    std::string scheme(rest.substr(0, colon));
    for (char& c : scheme) c = static_cast<char>(to_lower(static_cast<unsigned char>(c)));
    out["scheme"] = Value(scheme);
    rest.remove_prefix(colon + 1);
    if (!rest.starts_with('/')) {
      out["opaque"] = Value(rest);
      return make_map(std::move(out));
    }
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    std::string_view host = rest.substr(0, rest.find('/'));
    rest.remove_prefix(host.size());
    if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
      out["userinfo"] = Value(host.substr(0, at));
      host.remove_prefix(at + 1);
    }
    out["host"] = Value(host);
    const std::size_t port = host.rfind(':');
    const bool has_port =
        port != std::string_view::npos && host.find(']', port) == std::string_view::npos;
    std::string_view name = has_port ? host.substr(0, port) : host;
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    out["hostname"] = Value(name);
  }
  out["path"] = Value(rest);
  return make_map(std::move(out));
}

Value url_join(Call& call) {
  const auto part = [&](std::string_view key) {
    const Value* hit = call[0].is(Kind::map) ? call[0].map().find(key) : nullptr;
    return hit == nullptr ? std::string() : to_string(*hit);
  };
  std::string out;
  if (!part("scheme").empty()) out += part("scheme") + ":";
  if (!part("opaque").empty()) {
    out += part("opaque");
  } else {
    if (!part("host").empty() || !part("userinfo").empty()) out += "//";
    if (!part("userinfo").empty()) out += part("userinfo") + "@";
    const std::string path = part("path");
    out += part("host");
    if (!path.empty() && path[0] != '/' && !part("host").empty()) out += '/';
    out += path;
  }
  if (!part("query").empty()) out += "?" + part("query");
  if (!part("fragment").empty()) out += "#" + part("fragment");
  return out;
}

}  // namespace

void add_sprig_encoding(FunctionTable& table) {
  table.add("b64enc", "s", [](Call& c) { return text_result(c, base64(c.text(0))); });
  table.add("b64dec", "s", [](Call& c) {
    std::size_t wrong_at = 0;
    auto out = from_base64(c.text(0), &wrong_at);
    return out ? Value(std::move(*out))
               : Value(fmt::format("illegal base64 data at input byte {}", wrong_at));
  });
  table.add("b32enc", "s", [](Call& c) { return text_result(c, base32_encode(c.text(0))); });
  table.add("b32dec", "s", [](Call& c) { return Value(base32_decode(c.text(0))); });
  table.add("toJson", "a", [](Call& c) { return json_text(c, true, "", false); });
  table.add("mustToJson", "a", [](Call& c) { return json_text(c, true, "", true); });
  table.add("toPrettyJson", "a", [](Call& c) { return json_text(c, true, "  ", false); });
  table.add("mustToPrettyJson", "a", [](Call& c) { return json_text(c, true, "  ", true); });
  table.add("toRawJson", "a", [](Call& c) { return json_text(c, false, "", false); });
  table.add("mustToRawJson", "a", [](Call& c) { return json_text(c, false, "", true); });
  table.add("fromJson", "s", [](Call& c) { return read_json(c, false); });
  table.add("mustFromJson", "s", [](Call& c) { return read_json(c, true); });
  for (const char* prefix : {"", "os"}) {
    const auto name = [&](std::string_view plain, std::string_view os) {
      return prefix[0] == 0 ? std::string(plain) : std::string(os);
    };
    table.add(name("base", "osBase"), "s", [](Call& c) { return Value(base(c.text(0))); });
    table.add(name("dir", "osDir"), "s", [](Call& c) { return Value(dir(c.text(0))); });
    table.add(name("clean", "osClean"), "s", [](Call& c) { return Value(clean(c.text(0))); });
    table.add(name("ext", "osExt"), "s", [](Call& c) { return Value(ext(c.text(0))); });
    table.add(name("isAbs", "osIsAbs"), "s",
              [](Call& c) { return Value(c.text(0).starts_with('/')); });
  }
  table.add("urlParse", "s", url_parse);
  table.add("urlJoin", "m", url_join);
  table.add("getHostByName", "s", [](Call&) { return Value(""); });
}

}  // namespace spokelab::hub::gotemplate
