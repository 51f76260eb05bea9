// Images and URLs in the objects of an application.
#include "hub/app/summary.h"

#include <set>
#include <string>
#include <string_view>

#include "base/json.h"
#include "hub/parse_bool.h"
#include "hub/pod_spec.h"
#include "kube/resource.h"

namespace spokelab::hub {
namespace {

constexpr std::string_view kLink = "link.argocd.argoproj.io/";
constexpr std::string_view kIgnoreDefaultLinks = "argocd.argoproj.io/ignore-default-links";

using Texts = std::set<std::string>;

template <class Visit>
void each_in(const Json& object, std::initializer_list<std::string_view> path, Visit visit) {
  const Json* list = find(object, path);
  if (list == nullptr || !list->is_array()) return;
  for (const Json& item : *list) visit(item);
}

/// Of a pod, or of the pods that an object makes.
void take_images(const Json& object, Texts& images) {
  const auto take = [&](const Json& container) {
    std::string image = text_at(container, {"image"});
    if (!image.empty()) images.insert(std::move(image));
  };
  const Json* pod = pod_spec_of(object);
  if (pod == nullptr) return;
  for (const std::string_view list : {"initContainers", "containers"}) each_in(*pod, {list}, take);
}

/// "url", or "title|url". Only what a browser may be sent to.
bool is_link(std::string_view text) {
  const std::size_t bar = text.find('|');
  if (bar != std::string_view::npos) text.remove_prefix(bar + 1);
  const std::size_t colon = text.find(':');
  const std::string_view scheme = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  return scheme != "javascript" && scheme != "data" && scheme != "vbscript";
}

void take_links(const Json& object, bool checked, Texts& urls) {
  const Json* annotations = find(object, {"metadata", "annotations"});
  if (annotations == nullptr || !annotations->is_object()) return;
  for (const auto& [name, value] : annotations->items()) {
    if (!std::string_view(name).starts_with(kLink) || !value.is_string()) continue;
    const auto& text = value.get_ref<const std::string&>();
    if (!checked || is_link(text)) urls.insert(text);
  }
}

/// Where a load balancer answers for an Ingress without a host.
std::string balancer_host(const Json& ingress) {
  std::string host;
  each_in(ingress, {"status", "loadBalancer", "ingress"}, [&](const Json& point) {
    if (!host.empty()) return;
    host = text_at(point, {"hostname"});
    if (host.empty()) host = text_at(point, {"ip"});
  });
  return host;
}

/// A Secret for any host makes all of them https, as Argo CD has it.
std::string_view scheme_of(const Json& ingress) {
  bool encrypted = false;
  each_in(ingress, {"spec", "tls"}, [&](const Json& entry) {
    encrypted = encrypted || find(entry, {"secretName"}) != nullptr;
  });
  return encrypted ? "https" : "http";
}

void take_ingress(const Json& ingress, Texts& urls) {
  const auto ignored =
      parse_bool(text_at(ingress, {"metadata", "annotations", kIgnoreDefaultLinks}));
  if (ignored.value_or(false)) return;
  const std::string scheme(scheme_of(ingress));
  each_in(ingress, {"spec", "rules"}, [&](const Json& rule) {
    std::string host = text_at(rule, {"host"});
    if (host.empty()) host = balancer_host(ingress);
    if (host.empty()) return;
    each_in(rule, {"http", "paths"}, [&](const Json& entry) {
      std::string path = text_at(entry, {"path"});
      if (path.ends_with('*')) path.pop_back();
      urls.insert(scheme + "://" + host + path);
    });
  });
}

}  // namespace

Json summary_of(const Json& application, const std::vector<JsonRef>& managed,
                const std::vector<JsonRef>& owned) {
  Texts urls;
  Texts images;
  bool app_of_apps = false;
  const auto take = [&](const JsonRef& node) {
    const kube::ObjectKey key = kube::key_of(*node);
    take_links(*node, true, urls);
    if (key.kind == "Ingress" && (key.group == "networking.k8s.io" || key.group == "extensions"))
      take_ingress(*node, urls);
    if (key.kind == "Application" && key.group == "argoproj.io") app_of_apps = true;
  };
  for (const JsonRef& node : managed) {
    take(node);
    take_images(*node, images);
  }
  for (const JsonRef& node : owned) take(node);
  take_links(application, false, urls);
  Json summary = Json::object();
  if (!urls.empty()) summary["externalURLs"] = Json(urls);
  if (!images.empty()) summary["images"] = Json(images);
  if (app_of_apps) summary["isAppOfApps"] = true;
  return summary;
}

}  // namespace spokelab::hub
