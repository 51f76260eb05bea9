// Delete, of one object and of many.
#include "base/json.h"
#include "fakeapi/serve/bodies.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/serve/negotiate.h"
#include "fakeapi/serve/options.h"
#include "fakeapi/serve/selection.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kJobWarning =
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background "
    "to remove them or set propagationPolicy=Orphan to suppress this warning";

}  // namespace

HttpResponse serve_delete(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  auto request = read_delete_request(exchange);
  if (!request) return answer_status(request.error());
  auto deleted = context.writes.remove(kind, exchange.info.ns, exchange.info.name, *request);
  if (!deleted) return answer_status(deleted.error());
  HttpResponse response;
  const auto& type = kind.type();
  if (!deleted->finished || kind.info.delete_returns_object) {
    auto presenter = Presenter::of(kind, exchange.http, exchange.info);
    if (!presenter) return answer_status(presenter.error());
    response = answer_json(200, presenter->show(deleted->object, context.clock.wall_now()));
  } else {
    Json details = Json::object();
    details["name"] = exchange.info.name;
    details["kind"] = type.plural;
    details["uid"] = text_at(*deleted->object, {"metadata", "uid"});
    if (!type.group.empty()) details["group"] = type.group;
    response = answer_json(200, freeze(Json{{"kind", "Status"},
                                            {"apiVersion", "v1"},
                                            {"metadata", Json::object()},
                                            {"status", "Success"},
                                            {"details", std::move(details)}}));
  }
  if (type.group_resource() == "jobs.batch" && request->propagation.empty())
    add_warnings(response, {kJobWarning});
  return response;
}

HttpResponse serve_delete_all(ServeContext& context, const Exchange& exchange,
                              const ServedKind& kind) {
  auto request = read_delete_request(exchange);
  if (!request) return answer_status(request.error());
  auto selection = Selection::read(kind, exchange.info);
  if (!selection) return answer_status(selection.error());
  auto presenter = Presenter::of(kind, exchange.http, exchange.info);
  if (!presenter) return answer_status(presenter.error());
  std::vector<JsonRef> chosen;
  kind.bucket->each(store_ns(kind, exchange.info), [&](const std::string&, const JsonRef& object) {
    if (selection->takes(*object)) chosen.push_back(object);
    return true;
  });
  const std::string revision = std::to_string(context.store.revision());
  for (const JsonRef& object : chosen) {
    auto deleted = context.writes.remove(kind, text_at(*object, {"metadata", "namespace"}),
                                         text_at(*object, {"metadata", "name"}), *request);
    if (!deleted && deleted.error().code != 404) return answer_status(deleted.error());
  }
  return answer_json(200, freeze(presenter->show_list(chosen, Json{{"resourceVersion", revision}},
                                                      context.clock.wall_now())));
}

}  // namespace spokelab::fakeapi
