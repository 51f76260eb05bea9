#include "hub/notifications/message/render.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "base/duration.h"
#include "base/json.h"
#include "hub/gotemplate/function.h"
#include "hub/gotemplate/runtime.h"
#include "hub/gotemplate/tree.h"
#include "hub/gotemplate/value.h"

namespace spokelab::hub::notifications {

namespace {

namespace gt = gotemplate;

constexpr std::size_t kHeadlineMax = 200;
constexpr int kSectionDepthMax = 20;

const gt::FunctionTable& functions() {
  static const gt::FunctionTable table = [] {
    gt::FunctionTable all = gt::sprig_functions();
    for (const char* name : {"env", "expandenv", "getHostByName"}) all.remove(name);
    // Marks that the Slack service of Argo CD replaces by ids; they stay as names here.
    const auto same = [](gt::Call& call) -> gt::Value { return call.text(0); };
    for (const char* name : {"slackUserByEmail", "slackChannel", "slackUserGroup"})
      all.add(name, "s", same);
    return all;
  }();
  return table;
}

gt::Value text_map(const Texts& texts) {
  gt::Map::Entries entries;
  for (const auto& [key, value] : texts) entries.emplace(key, gt::Value(value));
  return gt::make_map(std::move(entries), gt::Map::Of::string);
}

class Renderer {
 public:
  Renderer(const Config& config, const RenderInputs& inputs) : config_(config), inputs_(inputs) {}

  Result<std::string> text(const std::string& name, const std::string& text) const {
    if (text.find("{{") == std::string::npos) return text;
    const auto trees = gt::parse(name, std::make_shared<const std::string>(text), functions());
    if (!trees) return trees.error();
    gt::TemplateSet set;
    for (const auto& tree : *trees) set.add(tree);
    gt::RuntimeOptions options;
    options.missing_key = gt::MissingKey::no_value;
    options.rng = inputs_.rng;
    options.now = inputs_.now;
    options.steps_max = 200'000;
    options.output_bytes_max = 1024 * 1024;
    gt::Runtime runtime(set, options);
    return runtime.execute(*trees->front(), data());
  }

  /// Every text within the value; kinds other than texts stay as they are.
  Result<Json> texts(const std::string& name, const Json& value, int depth = 0) const {
    if (depth > kSectionDepthMax) return Error(Errc::limit, "nested too deep");
    if (value.is_string()) {
      auto rendered = text(name, value.get<std::string>());
      if (!rendered) return rendered.error();
      return Json(std::move(*rendered));
    }
    if (value.is_array()) {
      Json out = Json::array();
      for (const Json& item : value) {
        auto inner = texts(name, item, depth + 1);
        if (!inner) return inner.error();
        out.push_back(std::move(*inner));
      }
      return out;
    }
    if (!value.is_object()) return value;
    JsonMembers members;
    for (const auto& [key, item] : value.items()) {
      auto inner = texts(name, item, depth + 1);
      if (!inner) return inner.error();
      members.emplace_back(key, std::move(*inner));
    }
    return json_object(std::move(members));
  }

  Result<void> webhook(const std::string& name, const Json& section, Notification& out) const {
    if (!section.is_object()) return {};
    for (const auto& [service, call] : section.items()) {
      WebhookCall made;
      auto body = text(name + service, text_at(call, {"body"}));
      if (!body) return body.error();
      auto path = text(name + service, text_at(call, {"path"}));
      if (!path) return path.error();
      made.method = text_at(call, {"method"});
      made.body = std::move(*body);
      made.path = std::move(*path);
      out.webhook[service] = std::move(made);
    }
    return {};
  }

  Result<void> alertmanager(const std::string& name, const Json& section, Notification& out) const {
    auto generator = text_at(section, {"generatorURL"});
    if (generator.empty()) generator = "{{.app.spec.source.repoURL}}";
    auto url = text(name, generator);
    if (!url) return url.error();
    const Json* labels = find(section, {"labels"});
    if (labels == nullptr || !labels->is_object() || labels->empty())
      return Error(Errc::bad_input, "at least one label pair required");
    Json alert{{"startsAt", format_rfc3339(inputs_.now)}, {"generatorURL", http_url(*url)}};
    auto made = pairs(name, *labels);
    if (!made) return made.error();
    if (find(*made, {"alertname"}) == nullptr) set_at(*made, {"alertname"}, name);
    alert["labels"] = std::move(*made);
    const Json* notes = find(section, {"annotations"});
    if (notes != nullptr && notes->is_object() && !notes->empty()) {
      auto told = pairs(name, *notes);
      if (!told) return told.error();
      alert["annotations"] = std::move(*told);
    }
    out.alertmanager = std::move(alert);
    return {};
  }

