// Templates: the fasttemplate dialect, and the walk over a document's strings.
#include "hub/appset/rendering/template.h"

#include <fmt/format.h>

#include "base/json.h"
#include "hub/appset/rendering/params.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

/// Argo CD first asks the expression `.*{{.*}}.*`, in which a dot is no line break.
bool looks_templated(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    const auto open = line.find(kOpen);
    if (open != std::string_view::npos &&
        line.find(kClose, open + kOpen.size()) != std::string_view::npos) {
      return true;
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Result<std::string> render_fast(std::string_view text, const Json& params) {
  if (!looks_templated(text)) return std::string(text);
  std::string out;
  std::string_view rest = text;
  for (;;) {
    const auto open = rest.find(kOpen);
    if (open == std::string_view::npos) break;
    out += rest.substr(0, open);
    rest.remove_prefix(open + kOpen.size());
    const auto close = rest.find(kClose);
    if (close == std::string_view::npos) {
      return Error(Errc::bad_input,
                   fmt::format("invalid template: Cannot find end tag={} in the template={} "
                               "starting from {}",
                               go_quote(kClose), go_quote(text), go_quote(rest)));
    }
    const auto tag = rest.substr(0, close);
    rest.remove_prefix(close + kClose.size());
    const auto name = trimmed(tag);
    const auto hit = params.is_object() ? params.find(name) : params.end();
    if (!name.empty() && hit != params.end() && hit->is_string()) {
      out += hit->get_ref<const std::string&>();
    } else {
      out.append(kOpen).append(tag).append(kClose);
    }
  }
  out += rest;
  return out;
}

/// Absent, null, "", 0, false, {} and []: what mergo takes for not given.
bool empty_value(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return true;
    case Json::value_t::boolean:
      return !value.get<bool>();
    case Json::value_t::string:
      return value.get_ref<const std::string&>().empty();
    case Json::value_t::object:
    case Json::value_t::array:
      return value.empty();
    default:
      return value == 0;
  }
}

}  // namespace

Result<std::string> render_text(std::string_view text, const Json& params,
                                const TemplateDialect& dialect) {
  return dialect.go ? render_go(text, params, dialect.options) : render_fast(text, params);
}

Result<Json> render_document(const Json& document, const Json& params,
                             const TemplateDialect& dialect) {
  if (document.is_string()) {
    auto text = render_text(document.get_ref<const std::string&>(), params, dialect);
    if (!text) return text.error();
    return Json(std::move(*text));
  }
  if (document.is_array()) {
    Json items = Json::array();
    for (const Json& item : document) {
      auto rendered = render_document(item, params, dialect);
      if (!rendered) return rendered.error();
      items.push_back(std::move(*rendered));
    }
    return items;
  }
  if (document.is_object()) {
    Json entries = Json::object();
    for (const auto& [key, item] : document.items()) {
      if (item.is_null()) continue;
      auto name = render_text(key, params, dialect);
      if (!name) return name.error();
      auto rendered = render_document(item, params, dialect);
      if (!rendered) return rendered.error();
      entries[*name] = std::move(*rendered);
    }
    return entries;
  }
  return document;
}

Json merge_template(const Json& over, const Json& base) {
  if (!over.is_object() || !base.is_object()) return empty_value(over) ? base : over;
  Json merged = base;
  for (const auto& [key, item] : over.items()) {
    const auto below = base.find(key);
    if (below == base.end()) {
      merged[key] = item;
    } else {
      merged[key] = merge_template(item, *below);
    }
  }
  return merged;
}

std::string normalize_name(std::string_view text) {
  constexpr std::size_t kBytesMax = 253;
  std::string name;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char symbol = text[at];
    if (symbol >= 'A' && symbol <= 'Z') symbol = static_cast<char>(symbol - 'A' + 'a');
    const bool plain = (symbol >= 'a' && symbol <= 'z') || (symbol >= '0' && symbol <= '9') ||
                       symbol == '-' || symbol == '.';
    const bool continued = (static_cast<unsigned char>(symbol) & 0xc0U) == 0x80U;
    if (continued) continue;  // one "-" for each character, however many bytes it has
    name += plain ? symbol : '-';
  }
  if (name.size() > kBytesMax) name.resize(kBytesMax);
  const auto first = name.find_first_not_of("-.");
  if (first == std::string::npos) return "";
  return name.substr(first, name.find_last_not_of("-.") - first + 1);
}

}  // namespace spokelab::hub
