// Paths and queries.
#include "fakeapi/serve/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Bytes that are no UTF-8 become U+FFFD: they could stand in no answer.
std::string valid_text(std::string text) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (plain) return text;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace))
      .get<std::string>();
}

std::string unescape(std::string_view text, bool plus_is_space) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      plain += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      plain += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return valid_text(std::move(plain));
}

/// Empty segments within are segments, which nothing is called by.
std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    parts.push_back(unescape(path.substr(0, end), false));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

std::string verb_of(std::string_view method, bool named) {
  if (method == "GET") return named ? "get" : "list";
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return named ? "delete" : "deletecollection";
  return "";
}

void read_resource(RequestInfo& info, std::vector<std::string> parts, std::string_view method) {
  std::size_t at = 0;
  bool old_watch = false;
  const auto take = [&]() -> std::string {
    return at < parts.size() ? parts[at++] : std::string();
  };
  if (take() == "apis") info.group = take();
  info.version = take();
  if (at < parts.size() && parts[at] == "watch" && at + 1 < parts.size()) {
    old_watch = true;
    ++at;
  }
  if (at >= parts.size()) return;  // discovery
  info.is_resource = true;
  if (parts[at] == "namespaces" && parts.size() > at + 2 && parts[at + 2] != "status" &&
      parts[at + 2] != "finalize") {
    info.ns = parts[at + 1];
    at += 2;
  }
  info.plural = take();
  info.name = take();
  info.subresource = take();
  while (at < parts.size()) info.rest += "/" + parts[at++];
  if (info.plural == "namespaces" && info.group.empty()) info.ns = info.name;
  info.verb = verb_of(method, !info.name.empty());
  if (info.verb == "get" || info.verb == "list") {
    const auto watch = info.query.flag("watch");
    if (old_watch || (info.name.empty() && watch && *watch)) {
      info.verb = "watch";
    }
  }
}

}  // namespace

Query Query::parse(std::string_view text) {
  Query query;
  while (!text.empty() && query.all_.size() < kParametersMax) {
    const auto end = text.find('&');
    const auto part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (!part.empty()) {
      const auto equals = std::min(part.find('='), part.size());
      query.all_.emplace_back(unescape(part.substr(0, equals), true),
                              unescape(part.substr(std::min(equals + 1, part.size())), true));
    }
  }
  return query;
}

const std::string& Query::get(std::string_view name) const {
  static const std::string none;
  for (const auto& [key, value] : all_) {
    if (key == name) return value;
  }
  return none;
}

bool Query::has(std::string_view name) const {
  return std::any_of(all_.begin(), all_.end(), [&](const auto& one) { return one.first == name; });
}

std::vector<std::string> Query::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : all_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

kube::Answer<bool> Query::flag(std::string_view name) const {
  if (!has(name)) return false;
  const std::string value = kube::lower(get(name));
  return value != "false" && value != "0";
}

kube::Answer<std::int64_t> Query::number(std::string_view name, std::int64_t fallback) const {
  const std::string& value = get(name);
  if (value.empty()) return fallback;
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (bad != std::errc{} || end != value.data() + value.size()) {
    return kube::bad_request(fmt::format(
        "strconv.ParseInt: parsing \"{}\": {}", value,
        bad == std::errc::result_out_of_range ? "value out of range" : "invalid syntax"));
  }
  return number;
}

std::string RequestInfo::client() const {
  // An address with a port is another one with each connection.
  const bool told = address.empty() || address == user_agent || address.find(':') != address.npos;
  return told ? user_agent : fmt::format("{} at {}", user_agent, address);
}

RequestInfo read_request(const HttpRequest& request) {
  RequestInfo info;
  const std::string_view target = request.target;
  const auto question = std::min(target.find('?'), target.size());
  info.path = std::string(target.substr(0, question));
  info.query = Query::parse(target.substr(std::min(question + 1, target.size())));
  if (const auto* agent = request.headers.find("User-Agent")) {
    info.user_agent = valid_text(agent->substr(0, std::min<std::size_t>(agent->find('/'), 128)));
  }
  info.verb = kube::lower(request.method);
  auto parts = segments(info.path);
  if (!parts.empty() && (parts[0] == "api" || parts[0] == "apis")) {
    read_resource(info, std::move(parts), request.method);
  }
  return info;
}

}  // namespace spokelab::fakeapi
