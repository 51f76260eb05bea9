// Parameter sets: Go's printing of values, flattening, merging and post-selection.
#include "hub/appset/rendering/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/json.h"
#include "kube/names.h"

namespace spokelab::hub {

namespace {

/// strconv.FormatFloat(value, 'g', -1, 64): shortest digits, with an exponent below 1e-4 and from
/// 1e6 up.
std::string float_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string_view scientific(buffer, static_cast<std::size_t>(end - buffer));
  const auto mark = scientific.find('e');
  int exponent = 0;
  const auto digits = scientific.substr(mark + 1);
  const auto* from = digits.data() + (digits.front() == '+' ? 1 : 0);
  std::from_chars(from, digits.data() + digits.size(), exponent);
  constexpr int kExponentMax = 6;
  if (exponent < -4 || exponent >= kExponentMax) return std::string(scientific);
  const auto plain =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
  return std::string(buffer, static_cast<std::size_t>(plain - buffer));
}

void flatten_into(std::map<std::string, Json>& flat, const std::string& prefix, const Json& value) {
  const auto name = [&prefix](const std::string& key) {
    return prefix.empty() ? key : prefix + "." + key;
  };
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, item] : value.items()) flatten_into(flat, name(key), item);
  } else if (value.is_array() && !value.empty()) {
    for (std::size_t at = 0; at < value.size(); ++at) {
      flatten_into(flat, name(std::to_string(at)), value[at]);
    }
  } else if (!prefix.empty()) {
    flat[prefix] = value;
  }
}

}  // namespace

std::string go_text(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
    case Json::value_t::discarded:
      return "<nil>";
    case Json::value_t::boolean:
      return value.get<bool>() ? "true" : "false";
    case Json::value_t::string:
      return value.get<std::string>();
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return float_text(value.get<double>());
    case Json::value_t::array: {
      std::vector<std::string> items;
      for (const Json& item : value) items.push_back(go_text(item));
      return fmt::format("[{}]", fmt::join(items, " "));
    }
    case Json::value_t::object: {
      std::vector<std::string> items;
      for (const auto& [key, item] : value.items()) items.push_back(key + ":" + go_text(item));
      return fmt::format("map[{}]", fmt::join(items, " "));
    }
    case Json::value_t::binary:
      break;
  }
  return "";
}

std::string go_quote(std::string_view text) {
  std::string out = "\"";
  for (const char symbol : text) {
    switch (symbol) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(symbol) < 0x20 || symbol == 0x7f) {
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(symbol));
        } else {
          out += symbol;
        }
    }
  }
  return out + "\"";
}

std::map<std::string, Json> flatten(const Json& document) {
  std::map<std::string, Json> flat;
  flatten_into(flat, "", document);
  return flat;
}

Json deep_merge(const Json& winner, const Json& other) {
  if (!winner.is_object() || !other.is_object()) return winner;
  Json merged = other;
  for (const auto& [key, item] : winner.items()) {
    const auto below = other.find(key);
    merged[key] = below == other.end() ? item : deep_merge(item, *below);
  }
  return merged;
}

Result<void> PostSelector::add(const std::string& key, const std::string& op,
                               std::vector<std::string> values) {
  const bool by_value = op == "In" || op == "NotIn";
  if (!by_value && op != "Exists" && op != "DoesNotExist") {
    return Error(Errc::bad_input,
                 fmt::format("{} is not a valid pod selector operator", go_quote(op)));
  }
  const std::string problem = kube::label_key_problem(key);
  if (!problem.empty()) {
    return Error(Errc::bad_input,
                 fmt::format("key: Invalid value: {}: {}", go_quote(key), problem));
  }
  if (by_value && values.empty()) {
    return Error(
        Errc::bad_input,
        "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
  }
  if (!by_value && !values.empty()) {
    return Error(Errc::bad_input,
                 fmt::format("values: Invalid value: {}: values set must be empty for exists and "
                             "does not exist",
                             Json(values).dump()));
  }
  const bool wanted = op == "In" || op == "Exists";
  requirements_.push_back(Requirement{key, wanted, by_value, std::move(values)});
  return {};
}

Result<PostSelector> PostSelector::compile(const Json& selector) {
  PostSelector compiled;
  if (const Json* labels = find(selector, {"matchLabels"});
      labels != nullptr && labels->is_object()) {
    for (const auto& [key, value] : labels->items()) {
      const auto added = compiled.add(key, "In", {go_text(value)});
      if (!added) return added.error();
    }
  }
  const Json* expressions = find(selector, {"matchExpressions"});
  if (expressions == nullptr || !expressions->is_array()) return compiled;
  for (const Json& expression : *expressions) {
    std::vector<std::string> values;
    if (const Json* listed = find(expression, {"values"});
        listed != nullptr && listed->is_array()) {
      for (const Json& value : *listed) values.push_back(go_text(value));
    }
    const auto added = compiled.add(text_at(expression, {"key"}), text_at(expression, {"operator"}),
                                    std::move(values));
    if (!added) return added.error();
  }
  return compiled;
}

bool PostSelector::takes(const Json& params) const {
  if (requirements_.empty()) return true;
  const auto flat = flatten(params);
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& one) {
    const auto hit = flat.find(one.key);
    bool holds = hit != flat.end();
    if (holds && one.by_value) {
      const std::string value = go_text(hit->second);
      holds = std::find(one.values.begin(), one.values.end(), value) != one.values.end();
    }
    return holds == one.wanted;
  });
}

}  // namespace spokelab::hub
