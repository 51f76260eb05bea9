// Sprig: URLs, as net/url takes them apart and puts them together.
#include <fmt/format.h>

#include <optional>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;

/// The parts of a URL in which characters are escaped by different rules.
enum class Part { path, user, host, fragment };

bool plain(char c, Part part) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  if (c == '-' || c == '_' || c == '.' || c == '~') return true;
  const auto in = [c](std::string_view set) { return set.find(c) != std::string_view::npos; };
  switch (part) {
    case Part::path:
      return in("$&+,/:;=@");
    case Part::user:
      return in("$&+,;=");
    case Part::host:
      return in("!$&'()*+,;=:[]<>\"");
    case Part::fragment:
      return in("$&+,/:;=?@!()*");
  }
  return false;
}

std::string escape(std::string_view text, Part part) {
  std::string out;
  for (const char c : text)
    out +=
        plain(c, part) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

/// Undoes %XX; fails the call for a wrong one.
std::optional<std::string> unescape(std::string_view text, std::string& error) {
  std::string out;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const std::string_view shown = text.substr(at, 3);
    if (shown.size() < 3 || digit(shown[1]) < 0 || digit(shown[2]) < 0) {
      error = "invalid URL escape " + quote(shown);
      return std::nullopt;
    }
    out += static_cast<char>(digit(shown[1]) * 16 + digit(shown[2]));
    at += 2;
  }
  return out;
}

struct Url {
  std::string scheme, opaque, userinfo, host, path, query, fragment;
  bool forced_query = false;
  bool no_host = false;
};

/// net/url.Parse; `error` says what was wrong.
class UrlReader {
 public:
  explicit UrlReader(std::string_view text) : whole_(text), rest_(text) {}

  std::optional<Url> run(std::string& error) {
    if (!read()) {
      error = "parse " + quote(whole_) + ": " + error_;
      return std::nullopt;
    }
    return std::move(url_);
  }

 private:
  bool fail(std::string_view what) {
    error_ = what;
    return false;
  }
  bool read() {
    if (const std::size_t hash = rest_.find('#'); hash != std::string_view::npos) {
      const auto fragment = unescape(rest_.substr(hash + 1), error_);
      if (!fragment) return false;
      url_.fragment = *fragment;
      rest_ = rest_.substr(0, hash);
      whole_ = rest_;
    }
    for (const char c : rest_) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
        return fail("net/url: invalid control character in URL");
    }
    if (rest_ == "*") {
      url_.path = "*";
      return true;
    }
    if (!read_scheme()) return false;
    if (const std::size_t mark = rest_.find('?'); mark != std::string_view::npos) {
      url_.query = rest_.substr(mark + 1);
      url_.forced_query = url_.query.empty();
      rest_ = rest_.substr(0, mark);
    }
    if (!rest_.starts_with('/')) {
      if (!url_.scheme.empty()) {
        url_.opaque = rest_;
        return true;
      }
      if (rest_.substr(0, rest_.find('/')).find(':') != std::string_view::npos)
        return fail("first path segment in URL cannot contain colon");
    }
    if ((!url_.scheme.empty() || !rest_.starts_with("///")) && rest_.starts_with("//")) {
      if (!read_authority()) return false;
    } else {
      url_.no_host = !url_.scheme.empty();
    }
    const auto path = unescape(rest_, error_);
    if (!path) return false;
    url_.path = *path;
    return true;
  }
  bool read_scheme() {
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const char c = rest_[i];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (letter) continue;
      const bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
      if (later && i > 0) continue;
      if (c != ':') return true;
      if (i == 0) return fail("missing protocol scheme");
      for (const char s : rest_.substr(0, i))
        url_.scheme += s >= 'A' && s <= 'Z' ? static_cast<char>(s + 32) : s;
      rest_.remove_prefix(i + 1);
      return true;
    }
    return true;
  }
  bool read_authority() {
    rest_.remove_prefix(2);
    const std::string_view authority = rest_.substr(0, rest_.find('/'));
    rest_.remove_prefix(authority.size());
    const std::size_t at = authority.rfind('@');
    std::string_view host = authority;
    if (at != std::string_view::npos) {
      host.remove_prefix(at + 1);
      if (!read_userinfo(authority.substr(0, at))) return false;
    }
    return read_host(host);
  }
  bool read_userinfo(std::string_view text) {
    for (const char c : text) {
      if (!plain(c, Part::user) && std::string_view("!$&'()*+,;=:%@").find(c) == std::string::npos)
        return fail("net/url: invalid userinfo");
    }
    const std::size_t colon = text.find(':');
    const auto name = unescape(text.substr(0, colon), error_);
    if (!name) return false;
    url_.userinfo = escape(*name, Part::user);
    if (colon == std::string_view::npos) return true;
    const auto password = unescape(text.substr(colon + 1), error_);
    if (!password) return false;
    url_.userinfo += ":" + escape(*password, Part::user);
    return true;
  }
  bool read_host(std::string_view host) {
    const std::size_t close = host.rfind(']');
    if (host.starts_with('[') && close == std::string_view::npos)
      return fail("missing ']' in host");
    const std::size_t colon = host.starts_with('[')
                                  ? (close + 1 < host.size() ? close + 1 : std::string_view::npos)
                                  : host.rfind(':');
    if (colon != std::string_view::npos) {
      const std::string_view port = host.substr(colon);
      if (port[0] != ':' || port.find_first_not_of("0123456789", 1) != std::string_view::npos) {
        error_ = "invalid port " + quote(port) + " after host";
        return false;
      }
    }
    for (const char c : host) {
      if (c != '%' && static_cast<unsigned char>(c) < 0x80 && !plain(c, Part::host)) {
        error_ = "invalid character " + quote(std::string_view(&c, 1)) + " in host name";
        return false;
      }
    }
    const auto plain_host = unescape(host, error_);
    if (!plain_host) return false;
    url_.host = *plain_host;
    return true;
  }

  std::string_view whole_;
  std::string_view rest_;
  Url url_;
  std::string error_;
};

