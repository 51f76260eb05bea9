// Lists: snapshots, pages and their tokens.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/base64.h"
#include "base/json.h"
#include "fakeapi/serve/bodies.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/serve/negotiate.h"
#include "fakeapi/serve/selection.h"

namespace spokelab::fakeapi {

namespace {

using kube::Answer;
using kube::Status;

/// A continue token: where the next page starts, in which revision (0: as of now).
struct PageToken {
  Revision revision = 0;
  std::string after;
};

std::string write_token(const PageToken& token) {
  const std::int64_t revision =
      token.revision != 0 ? static_cast<std::int64_t>(token.revision) : -1;
  const Json json{
      {"v", "meta.k8s.io/v1"}, {"rv", revision}, {"start", token.after + std::string(1, '\0')}};
  return base64_url(json.dump());
}

Answer<PageToken> read_token(const std::string& text) {
  const auto bad = [](std::string_view why) {
    return kube::bad_request(
        fmt::format("invalid continue token: continue key is not valid: {}", why));
  };
  const auto bytes = from_base64_url(text);
  if (!bytes) {
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    };
    // Go counts whole groups of four before the end, and to the letter otherwise.
    const auto wrong = std::find_if_not(text.begin(), text.end(), plain) - text.begin();
    const auto at = wrong == static_cast<std::ptrdiff_t>(text.size()) ? wrong / 4 * 4 : wrong;
    return bad(fmt::format("illegal base64 data at input byte {}", at));
  }
  const auto json = parse_json(*bytes);
  if (!json || !json->is_object()) return bad(go_json_error(*bytes));
  if (text_at(*json, {"v"}) != "meta.k8s.io/v1")
    return bad("server does not recognize this encoded version " + text_at(*json, {"v"}));
  const auto revision = int_at(*json, {"rv"});
  if (revision == 0) return bad("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  PageToken token;
  token.revision = revision > 0 ? static_cast<Revision>(revision) : 0;
  token.after = text_at(*json, {"start"});
  if (token.after.empty()) return bad("encoded start key empty (version meta.k8s.io/v1)");
  // A key that climbs out of its collection.
  if (("/" + token.after + "/").find("/../") != std::string::npos) return bad(token.after);
  if (token.after.back() == '\0') token.after.pop_back();
  return token;
}

/// Objects as they were at a past revision, where that differs from now; nullptr: absent then.
std::map<std::string, JsonRef> past_differences(const Bucket& bucket, Revision revision) {
  std::map<std::string, JsonRef> past;
  for (const Record& record : bucket.log()) {
    if (record.revision <= revision) continue;
    const JsonRef object = record.object();
    past.emplace(store_key(text_at(*object, {"metadata", "namespace"}),
                           text_at(*object, {"metadata", "name"})),
                 record.before);
  }
  return past;
}

/// Walks the objects of a namespace in key order, as they were at `revision` (0: now).
void each_at(const Bucket& bucket, const std::string& ns, Revision revision,
             const std::string& after,
             const std::function<bool(const std::string&, const JsonRef&)>& visit) {
  if (revision == 0 || bucket.revision() <= revision) {
    bucket.each(ns, visit, after);
    return;
  }
  std::map<std::string, JsonRef> then;
  bucket.each(ns, [&](const std::string& key, const JsonRef& object) {
    then[key] = object;
    return true;
  });
  const std::string prefix = ns.empty() ? "" : ns + "/";
  for (const auto& [key, object] : past_differences(bucket, revision)) {
    if (key.compare(0, prefix.size(), prefix) != 0) continue;
    if (object)
      then[key] = object;
    else
      then.erase(key);
  }
  for (auto at = after.empty() ? then.begin() : then.upper_bound(after); at != then.end(); ++at) {
    if (!visit(at->first, at->second)) return;
  }
}

/// What a list request wants, once its parameters are understood.
struct ListRequest {
  std::int64_t limit = 0;  // 0: no pages
  Revision at = 0;         // 0: now
  std::string after;
  bool resumed = false;
};

/// As apimachinery's ValidateListOptions for a list.
std::optional<Status> options_problem(const Query& query) {
  const std::string& version = query.get("resourceVersion");
  const std::string& match = query.get("resourceVersionMatch");
  const std::string field = "resourceVersionMatch";
  std::vector<kube::StatusCause> causes;
  if (!match.empty()) {
    if (version.empty())
      causes.push_back(kube::forbidden_value(
          field, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (!query.get("continue").empty())
      causes.push_back(kube::forbidden_value(
          field, "resourceVersionMatch is forbidden when continue is provided"));
    if (match != "Exact" && match != "NotOlderThan")
      causes.push_back(kube::not_supported(field, match, {"Exact", "NotOlderThan", ""}));
    if (match == "Exact" && version == "0")
      causes.push_back(kube::forbidden_value(
          field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
  }
  if (query.has("sendInitialEvents"))
    causes.push_back(
        kube::forbidden_value("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  if (causes.empty()) return std::nullopt;
  return list_options_invalid(std::move(causes));
}

Answer<ListRequest> read_list(const ServeContext& context, const Query& query) {
  if (auto seconds = query.number("timeoutSeconds", 0); !seconds) return seconds.error();
  if (auto problem = options_problem(query)) return std::move(*problem);
  ListRequest request;
  auto limit = query.number("limit", 0);
  if (!limit) return limit.error();
  request.limit = *limit;
  const std::string& version = query.get("resourceVersion");
  const std::string& match = query.get("resourceVersionMatch");
  const std::string& resume = query.get("continue");
  if (!resume.empty()) {
    auto token = read_token(resume);
    if (!token) return token.error();
    if (!version.empty() && version != "0")
      return kube::bad_request("specifying resource version is not allowed when using continue");
    request.at = token->revision;
    request.after = std::move(token->after);
    request.resumed = true;
    return request;
  }
  if (version.empty()) return request;
  auto asked = read_revision(version);
  if (!asked) return asked.error();
  if (*asked > context.store.revision())
    return kube::too_large_resource_version(version, std::to_string(context.store.revision()));
  if (match == "Exact" || (match.empty() && request.limit > 0 && *asked > 0)) request.at = *asked;
  if (*asked == 0) request.limit = 0;  // answered from the cache, which knows no pages
  return request;
}

HttpResponse answer_expired(const ListRequest& request) {
  const Status status = kube::expired(
      request.resumed
          ? "The provided continue parameter is too old to display a consistent list result. You "
            "can start a new list without the continue parameter, or use the continue token in "
            "this response to retrieve the remainder of the results. Continuing with the provided "
            "token results in an inconsistent list - objects that were created, modified, or "
            "deleted between the time the first chunk was returned and now may show up in the list."
          : "The resourceVersion for the provided list is too old.");
  Json body = status.to_json();
  if (request.resumed) body["metadata"]["continue"] = write_token({0, request.after});
  return answer_json(410, freeze(std::move(body)));
}

}  // namespace

HttpResponse serve_list(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  auto selection = Selection::read(kind, exchange.info);
  if (!selection) return answer_status(selection.error());
  auto presenter = Presenter::of(kind, exchange.http, exchange.info);
  if (!presenter) return answer_status(presenter.error());
  auto request = read_list(context, exchange.info.query);
  if (!request) return answer_status(request.error());
  if (request->at != 0 && request->at < kind.bucket->compacted()) return answer_expired(*request);
  const Revision shown = request->at != 0 ? request->at : context.store.revision();
  std::vector<JsonRef> chosen;
  std::string last;
  std::int64_t left = 0;
  each_at(*kind.bucket, store_ns(kind, exchange.info), request->at, request->after,
          [&](const std::string& key, const JsonRef& object) {
            if (!selection->all() && !selection->takes(*object)) return true;
            if (request->limit > 0 && static_cast<std::int64_t>(chosen.size()) >= request->limit) {
              ++left;
              return selection->all();  // further ones are counted only where the count is told
            }
            chosen.push_back(object);
            last = key;
            return true;
          });
  Json metadata = Json::object();
  metadata["resourceVersion"] = std::to_string(shown);
  if (kind.custom && presenter->form() == Form::object)
    metadata["continue"] = "";  // lists without a Go type write it always
  if (left > 0) {
    metadata["continue"] = write_token({shown, last});
    if (selection->all()) metadata["remainingItemCount"] = left;
  }
  return answer_json(
      200, freeze(presenter->show_list(chosen, std::move(metadata), context.clock.wall_now())));
}

}  // namespace spokelab::fakeapi
