// Sprig: base64 and base32, JSON, paths and URLs.
#include <fmt/format.h>

#include "base/base64.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/read_json.h"
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

/// Also Go's complaint, with its notion of where the fault is, which is Sprig's answer then.
std::string base32_decode(std::string_view given) {
  std::string text;
  for (const char c : given) {
    if (c != '\r' && c != '\n') text += c;
  }
  const auto corrupt = [](std::size_t at) {
    return fmt::format("illegal base32 data at input byte {}", at);
  };
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t bits = 0;
    std::size_t digits = 0;
    for (; digits < 8; ++digits) {
      if (at + digits >= text.size()) return corrupt(at);
      const char c = text[at + digits];
      if (c == '=' && digits >= 2) break;
      const std::size_t digit = kBase32.find(c);
      if (digit == std::string_view::npos) return corrupt(at + digits);
      bits |= static_cast<std::uint64_t>(digit) << (35 - 5 * digits);
    }
    if (digits < 8) {
      const std::string_view padding = std::string_view(text).substr(at + digits);
      if (padding.size() + digits < 8) return corrupt(text.size());
      if (padding.substr(0, 8 - digits).find_first_not_of('=') != std::string_view::npos)
        return corrupt(at + digits + padding.find_first_not_of('=') - 1);
      if (digits == 3 || digits == 6 || digits == 1) return corrupt(at + digits);
    }
    for (std::size_t i = 0; i < digits * 5 / 8; ++i)
      out += static_cast<char>((bits >> (32 - 8 * i)) & 0xFF);
    if (digits < 8) return at + 8 < text.size() ? corrupt(at + 8) : out;
  }
  return out;
}

Value json_text(Call& call, bool html, std::string_view indent, bool must) {
  auto out = go_json(call[0], html, indent);
  if (out) return text_result(call, std::move(*out));
  return must ? call.fail("json: unsupported value") : Value("");
}

Value from_json_text(Call& call, bool must) {
  auto out = read_json(call.text(0));
  if (out) return std::move(*out);
  return must ? call.fail(out.error().message()) : Value::nil();
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
  table.add("fromJson", "s", [](Call& c) { return from_json_text(c, false); });
  table.add("mustFromJson", "s", [](Call& c) { return from_json_text(c, true); });
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
  table.add("getHostByName", "s", [](Call&) { return Value(""); });
}

}  // namespace spokelab::hub::gotemplate