std::string_view host_name(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos &&
      host.find_first_not_of("0123456789", colon + 1) == std::string_view::npos)
    host = host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

std::string to_text(const Url& url) {
  std::string out;
  if (!url.scheme.empty()) out += url.scheme + ":";
  if (!url.opaque.empty()) {
    out += url.opaque;
  } else {
    const bool user = !url.userinfo.empty();
    const bool any = !url.scheme.empty() || !url.host.empty() || user;
    if (any && !(url.no_host && url.host.empty() && !user)) {
      if (!url.host.empty() || !url.path.empty() || user) out += "//";
      if (user) out += url.userinfo + "@";
      out += escape(url.host, Part::host);
    }
    const std::string path = url.path == "*" ? "*" : escape(url.path, Part::path);
    if (!path.empty() && path[0] != '/' && !url.host.empty()) out += '/';
    if (out.empty() && path.substr(0, path.find('/')).find(':') != std::string::npos) out += "./";
    out += path;
  }
  if (url.forced_query || !url.query.empty()) out += "?" + url.query;
  if (!url.fragment.empty()) out += "#" + escape(url.fragment, Part::fragment);
  return out;
}

Value url_parse(Call& call) {
  std::string error;
  const auto url = UrlReader(call.text(0)).run(error);
  if (!url) return call.fail("unable to parse url: " + error);
  return make_map({{"scheme", Value(url->scheme)},
                   {"host", Value(url->host)},
                   {"hostname", Value(host_name(url->host))},
                   {"path", Value(url->path)},
                   {"query", Value(url->query)},
                   {"opaque", Value(url->opaque)},
                   {"fragment", Value(url->fragment)},
                   {"userinfo", Value(url->userinfo)}});
}

Value url_join(Call& call) {
  Url url;
  const auto part = [&](std::string_view key, std::string& place) {
    const Value* hit = call[0].is(Kind::map) ? call[0].map().find(key) : nullptr;
    if (hit == nullptr || call.runtime.failed()) return;
    if (!hit->is(Kind::string)) {
      call.fail(fmt::format("unable to parse {} key, must be of type string, but {} found", key,
                            kind_name(*hit)));
      return;
    }
    place = hit->text();
  };
  part("scheme", url.scheme);
  part("host", url.host);
  part("path", url.path);
  part("query", url.query);
  part("opaque", url.opaque);
  part("fragment", url.fragment);
  std::string userinfo;
  part("userinfo", userinfo);
  if (call.runtime.failed()) return {};
  if (!userinfo.empty()) {
    std::string error;
    const auto parsed = UrlReader("proto://" + userinfo + "@host").run(error);
    if (!parsed) return call.fail("unable to parse userinfo in dict: " + error);
    url.userinfo = parsed->userinfo;
  }
  return to_text(url);
}

}  // namespace

void add_sprig_urls(FunctionTable& table) {
  table.add("urlParse", "s", url_parse);
  table.add("urlJoin", "m", url_join);
}

}  // namespace spokelab::hub::gotemplate
