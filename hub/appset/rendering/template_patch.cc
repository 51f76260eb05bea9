// templatePatch: rendering, decoding, merging.
#include "hub/appset/rendering/template_patch.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/appset/rendering/application_type.h"
#include "hub/appset/rendering/params.h"
#include "kube/strategic.h"

namespace spokelab::hub {

namespace {

bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n\v\f\r");
  return first != std::string_view::npos && text[first] == '{';
}

}  // namespace

Result<void> apply_template_patch(Json& app, const std::string& patch, const Json& params,
                                  const TemplateDialect& dialect) {
  const auto text = render_text(patch, params, dialect);
  if (!text) return text.error().within("error replacing values in templatePatch");
  std::string printed = *text;
  Json document;
  if (looks_like_json(*text)) {
    auto parsed = parse_json(*text);
    if (!parsed) {
      return parsed.error().within(fmt::format("invalid templatePatch {}", go_quote(*text)));
    }
    document = std::move(*parsed);
  } else {
    auto parsed = parse_yaml(*text, YamlDuplicates::last_wins);
    if (!parsed) {
      return parsed.error().within(
          fmt::format("error while converting template to json {}", go_quote(*text)));
    }
    document = std::move(*parsed);
    printed = document.dump();
  }
  if (document.is_null()) return {};  // nothing left after rendering
  const auto decodes = decodes_as_application(document);
  if (!decodes) {
    return decodes.error().within(fmt::format("invalid templatePatch {}", go_quote(printed)));
  }
  const auto context =
      fmt::format("error while applying templatePatch template to json {}", go_quote(printed));
  const auto merges = merges_into_application(app, document);
  if (!merges) return merges.error().within(context);
  std::optional<Json> project;
  if (const Json* found = find(app, {"spec", "project"})) project = *found;
  auto merged = kube::apply_strategic_patch(app, document, &application_merge_type());
  if (!merged) return merged.error().within(context);
  app = std::move(*merged);
  for (const char* part : {"metadata", "spec"}) {
    const Json* found = find(app, {part});
    if (found == nullptr || !found->is_object()) app[part] = Json::object();
  }
  if (project) {
    app["spec"]["project"] = std::move(*project);
  } else {
    app["spec"].erase("project");
  }
  return {};
}

}  // namespace spokelab::hub
