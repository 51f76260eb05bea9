// Finding facts: repositories, objects and lists of the hub, and plugins' answers.
#include "hub/appset/generators/fact_finder.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kCall = "api/v1/getparams.execute";
constexpr std::size_t kAnswerBytesMax = 16u << 20;

struct Address {
  HttpEndpoint endpoint;
  std::string path;
};

/// A URL "http://host[:port]/path". Errors: bad_input, worded as Go's net/url and net/http.
Result<Address> read_address(const std::string& url) {
  Address address;
  std::string_view rest = url;
  if (rest.starts_with("http://")) {
    address.endpoint.tls = false;
    address.endpoint.port = 80;
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else {
    const auto colon = rest.find("://");
    return Error(Errc::bad_input,
                 fmt::format("unsupported protocol scheme \"{}\"",
                             colon == std::string_view::npos ? "" : rest.substr(0, colon)));
  }
  const auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  address.path = slash == std::string_view::npos ? "" : std::string(rest.substr(slash));
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, address.endpoint.port);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
      return Error(Errc::bad_input, fmt::format("invalid port \":{}\" after host", digits));
    }
    authority = authority.substr(0, colon);
  }
  if (authority.empty()) return Error(Errc::bad_input, "no Host in request URL");
  address.endpoint.host = std::string(authority);
  return address;
}

/// What a status that is no success says, as applicationset/services/internal/http words it.
Error status_error(int status, const std::string& body) {
  const auto parsed = parse_json(body);
  std::string message = body;
  if (parsed && parsed->is_object()) {
    message = text_at(*parsed, {"message"});
    if (message.empty()) message = text_at(*parsed, {"error"});
  }
  return Error(Errc::server_error,
               fmt::format("API error with status code {}: {}", status, message));
}

Result<JsonRef> read_answer(const HttpResponse& response) {
  if (response.stream != nullptr) {
    response.stream->close();
    return Error(Errc::bad_input, "the plugin answers with a stream");
  }
  const std::string body = response.body.bytes();
  if (response.status < 200 || response.status > 299) return status_error(response.status, body);
  if (body.size() > kAnswerBytesMax) {
    return Error(Errc::limit, fmt::format("the answer is larger than {} bytes", kAnswerBytesMax));
  }
  if (body.empty()) return freeze(Json::object());
  if (const JsonRef json = response.body.json()) return json;
  auto parsed = parse_json(body);
  if (!parsed) {
    return Error(parsed.error().code(), fmt::format("{}: {}", parsed.error().message(), body));
  }
  return freeze(std::move(*parsed));
}

}  // namespace

Task<Result<Tree>> FactFinder::tree(TreeKey key) {
  Repo* repo = repos_.find(key.url);
  if (repo == nullptr) {
    co_return Error(Errc::not_found,
                    fmt::format("rpc error: code = Internal desc = unable to resolve git revision "
                                "{}: repository not found: {}",
                                key.revision, key.url));
  }
  std::string revision = key.revision;
  const auto commit = co_await repo->resolve(revision);
  if (!commit) {
    co_return commit.error().within(fmt::format(
        "rpc error: code = Internal desc = unable to resolve git revision {}", key.revision));
  }
  std::string id = *commit;
  auto files = co_await repo->files(id);
  if (!files) {
    co_return files.error().within(
        fmt::format("rpc error: code = Internal desc = unable to checkout git repo {} with "
                    "revision {}",
                    key.url, id));
  }
  co_return std::move(*files);
}

Task<Result<JsonRef>> FactFinder::object(ObjectKey key) {
  kube::ResourceType type{key.group, key.version, key.plural, "", true};
  std::string ns = key.ns;
  std::string name = key.name;
  if (name.empty()) {
    co_return Error(Errc::not_found, fmt::format("{} \"\" not found", key.plural));
  }
  co_return co_await hub_.get(type, ns, name);
}

Task<Result<std::vector<JsonRef>>> FactFinder::list(ListKey key) {
  kube::ResourceType type{key.group, key.version, key.plural, "", true};
  kube::ListOptions options;
  options.label_selector = key.label_selector;
  options.field_selector = key.field_selector;
  std::string ns = key.ns;
  auto listed = co_await hub_.list(type, ns, options);
  if (!listed) co_return listed.error();
  co_return std::move(listed->items);
}

Task<Result<JsonRef>> FactFinder::answer(PluginKey key) {
  const std::string url =
      key.base_url + (key.base_url.ends_with('/') ? "" : "/") + std::string(kCall);
  const auto failed = [&](const Error& cause) {
    return Error(cause.code(),
                 fmt::format("error get api '{}': Post \"{}\": {}", key.set, url, cause.message()));
  };
  const auto address = read_address(url);
  if (!address && address.error().message().starts_with("invalid port")) {
    co_return address.error()
        .within(fmt::format("parse \"{}\"", url))
        .within("NewRequest returned unexpected error");
  }
  if (!address) co_return failed(address.error());
  if (outside_ == nullptr) {
    const Error none(Errc::unsupported, "this hub has no way to services outside its API server");
    co_return failed(none);
  }
  const RunTime deadline = clock_.now() + key.timeout;
  HttpEndpoint endpoint = address->endpoint;
  const auto connection = co_await outside_->dial(endpoint, deadline);
  if (!connection) co_return failed(connection.error());
  HttpRequest request;
  request.method = "POST";
  request.target = address->path;
  request.headers.set("Host", endpoint.host);
  request.headers.set("Content-Type", "application/json");
  request.headers.set("Authorization", "Bearer " + key.token);
  request.headers.set("User-Agent", "argocd-applicationset");
  auto body = parse_json(key.body);
  if (body) request.body = Body(freeze(std::move(*body)));
  const auto response = co_await (*connection)->send(request, deadline);
  (*connection)->close();
  if (!response) {
    const Error late(Errc::timeout,
                     "context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    co_return failed(response.error().code() == Errc::timeout ? late : response.error());
  }
  auto answer = read_answer(*response);
  if (!answer) co_return answer.error().within(fmt::format("error get api '{}'", key.set));
  co_return answer;
}

Task<Result<void>> FactFinder::find_out(Facts& facts) {
  const std::size_t wanted = facts.trees.wanted().size() + facts.objects.wanted().size() +
                             facts.lists.wanted().size() + facts.answers.wanted().size();
  if (facts.known() + wanted > kFactsMax) {
    co_return Error(Errc::limit,
                    fmt::format("generators ask for more than {} repositories, objects and "
                                "plugins' answers",
                                kFactsMax));
  }
  // Copies: putting a fact down takes it off the wishes.
  const auto trees = facts.trees.wanted();
  for (const TreeKey& key : trees) {
    auto found = co_await tree(key);
    facts.trees.put(key, std::move(found));
  }
  const auto objects = facts.objects.wanted();
  for (const ObjectKey& key : objects) {
    auto found = co_await object(key);
    facts.objects.put(key, std::move(found));
  }
  const auto lists = facts.lists.wanted();
  for (const ListKey& key : lists) {
    auto found = co_await list(key);
    facts.lists.put(key, std::move(found));
  }
  const auto answers = facts.answers.wanted();
  for (const PluginKey& key : answers) {
    auto found = co_await answer(key);
    facts.answers.put(key, std::move(found));
  }
  co_return Result<void>();
}

}  // namespace spokelab::hub
