// The plugin generator: parameter sets that a service makes, asked over HTTP
// (applicationset/generators/plugin.go).
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "hub/appset/generators/generator.h"
#include "hub/appset/rendering/params.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kMapLabel = "argocd.argoproj.io/cm-type";
constexpr std::string_view kMapLabelValue = "plugin-generator";

/// An object of the hub, with errors as Argo CD's cached client words them: by kind.
Result<JsonRef> object_of(const GeneratorScope& scope, const char* plural, std::string_view kind,
                          const std::string& ns, const std::string& name) {
  auto found = scope.facts.objects.get(ObjectKey{"", "v1", plural, ns, name});
  if (!found && found.error().code() == Errc::not_found) {
    return Error(Errc::not_found, fmt::format("{} \"{}\" not found", kind, name));
  }
  return found;
}

Result<JsonRef> config_map_of(const Json& generator, const GeneratorScope& scope,
                              const std::string& ns) {
  const std::string name = text_at(generator, {"configMapRef", "name"});
  auto map = object_of(scope, "configmaps", "ConfigMap", ns, name);
  if (!map) return map;
  if (ns != scope.ns && text_at(**map, {"metadata", "labels", kMapLabel}) != kMapLabelValue) {
    return Error(Errc::not_found,
                 fmt::format("configMap with name {} not found in namespace {}. Check if it's "
                             "correctly labelled with {}={}",
                             name, ns, kMapLabel, kMapLabelValue));
  }
  for (const char* key : {"baseUrl", "token"}) {
    if (text_at(**map, {"data", key}).empty()) {
      return Error(Errc::not_found, fmt::format("{} not found in ConfigMap", key));
    }
  }
  return map;
}

/// "$key" of argocd-secret, or "$secret:key". A key that the Secret lacks stays as it is written,
/// as in Argo CD.
Result<std::string> token_of(const GeneratorScope& scope, const std::string& ns,
                             const std::string& reference) {
  if (!reference.starts_with('$')) {
    return Error(Errc::bad_input,
                 fmt::format("token is empty, or does not reference a secret key starting with "
                             "'$': {}",
                             reference));
  }
  std::string name = "argocd-secret";
  std::string key = reference.substr(1);
  if (const auto colon = key.find(':'); colon != std::string::npos) {
    name = key.substr(0, colon);
    key = key.substr(colon + 1);
    key = key.substr(0, key.find(':'));
  }
  const auto secret = object_of(scope, "secrets", "Secret", ns, name);
  if (!secret) return secret.error().within(fmt::format("error fetching secret {}/{}", ns, name));
  const Json* encoded = find(**secret, {"data", key});
  if (encoded == nullptr || !encoded->is_string()) return "$" + key;
  const auto decoded = from_base64(encoded->get<std::string>());
  if (!decoded) {
    return Error(Errc::bad_input, fmt::format("secret {}/{}: data.{} is no base64", ns, name, key));
  }
  std::string token = *decoded;
  while (!token.empty() && std::string_view(" \t\r\n").find(token.back()) != std::string::npos) {
    token.pop_back();
  }
  return token;
}

Result<Nanos> timeout_of(const Json& config_map) {
  constexpr std::int64_t kDefault = 30;
  constexpr std::int64_t kMax = 3'600;
  const Json* written = find(config_map, {"data", "requestTimeout"});
  if (written == nullptr) return Nanos(std::chrono::seconds(kDefault));
  const std::string text = written->is_string() ? written->get<std::string>() : "";
  std::int64_t seconds = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != end) {
    return Error(Errc::bad_input,
                 fmt::format("error set requestTimeout : strconv.Atoi: parsing {}: invalid syntax",
                             go_quote(text)));
  }
  if (seconds < 0 || seconds > kMax) {
    return Error(Errc::limit, fmt::format("error set requestTimeout : {} is not 0 to {} seconds",
                                          seconds, kMax));
  }
  return Nanos(std::chrono::seconds(seconds == 0 ? kDefault : seconds));
}

Json input_of(const Json& generator) {
  const Json* input = find(generator, {"input", "parameters"});
  return input != nullptr && input->is_object() ? *input : Json(Json::object());
}

Result<PluginKey> question(const Json& generator, const GeneratorScope& scope) {
  std::string ns = text_at(generator, {"configMapRef", "namespace"});
  if (ns.empty()) ns = scope.ns;
  const auto map = config_map_of(generator, scope, ns);
  if (!map) return map.error().within("error fetching ConfigMap");
  const auto token = token_of(scope, ns, text_at(**map, {"data", "token"}));
  if (!token) return token.error().within("error fetching Secret token");
  const auto timeout = timeout_of(**map);
  if (!timeout) return timeout.error();
  const Json body = {{"applicationSetName", scope.set},
                     {"input", {{"parameters", input_of(generator)}}}};
  return PluginKey{scope.set, text_at(**map, {"data", "baseUrl"}), *token, *timeout, body.dump()};
}

Json params_of(const Json& object, const Json& input, bool nested) {
  Json params = Json::object();
  if (nested) {
    params = object;
  } else {
    for (const auto& [key, value] : flatten(object)) params[key] = go_text(value);
  }
  params["generator"] = Json{{"input", {{"parameters", input}}}};
  return params;
}

}  // namespace

Result<ParamSets> plugin_params(const Json& generator, const GeneratorScope& scope) {
  if (!generator.is_object()) return Error(Errc::bad_input, "ApplicationSet is empty");
  const auto asked = question(generator, scope);
  if (!asked) return asked.error().within("error getting plugin from generator");
  const auto answer = scope.facts.answers.get(*asked);
  if (!answer) return answer.error().within("error listing params");
  ParamSets sets;
  const Json* objects = find(**answer, {"output", "parameters"});
  if (objects == nullptr || objects->is_null()) return sets;
  if (!objects->is_array()) {
    return Error(Errc::bad_input,
                 fmt::format("error listing params: error get api '{}': output.parameters of the "
                             "answer is no list",
                             scope.set));
  }
  const Json input = input_of(generator);
  for (const Json& object : *objects) {
    if (!object.is_object()) {
      return Error(Errc::bad_input,
                   fmt::format("error listing params: error get api '{}': an item of "
                               "output.parameters is no object",
                               scope.set));
    }
    Json params = params_of(object, input, scope.dialect.go);
    const auto appended = append_values(params, generator, scope.dialect);
    if (!appended) return appended.error().within("error generating params");
    sets.push_back(std::move(params));
  }
  return sets;
}

}  // namespace spokelab::hub
