// The parameters of a watch.
#include <algorithm>
#include <vector>

#include "base/json.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/serve/negotiate.h"
#include "fakeapi/serve/selection.h"

namespace spokelab::fakeapi {

namespace {

/// As apimachinery's ValidateListOptions for a watch.
std::optional<kube::Status> match_problem(const Query& query) {
  const std::string& match = query.get("resourceVersionMatch");
  const bool initial = query.has("sendInitialEvents");
  const std::string field = "resourceVersionMatch";
  std::vector<kube::StatusCause> causes;
  if (initial && match != "NotOlderThan")
    causes.push_back(kube::forbidden_value(
        field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  if (!initial && !match.empty())
    causes.push_back(kube::forbidden_value(
        field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  if (!match.empty() && match != "NotOlderThan")
    causes.push_back(kube::not_supported(field, match, {"NotOlderThan"}));
  if (!query.get("continue").empty())
    causes.push_back(kube::forbidden_value(
        field, "resourceVersionMatch is forbidden when continue is provided"));
  if (causes.empty()) return std::nullopt;
  return list_options_invalid(std::move(causes));
}

}  // namespace

HttpResponse serve_watch(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  const auto& query = exchange.info.query;
  auto selection = Selection::read(kind, exchange.info);
  if (!selection) return answer_status(selection.error());
  auto presenter = Presenter::of(kind, exchange.http, exchange.info);
  if (!presenter) return answer_status(presenter.error());
  auto seconds = query.number("timeoutSeconds", 0);
  if (!seconds) return answer_status(seconds.error());
  auto bookmarks = query.flag("allowWatchBookmarks");
  if (!bookmarks) return answer_status(bookmarks.error());
  auto initial = query.flag("sendInitialEvents");
  if (!initial) return answer_status(initial.error());
  if (auto problem = match_problem(query)) return answer_status(*problem);
  const std::string& version = query.get("resourceVersion");
  WatchRequest want;
  want.ns = store_ns(kind, exchange.info);
  want.labels = std::move(selection->labels);
  want.fields = std::move(selection->fields);
  want.bookmarks = *bookmarks;
  want.timeout = std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, 86'400));
  want.user = exchange.user.name;
  want.protobuf = wanted_wire(exchange.http) == Wire::protobuf && presenter->has_protobuf();
  if (!presenter->plain()) want.presenter = std::move(*presenter);
  if (!version.empty() && version != "0") {
    auto asked = read_revision(version);
    if (!asked) return answer_status(asked.error());
    if (*initial && *asked > context.store.revision()) {
      return answer_status(
          kube::too_large_resource_version(version, std::to_string(context.store.revision())));
    }
    if (!*initial) want.from = *asked;
  }
  if (query.has("sendInitialEvents") && !*initial && !want.from)
    want.from = context.store.revision();
  want.initial_end_bookmark = *initial && *bookmarks;
  HttpResponse response = context.watches.open(kind, std::move(want));
  if (!response.stream)
    return answer_status(kube::too_many_requests("too many watches are open", 1));
  return response;
}

}  // namespace spokelab::fakeapi