 private:
  /// A text that comes out empty stays as it is written.
  Result<Json> pairs(const std::string& name, const Json& map) const {
    JsonMembers members;
    for (const auto& [key, value] : map.items()) {
      if (!value.is_string()) continue;
      auto rendered = text(name, value.get<std::string>());
      if (!rendered) return rendered.error();
      members.emplace_back(key, rendered->empty() ? value : Json(std::move(*rendered)));
    }
    return json_object(std::move(members));
  }

  static std::string http_url(const std::string& url) {
    if (!url.starts_with("git@")) return url;
    auto path = url.substr(4);
    const auto colon = path.find(':');
    if (colon != std::string::npos) path[colon] = '/';
    return "https://" + path;
  }

  gt::Value data() const {
    gt::Map::Entries vars;
    for (const auto& [name, object] : inputs_.objects) vars.emplace(name, gt::from_json(*object));
    Texts context{{"notificationType", inputs_.destination.service}};
    for (const auto& [key, value] : config_.context) context[key] = value;
    vars.emplace("context", text_map(context));
    gt::Map::Entries secrets;
    for (const auto& [key, value] : config_.secrets) secrets.emplace(key, gt::Value::bytes(value));
    vars.emplace("secrets", gt::make_map(std::move(secrets)));
    vars.emplace("serviceType", gt::Value(inputs_.destination.service));
    vars.emplace("recipient", gt::Value(inputs_.destination.recipient));
    return gt::make_map(std::move(vars));
  }

  const Config& config_;
  const RenderInputs& inputs_;
};

Result<void> check_texts(const std::string& name, const Json& value, int depth) {
  if (depth > kSectionDepthMax) return Error(Errc::limit, "nested too deep");
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto trees = gt::parse(name, std::make_shared<const std::string>(text), functions());
    if (!trees) return trees.error();
  } else if (value.is_structured()) {
    for (const Json& inner : value) {
      auto valid = check_texts(name, inner, depth + 1);
      if (!valid) return valid;
    }
  }
  return {};
}

std::string first_line(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  auto line = text.substr(begin, text.find('\n', begin) - begin);
  while (line.ends_with(' ') || line.ends_with('\r')) line.pop_back();
  if (line.size() <= kHeadlineMax) return line;
  auto cut = kHeadlineMax;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) --cut;
  return line.substr(0, cut) + "...";
}

}  // namespace

Result<void> check_template(const std::string& name, const Template& checked) {
  auto valid = check_texts(name, Json(checked.message), 0);
  for (const auto& [section, value] : checked.sections) {
    if (!valid) break;
    // Texts of alerts are parsed when they are rendered, upstream as well.
    if (section != "alertmanager") valid = check_texts(name, value, 0);
  }
  return valid;
}

Result<Notification> render(const Config& config, const std::vector<std::string>& templates,
                            const RenderInputs& inputs) {
  Notification out;
  const Renderer renderer(config, inputs);
  for (const auto& name : templates) {
    const auto hit = config.templates.find(name);
    if (hit == config.templates.end())
      return Error(Errc::bad_input, fmt::format("template '{}' is not supported", name));
    auto message = renderer.text(name, hit->second.message);
    if (!message) return message.error();
    if (!message->empty()) out.message = std::move(*message);
    for (const auto& [section, value] : hit->second.sections) {
      Result<void> done;
      if (section == "webhook") {
        done = renderer.webhook(name, value, out);
      } else if (section == "alertmanager") {
        done = renderer.alertmanager(name, value, out);
      } else {
        auto texts = renderer.texts(name, value);
        if (!texts) return texts.error();
        out.sections[section] = std::move(*texts);
      }
      if (!done) return done.error();
    }
  }
  return out;
}

std::string Notification::headline(const std::string& service_type) const {
  if (auto line = first_line(message); !line.empty()) return line;
  if (service_type == "alertmanager" && alertmanager.is_object()) {
    const auto summary = text_at(alertmanager, {"annotations", "summary"});
    return first_line(summary.empty() ? text_at(alertmanager, {"labels", "alertname"}) : summary);
  }
  const auto section = sections.find(service_type);
  if (section == sections.end()) return "";
  for (const auto* field :
       {"subject", "title", "summary", "description", "message", "text", "body"}) {
    if (auto line = first_line(text_at(section->second, {field})); !line.empty()) return line;
  }
  return first_line(section->second.dump());
}

}  // namespace spokelab::hub::notifications
