// Which function answers which request about resources.
#include <string>
#include <vector>

#include "base/json.h"
#include "fakeapi/serve/bodies.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/serve/negotiate.h"
#include "fakeapi/serve/selection.h"

namespace spokelab::fakeapi {

namespace {

HttpResponse serve_get(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  auto presenter = Presenter::of(kind, exchange.http, exchange.info);
  if (!presenter) return answer_status(presenter.error());
  const std::string& version = exchange.info.query.get("resourceVersion");
  if (!version.empty()) {
    auto asked = read_revision(version);
    if (!asked) return answer_status(asked.error());
    if (*asked > context.store.revision()) {
      return answer_status(
          kube::too_large_resource_version(version, std::to_string(context.store.revision())));
    }
  }
  const JsonRef object = kind.bucket->get(store_ns(kind, exchange.info), exchange.info.name);
  if (!object) return answer_status(kube::not_found(kind.type(), exchange.info.name));
  return answer_json(200, presenter->show(object, context.clock.wall_now()));
}

/// Subresources that take the whole object and change a part of it.
bool writes_the_object(std::string_view subresource) {
  for (const auto one : {"status", "finalize", "approval", "ephemeralcontainers", "resize"}) {
    if (subresource == one) return true;
  }
  return false;
}

HttpResponse serve_kind(ServeContext& context, const Exchange& exchange, const ServedKind* kind) {
  const RequestInfo& info = exchange.info;
  if (kind == nullptr) {
    // Nobody serves the group at all: no API machinery answers.
    if (!info.group.empty() && !context.kinds.has_group(info.group))
      return answer_text(404, "404 page not found\n");
    return answer_status(kube::no_such_path());
  }
  // apiextensions-apiserver leaves paths of the other scope to nobody.
  const bool across = info.verb == "list" || info.verb == "watch";
  if (kind->custom && (kind->type().namespaced ? info.ns.empty() && !across : !info.ns.empty()))
    return answer_text(404, "404 page not found\n");
  if (is_review(*kind)) {
    if (info.verb != "create") return answer_status(kube::no_such_method());
    return serve_review(context, exchange, *kind);
  }
  if (!info.subresource.empty()) {
    if (kind->info.subresource(info.subresource) == nullptr)
      return answer_status(kube::no_such_path());
    if (!writes_the_object(info.subresource)) return serve_subresource(context, exchange, *kind);
  }
  if (info.verb.empty() || !kind->info.can(info.verb)) return answer_status(kube::no_such_method());
  const bool named = !info.name.empty();
  if (info.verb == "get") return serve_get(context, exchange, *kind);
  if (info.verb == "list") return serve_list(context, exchange, *kind);
  if (info.verb == "watch") return serve_watch(context, exchange, *kind);
  if (info.verb == "create" && !named) return serve_create(context, exchange, *kind);
  if (info.verb == "update" && named) return serve_update(context, exchange, *kind);
  if (info.verb == "patch" && named) return serve_patch(context, exchange, *kind);
  if (info.subresource.empty()) {
    if (info.verb == "delete") return serve_delete(context, exchange, *kind);
    if (info.verb == "deletecollection") return serve_delete_all(context, exchange, *kind);
  }
  return answer_status(kube::no_such_method());
}

}  // namespace

HttpResponse serve_resource(ServeContext& context, const Exchange& exchange) {
  const RequestInfo& info = exchange.info;
  const ServedKind* kind = context.kinds.by_path(info.group, info.version, info.plural);
  if (kind == nullptr || !kind->custom || kind->custom->deprecation.empty())
    return serve_kind(context, exchange, kind);
  const std::vector<std::string> told = {kind->custom->deprecation};
  HttpResponse response = serve_kind(context, exchange, kind);
  add_warnings(response, told);
  return response;
}

}  // namespace spokelab::fakeapi
