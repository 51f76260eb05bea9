// Cluster Secrets: reading.
#include "hub/cluster/secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "base/json.h"

namespace spokelab::hub {

namespace {

Result<std::uint16_t> parse_port(std::string_view text, const std::string& url) {
  int port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535) {
    return Error(Errc::bad_input,
                 fmt::format("parse \"{}\": invalid port \":{}\" after host", url, text));
  }
  return static_cast<std::uint16_t>(port);
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    auto part = trimmed(std::string_view(text).substr(at, end - at));
    if (!part.empty()) parts.push_back(std::move(part));
    at = end + 1;
  }
  return parts;
}

/// The Secret's `data`, decoded.
Result<std::map<std::string, std::string>> secret_data(const Json& secret) {
  std::map<std::string, std::string> data;
  const auto* encoded = find(secret, {"data"});
  if (encoded == nullptr || !encoded->is_object()) return data;
  for (const auto& [key, value] : encoded->items()) {
    if (!value.is_string()) continue;
    auto decoded = from_base64(value.get_ref<const std::string&>());
    if (!decoded) return Error(Errc::bad_input, fmt::format("data.{} is no base64", key));
    data[key] = std::move(*decoded);
  }
  return data;
}

std::map<std::string, std::string> text_map(const Json& document,
                                            std::initializer_list<std::string_view> path) {
  std::map<std::string, std::string> out;
  const auto* found = find(document, path);
  if (found == nullptr || !found->is_object()) return out;
  for (const auto& [key, value] : found->items()) {
    if (value.is_string()) out[key] = value.get<std::string>();
  }
  return out;
}

Result<std::string> pem_field(const Json& config, std::string_view field) {
  auto decoded = from_base64(text_at(config, {"tlsClientConfig", field}));
  if (!decoded)
    return Error(Errc::bad_input, fmt::format("config: tlsClientConfig.{} is no base64", field));
  return std::move(*decoded);
}

Result<void> read_config(const std::string& text, kube::ClientConfig& access) {
  if (trimmed(text).empty()) return Result<void>();
  auto parsed = parse_json(text);
  if (!parsed) return parsed.error().within("failed to unmarshal cluster config");
  const auto& config = *parsed;
  for (const auto way : {"execProviderConfig", "awsAuthConfig"}) {
    const auto* found = find(config, {way});
    if (found != nullptr && !found->is_null()) {
      return Error(Errc::unsupported,
                   fmt::format("config: {} needs a credential plugin, which spokelab does not "
                               "run; use a bearerToken or a client certificate",
                               way));
    }
  }
  if (!text_at(config, {"proxyUrl"}).empty()) {
    return Error(Errc::unsupported, "config: proxyUrl is not supported by spokelab");
  }
  access.bearer_token = text_at(config, {"bearerToken"});
  access.username = text_at(config, {"username"});
  access.password = text_at(config, {"password"});
  access.endpoint.insecure = bool_at(config, {"tlsClientConfig", "insecure"});
  access.endpoint.server_name = text_at(config, {"tlsClientConfig", "serverName"});
  auto ca = pem_field(config, "caData");
  if (!ca) return ca.error();
  auto certificate = pem_field(config, "certData");
  if (!certificate) return certificate.error();
  auto key = pem_field(config, "keyData");
  if (!key) return key.error();
  access.endpoint.ca_pem = std::move(*ca);
  access.endpoint.client_cert_pem = std::move(*certificate);
  access.endpoint.client_key_pem = std::move(*key);
  return Result<void>();
}

}  // namespace

Result<ServerUrl> parse_server_url(const std::string& url) {
  ServerUrl out;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    out.tls = false;
    out.port = 80;
  } else {
    return Error(Errc::bad_input, fmt::format("server \"{}\" is no http or https URL", url));
  }
  const auto slash = rest.find('/');
  auto authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) {
    out.path = rest.substr(slash);
    while (out.path.ends_with('/')) out.path.pop_back();
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) {
      return Error(Errc::bad_input, fmt::format("parse \"{}\": missing ']' in host", url));
    }
    out.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!port.empty() && port.front() != ':') return parse_port(port, url).error();
    if (!port.empty()) port.remove_prefix(1);
  } else {
    const auto colon = authority.find(':');
    out.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
  }
  if (out.host.empty() || out.host.find_first_of(" @?#") != std::string::npos) {
    return Error(Errc::bad_input, fmt::format("server \"{}\" has no valid host", url));
  }
  if (!port.empty()) {
    auto parsed = parse_port(port, url);
    if (!parsed) return parsed.error();
    out.port = *parsed;
  }
  return out;
}

std::string trim_server_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::uint32_t fnv32a(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619U;
  }
  return hash;
}

std::string cluster_secret_name(const std::string& server) {
  const auto url = parse_server_url(server);
  std::string host = url ? url->host : server;
  for (auto& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == ':') c = '-';
  }
  return fmt::format("cluster-{}-{}", host, fnv32a(server));
}

void apply_profile(kube::ClientConfig& access, const Profile& profile) {
  access.user_agent = "argocd-application-controller";
  access.dial_timeout = profile.dial_timeout;
  access.request_timeout = profile.request_timeout;
  access.read_idle = profile.read_idle;
  access.ping_timeout = profile.ping_timeout;
}

Result<ClusterInfo> read_cluster_secret(const Json& secret, const Profile& profile) {
  auto decoded = secret_data(secret);
  if (!decoded) return decoded.error();
  auto& data = *decoded;
  ClusterInfo info;
  info.secret_name = text_at(secret, {"metadata", "name"});
  info.secret_uid = text_at(secret, {"metadata", "uid"});
  info.labels = text_map(secret, {"metadata", "labels"});
  info.annotations = text_map(secret, {"metadata", "annotations"});
  info.server = trim_server_url(trimmed(data["server"]));
  if (info.server.empty()) return Error(Errc::bad_input, "data.server is missing");
  info.name = data["name"].empty() ? info.server : data["name"];
  info.project = data["project"];
  info.namespaces = split_list(data["namespaces"]);
  info.cluster_resources = data["clusterResources"] == "true";
  const auto url = parse_server_url(info.server);
  if (!url) return url.error();
  info.access.endpoint.host = url->host;
  info.access.endpoint.port = url->port;
  info.access.endpoint.tls = url->tls;
  info.access.path_prefix = url->path;
  info.access.base_url = info.server;
  if (const auto& shard = data["shard"]; !shard.empty()) {
    int number = 0;
    const auto [end, failure] = std::from_chars(shard.data(), shard.data() + shard.size(), number);
    if (failure != std::errc{} || end != shard.data() + shard.size()) {
      return Error(Errc::bad_input, fmt::format("data.shard \"{}\" is no whole number", shard));
    }
    if (number >= 0) info.shard = number;
  }
  auto config = read_config(data["config"], info.access);
  if (!config) return config.error();
  apply_profile(info.access, profile);
  return info;
}

}  // namespace spokelab::hub
