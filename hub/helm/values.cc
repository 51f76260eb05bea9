// Helm values: merging and the --set grammar.
#include "hub/helm/values.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json.h"
#include "base/yaml.h"

namespace spokelab::hub::helm {

namespace {

constexpr int kDepthMax = 30;
constexpr std::size_t kIndexMax = 65'536;

void to_floats(Json& at) {
  if (at.is_number_integer()) at = at.get<double>();
  if (at.is_structured()) {
    for (Json& item : at) to_floats(item);
  }
}

/// Reads one --set expression into a document.
class SetParser {
 public:
  enum class Mode { typed, text, json };
  SetParser(std::string_view input, Mode mode) : input_(input), mode_(mode) {}

  Result<void> run(Json& values) {
    if (!values.is_object()) values = Json::object();
    while (at_ < input_.size() && !error_) key(values, 0);
    if (error_) return Error(Errc::bad_input, *error_);
    return {};
  }

 private:
  void fail(std::string message) {
    if (!error_) error_ = std::move(message);
  }
  /// Text up to one of `stops`, with escapes resolved; the stop itself is taken. '\0' at the end.
  std::string until(std::string_view stops, char& stop) {
    std::string out;
    stop = '\0';
    while (at_ < input_.size()) {
      const char c = input_[at_++];
      if (c == '\\' && at_ < input_.size()) {
        out += input_[at_++];
      } else if (stops.find(c) != std::string_view::npos) {
        stop = c;
        return out;
      } else {
        out += c;
      }
    }
    return out;
  }
  void key(Json& map, int depth) {
    if (depth > kDepthMax)
      return fail(fmt::format(
          "value name nested level is greater than maximum supported nested level of {}",
          kDepthMax));
    char stop = 0;
    const std::string name = until(".[,=", stop);
    switch (stop) {
      case '\0':
        if (!name.empty()) fail(fmt::format("key \"{}\" has no value", name));
        return;
      case ',':
        return fail(fmt::format("key \"{}\" has no value (cannot end with ,)", name));
      case '=':
        return value(map[name]);
      case '[': {
        Json& place = map[name];
        if (!place.is_array()) place = Json::array();
        return index(place, depth + 1);
      }
      default: {
        Json& place = map[name];
        if (!place.is_object()) place = Json::object();
        const std::size_t before = at_;
        key(place, depth + 1);
        if (!error_ && before == input_.size())
          fail(fmt::format("key map \"{}\" has no value", name));
      }
    }
  }
  void index(Json& list, int depth) {
    char stop = 0;
    const std::string digits = until("]", stop);
    if (stop != ']') return fail("list index must be closed with ]");
    std::size_t number = 0;
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.starts_with('-')) return fail(fmt::format("negative {} index not allowed", digits));
    if (failure != std::errc{} || end != digits.data() + digits.size())
      return fail(fmt::format("error parsing index: {}", digits));
    if (number > kIndexMax)
      return fail(fmt::format("index of {} is greater than maximum supported index of {}", number,
                              kIndexMax));
    while (list.size() <= number) list.push_back(nullptr);
    Json& place = list[number];
    const std::string between = until("[.=,", stop);
    if (!between.empty())
      return fail(fmt::format("unexpected data at end of array index: \"{}\"", between));
    if (stop == '=') return value(place);
    if (stop == '[') {
      if (!place.is_array()) place = Json::array();
      return depth > kDepthMax ? fail("lists nested too deep") : index(place, depth + 1);
    }
    if (stop == '.') {
      if (!place.is_object()) place = Json::object();
      return key(place, depth + 1);
    }
    fail(fmt::format("key \"[{}]\" has no value", number));
  }
  void value(Json& place) {
    if (mode_ == Mode::json) return json_value(place);
    if (at_ < input_.size() && input_[at_] == '{') {
      ++at_;
      return list(place);
    }
    char stop = 0;
    place = typed(until(",", stop));
  }
  void json_value(Json& place) {
    // A JSON value ends at a comma outside of it: try each comma in turn.
    for (std::size_t end = input_.find(',', at_);; end = input_.find(',', end + 1)) {
      const bool last = end == std::string_view::npos;
      const auto parsed = parse_json(input_.substr(at_, last ? std::string_view::npos : end - at_));
      if (parsed) {
        place = *parsed;
        to_floats(place);
        at_ = last ? input_.size() : end + 1;
        return;
      }
      if (last) return fail(parsed.error().message());
    }
  }
  void list(Json& place) {
    Json out = Json::array();
    while (true) {
      char stop = 0;
      const std::string item = until(",}", stop);
      if (stop == '\0') return fail("list must terminate with '}'");
      if (stop == ',' || !item.empty() || !out.empty()) out.push_back(typed(item));
      if (stop == '}') break;
    }
    if (at_ < input_.size() && input_[at_] == ',') ++at_;
    place = std::move(out);
  }
  Json typed(const std::string& text) const {
    if (mode_ == Mode::text) return text;
    const auto same = [&](std::string_view word) {
      if (text.size() != word.size()) return false;
      for (std::size_t i = 0; i < word.size(); ++i) {
        if ((text[i] | 0x20) != word[i]) return false;
      }
      return true;
    };
    if (same("true")) return true;
    if (same("false")) return false;
    if (same("null")) return nullptr;
    if (text == "0") return 0;
    if (!text.empty() && text[0] != '0') {
      std::int64_t number = 0;
      const char* from = text.data() + (text[0] == '+' ? 1 : 0);
      const auto [end, failure] = std::from_chars(from, text.data() + text.size(), number);
      if (failure == std::errc{} && end == text.data() + text.size()) return number;
    }
    return text;
  }

  std::string_view input_;
  Mode mode_;
  std::size_t at_ = 0;
  std::optional<std::string> error_;
};

Result<void> set(Json& values, std::string_view expression, SetParser::Mode mode,
                 std::string_view flag) {
  auto done = SetParser(expression, mode).run(values);
  if (!done) return done.error().within(fmt::format("failed parsing {} data", flag));
  return {};
}

}  // namespace

Json as_values(Json document) {
  to_floats(document);
  return document;
}

void merge_values(Json& into, const Json& from) {
  if (!into.is_object()) into = Json::object();
  for (auto at = from.begin(); at != from.end(); ++at) {
    Json& place = into[at.key()];
    if (place.is_object() && at->is_object())
      merge_values(place, *at);
    else
      place = *at;
  }
}

Result<Json> read_values(std::string_view yaml) {
  if (yaml.starts_with("\xEF\xBB\xBF")) yaml.remove_prefix(3);
  const auto documents = parse_yaml_documents(yaml, YamlDuplicates::last_wins);
  if (!documents) return documents.error();
  Json out = Json::object();
  for (const Json& document : *documents) {
    if (!document.is_object()) {
      return Error(Errc::bad_input,
                   fmt::format("error unmarshaling JSON: json: cannot unmarshal {} into Go value "
                               "of type map[string]interface {{}}",
                               document.type_name()));
    }
    merge_values(out, document);
  }
  return as_values(std::move(out));
}

Result<void> set_value(Json& values, std::string_view expression) {
  return set(values, expression, SetParser::Mode::typed, "--set");
}
Result<void> set_text(Json& values, std::string_view expression) {
  return set(values, expression, SetParser::Mode::text, "--set-string");
}
Result<void> set_json(Json& values, std::string_view expression) {
  return set(values, expression, SetParser::Mode::json, "--set-json");
}

}  // namespace spokelab::hub::helm
